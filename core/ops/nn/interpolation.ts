/** Images, signals and volumes in other sizes. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { isCount } from "../../base/shape.ts";
import { described, listed } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import { checkFloating } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import { pad, reshape } from "../../primitives/functions.ts";
import { reduce } from "../../primitives/reduce.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { fromArray } from "../creation.ts";
import { indexSelect } from "../indexing.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from "./adaptive_pool.ts";
import { widened } from "../widen.ts";
import {
  cubic,
  kernelTaps,
  nearestTaps,
  smoothingTaps,
  type Taps,
  type TapsOf,
  triangle,
} from "./resampling_taps.ts";

/**
 * How {@link interpolate} finds the elements between others.
 *
 * @category Network functions
 */
export type InterpolationMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "bicubic"
  | "trilinear"
  | "area";

/**
 * What {@link interpolate} may be told; either `size` or `scaleFactor` is needed.
 *
 * @category Network functions
 */
export interface InterpolateOptions {
  /** The new extents behind the channels, or one for all of them. */
  readonly size?: number | readonly number[];
  /** What the extents are multiplied with, the result being rounded down; one for all or one for each. */
  readonly scaleFactor?: number | readonly number[];
  /** `"nearest"` unless said. */
  readonly mode?: InterpolationMode;
  /** Whether the first and last elements stay in their places, instead of their outer edges; they do not unless said. */
  readonly alignCorners?: boolean;
  /** Whether the scale is that of the rounded size instead of the one that was given; not unless said. */
  readonly recomputeScaleFactor?: boolean;
  /** Whether all elements count where an image shrinks, bilinear or bicubic; not unless said. */
  readonly antialias?: boolean;
}

interface Mode {
  /** What it reads along an axis; `null` is for the means of pooling. */
  readonly taps: TapsOf | null;
  /** What it does instead with `antialias`. */
  readonly smooth?: TapsOf;
  /** The number of axes it is for, batch and channels included; any of 3 to 5 unless said. */
  readonly rank?: number;
  /** Whether corners may be aligned. */
  readonly corners?: boolean;
}

// Made in a function, since a bundle keeps what is called at the top.
function makeModes(): Readonly<Record<InterpolationMode, Mode>> {
  const lines = { taps: kernelTaps(triangle, 2), corners: true };
  return {
    "nearest": { taps: nearestTaps(0) },
    "nearest-exact": { taps: nearestTaps(0.5) },
    "linear": { ...lines, rank: 3 },
    "bilinear": { ...lines, rank: 4, smooth: smoothingTaps(triangle, 1) },
    "bicubic": {
      taps: kernelTaps(cubic(-0.75), 4),
      smooth: smoothingTaps(cubic(-0.5), 2), // the constant of Pillow
      rank: 4,
      corners: true,
    },
    "trilinear": { ...lines, rank: 5 },
    "area": { taps: null },
  };
}

const modes: Readonly<Record<InterpolationMode, Mode>> = /* @__PURE__ */ makeModes();

/** An axis read at its taps, each element multiplied with its weight. */
function resampled(x: Tensor, axis: number, { count, index, weight }: Taps): Tensor {
  const { backend, dtype } = x, extent = x.shape[axis], none = x.shape.map(() => 0);
  const isBeyond = index.includes(extent); // the taps of windows that are shorter than others
  const ended = isBeyond ? pad(x, { low: none, high: none.with(axis, 1), interior: none, value: 0 }) : x;
  const picked = indexSelect(ended, axis, fromArray(index, [index.length], { backend }));
  if (!weight) return picked;
  const size = index.length / count;
  const taps = reshape(picked, x.shape.toSpliced(axis, 1, size, count));
  const shape = [size, count, ...x.shape.slice(axis + 1).map(() => 1)];
  const expr = e.mul(e.input(0), e.input(1)), weights = fromArray(weight, shape, { dtype, backend });
  return apply(reduce, [taps, weights], { kind: "sum", name: "interpolate", expr, axes: [axis + 1] });
}

function refusal(x: Tensor, why: string): ShapeError {
  return new ShapeError(`Cannot interpolate ${showShape(x.shape)}: ${why}`, {
    op: "interpolate",
    shapes: [x.shape],
  });
}

/** One number an axis behind the channels, of one for all or a list. */
function perAxis(x: Tensor, name: string, given: number | readonly number[]): readonly number[] {
  const axes = x.rank - 2;
  const all = typeof given === "number" ? new Array<number>(axes).fill(given) : given;
  if (Array.isArray(all) && all.length === axes && all.every((n) => typeof n === "number")) return all;
  throw refusal(x, `its ${name} is ${listed(given)}, a number or a list of ${axes} is needed`);
}

function modeOf(x: Tensor, { mode = "nearest", alignCorners, antialias = false }: InterpolateOptions): Mode {
  if (!Object.hasOwn(modes, mode)) {
    throw new TypeError(
      `Cannot interpolate in mode ${described(mode)}: choose one of ${Object.keys(modes).join(", ")}`,
    );
  }
  const found = modes[mode], { rank = x.rank } = found;
  if (x.rank < 3 || x.rank > 5) throw refusal(x, "a batch, channels and one to three axes are needed");
  if (x.rank !== rank) throw refusal(x, `mode ${mode} is for ${rank} axes, batch and channels included`);
  if (alignCorners !== undefined && !found.corners) {
    throw new TypeError(`Cannot interpolate in mode ${mode} with alignCorners: leave it out`);
  }
  if (antialias && !found.smooth) {
    throw new TypeError(`Cannot interpolate in mode ${mode} with antialias: it is for bilinear and bicubic`);
  }
  return found;
}

interface Sizes {
  readonly sizes: readonly number[];
  readonly steps: readonly (number | undefined)[];
}

function sizesOf(x: Tensor, options: InterpolateOptions): Sizes {
  const { size, scaleFactor, mode, recomputeScaleFactor = mode === "area" } = options;
  if ((size === undefined) === (scaleFactor === undefined)) {
    throw new TypeError("Cannot interpolate: either a size or a scaleFactor is needed, one of them");
  }
  if (size !== undefined) {
    if (options.recomputeScaleFactor) {
      throw new TypeError("Cannot interpolate to a size with recomputeScaleFactor: it is for a scaleFactor");
    }
    return { sizes: perAxis(x, "size", size), steps: [] };
  }
  const scales = perAxis(x, "scaleFactor", scaleFactor!);
  for (const scale of scales) checkSetting("interpolate", "scaleFactor", scale, Number.MIN_VALUE);
  return {
    sizes: scales.map((scale, i) => Math.floor(x.shape[2 + i] * scale)),
    steps: recomputeScaleFactor ? [] : scales.map((scale) => 1 / scale),
  };
}

function checkSizes(x: Tensor, sizes: readonly number[]): void {
  const isSize = (n: number) => isCount(n) && n > 0;
  if (sizes.every(isSize) && x.shape.slice(1).every(isSize)) return;
  throw refusal(x, `its extents, but that of the batch, and the new ones, ${listed(sizes)}, must be above 0`);
}

const means = [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d];

const known = {
  size: null,
  scaleFactor: null,
  mode: "nearest",
  alignCorners: true,
  recomputeScaleFactor: true,
  antialias: true,
};

/**
 * `[batch, channels, …]` in another size along one to three axes behind the channels, as PyTorch's
 * `torch.nn.functional.interpolate`: by the element at or before a place, or the nearest one (`"nearest-exact"`), which
 * integers may be too, along straight lines (`"linear"`, `"bilinear"`, `"trilinear"`), by cubic convolution
 * (`"bicubic"`) or by means (`"area"`). Shapes and sizes that do not fit are a {@link ShapeError}, options that do not go
 * together a `TypeError`.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { interpolate, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const signal = tensor([[[0, 4, 8]]]);
 * assertEquals(await interpolate(signal, { scaleFactor: 2 }).array(), [[[0, 0, 4, 4, 8, 8]]]);
 * const options = { size: 5, mode: "linear", alignCorners: true } as const;
 * assertEquals(await interpolate(signal, options).array(), [[[0, 2, 4, 6, 8]]]);
 * ```
 */
export const interpolate: (x: Tensor, options: InterpolateOptions) => Tensor = /* @__PURE__ */ defineOp(
  "interpolate",
  (x, options = {}) => {
    checkOptions("interpolate", options, known);
    const { mode = "nearest", alignCorners = false, antialias } = options;
    const { taps, smooth } = modeOf(x, options),
      { sizes, steps } = sizesOf(x, options),
      tapsOf = antialias ? smooth! : taps;
    checkSizes(x, sizes);
    if (!mode.startsWith("nearest")) checkFloating("interpolate", x);
    if (!tapsOf) return means[sizes.length - 1](x, sizes);
    const along = (y: Tensor, size: number, i: number) => {
      const axis = { extent: x.shape[2 + i], size, step: steps[i], alignCorners };
      return resampled(y, 2 + i, tapsOf(axis));
    };
    return widened(x, (values) => sizes.reduce(along, values));
  },
);

/**
 * What {@link upsampleNearest} and {@link upsampleBilinear} are told: either of the two.
 *
 * @category Network functions
 */
export type UpsampleOptions = Pick<InterpolateOptions, "size" | "scaleFactor">;

/**
 * {@link interpolate} under its older name, `torch.nn.functional.upsample`.
 *
 * @category Network functions
 */
export function upsample(x: Tensor, options: Omit<InterpolateOptions, "antialias">): Tensor {
  return interpolate(x, options);
}

/**
 * {@link interpolate} by the element at or before a place: `torch.nn.functional.upsample_nearest`.
 *
 * @category Network functions
 */
export function upsampleNearest(x: Tensor, options: UpsampleOptions): Tensor {
  return interpolate(x, { ...options, mode: "nearest" });
}

/**
 * {@link interpolate} of images along straight lines, corners aligned: `torch.nn.functional.upsample_bilinear`.
 *
 * @category Network functions
 */
export function upsampleBilinear(x: Tensor, options: UpsampleOptions): Tensor {
  return interpolate(x, { ...options, mode: "bilinear", alignCorners: true });
}
