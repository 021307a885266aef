/** Poolings by the largest element of each window, and where in the image it stands. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { apply, applyAll } from "../../call/apply.ts";
import { inputsAt } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { e } from "../../expr/e.ts";
import type { AxisAttributes } from "../../primitives/attributes.ts";
import { expand, reshape } from "../../primitives/functions.ts";
import { gatherAt } from "../../primitives/indexing.ts";
import { identity, reduce } from "../../primitives/reduce.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { abs } from "../magnitude.ts";
import { definePicked, placedAt, type Placing, type ValuesAndIndices } from "../picked.ts";
import { arange } from "../ranges.ts";

/**
 * A pooling by the largest element, which with `returnIndices: true` tells where it stood.
 *
 * @category Network functions
 */
export interface PicksLargest<Size, Options> {
  /** The largest elements, and their positions in the flattened image. */
  (x: Tensor, size: Size, options: Options & { readonly returnIndices: true }): ValuesAndIndices;
  /** The largest elements. */
  (x: Tensor, size: Size, options?: Options & { readonly returnIndices?: false }): Tensor;
  /** Either, as the options tell. */
  (x: Tensor, size: Size, options?: Options & Indexing): Tensor | ValuesAndIndices;
}

/**
 * Whether a pooling by the largest element tells where that stood.
 *
 * @category Network functions
 */
export interface Indexing {
  /** Whether it gives the positions in the flattened image too, as i32; it does not unless said. */
  readonly returnIndices?: boolean;
}

/** What a pooling is told whose image has its spatial axes flattened into the last. */
export interface ImageAttributes extends AxisAttributes {
  /** The spatial extents. */
  readonly image: Shape;
  /** How many windows there are along each of these axes. */
  readonly counts: Shape;
}

// The position of what is in no image: behind any other.
const NOWHERE = 2 ** 31 - 1;

// Of equals the first, of NaNs the last, as in PyTorch: a position that is negated is less than any that is not.
const placeIfLargest = /* @__PURE__ */ (() => {
  const [element, largest, place] = [0, 1, 2].map((i) => e.input(i));
  return e.select(e.isNaN(element), e.neg(place), e.select(e.eq(element, largest), place, NOWHERE));
})();

/** The largest elements along the last axis, and their places, which have fewer axes where they are those of many images. */
export function largestOf(windows: Tensor, places: Tensor): readonly [values: Tensor, places: Tensor] {
  const axis = windows.rank - 1, lead = windows.shape.slice(0, axis);
  if (windows.shape[axis] === 1) return [reshape(windows, lead), reshape(places, places.shape.slice(0, -1))];
  const values = apply(reduce, [windows], { kind: "max", ...identity, axes: [axis] });
  const found = { kind: "min", name: "place of the largest", expr: placeIfLargest, axes: [axis] } as const;
  return [values, abs(apply(reduce, [windows, reshape(values, [...lead, 1]), places], found))];
}

/** Positions in the flattened image, as i32. */
function placesIn(image: Shape, { backend }: Tensor): Tensor {
  return reshape(arange(0, sizeOf(image), 1, { dtype: "i32", backend }), image);
}

/**
 * Makes windows along the i-th spatial axis of an image, as a new last axis, with a value in place of elements that are
 * in no image.
 */
type MakeWindows<A> = (x: Tensor, i: number, attributes: A, value: number) => Tensor;

/** What a pooling sends back: each cotangent is added where its element stood. */
function definePlacing(name: string): typeof placedAt {
  const op = defineComposite<Placing>({
    name,
    infer: ([{ shape, dtype, backend }], { axis, extent }) => {
      return { shape: shape.with(axis, extent), dtype, backend };
    },
    decompose: ([ct, places], placing) => [placedAt(ct, places, placing)],
    vjp: ([t], { inputs: [, places], attributes: { axis } }) => [
      t && apply(gatherAt, [t, places as Tensor], { axis }),
      null,
    ],
    saves: inputsAt(1),
  }, { arity: 2, dtypes: dtypes.filter(isFloating) });
  return (ct, places, placing) => apply(op, [ct, places], placing);
}

/** Declares a pooling by the largest element of windows: of those along one axis after the other. */
export function definePicking<A extends Omit<ImageAttributes, "axis">>(
  name: string,
  windowsOf: MakeWindows<A>,
): (x: Tensor, windows: A) => ValuesAndIndices {
  const op = definePicked<A & AxisAttributes>(name, (x, attributes) => {
    const { image, counts } = attributes, lead = x.shape.slice(0, -1);
    let values = reshape(x, [...lead, ...image]), places = placesIn(image, x);
    image.forEach((_, i) => {
      const windows = windowsOf(values, i, attributes, -Infinity);
      [values, places] = largestOf(windows, windowsOf(places, i, attributes, NOWHERE));
    });
    return reshape(expand(places, [...lead, ...counts]), [...lead, sizeOf(counts)]);
  }, {
    extent: (_, { counts }) => sizeOf(counts),
    dtypes: dtypes.filter(isFloating),
    back: definePlacing(`${name}Backward`),
  });
  return (x, windows) => {
    const lead = x.shape.slice(0, -windows.image.length), flat = reshape(x, [...lead, sizeOf(windows.image)]);
    const [values, indices] = applyAll(op, [flat], { ...windows, axis: lead.length })
      .map((t) => reshape(t, [...lead, ...windows.counts]));
    return { values, indices };
  };
}
