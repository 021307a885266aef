/** Ops that give elements and where along an axis they stood: two outputs, through one of which gradients flow. */
import { dtypes } from "../base/dtype.ts";
import { apply } from "../call/apply.ts";
import type { Composite, Saves, TensorType } from "../call/op.ts";
import { defineComposite } from "../define/composite.ts";
import type { AxisAttributes } from "../primitives/attributes.ts";
import { gatherAt, scatterAt } from "../primitives/indexing.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";

// Where the elements stood is all that gradients need.
const indicesAlone: Saves = { inputs: [], outputs: [1] };

/**
 * Declares an op that gives the elements at indices along an axis, and the indices; `extent` says how many, where not
 * as many as there are.
 */
export function definePicked<A extends AxisAttributes>(
  name: string,
  indicesOf: (x: Tensor, attributes: A) => Tensor,
  extent: (n: number, attributes: A) => number = (n) => n,
): Composite<A> {
  return defineComposite<A>({
    name,
    infer([{ shape, dtype, backend }], attributes): readonly TensorType[] {
      const { axis } = attributes, picked = shape.with(axis, extent(shape[axis], attributes));
      return [{ shape: picked, dtype, backend }, { shape: picked, dtype: "i32", backend }];
    },
    decompose([x], attributes): readonly Tensor[] {
      const indices = indicesOf(x, attributes);
      return [apply(gatherAt, [x, indices], { axis: attributes.axis }), indices];
    },
    vjp: ([ct], { inputs: [x], outputs: [, indices], attributes: { axis } }) => [
      ct && apply(scatterAt, [filled(0, x.shape, ct), indices as Tensor, ct], { axis, kind: "add" }),
    ],
    saves: () => indicesAlone,
    jvp: ([t], { outputs: [, indices], attributes: { axis } }) => [
      t && apply(gatherAt, [t, indices as Tensor], { axis }),
      null,
    ],
  }, { dtypes });
}
