/** A kernel on operands in the memory of a backend: of the one under test, or of the reference. */
import {
  type Backend,
  type Buffer,
  contiguousLayout,
  type DType,
  hostArray,
  isFloating,
  type Layout,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import type { Allowance } from "./budgets.ts";
import type { Operand } from "./layouts.ts";
import type { Session } from "./session.ts";

/** Calls a kernel. */
export type KernelCall = (backend: Backend, inputs: readonly View[], output: View) => void;

/** A kernel and what it is called on. */
export interface KernelRun {
  /** What it reads. */
  readonly inputs: readonly Operand[];
  /** Where it writes, with what is there beforehand; it may be one of the inputs. */
  readonly output: Operand;
  /** The call. */
  readonly call: KernelCall;
  /** Gives, of the absolute values of the inputs, the size in whose units results are measured. */
  readonly size?: KernelCall;
  /** How many terms a result is made of; 1 unless said. */
  readonly count?: number;
  /** Whether each element of the output depends on those of the inputs at its place alone. */
  readonly elementwise?: boolean;
  /** Whether the sign of a zero counts; it does unless said. */
  readonly zeroSign?: boolean;
  /** What it is allowed, where that is not the budget of the op. */
  readonly allowance?: Allowance;
}

/** What takes the place of each number, which is of a dtype, that the reference is given. */
export type Change = (x: number, dtype: DType) => number;

/** The whole output as the reference leaves it, floats in f64; `change` is applied to floating inputs. */
export function expectedOf(
  { reference }: Session,
  run: KernelRun,
  call: KernelCall,
  change?: Change,
): TypedArray {
  const doubles = new Map<TypedArray, TypedArray>();
  const doubled = (x: Operand): Operand => {
    if (!isFloating(x.dtype)) return x;
    let data = doubles.get(x.data);
    if (!data) doubles.set(x.data, data = changed(x, change));
    return { ...x, dtype: "f64", data };
  };
  const inputs = run.inputs.map(doubled), output = doubled(run.output);
  const placed = new Placed(reference, { inputs, outputs: [output] });
  try {
    placed.call((backend, views, [view]) => call(backend, views, view));
    return reference.readSync!(placed.wholes()[0]);
  } finally {
    placed.free();
  }
}

function changed({ data, dtype }: Operand, change: Change = (x) => x): TypedArray {
  const doubles = hostArray("f64", data.length);
  for (let i = 0; i < data.length; i++) doubles[i] = change(data[i], dtype);
  return doubles;
}

/** What a kernel reads and where it writes; an output may be one of the inputs. */
export interface Operands {
  /** What it reads. */
  readonly inputs: readonly Operand[];
  /** Where it writes. */
  readonly outputs: readonly Operand[];
}

/** Calls a kernel of several outputs. */
export type SeveralCall = (backend: Backend, inputs: readonly View[], outputs: readonly View[]) => void;

/** Operands in the memory of a backend, one buffer for each array. */
export class Placed {
  readonly #backend: Backend;
  readonly #operands: Operands;
  readonly #buffers = new Map<TypedArray, Buffer>();

  /** Allocates and fills the buffers. */
  constructor(backend: Backend, operands: Operands) {
    this.#backend = backend;
    this.#operands = operands;
    for (const { dtype, data } of [...operands.inputs, ...operands.outputs]) {
      if (this.#buffers.has(data)) continue;
      const buffer = backend.allocate(dtype, data.length);
      this.#buffers.set(data, buffer);
      if (data.length > 0) backend.write(buffer, data);
    }
  }

  /** Runs a kernel on them. */
  call(kernel: SeveralCall): void {
    const { inputs, outputs } = this.#operands, viewOf = (x: Operand): View => this.#view(x, x);
    kernel(this.#backend, inputs.map(viewOf), outputs.map(viewOf));
  }

  /** All of each buffer, those of the outputs first. */
  wholes(): View[] {
    const { inputs, outputs } = this.#operands;
    return [...outputs, ...inputs].map((x) => this.#view(x, contiguousLayout([x.data.length])));
  }

  /** Gives the buffers back. */
  free(): void {
    for (const buffer of this.#buffers.values()) this.#backend.free(buffer);
  }

  #view({ dtype, data }: Operand, { shape, strides, offset }: Layout): View {
    return { buffer: this.#buffers.get(data)!, dtype, shape, strides, offset };
  }
}
