/** Ops that give elements and where along an axis they stood: two outputs, through one of which gradients flow. */
import { type DType, dtypes as all } from "../base/dtype.ts";
import { apply, applyAll } from "../call/apply.ts";
import type { Composite, Saves, TensorType } from "../call/op.ts";
import { defineComposite } from "../define/composite.ts";
import type { AxisAttributes } from "../primitives/attributes.ts";
import { gatherAt, scatterAt } from "../primitives/indexing.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { reshape, squeeze } from "./shape.ts";

/**
 * Elements and where each of them stood.
 *
 * @category Tensors
 */
export interface ValuesAndIndices {
  /** The elements. */
  readonly values: Tensor;
  /** Their positions along the axis, as i32. */
  readonly indices: Tensor;
}

// Where the elements stood is all that gradients need.
const indicesAlone: Saves = { inputs: [], outputs: [1] };

/** What sends cotangents back to where elements stood, along an axis of so many. */
export interface Placing extends AxisAttributes {
  /** How many elements the axis has. */
  readonly extent: number;
}

/** What is told of an op that picks elements. */
interface Picking<A> {
  /** What sends cotangents back; {@link placedAt} unless said. */
  readonly back?: typeof placedAt;
  /** How many it picks of n along the axis, where not all. */
  readonly extent?: (n: number, attributes: A) => number;
  /** The dtypes it takes; all unless said. */
  readonly dtypes?: readonly DType[];
}

/** Zeros to which each element was added at its place along an axis. */
export function placedAt(x: Tensor, places: Tensor, { axis, extent }: Placing): Tensor {
  return apply(scatterAt, [filled(0, x.shape.with(axis, extent), x), places, x], { axis, kind: "add" });
}

/** Declares an op that gives the elements at indices along an axis, and the indices. */
export function definePicked<A extends AxisAttributes>(
  name: string,
  indicesOf: (x: Tensor, attributes: A) => Tensor,
  { extent = (n) => n, dtypes = all, back = placedAt }: Picking<A> = {},
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
      ct && back(ct, indices as Tensor, { axis, extent: x.shape[axis] }),
    ],
    saves: () => indicesAlone,
    jvp: ([t], { outputs: [, indices], attributes: { axis } }) => [
      t && apply(gatherAt, [t, indices as Tensor], { axis }),
      null,
    ],
  }, { dtypes });
}

/** Applies an op that gives elements and indices, to a scalar as to a vector. */
export function pick<A>(op: Composite<A>, x: Tensor, attributes: A): ValuesAndIndices {
  const rows = x.rank === 0 ? reshape(x, [1]) : x, [values, indices] = applyAll(op, [rows], attributes);
  const isScalar = x.rank === 0 && values.size === 1;
  return isScalar ? { values: reshape(values, []), indices: reshape(indices, []) } : { values, indices };
}

/** Applies one that gives one element along the axis, which stays with extent 1 where asked. */
export function pickOne<A extends AxisAttributes>(
  op: Composite<A>,
  x: Tensor,
  attributes: A,
  keepDims: boolean,
): ValuesAndIndices {
  const { values, indices } = pick(op, x, attributes);
  if (keepDims || x.rank === 0) return { values, indices };
  return { values: squeeze(values, attributes.axis), indices: squeeze(indices, attributes.axis) };
}
