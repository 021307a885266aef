/** Parameters as one row, of which each rank has a slice. */
import { concat, type Tensor, zeros } from "@tapegrad/core";
import type { Job } from "../job.ts";

/** A bucket of parameters in a row, ending in zeros so that all ranks have as many elements. */
export class SlicedRow {
  readonly parameters: readonly Tensor[];
  /** How many elements each rank has. */
  readonly length: number;
  readonly #offsets: readonly number[];
  readonly #end: number;
  readonly #start: number;
  readonly #padding: number;

  constructor(parameters: readonly Tensor[], { rank, size }: Job) {
    this.parameters = parameters;
    let at = 0;
    this.#offsets = parameters.map((parameter) => (at += parameter.size) - parameter.size);
    this.length = Math.max(Math.ceil(at / size), 1);
    this.#padding = this.length * size - at;
    this.#start = rank * this.length;
    this.#end = this.#start + this.length;
  }

  /** Tensors of the parameters' shapes as a row, with its zeros at the end. */
  row(parts: readonly Tensor[]): Tensor {
    return joined(parts.map((part) => part.reshape([-1])), this.#padding);
  }

  /** The slice of this rank of such a row, without making the row. */
  own(parts: readonly Tensor[]): Tensor {
    const pieces = parts.flatMap((part, i) => {
      const from = Math.max(this.#start - this.#offsets[i], 0);
      const to = Math.min(this.#end - this.#offsets[i], part.size);
      return from < to ? [part.reshape([-1]).slice([from, to])] : [];
    });
    const found = pieces.reduce((sum, { size }) => sum + size, 0);
    return pieces.length === 0 ? this.#nothing(parts[0]) : joined(pieces, this.length - found);
  }

  #nothing({ dtype, backend }: Tensor): Tensor {
    return zeros([this.length], { dtype, backend });
  }

  /** Gives the parameters what a whole row holds. */
  spread(row: Tensor): void {
    this.parameters.forEach((parameter, i) => parameter.assign(this.part(row, i)));
  }

  /** What of a whole row is a parameter's, in its shape. */
  part(row: Tensor, i: number): Tensor {
    const { size, shape } = this.parameters[i];
    return row.slice([this.#offsets[i], this.#offsets[i] + size]).reshape(shape);
  }
}

function joined(pieces: readonly Tensor[], padding: number): Tensor {
  const { dtype, backend } = pieces[0];
  const all = padding > 0 ? [...pieces, zeros([padding], { dtype, backend })] : pieces;
  return all.length === 1 ? all[0] : concat(all);
}
