/** Tensors on the host, as they are sent and written. */
import { type DType, isElementArray, type TypedArray } from "../base/dtype.ts";
import { BackendError, ShapeError, showShape } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import { dataSync } from "./fetch.ts";
import type { Tensor } from "./tensor.ts";
import { isPlain } from "./tree.ts";
import { storageOf } from "./internals.ts";

/** More elements are not written as JSON: their text would be tens of megabytes. */
const MOST_IN_JSON = 2 ** 20;

/**
 * A tensor as JSON: the elements row-major, truth values of bool, and what JSON has no number for as text.
 *
 * @category Tensors
 */
export interface JSONTensor {
  /** What the elements are. */
  readonly dtype: DType;
  /** Extents, outermost first. */
  readonly shape: Shape;
  /** Numbers, truth values, or `"NaN"`, `"Infinity"`, `"-Infinity"` and `"-0"`. */
  readonly data: readonly (number | boolean | string)[];
}

/**
 * A tensor on the host: `toTransferable` makes it, `fromTransferable` takes it, cloned or not.
 *
 * @category Tensors
 * @example
 * ```ts
 * import { HostTensor } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const sent = new HostTensor("f32", [2], Float32Array.of(-0, NaN));
 * assertEquals(JSON.stringify(sent), '{"dtype":"f32","shape":[2],"data":["-0","NaN"]}');
 * ```
 */
export class HostTensor {
  /** What the elements are. */
  readonly dtype: DType;
  /** Extents, outermost first. */
  readonly shape: Shape;
  /** The elements, row-major. */
  readonly data: TypedArray;

  /** Elements with what they are. */
  constructor(dtype: DType, shape: Shape, data: TypedArray) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /** For `JSON.stringify`; of more than 2²⁰ elements it is a {@link ShapeError}. */
  toJSON(): JSONTensor {
    const { dtype, shape } = this;
    checkWritten(shape, this.data.length);
    const encode = dtype === "bool" ? Boolean : encoded;
    return { dtype, shape, data: Array.from<number, number | boolean | string>(this.data, encode) };
  }
}

function encoded(value: number): number | string {
  return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
}

function checkWritten(shape: Shape, size: number): void {
  if (size <= MOST_IN_JSON) return;
  throw new ShapeError(
    `Cannot write a tensor of ${showShape(shape)} as JSON: it has ${size} elements, and JSON takes ` +
      `${MOST_IN_JSON} of a tensor; keep the bytes of its await x.data()`,
    { op: "toJSON", shapes: [shape] },
  );
}

/** A tensor as JSON, of a backend that is read at once. */
export function toJSON(x: Tensor): JSONTensor {
  checkWritten(x.shape, x.size);
  if (storageOf(x).arrival === null && !x.backend.synchronous) {
    throw new BackendError(
      `Cannot write a tensor on ${x.backend.name} as JSON without waiting: write await x.toTransferable(), or of a ` +
        "tree such as model.stateDict() await toTransferable(tree)",
    );
  }
  return new HostTensor(x.dtype, x.shape, dataSync(x)).toJSON();
}

/** A tensor that was sent or written. */
export type SentTensor = Pick<HostTensor, "dtype" | "shape" | "data"> | JSONTensor;

const KEYS = "data,dtype,shape";

/** Whether a part of a message stands for a tensor: it has its three properties and no other. */
export function isSent(part: unknown): part is SentTensor {
  if (!(part instanceof HostTensor || isPlain(part))) return false;
  return Object.keys(part).sort().join() === KEYS;
}

/** The numbers of a tensor that was sent or written; `null` if these are none. */
export function numbersOf(data: unknown): TypedArray | readonly number[] | null {
  if (isElementArray(data)) return data;
  if (!Array.isArray(data)) return null;
  const numbers = data.map(decoded);
  return numbers.includes(undefined) ? null : numbers as number[];
}

function decoded(value: unknown): number | undefined {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  return /^(NaN|-?Infinity|-0)$/.test(String(value)) ? Number(value) : undefined;
}
