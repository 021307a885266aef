/** What a program is bound to, by name. */
import type { Changing } from "../../device/journal.ts";
import type { KeyWords } from "../../ops/keys.ts";
import type { Scalar } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * Tensors, cells and sequences of keys that runs of a program read and change.
 *
 * @category Programs
 */
export interface Bindings {
  /** Tensors from outside the function: parameters, state, data. */
  readonly captured: Readonly<Record<string, Tensor>>;
  /** Cells whose values a run follows. */
  readonly cells: Readonly<Record<string, Scalar>>;
  /** Sequences that a run draws keys from; a key without one is drawn from the global sequence. */
  readonly keys: Readonly<Record<string, Changing<KeyWords>>>;
}
