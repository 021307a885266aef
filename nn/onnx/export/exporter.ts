/** Programs as graphs: each step by its rule, or by what it is made of. */
import {
  type Backend,
  type Composite,
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
import { compositeRules } from "./composite_steps.ts";
import { type Edge, GraphBuilder } from "./graph.ts";
import { indexingRules } from "./indexing_steps.ts";
import { Memory, Reading } from "./memory.ts";
import { primitiveRules, type Rule } from "./steps.ts";
import { Uncovered } from "./uncovered.ts";

const rules: Readonly<Record<string, Rule>> = { ...primitiveRules, ...indexingRules, ...compositeRules };

/** An error tells of no more steps than this. */
const MOST_TOLD = 20;

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
  // Where parts are recorded, which must have the program's dtypes.
  readonly #backend: Backend | undefined;

  constructor(state: Readonly<StateDict>, backend: Backend | undefined) {
    this.reading = new Reading(state);
    this.#backend = backend;
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
      if (error instanceof Uncovered) return error.message;
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
    const backend = this.#backend;
    const stands = inputs.map(({ value, shape }) =>
      zeros(shape, { dtype: memory.value(value).dtype, backend })
    );
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

/** What inputs, outputs and constants are called. */
export interface Naming {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly state: Readonly<StateDict>;
}

/** A program as a graph. */
export interface Built {
  readonly graph: GraphBuilder;
  readonly reading: Reading;
  readonly inputs: readonly Edge[];
  readonly outputs: readonly Edge[];
}

/** The graph of a program; an {@link OnnxError} that names all that is not covered. */
export function built(program: Program, { inputs: names, outputs, state }: Naming): Built {
  const exporter = new Exporter(state, Object.values(program.captured)[0]?.backend),
    { graph, reading } = exporter,
    memory = new Memory(graph, program, reading);
  const found = program.values.flatMap((value, i) => value.kind === "input" ? [{ value, i }] : []);
  const inputs = found.map(({ value: { shape, dtype }, i }, k) => {
    const edge = graph.input(names[k], { shape, dtype });
    memory.set(i, edge);
    return edge;
  });
  for (const name of outputs) graph.name(name); // nothing else is called so
  exporter.steps(program, memory);
  refuseFaults(exporter.faults);
  return { graph, reading, inputs, outputs: program.outputs.map((view) => memory.view(view)) };
}

function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const lines = faults.slice(0, MOST_TOLD).map(({ op, step, why }) =>
    `${quoted(op)} at step ${step}: ${why}`
  );
  if (faults.length > MOST_TOLD) lines.push(`and ${faults.length - MOST_TOLD} more`);
  throw new OnnxError(
    `Cannot write a program as an ONNX file: ${lines.join("; ")}`,
    [...new Set(faults.map(({ op }) => op))],
  );
}
