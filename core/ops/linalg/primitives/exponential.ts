/** The primitive of exponentials of matrices. */
import { apply } from "../../../call/apply.ts";
import { inputsAt, type Primitive } from "../../../call/op.ts";
import { allFront } from "../../../primitives/batching.ts";
import { concat, narrow, transpose } from "../../../primitives/functions.ts";
import { hostPrimitive } from "../../../primitives/host.ts";
import { filled } from "../../../tensor/constants.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import { matrixExp as kernel } from "../kernels/exponential.ts";
import { isSmall } from "./small.ts";

// Of [[x, t], [0, x]] the exponential has in its corner what eˣ changes by along t.
function along(x: Tensor, t: Tensor): Tensor {
  const n = x.shape.at(-1)!, row = x.rank - 2, column = x.rank - 1;
  const top = concat([x, t], column), low = concat([filled(0, x.shape, x), x], column);
  const wide = apply(exponential, [concat([top, low], row)], null);
  return narrow(narrow(wide, row, 0, n), column, n, n);
}

/** eˣ of `[…, n, n]`. */
export const exponential: Primitive<null> = /* @__PURE__ */ hostPrimitive(
  {
    name: "matrixExp",
    infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
    vjp: ([ct], { inputs: [x] }) => [ct && along(transpose(x as Tensor), ct)],
    saves: /* @__PURE__ */ inputsAt(0),
    jvp: ([t], { inputs: [x] }) => [t && along(x as Tensor, t)],
    batch: (inputs, axes) => ({ outputs: [apply(exponential, allFront(inputs, axes), null)], axes: [0] }),
  },
  kernel,
  { isSmall },
);
