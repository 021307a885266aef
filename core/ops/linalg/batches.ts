/** Operands that meet: in one dtype, and with leading extents that are equal. */
import { broadcastShapes, sameShape } from "../../base/shape.ts";
import { commonDtype } from "../../define/operands.ts";
import { expand } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { to } from "../convert.ts";

/** Two tensors in the dtype in which they meet, their leading axes broadcast. */
export function alike(op: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  const dtype = commonDtype([a, b]), [x, y] = [to(a, dtype), to(b, dtype)];
  const [left, right] = [a, b].map(({ shape }) => shape.slice(0, -2));
  if (sameShape(left, right)) return [x, y];
  const lead = broadcastShapes(`${op} batches`, [left, right]);
  return [expand(x, [...lead, ...x.shape.slice(-2)]), expand(y, [...lead, ...y.shape.slice(-2)])];
}
