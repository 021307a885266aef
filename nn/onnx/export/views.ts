/** Views of memory as operators that rearrange: what strides say in ONNX's words. */
import { contiguousStrides, type Place, sameShape, type Shape, sizeOf } from "@tapegrad/core";
import type { Edge, GraphBuilder } from "./graph.ts";

/** An axis along which a view moves through memory, forwards. */
interface Moving {
  /** Which of the view's. */
  readonly axis: number;
  readonly extent: number;
  readonly stride: number;
  readonly isFlipped: boolean;
}

/**
 * What a view sees of memory, which an edge holds row-major. Where `keeps` says so, an axis along which elements
 * repeat has extent 1, as operators that broadcast repeat it themselves.
 */
export function viewed(
  graph: GraphBuilder,
  memory: Edge,
  place: Place,
  keeps: (axis: number) => boolean = () => false,
): Edge {
  const { shape, strides, offset } = place;
  if (sizeOf(shape) === 0) return graph.constant([], { shape, dtype: memory.dtype });
  const moving: Moving[] = [];
  let start = offset;
  shape.forEach((extent, axis) => {
    const stride = strides[axis], isFlipped = stride < 0;
    if (extent === 1 || stride === 0) return;
    if (isFlipped) start += (extent - 1) * stride;
    moving.push({ axis, extent, stride: Math.abs(stride), isFlipped });
  });
  const seen = flipped(graph, forwards(graph, memory, moving, start), moving);
  const once = shape.map((n, axis) => strides[axis] === 0 ? 1 : n);
  const wanted = shape.map((n, axis) => strides[axis] === 0 && keeps(axis) ? 1 : n);
  return graph.expand(graph.reshape(seen, once), wanted);
}

/** Whether a place is all of so many elements, row-major. */
export function isWhole({ shape, strides, offset }: Place, length: number): boolean {
  const rows = contiguousStrides(shape);
  return offset === 0 && sizeOf(shape) === length && shape.every((n, i) => n === 1 || strides[i] === rows[i]);
}

function flipped(graph: GraphBuilder, edge: Edge, moving: readonly Moving[]): Edge {
  const axes = moving.flatMap(({ isFlipped }, i) => isFlipped ? [i] : []);
  if (axes.length === 0) return edge;
  const all = (value: number) => graph.ints(axes.map(() => value));
  return graph.node("Slice", [edge, all(-1), all(-(2 ** 31)), graph.ints(axes), all(-1)], edge);
}

/** The elements of a view that moves forwards, its axes in its own order. */
function forwards(graph: GraphBuilder, memory: Edge, moving: readonly Moving[], start: number): Edge {
  const sorted = moving.toSorted((a, b) => b.stride - a.stride), length = sizeOf(memory.shape);
  for (const base of bases(memory.shape, sorted, length)) {
    const cuts = cutsOf(base, sorted, start);
    if (cuts) return cut(graph, graph.reshape(memory, base), cuts, moving);
  }
  return gathered(graph, memory, moving, start);
}

/** Shapes of memory in which a view may be but a range along each axis. */
function bases(shape: Shape, sorted: readonly Moving[], length: number): Shape[] {
  const own = sorted.map(({ stride }) => stride), there = contiguousStrides(shape);
  const tries = [own, [...own, ...there.filter((_, i) => shape[i] > 1)]].map((strides) =>
    shapeBy([...new Set(strides)].toSorted((a, b) => b - a), length)
  );
  return [shape, ...tries.filter((one) => one !== null)];
}

/** The shape of so many elements whose axes have these strides, if there is one. */
function shapeBy(strides: readonly number[], length: number): Shape | null {
  const all = strides.at(-1) === 1 ? strides : [...strides, 1];
  const shape = all.map((stride, i) => (i === 0 ? length : all[i - 1]) / stride);
  return shape.every(Number.isInteger) ? shape : null;
}

/** What is taken along an axis of memory: which axis of the view that is, if one. */
interface Cut {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly moving: Moving | null;
}

function cutsOf(base: Shape, sorted: readonly Moving[], start: number): Cut[] | null {
  const strides = contiguousStrides(base), left = [...sorted];
  const cuts = base.map((extent, axis): Cut => {
    const first = Math.floor(start / strides[axis]) % extent, [next] = left;
    const step = next ? next.stride / strides[axis] : 0;
    const fits = extent > 1 && next && Number.isInteger(step) && step > 0 &&
      first + (next.extent - 1) * step < extent;
    if (!fits) return { start: first, step: 1, count: 1, moving: null };
    left.shift();
    return { start: first, step, count: next.extent, moving: next };
  });
  const reaches = cuts.reduce((sum, { start }, axis) => sum + start * strides[axis], 0) === start;
  return left.length === 0 && reaches ? cuts : null;
}

function cut(graph: GraphBuilder, edge: Edge, cuts: readonly Cut[], moving: readonly Moving[]): Edge {
  const parts = cuts.flatMap((one, axis) => one.count === edge.shape[axis] ? [] : [{ ...one, axis }]);
  const counts = cuts.map(({ count }) => count);
  const ranges = [
    parts.map(({ start }) => start),
    parts.map(({ start, step, count }) => start + (count - 1) * step + 1),
    parts.map(({ axis }) => axis),
    parts.map(({ step }) => step),
  ];
  const sliced = parts.length === 0
    ? edge
    : graph.node("Slice", [edge, ...ranges.map((list) => graph.ints(list))], { ...edge, shape: counts });
  const order = cuts.flatMap((one) => one.moving ?? []);
  const rows = graph.reshape(sliced, order.map(({ extent }) => extent));
  return graph.transpose(rows, moving.map((one) => order.indexOf(one)));
}

/** The elements one by one, by their places in memory. */
function gathered(graph: GraphBuilder, memory: Edge, moving: readonly Moving[], start: number): Edge {
  const shape = moving.map(({ extent }) => extent), strides = moving.map(({ stride }) => stride);
  const places = graph.constant(placesOf(shape, strides, start), { shape, dtype: "i64" }, "places");
  const flat = graph.reshape(memory, [sizeOf(memory.shape)]);
  return graph.node("Gather", [flat, places], { shape, dtype: memory.dtype }, { axis: 0 });
}

/** Where the elements of a view lie, in its order. */
export function placesOf(shape: Shape, strides: readonly number[], start: number): number[] {
  let places = [start];
  shape.forEach((n, axis) => {
    const next: number[] = [];
    for (const place of places) for (let i = 0; i < n; i++) next.push(place + i * strides[axis]);
    places = next;
  });
  return places;
}

/** The shape that elements have which lie in a memory as a place says, outermost first; `null` where none. */
export function rowsOf({ shape, strides, offset }: Place, length: number): Shape | null {
  if (isWhole({ shape, strides, offset }, length)) return shape;
  const axes = shape.map((_, i) => i).filter((i) => shape[i] > 1).toSorted((a, b) => strides[b] - strides[a]);
  const rows = axes.map((axis) => shape[axis]), sorted = axes.map((axis) => strides[axis]);
  const isRows = offset === 0 && sizeOf(rows) === length && sameShape(sorted, contiguousStrides(rows));
  return isRows ? rows : null;
}
