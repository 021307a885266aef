/** What takes the place of a program's values: tensors that lie as those did, keys, and views of memory. */
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { sameShape } from "../../base/shape.ts";
import { quoted } from "../../base/text.ts";
import type { Backend } from "../../device/backend.ts";
import { withBackend } from "../../device/choice.ts";
import type { Storage } from "../../device/storage.ts";
import { fromArray } from "../../ops/creation.ts";
import { drawKey, type Key, type KeyWords, nextKey } from "../../ops/keys.ts";
import { storageOf } from "../../tensor/internals.ts";
import { type Tensor, viewing } from "../../tensor/tensor.ts";
import type { Bindings } from "./bindings.ts";
import type { ProgramValue, ProgramView } from "./parts.ts";

/** A view as a tensor. */
export function viewOf({ shape, strides, offset }: ProgramView, storage: Storage): Tensor {
  return viewing(storage, shape, strides, offset, storage.dtype);
}

/** Whether the elements of a tensor lie as those of a value did. */
export function liesAs(value: ProgramValue, x: Tensor): boolean {
  return sameShape(x.strides, value.strides) && x.offset === value.offset &&
    storageOf(x).length === value.length;
}

/** Refuses a tensor that cannot take the place of the one that was recorded. */
export function checkFits(value: ProgramValue, given: Tensor): void {
  const { dtype, shape } = given;
  const asked = `Cannot run a program with a ${quoted(value.name)} of ${dtype} ${showShape(shape)}`;
  if (dtype !== value.dtype) {
    throw new DtypeError(`${asked}: it was recorded with ${value.dtype}, record it again`, {
      dtypes: [dtype],
    });
  }
  if (liesAs(value, given) && sameShape(shape, value.shape)) return;
  const how = sameShape(shape, value.shape) ? "elements in another order" : showShape(value.shape);
  throw new ShapeError(`${asked}: it was recorded with ${how}, record it again`, {
    shapes: [shape, value.shape],
  });
}

/** The words of a key as a tensor. */
export function uploadedKey({ high, low }: KeyWords, backend: Backend): Tensor {
  return fromArray(Uint32Array.of(high, low), [2], { backend });
}

/** The next key of the sequence that a name is bound to, or of the global one. */
export function drawnKey(name: string, { keys }: Bindings, backend: Backend): Key {
  const sequence = keys[name];
  return withBackend(backend, () => sequence ? drawKey(sequence) : nextKey());
}
