/** Programs as files of ONNX. */
import {
  checkOptions,
  type Composite,
  described,
  noGrad,
  type Program,
  type ProgramStep,
  quoted,
  record,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import type { StateDict } from "../../state.ts";
import { OnnxError } from "../onnx_error.ts";
import { codes, type GraphProto, type ValueInfo } from "../proto.ts";
import { modelBytes } from "../writing.ts";
import { compositeRules } from "./composite_steps.ts";
import { finished } from "./finish.ts";
import { type Edge, GraphBuilder } from "./graph.ts";
import { indexingRules } from "./indexing_steps.ts";
import { Memory, Reading, Uncovered } from "./memory.ts";
import { primitiveRules, type Rule } from "./steps.ts";

/** The version of the operators that are written, of 2022, and that of the format which goes with it. */
const OPSET = 18, IR_VERSION = 8;

/**
 * What {@link toOnnx} may be told.
 *
 * @category Files
 */
export interface OnnxWriteOptions {
  /** What the graph is called: `"main"` unless said. */
  readonly name?: string;
  /** What inputs are called, in order; as in the program unless said. */
  readonly inputs?: readonly string[];
  /** What outputs are called, in order: `"output"`, or `"output0"` and so on, unless said. */
  readonly outputs?: readonly string[];
  /** Tensors by name, as `model.stateDict()` gives them: what shares memory with one is called so, else by its label. */
  readonly state?: Readonly<StateDict>;
}

const rules: Readonly<Record<string, Rule>> = { ...primitiveRules, ...indexingRules, ...compositeRules };

/** What is not covered, and where. */
interface Fault {
  readonly op: string;
  readonly step: number;
  readonly why: string;
}

/** Writes the steps of a program, and gathers what is not covered. */
class Exporter {
  readonly graph = new GraphBuilder();
  readonly reading: Reading;
  readonly faults: Fault[] = [];

  constructor(state: Readonly<StateDict>) {
    this.reading = new Reading(state);
  }

  /** Writes all steps. */
  steps(program: Program, memory: Memory): void {
    const poisoned = new Set<number>();
    program.steps.forEach((step, i) => {
      const isLost = step.inputs.some(({ value }) => poisoned.has(value));
      const why = isLost ? null : this.#faultOf(step, memory);
      if (why !== null) this.faults.push({ op: step.op.name, step: i, why });
      if (isLost || why !== null) { for (const { value } of step.outputs) poisoned.add(value); }
    });
  }

  #faultOf(step: ProgramStep, memory: Memory): string | null {
    try {
      this.#step(step, memory);
      return null;
    } catch (error) {
      const isKnown = error instanceof Uncovered || (error instanceof Error && error.name === "BackendError");
      if (isKnown) return error.message;
      throw error;
    }
  }

  #step(step: ProgramStep, memory: Memory): void {
    const { op } = step, rule = Object.hasOwn(rules, op.name) ? rules[op.name] : undefined;
    if (step.phase === "backward") {
      throw new Uncovered("it is of a backward pass, record the inference alone");
    }
    if (rule?.({ graph: this.graph, memory, step })) return;
    if (!isComposite(op)) throw new Uncovered("no operator of ONNX does the same");
    this.#parts(step, op, memory);
  }

  // What a composite is made of, recorded on zeros of the same shapes.
  #parts({ attributes, inputs, outputs }: ProgramStep, op: Composite, memory: Memory): void {
    const stands = inputs.map(({ value, shape }) => zeros(shape, { dtype: memory.value(value).dtype }));
    const [, program] = noGrad(() => record((...xs: Tensor[]) => op.decompose(xs, attributes), ...stands));
    const inner = new Memory(this.graph, program, this.reading);
    program.values.filter(({ kind }) => kind === "input").forEach((value, i) => {
      inner.set(program.values.indexOf(value), memory.view(inputs[i]));
    });
    for (const step of program.steps) this.#step(step as ProgramStep, inner);
    program.outputs.forEach((view, i) => memory.write(outputs[i], inner.view(view)));
  }
}

function isComposite(op: unknown): op is Composite {
  return typeof (op as Partial<Composite>).decompose === "function";
}

/**
 * The bytes of an ONNX file of a recorded program: its arguments are the inputs, tensors from outside the constants,
 * under their names, and what it returns the outputs. ONNX Runtime, browsers and phones run it without this library.
 *
 * Operators are those of opset 18 (IR version 8). A convolution, a pooling, a softmax or a layerNorm is one operator
 * where a kernel ran it as one, as on `wasm`; what ONNX has no operator for is written as what it is made of. Shapes are
 * those that were recorded. Halves are computed in f32. Cells and numbers are as they are now.
 *
 * What no operator stands for, an in-place change of what was there before, a backward pass and random draws are an
 * {@link OnnxError} that names each op and its step; a file beyond 2 GiB is a RangeError, since no elements are written
 * into files of their own.
 *
 * @category Files
 * @example
 * ```ts
 * import { key, noGrad, normal, record, type Tensor, tensor } from "@tapegrad/core";
 * import { Linear, ReLU, Sequential } from "@tapegrad/nn";
 * import { fromOnnx, toOnnx } from "@tapegrad/nn/onnx";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new Sequential(new Linear(2, 8), new ReLU(), new Linear(8, 1)), x = normal([4, 2], { key: key(1) });
 * const [y, program] = noGrad(() => record((x: Tensor) => model.forward(x), x));
 * const file = await toOnnx(program, { inputs: ["x"], outputs: ["y"], state: model.stateDict() });
 * const again = await fromOnnx(file);
 * assertEquals(await again.forward(x).array(), await y.array());
 * ```
 */
export async function toOnnx(
  program: Program,
  options: OnnxWriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions("write an ONNX file", options, { name: "", inputs: [], outputs: [], state: {} });
  checkProgram(program);
  const exporter = new Exporter(options.state ?? {}),
    { graph, reading } = exporter,
    memory = new Memory(graph, program, reading);
  const inputs = inputsOf(program, graph, memory, options.inputs);
  const names = outputNames(graph, namesOf("output", program.outputs.length, options.outputs), inputs);
  exporter.steps(program, memory);
  refuseFaults(exporter.faults);
  const outputs = program.outputs.map((view) => memory.view(view));
  const { nodes, initializers } = finished(graph, outputs, names);
  await reading.fill((name) => initializers.some((one) => one.name === name));
  const proto: GraphProto = {
    name: options.name ?? "main",
    nodes,
    initializers,
    inputs: inputs.map(infoOf),
    outputs: outputs.map((edge, i) => infoOf({ ...edge, name: names[i] })),
  };
  return modelBytes({
    irVersion: IR_VERSION,
    producer: "tapegrad",
    opsets: new Map([["", OPSET]]),
    graph: proto,
  });
}

function infoOf({ name, shape, dtype }: Edge): ValueInfo {
  return { name, code: codes[dtype], dims: shape };
}

function inputsOf(program: Program, graph: GraphBuilder, memory: Memory, given?: readonly string[]): Edge[] {
  const found = program.values.flatMap((value, i) => value.kind === "input" ? [{ value, i }] : []);
  const names = given ? namesOf("input", found.length, given) : found.map(({ value }) => value.name);
  return found.map(({ value: { shape, dtype }, i }, k) => {
    const edge = graph.input(names[k], { shape, dtype });
    memory.set(i, edge);
    return edge;
  });
}

function outputNames(
  graph: GraphBuilder,
  names: readonly string[],
  inputs: readonly Edge[],
): readonly string[] {
  const twice = names.find((name) => inputs.some((input) => input.name === name));
  if (twice === undefined) return names.map((name) => graph.name(name));
  throw new TypeError(
    `Cannot write an ONNX file whose input and output are both ${quoted(twice)}: name one otherwise`,
  );
}

function namesOf(what: string, count: number, given?: readonly string[]): readonly string[] {
  const names = given ?? Array.from({ length: count }, (_, i) => count === 1 ? what : `${what}${i}`);
  const isFit = Array.isArray(names) && names.length === count && new Set(names).size === count &&
    names.every((name) => typeof name === "string" && name !== "");
  if (isFit) return names;
  throw new TypeError(
    `Cannot write an ONNX file with ${what}s named ${
      described(given)
    }: the program has ${count}, give each a name of ` +
      "its own",
  );
}

function checkProgram(program: Program): void {
  if (!Array.isArray((program as Partial<Program> | null)?.steps)) {
    throw new TypeError(
      `Cannot write ${described(program)} as an ONNX file: pass what record() gave, its second`,
    );
  }
  const changed = program.effects.map(({ value }) => program.values[value].name);
  if (changed.length === 0) return;
  throw new OnnxError(
    `Cannot write a program as an ONNX file that changes ${[...new Set(changed)].map(quoted).join(", ")}: ` +
      "a graph of ONNX leaves nothing behind, record the inference alone, after eval()",
    ["update"],
  );
}

function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const lines = faults.map(({ op, step, why }) => `${quoted(op)} at step ${step}: ${why}`);
  throw new OnnxError(
    `Cannot write a program as an ONNX file: ${lines.join("; ")}`,
    [...new Set(faults.map(({ op }) => op))],
  );
}
