/** How storages are made. */
import type { Scalar } from "../tensor/scalar.ts";
import type { Arrival } from "./awaited.ts";
import type { Storage } from "./storage.ts";

/** A number among the operands of an op. */
export interface Literal {
  /** The number, as it was when the op was called. */
  readonly number: number;
  /** The cell that it is the value of, or stands for; `null` of a plain number. */
  readonly cell: Scalar | null;
  /** The storage of the plain number, in whose buffer that of a cell is; `null` of a plain number. */
  readonly plain: Storage | null;
}

/**
 * How a storage is made.
 *
 * @category Backends
 */
export interface StorageOptions {
  /** Whether it is a constant that many tensors share: never written to, and not counted as anyone's. */
  readonly shared?: boolean;
  /** Where its elements come from, if they are not written at once. */
  readonly arrival?: Arrival;
  /**
   * The number that is its only element, which goes into a buffer once a kernel asks for one.
   *
   * @internal
   */
  readonly literal?: Literal;
  /**
   * Whether it stands for each element of a batch, having no memory itself.
   *
   * @internal
   */
  readonly isBatch?: boolean;
}
