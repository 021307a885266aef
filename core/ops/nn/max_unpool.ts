/** The partial inverse of pooling by the largest element. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { DtypeError, showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { isCount, sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import { described, listed } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import { inputsAt } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { gatherAt, scatterAt } from "../../primitives/indexing.ts";
import { reshape } from "../../primitives/functions.ts";
import { filled } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import {
  type Pair,
  refusal,
  type Single,
  sizesOf,
  type Space,
  spaceOf,
  type Triple,
} from "./convolution_options.ts";
import { checkPooled, type PoolOptions } from "./pool_windows.ts";

/**
 * How {@link maxUnpool2d} undoes a pooling.
 *
 * @category Network functions
 */
export interface MaxUnpoolOptions<Size = Pair> extends Pick<PoolOptions<Size>, "stride" | "padding"> {
  /** The extents of what was pooled, of which several have as many windows; its whole shape will do. */
  readonly outputSize?: number | Shape | undefined;
}

/**
 * A function that puts elements back where pooling by the largest found them.
 *
 * @category Network functions
 */
export type MaxUnpoolOp<Size> = (
  x: Tensor,
  indices: Tensor,
  kernelSize: Size,
  options?: MaxUnpoolOptions<Size>,
) => Tensor;

interface Unpooling {
  readonly extent: number;
}

// Of windows that share their largest element each has its gradient, as in PyTorch: they were the same number.
function defineUnpooling(name: string): (x: Tensor, indices: Tensor, image: Shape) => Tensor {
  const op = defineComposite<Unpooling>({
    name,
    infer: ([{ shape, dtype, backend }], { extent }) => ({ shape: shape.with(-1, extent), dtype, backend }),
    decompose: ([x, indices], { extent }) => {
      const zeros = filled(0, x.shape.with(-1, extent), x);
      return [apply(scatterAt, [zeros, indices, x], { axis: x.rank - 1, kind: "set" })];
    },
    vjp: ([ct], { inputs: [, indices] }) => [
      ct && apply(gatherAt, [ct, indices as Tensor], { axis: ct.rank - 1 }),
      null,
    ],
    saves: inputsAt(1),
  }, { arity: 2, dtypes: dtypes.filter(isFloating) });
  return (x, indices, image) => {
    const lead = x.shape.slice(0, -image.length), flat = [...lead, sizeOf(x.shape.slice(-image.length))];
    const unpooled = apply(op, [x, indices].map((t) => reshape(t, flat)), { extent: sizeOf(image) });
    return reshape(unpooled, [...lead, ...image]);
  };
}

function checkIndices(space: Space, x: Tensor, indices: Tensor): void {
  const { op } = space;
  checkTensor(`${op} at`, indices);
  if (indices.dtype !== "i32" && indices.dtype !== "u32") {
    throw new DtypeError(
      `Cannot ${op} at indices of ${indices.dtype}: i32 or u32 is needed, cast with to("i32")`,
      {
        op,
        dtypes: [indices.dtype],
      },
    );
  }
  if (sameShape(x.shape, indices.shape)) return;
  throw refusal(space, [x, indices], "the indices must be of the same shape");
}

/** The extents of the image: those that were asked for, if so many windows can come of them. */
function imageFor(op: string, least: Shape, stride: Shape, asked: unknown): Shape {
  if (asked === undefined) return least;
  const axes = least.length, list = Array.isArray(asked) ? asked : new Array<unknown>(axes).fill(asked);
  const image: unknown[] = list.length > axes ? list.slice(-axes) : list;
  const fits = image.length === axes && list.length <= axes + 2 &&
    image.every((n, i) => isCount(n) && Math.abs(n - least[i]) < stride[i]);
  if (fits) return image as number[];
  throw new RangeError(
    `Cannot ${op} to an outputSize of ${Array.isArray(asked) ? listed(asked) : described(asked)}: ` +
      `the windows come of ${showShape(least)}, or less than the stride ${showShape(stride)} more or less`,
  );
}

function unpooling<Size>(name: string, axes: number): MaxUnpoolOp<Size> {
  const unpool = defineUnpooling(name), space = spaceOf(name, axes);
  return (x, indices, kernelSize, options = {}) => {
    checkPooled(space, x);
    checkOptions(name, options, { stride: null, padding: null, outputSize: null });
    checkIndices(space, x, indices);
    const window = sizesOf(space, "kernelSize", kernelSize, 1), { padding = 0, outputSize } = options;
    const stride = sizesOf(space, "stride", options.stride ?? window, 1);
    const around = sizesOf(space, "padding", padding, 0), counts = x.shape.slice(-axes);
    const least = window.map((size, i) => (counts[i] - 1) * stride[i] + size - 2 * around[i]);
    return unpool(x, indices, imageFor(name, least, stride, outputSize));
  };
}

/**
 * The elements of a sequence, `[channels, length]` or a batch of them, at the places that {@link maxPool1d} gave, zeros
 * elsewhere: PyTorch's `torch.nn.functional.max_unpool1d`; see {@link maxUnpool2d}.
 *
 * @category Network functions
 */
export const maxUnpool1d: MaxUnpoolOp<Single> = /* @__PURE__ */ unpooling("maxUnpool1d", 1);

/**
 * The elements of an image, `[channels, rows, columns]` or a batch of them, at the places that {@link maxPool2d} gave,
 * zeros elsewhere: PyTorch's `torch.nn.functional.max_unpool2d`. It is told of the windows what the pooling was told;
 * of several images that have as many windows it makes the one of `outputSize`. Of elements at one place the last
 * stays, and each has the gradient. A place beyond the image is an {@link IndexError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { maxPool2d, maxUnpool2d, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[1, 2, 9], [4, 3, 5]]]);
 * const { values, indices } = maxPool2d(image, 2, { returnIndices: true });
 * assertEquals(await maxUnpool2d(values, indices, 2).array(), [[[0, 0], [0, 4]]]);
 * assertEquals(await maxUnpool2d(values, indices, 2, { outputSize: [2, 3] }).array(), [[[0, 0, 0], [4, 0, 0]]]);
 * ```
 */
export const maxUnpool2d: MaxUnpoolOp<Pair> = /* @__PURE__ */ unpooling("maxUnpool2d", 2);

/**
 * The elements of a volume, `[channels, depth, rows, columns]` or a batch of them, at the places that {@link
 * maxPool3d} gave, zeros elsewhere: PyTorch's `torch.nn.functional.max_unpool3d`; see {@link maxUnpool2d}.
 *
 * @category Network functions
 */
export const maxUnpool3d: MaxUnpoolOp<Triple> = /* @__PURE__ */ unpooling("maxUnpool3d", 3);
