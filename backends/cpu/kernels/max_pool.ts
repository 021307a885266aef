/** Pooling by the largest: one pass over the windows of each image, without the windows' elements in memory of their own. */
import type { Kernel, Shape, TypedArray, View } from "@tapegrad/core/backend";
import { type Pooling, type Ranges, rangesOf } from "../../common/pool_ranges.ts";
import { along, otherAxes, plain } from "../../common/views.ts";
import { eachOuter, walkOf } from "../../common/walk.ts";
import { elementsOf } from "../loops.ts";

/** Of images whose spatial axes are flattened into one. */
interface FlatPooling extends Pooling {
  readonly axis: number;
  readonly image: Shape;
}

/** The elements of an image or of a result, from one on. */
interface Line {
  readonly elements: TypedArray;
  readonly step: number;
  start: number;
}

function lineOf(view: View, axis: number): Line {
  return { elements: elementsOf(view), step: view.strides[axis], start: 0 };
}

// Of equals the first, of NaNs the last.
function poolImage(
  [x, values, indices]: readonly Line[],
  [deep, down, across]: readonly Ranges[],
  [rows, columns]: Shape,
): void {
  let q = values.start, r = indices.start;
  const { elements, start, step } = x;
  for (let a = 0; a < deep.from.length; a++) {
    for (let b = 0; b < down.from.length; b++) {
      for (let c = 0; c < across.from.length; c++, q += values.step, r += indices.step) {
        const left = across.from[c], right = across.to[c];
        let place = (deep.from[a] * rows + down.from[b]) * columns + left,
          most = elements[start + place * step];
        for (let i = deep.from[a]; i < deep.to[a]; i += deep.step) {
          for (let j = down.from[b]; j < down.to[b]; j += down.step) {
            const row = (i * rows + j) * columns;
            for (let k = left; k < right; k += across.step) {
              const v = elements[start + (row + k) * step];
              if (v > most || v !== v) {
                most = v;
                place = row + k;
              }
            }
          }
        }
        values.elements[q] = most;
        indices.elements[r] = place;
      }
    }
  }
}

const maxPool: Kernel<FlatPooling> = (inputs, outputs, attributes) => {
  const views = [...inputs, ...outputs].map(plain), { axis, image } = attributes;
  const lead = otherAxes(axis + 1, [axis]), ranges = rangesOf(attributes, image);
  const lines = views.map((view) => lineOf(view, axis)), extents = [1, 1, ...image].slice(-2);
  const walk = walkOf(views.map((view) => along(view, lead)), lead.map((i) => views[0].shape[i]));
  eachOuter(walk, 0, (at) => {
    lines.forEach((line, i) => line.start = at[i]);
    poolImage(lines, ranges, extents);
  });
};

/** The largest elements of windows, and their places, by the names of the ops. */
export const maxPools = {
  maxPool1d: maxPool,
  maxPool2d: maxPool,
  maxPool3d: maxPool,
  adaptiveMaxPool1d: maxPool,
  adaptiveMaxPool2d: maxPool,
  adaptiveMaxPool3d: maxPool,
};
