/** Ops that give elements and where along an axis they stood: two outputs, through one of which gradients flow. */
import { type DType, dtypes as all } from "../base/dtype.ts";
import { apply } from "../call/apply.ts";
import type { Composite, Saves, TensorType } from "../call/op.ts";
import { defineComposite } from "../define/composite.ts";
import type { AxisAttributes } from "../primitives/attributes.ts";
import { gatherAt, scatterAt } from "../primitives/indexing.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";

// Where the elements stood is all that gradients need.
const indicesAlone: Saves = { inputs: [], outputs: [1] };

/** What is told of an op that picks elements. */
interface Picking<A> {
  /** How many it picks of n along the axis, where not all. */
  readonly extent?: (n: number, attributes: A) => number;
  /** The dtypes it takes; all unless said. */
  readonly dtypes?: readonly DType[];
}

/** Declares an op that gives the elements at indices along an axis, and the indices. */
export function definePicked<A extends AxisAttributes>(
  name: string,
  indicesOf: (x: Tensor, attributes: A) => Tensor,
  { extent = (n) => n, dtypes = all }: Picking<A> = {},
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
