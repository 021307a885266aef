/** Numbers that are known before anything is computed: shapes, axes, and what is reckoned with them, on the host. */
import { contiguousStrides, type Shape, showShape, sizeOf } from "@tapegrad/core";
import type { FileDType } from "../../files/elements.ts";
import { meetingShape } from "../shapes.ts";

/** More numbers than this are not reckoned with. */
const MOST = 2 ** 24;

/** A tensor on the host. */
export class Known {
  /** What its elements are. */
  readonly kind: FileDType;
  /** Its extents. */
  readonly shape: Shape;
  /** Its elements, row-major; of bools 0 and 1. */
  readonly data: readonly number[];

  constructor(kind: FileDType, shape: Shape, data: readonly number[]) {
    this.kind = kind;
    this.shape = shape;
    this.data = data;
  }

  /** Whether its elements are integers, or bools. */
  get isInteger(): boolean {
    return !this.kind.includes("f");
  }
}

/** Refuses more numbers than are reckoned with on the host. */
export function checkCount(shape: Shape): void {
  if (sizeOf(shape) <= MOST) return;
  throw new RangeError(`Cannot reckon with ${showShape(shape)} numbers before a run: there may be ${MOST}`);
}

/** A list of integers. */
export function integers(data: readonly number[]): Known {
  return new Known("i64", [data.length], data);
}

/** Calls `see` with each place in a shape, row-major. */
function eachPlace(shape: Shape, see: (place: readonly number[]) => void): void {
  checkCount(shape);
  const place = shape.map(() => 0);
  for (let i = sizeOf(shape); i > 0; i--) {
    see(place);
    for (let axis = shape.length - 1; axis >= 0 && ++place[axis] === shape[axis]; axis--) place[axis] = 0;
  }
}

/** Elements picked from `x`, for each place in a shape that which `from` says. */
export function picked(x: Known, shape: Shape, from: (place: readonly number[]) => readonly number[]): Known {
  const strides = contiguousStrides(x.shape), data: number[] = [];
  eachPlace(shape, (place) => {
    data.push(x.data[from(place).reduce((sum, n, axis) => sum + n * strides[axis], 0)]);
  });
  return new Known(x.kind, shape, data);
}

/** Repeated to a shape. */
export function expanded(x: Known, shape: Shape): Known {
  const lead = shape.length - x.shape.length;
  return picked(x, shape, (place) => x.shape.map((n, i) => n === 1 ? 0 : place[lead + i]));
}

/** A function of numbers, of operands that broadcast together. */
export function mapped(kind: FileDType, xs: readonly Known[], fn: (...numbers: number[]) => number): Known {
  const shape = meetingShape(xs.map((x) => x.shape)), all = xs.map((x) => expanded(x, shape).data);
  return new Known(kind, shape, all[0].map((_, i) => fn(...all.map((data) => data[i]))));
}

/** One after another along an axis. */
export function concatenated(xs: readonly Known[], axis: number): Known {
  const [first] = xs, shape = first.shape.with(axis, xs.reduce((sum, x) => sum + x.shape[axis], 0));
  const outer = sizeOf(shape.slice(0, axis)), data: number[] = [];
  for (let i = 0; i < outer; i++) {
    for (const x of xs) {
      const length = x.data.length / outer;
      for (let k = 0; k < length; k++) data.push(x.data[i * length + k]);
    }
  }
  return new Known(first.kind, shape, data);
}

/** Combined over axes, which stay with extent 1 where they are kept. */
export function reduced(
  x: Known,
  axes: readonly number[],
  keeps: boolean,
  combine: (numbers: readonly number[]) => number,
): Known {
  const kept = x.shape.map((n, i) => axes.includes(i) ? 1 : n), groups: number[][] = [];
  const strides = contiguousStrides(kept);
  let i = 0;
  for (let n = sizeOf(kept); n > 0; n--) groups.push([]);
  eachPlace(x.shape, (place) => {
    groups[place.reduce((sum, at, axis) => sum + (axes.includes(axis) ? 0 : at * strides[axis]), 0)].push(
      x.data[i++],
    );
  });
  return new Known(x.kind, keeps ? kept : kept.filter((_, i) => !axes.includes(i)), groups.map(combine));
}
