/** Kernels that read or write at computed positions. */
import {
  type DType,
  e,
  input,
  isFloating,
  type ScatterKind,
  sizeOf,
  type View,
} from "@tapegrad/core/backend";
import { outOfRange } from "../../common/index_range.ts";
import { along, otherAxes, reshaped } from "../../common/views.ts";
import { eachInner, walkOf } from "../../common/walk.ts";
import { elementsOf } from "../loops.ts";
import type { MapKernel } from "./map.ts";

// Strides that stand still along the indexed axis, which the index itself supplies.
function withoutAxis(view: View, axis: number): readonly number[] {
  return view.strides.map((s, i) => i === axis ? 0 : s);
}

function checkedPosition(op: string, at: number, extent: number, axis: number): number {
  if (at >= 0 && at < extent) return at;
  throw outOfRange(op, at, axis, extent);
}

/** `output[…, i, …] = input[…, index[…, i, …], …]`. */
export function gather(input: View, axis: number, index: View, output: View): void {
  const { shape } = index, extent = input.shape[axis], step = input.strides[axis];
  const [from, positions, to] = [input, index, output].map(elementsOf);
  const walk = walkOf([reshaped(input, shape, withoutAxis(input, axis)), index, output], shape);
  eachInner(walk, (starts, steps, n) => {
    let [p, i, q] = starts;
    const [dp, di, dq] = steps;
    for (let j = 0; j < n; j++, p += dp, i += di, q += dq) {
      to[q] = from[p + checkedPosition("gather", positions[i], extent, axis) * step];
    }
  });
}

type Meet = (old: number, next: number) => number;

// The others are written out in the loop.
function meetOf(kind: ScatterKind, dtype: DType): Meet | null {
  if (kind === "max" || kind === "min") return Math[kind];
  if (kind === "prod") return isFloating(dtype) ? (a, b) => a * b : Math.imul;
  return kind === "add" && dtype === "bool" ? (a, b) => a | b : null;
}

/** Adds `source` to `output` at `index` along an axis, or has it meet what is there in another way. */
export function scatter(kind: ScatterKind, axis: number, index: View, source: View, output: View): void {
  const { shape } = index, extent = output.shape[axis], step = output.strides[axis];
  const [from, positions, to] = [source, index, output].map(elementsOf);
  const isSet = kind === "set", meet = meetOf(kind, output.dtype);
  const walk = walkOf([source, index, reshaped(output, shape, withoutAxis(output, axis))], shape);
  eachInner(walk, (starts, steps, n) => {
    let [p, i, q] = starts;
    const [dp, di, dq] = steps;
    for (let j = 0; j < n; j++, p += dp, i += di, q += dq) {
      const at = q + checkedPosition("scatter", positions[i], extent, axis) * step;
      if (isSet) to[at] = from[p];
      else if (meet) to[at] = meet(to[at], from[p]);
      else to[at] += from[p];
    }
  });
}

const none = [e.constant(0)], total = [e.add(input(0), input(1))], either = [e.or(input(0), input(1))];

/**
 * Adds windows, whose elements are the last axis, into `output` every `step` along an axis: one place of all windows
 * at a time, since those do not overlap, and the last place first, so that each sum is from the first window on.
 */
export function fold(map: MapKernel, windows: View, axis: number, step: number, output: View): void {
  const adding = output.dtype === "bool" ? either : total, places = otherAxes(windows.shape.length - 1, []);
  map(none, [], [output]);
  if (sizeOf(windows.shape) === 0) return;
  for (let place = windows.shape[places.length] - 1; place >= 0; place--) {
    const from = {
      ...along(windows, places),
      offset: windows.offset + place * windows.strides[places.length],
    };
    const to = {
      ...reshaped(output, from.shape, output.strides.with(axis, step * output.strides[axis])),
      offset: output.offset + place * output.strides[axis],
    };
    const order = nearestLast(places, [from, to]), [source, target] = [from, to].map((v) => along(v, order));
    map(adding, [target, source], [target]);
  }
}

// Axes along which elements are far apart come first, so that a walk in that order goes along memory.
function nearestLast(axes: readonly number[], views: readonly View[]): readonly number[] {
  const apart = (axis: number) => views.reduce((sum, { strides }) => sum + Math.abs(strides[axis]), 0);
  return axes.toSorted((a, b) => apart(b) - apart(a));
}
