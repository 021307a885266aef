/** Tensors in the place of others, with gradients of their own. */
import { isFloating } from "../base/dtype.ts";
import { withRecording } from "../call/record.ts";
import { aliasOf } from "../primitives/functions.ts";
import { TapeNode } from "../tensor/node.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { attach, nodeOf } from "../tensor/internals.ts";

/** The elements of x with a place of its own on the tape, which leads on to that of x if `linked`; integers are x. */
export function standIn(x: Tensor, linked: boolean): Tensor {
  if (!isFloating(x.dtype)) return x;
  const stand = withRecording(linked, () => aliasOf(x));
  if (nodeOf(stand) === null) attach(stand, new TapeNode(null, [], undefined, null), 0);
  return stand;
}
