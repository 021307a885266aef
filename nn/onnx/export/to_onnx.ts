/** Programs as files of ONNX. */
import { checkOptions, described, type Program, quoted } from "@tapegrad/core";
import type { StateDict } from "../../state.ts";
import { OnnxError } from "../onnx_error.ts";
import { codes, type GraphProto, type ValueInfo } from "../proto.ts";
import { modelBytes } from "../writing.ts";
import { type Opened, opened, type OpenShape } from "./dynamic.ts";
import { type Built, built, type Naming } from "./exporter.ts";
import { finished } from "./finish.ts";
import type { Edge } from "./graph.ts";
import { shared } from "./sharing.ts";

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
  /**
   * The same function recorded on inputs of other extents: axes along which these differ are left open, such as that of
   * a batch. What depends on them otherwise than by a factor, or something added, is an {@link OnnxError}.
   */
  readonly dynamic?: Program;
}

/**
 * The bytes of an ONNX file of a recorded program: its arguments are the inputs, tensors from outside the constants,
 * under their names, and what it returns the outputs. ONNX Runtime, browsers and phones run it without this library.
 *
 * Operators are those of opset 18 (IR version 8). A convolution, a pooling, a softmax or a layerNorm is one operator
 * where a kernel ran it as one, as on `wasm`; what ONNX has no operator for is written as what it is made of. Shapes are
 * those that were recorded, but for axes that `dynamic` leaves open. Halves are computed in f32. Cells and numbers are as they are now.
 *
 * What no operator stands for, an in-place change of what was there before, a backward pass and random draws are an
 * {@link OnnxError} that names each op and its step; a file beyond 2 GiB is a RangeError, since no elements are written
 * into files of their own. `torch.onnx.export`.
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
  checkOptions("write an ONNX file", options, {
    name: "",
    inputs: [],
    outputs: [],
    state: {},
    dynamic: null,
  });
  checkProgram(program);
  const naming = namingOf(program, options), one = built(program, naming), { graph, reading } = one;
  const shapes = options.dynamic ? opened(one, otherOf(options.dynamic, program, naming)) : shapesOf(one);
  const outputs = shared(graph, one.outputs),
    { nodes, initializers } = finished(graph, outputs, naming.outputs);
  await reading.fill(new Set(initializers.map(({ name }) => name)));
  const proto: GraphProto = {
    name: options.name ?? "main",
    nodes,
    initializers,
    inputs: one.inputs.map((edge, i) => infoOf(edge.name, edge, shapes.inputs[i])),
    outputs: outputs.map((edge, i) => infoOf(naming.outputs[i], edge, shapes.outputs[i])),
  };
  return modelBytes({
    irVersion: IR_VERSION,
    producer: "tapegrad",
    opsets: new Map([["", OPSET]]),
    graph: proto,
  });
}

function shapesOf({ inputs, outputs }: Built): Opened {
  return { inputs: inputs.map(({ shape }) => shape), outputs: outputs.map(({ shape }) => shape) };
}

function infoOf(name: string, { dtype }: Edge, dims: OpenShape): ValueInfo {
  return { name, code: codes[dtype], dims };
}

function otherOf(other: Program, program: Program, naming: Naming): Built {
  checkProgram(other);
  const [these, those] = [program, other].map(({ values, outputs }) =>
    [...values.filter(({ kind }) => kind === "input"), ...outputs].map(({ shape }) => shape.length).join()
  );
  if (these === those) return built(other, naming);
  throw new TypeError(
    "Cannot write an ONNX file with open axes by a program of other arguments: record the same function",
  );
}

function namingOf(program: Program, { inputs, outputs, state = {} }: OnnxWriteOptions): Naming {
  const own = program.values.filter(({ kind }) => kind === "input").map(({ name }) => name);
  const count = program.outputs.length,
    usual = Array.from({ length: count }, (_, i) => count === 1 ? "output" : `output${i}`);
  const naming = { inputs: namesOf("input", own, inputs), outputs: namesOf("output", usual, outputs), state };
  const twice = naming.outputs.find((name) => naming.inputs.includes(name));
  if (twice === undefined) return naming;
  throw new TypeError(
    `Cannot write an ONNX file whose input and output are both ${quoted(twice)}: name one otherwise`,
  );
}

function namesOf(
  what: string,
  usual: readonly string[],
  given: readonly string[] = usual,
): readonly string[] {
  const isFit = Array.isArray(given) && given.length === usual.length &&
    new Set(given).size === usual.length &&
    given.every((name) => typeof name === "string" && name !== "");
  if (isFit) return given;
  throw new TypeError(
    `Cannot write an ONNX file with ${what}s named ${
      described(given)
    }: the program has ${usual.length}, give each a name ` +
      "of its own",
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
