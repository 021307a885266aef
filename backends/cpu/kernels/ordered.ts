/** Kernels that run along one axis in order: running totals and sorting. */
import { type CumulateKind, hostArray, isFloating, type TypedArray, type View } from "@tapegrad/core/backend";
import { reshaped } from "../../common/views.ts";
import { eachOuter, walkOf } from "../../common/walk.ts";
import { elementsOf } from "../loops.ts";

/** Positions of one lane's first elements, and the work to do there. */
type Lane = (at: readonly number[]) => void;

// Every lane along `axis`; positions are those of its first element, or of its last if reversed.
function eachLane(views: readonly View[], axis: number, reverse: boolean, run: Lane): void {
  const shape = views[0].shape.toSpliced(axis, 1);
  const lanes = views.map((v) => ({
    ...reshaped(v, shape, v.strides.toSpliced(axis, 1)),
    offset: v.offset + (reverse ? (v.shape[axis] - 1) * v.strides[axis] : 0),
  }));
  eachOuter(walkOf(lanes, shape), 0, run);
}

/** A running sum, product, extremum position or linear recurrence along an axis. */
export function cumulate(
  kind: CumulateKind,
  inputs: readonly View[],
  axis: number,
  reverse: boolean,
  output: View,
): void {
  const n = output.shape[axis], views = [...inputs, output];
  const buffers = views.map(elementsOf),
    steps = views.map((v) => reverse ? -v.strides[axis] : v.strides[axis]);
  const integer = !isFloating(output.dtype);
  eachLane(views, axis, reverse, (at) => {
    if (kind === "linear") linear(buffers, at, steps, n);
    else if (kind === "prod" && !integer) products(buffers, at, steps, n);
    else if (kind === "argmax" || kind === "argmin") extremes(kind, buffers, at, steps, n, reverse);
    else totals(kind === "sum" ? 0 : 1, kind, integer, buffers, at, steps, n);
  });
}

function totals(
  start: number,
  kind: "sum" | "prod",
  integer: boolean,
  [x, y]: readonly TypedArray[],
  [from, to]: readonly number[],
  [step, move]: readonly number[],
  n: number,
): void {
  const times = integer ? Math.imul : (a: number, b: number) => a * b;
  for (let k = 0, total = start; k < n; k++, from += step, to += move) {
    total = kind === "sum" ? total + x[from] : times(total, x[from]);
    if (integer) total |= 0;
    y[to] = total;
  }
}

// Where the product of finite numbers has overflowed, one that is 0 still makes it 0.
function products(
  [x, y]: readonly TypedArray[],
  [from, to]: readonly number[],
  [step, move]: readonly number[],
  n: number,
): void {
  for (let k = 0, total = 1, overflowed = false; k < n; k++, from += step, to += move) {
    const factor = x[from], next = total * factor;
    if (!Number.isFinite(next)) {
      overflowed = Number.isFinite(factor) && (overflowed || Number.isFinite(total));
    }
    y[to] = total = overflowed && factor === 0 ? 0 : next;
  }
}

function linear(
  [a, b, y]: readonly TypedArray[],
  [p, q, to]: readonly number[],
  [stepA, stepB, move]: readonly number[],
  n: number,
): void {
  // The first factor multiplies nothing, whatever it is.
  for (let k = 0, last = 0; k < n; k++, p += stepA, q += stepB, to += move) {
    last = k === 0 ? b[q] : kept(a[p], last) + b[q];
    y[to] = last;
  }
}

// A factor of 0 keeps nothing, not even of what overflowed.
function kept(factor: number, last: number): number {
  return factor === 0 && (last === Infinity || last === -Infinity) ? 0 : factor * last;
}

// The latest of equals, and a NaN for ever after it.
function extremes(
  kind: "argmax" | "argmin",
  [x, y]: readonly TypedArray[],
  [from, to]: readonly number[],
  [step, move]: readonly number[],
  n: number,
  reverse: boolean,
): void {
  const sign = kind === "argmax" ? 1 : -1;
  for (let k = 0, best = NaN, where = 0; k < n; k++, from += step, to += move) {
    const v = x[from];
    if (k === 0 || v !== v || v * sign >= best * sign) {
      best = v;
      where = reverse ? n - 1 - k : k;
    }
    y[to] = where;
  }
}

/** The stable order of elements along an axis; NaN counts as the largest. */
export function argsort(input: View, axis: number, descending: boolean, output: View): void {
  const n = output.shape[axis], from = elementsOf(input), to = elementsOf(output);
  const step = input.strides[axis], move = output.strides[axis];
  if (n > FEW && (input.dtype === "u32" || input.dtype === "i32")) {
    const flip = (input.dtype === "i32" ? 2 ** 31 : 0) ^ (descending ? -1 : 0), keys = hostArray("u32", n);
    return eachLane([input, output], axis, false, ([p, q]) => {
      for (let k = 0; k < n; k++) keys[k] = from[p + k * step] ^ flip;
      const order = byDigits(keys);
      for (let k = 0; k < n; k++) to[q + k * move] = order[k];
    });
  }
  const values = hostArray("f64", n), order = hostArray("i32", n);
  const sign = descending ? -1 : 1;
  const compare = (i: number, j: number) => sign * ascending(values[i], values[j]) || i - j;
  eachLane([input, output], axis, false, ([p, q]) => {
    for (let k = 0; k < n; k++) {
      values[k] = from[p + k * step];
      order[k] = k;
    }
    order.sort(compare);
    for (let k = 0; k < n; k++) to[q + k * move] = order[k];
  });
}

/** Up to here comparing takes no longer than counting. */
const FEW = 4096;

// The stable order of words, by one half of their bits and then the other: in time that grows as their number does.
function byDigits(keys: TypedArray): TypedArray {
  let order = hostArray("i32", keys.length), next = hostArray("i32", keys.length);
  for (let k = 0; k < keys.length; k++) order[k] = k;
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(2 ** 16 + 1);
    for (let k = 0; k < keys.length; k++) starts[((keys[k] >>> shift) & 0xffff) + 1]++;
    for (let digit = 0; digit < 2 ** 16; digit++) starts[digit + 1] += starts[digit];
    for (let k = 0; k < keys.length; k++) next[starts[(keys[order[k]] >>> shift) & 0xffff]++] = order[k];
    [order, next] = [next, order];
  }
  return order;
}

function ascending(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(a !== a) - Number(b !== b);
}
