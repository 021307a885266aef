/** Images and volumes read at places between their elements. */
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { contiguousStrides } from "../../base/layout.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { apply } from "../../call/apply.ts";
import { defineOp } from "../../define/composite.ts";
import { checkFloating } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import { add, cast, expand, mul, narrow, reshape } from "../../primitives/functions.ts";
import { reduce } from "../../primitives/reduce.ts";
import { cached } from "../../tensor/constants.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { fromArray } from "../creation.ts";
import { gather } from "../indexing.ts";
import { logicalAnd } from "../logic.ts";
import {
  type AxisMap,
  gridElements,
  type GridMode,
  gridModes,
  gridPaddings,
  gridPlaces,
} from "./grid_maps.ts";
import { wide } from "../widen.ts";

/**
 * What {@link gridSample} may be told.
 *
 * @category Network functions
 */
export interface GridSampleOptions {
  /** How elements between others are found: `"bilinear"` unless said; `"bicubic"` for images alone. */
  readonly mode?: "bilinear" | "nearest" | "bicubic";
  /** What lies beyond the edge: zeros unless said, the outermost elements, or the image mirrored. */
  readonly paddingMode?: "zeros" | "border" | "reflection";
  /** Whether -1 and 1 are the middles of the outermost elements, instead of their outer edges; not unless said. */
  readonly alignCorners?: boolean;
}

/** What places read along an axis: tensors that broadcast together to `[batch, 1, places, …taps along each axis]`. */
interface Taps {
  readonly isInside: Tensor;
  readonly index: Tensor;
  readonly weight: Tensor | null;
}

interface Reading {
  readonly mode: GridMode;
  readonly place: AxisMap;
  readonly pad: AxisMap;
}

/** Of coordinates along an axis; `shape` is that of the taps along it among those of all axes. */
function tapsOf(coordinate: Tensor, extent: number, shape: Shape, { mode, place, pad }: Reading): Taps {
  const { backend, dtype } = coordinate, size = cached(backend, dtype, extent);
  const found = place(coordinate, size), at = mode.padsElements ? found : pad(found, size);
  const offsets = fromArray(Float64Array.from(mode.taps), shape, { backend, dtype });
  const read = add(mode.base(at), offsets), element = mode.padsElements ? pad(read, size) : read;
  return {
    isInside: gridElements.isInside(element, size),
    index: gridElements.index(element, size),
    weight: mode.weight && mode.weight(at, offsets),
  };
}

/** Values, whether they count, and their weights. */
function weightedSum(read: readonly Tensor[], axes: readonly number[]): Tensor {
  const [value, isInside, weight] = [0, 1, 2].map((i) => e.input(i));
  const expr = e.select(isInside, read.length > 2 ? e.mul(value, weight) : value, 0);
  return apply(reduce, read, { kind: "sum", name: "gridSample", expr, axes });
}

/** Elements of `[batch, channels, …]` at taps along each of the last axes, weighted: `[batch, channels, places]`. */
function readAt(image: Tensor, taps: readonly Taps[]): Tensor {
  const [batch, channels, ...extents] = image.shape,
    { backend } = image,
    strides = contiguousStrides(extents);
  const index = taps.map((t, i) => mul(t.index, cached(backend, "i32", strides[i]))).reduce((a, b) =>
    add(a, b)
  );
  const shape = index.shape.with(1, channels), flat = reshape(image, [batch, channels, sizeOf(extents)]);
  const list = reshape(expand(index, shape), [batch, channels, sizeOf(shape.slice(2))]);
  const read = [
    reshape(gather(flat, 2, list), shape),
    taps.map((t) => t.isInside).reduce((a, b) => logicalAnd(a, b)),
  ];
  const weights = taps.flatMap((t) => t.weight ?? []);
  if (weights.length > 0) read.push(weights.reduce((a, b) => mul(a, b)));
  return weightedSum(read, extents.map((_, i) => 3 + i));
}

function check(image: Tensor, grid: Tensor): void {
  const axes = image.rank - 2;
  const isSampled = (axes === 2 || axes === 3) && grid.rank === image.rank && grid.shape.at(-1) === axes &&
    grid.shape[0] === image.shape[0] && !image.shape.slice(2).includes(0);
  if (!isSampled) {
    throw new ShapeError(
      `Cannot gridSample ${showShape(image.shape)} at ${
        showShape(grid.shape)
      }: [batch, channels, …] with two or ` +
        "three more axes, none of them 0, and [batch, …, number of these axes] of as many axes are needed",
      { op: "gridSample", shapes: [image.shape, grid.shape] },
    );
  }
  checkFloating("gridSample", image);
  if (image.dtype === grid.dtype) return;
  throw new DtypeError(
    `Cannot gridSample ${image.dtype} at ${grid.dtype}: cast one with to("${image.dtype}")`,
    { op: "gridSample", dtypes: [image.dtype, grid.dtype] },
  );
}

function chosen<T>(what: string, from: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(from, name)) return from[name];
  throw new TypeError(
    `Cannot gridSample with ${what} ${described(name)}: choose one of ${Object.keys(from).join(", ")}`,
  );
}

const known = { mode: "bilinear", paddingMode: "zeros", alignCorners: false };

/**
 * `[batch, channels, rows, columns]` at a grid `[batch, …, 2]` of places, x and y from -1 at the first edge to 1 at the
 * last, or a volume `[batch, channels, depth, rows, columns]` at x, y and z: `torch.nn.functional.grid_sample`. Gradients
 * flow to both; a place that is NaN is the first edge. Jaderberg et al. (2015).
 *
 * Shapes that do not fit are a {@link ShapeError}, integers and two dtypes a {@link DtypeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { affineGrid, gridSample, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const image = tensor([[[[1, 2], [3, 4]]]]), middle = tensor([[[[0, 0]]]]);
 * assertEquals(await gridSample(image, middle).array(), [[[[2.5]]]]);
 * const flipped = affineGrid(tensor([[[-1, 0, 0], [0, 1, 0]]]), [1, 1, 2, 2]);
 * assertEquals(await gridSample(image, flipped).array(), [[[[2, 1], [4, 3]]]]);
 * ```
 */
export const gridSample: (x: Tensor, grid: Tensor, options?: GridSampleOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "gridSample",
    (image, grid, { mode = "bilinear", paddingMode = "zeros", alignCorners = false } = {}) => {
      check(image, grid);
      const how = chosen("mode", gridModes, mode), corners = alignCorners ? "aligned" : "free";
      const extents = image.shape.slice(2), axes = extents.length, values = wide(image), at = wide(grid);
      if (mode === "bicubic" && axes === 3) throw new TypeError("Cannot gridSample a volume in mode bicubic");
      const reading = {
        mode: how,
        place: gridPlaces[corners],
        pad: chosen("padding", gridPaddings, paddingMode)[corners],
      };
      const [batch, ...rest] = grid.shape.slice(0, -1),
        one = [batch, 1, sizeOf(rest), ...extents.map(() => 1)];
      const taps = extents.map((extent, i) => {
        const coordinate = reshape(narrow(at, grid.rank - 1, axes - 1 - i, 1), one);
        return tapsOf(coordinate, extent, extents.map((_, k) => k === i ? how.taps.length : 1), reading);
      });
      return reshape(cast(readAt(values, taps), image.dtype), [batch, image.shape[1], ...rest]);
    },
    { arity: 2, known },
  );
