/** Views and movement: other shapes of the same elements, and elements put together. */
import { apply } from "../dispatch.ts";
import { ShapeError, showShape } from "../errors.ts";
import { concatenate, contiguousCopy, fold as foldWindows, pad as padWith } from "../primitives/movement.ts";
import { expandView, permuteView, reshapeView, sliceView, unfoldView } from "../primitives/views.ts";
import { commonDtype, defineOp } from "../registry.ts";
import {
  broadcastShapes,
  checkShape,
  normalizeAxes,
  normalizeAxis,
  reshapeLayout,
  sameShape,
  type Shape,
  sizeOf,
} from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** The same elements, row-major in memory; `x` itself where they are. */
export function contiguous(x: Tensor): Tensor {
  return x.isContiguous ? x : apply(contiguousCopy, [x], null);
}

/** The same elements in another shape, as a view where memory allows; one extent may be -1, what is left. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = resolveShape(x, shape);
  if (sameShape(x.shape, target)) return x;
  const source = reshapeLayout(x, target) ? x : apply(contiguousCopy, [x], null);
  return apply(reshapeView, [source], { shape: target });
}

function resolveShape(x: Tensor, shape: Shape): Shape {
  const open = Array.isArray(shape) ? shape.indexOf(-1) : -1;
  const known = open < 0 ? shape : shape.map((n, i) => i === open ? 1 : n);
  checkShape("reshape to", known);
  const left = sizeOf(known) === 0 ? 0 : x.size / sizeOf(known);
  if (open >= 0 && Number.isInteger(left) && sizeOf(known) > 0) return shape.map((n) => n === -1 ? left : n);
  if (open < 0 && sizeOf(shape) === x.size) return shape;
  throw new ShapeError(
    `Cannot reshape ${showShape(x.shape)} to ${showShape(shape)}: it has ${x.size} elements` +
      (open < 0 ? `, not ${sizeOf(shape)}` : `, which ${sizeOf(known)} does not divide`),
    { op: "reshape", shapes: [x.shape, shape] },
  );
}

/** Axes `start` to `end`, both included, merged into one; all of them unless said. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const from = normalizeAxis("flatten", start, x.rank), to = normalizeAxis("flatten", end, x.rank);
  if (to < from) {
    throw new ShapeError(
      `Cannot flatten ${showShape(x.shape)} from axis ${from} to ${to}: the first comes after the last`,
    );
  }
  return reshape(x, [
    ...x.shape.slice(0, from),
    sizeOf(x.shape.slice(from, to + 1)),
    ...x.shape.slice(to + 1),
  ]);
}

/** Without an axis of extent 1, or without all of them; an axis of another extent stays, as in PyTorch. */
export function squeeze(x: Tensor, axis?: number): Tensor {
  if (axis === undefined) return reshape(x, x.shape.filter((n) => n !== 1));
  const at = normalizeAxis("squeeze", axis, x.rank);
  return reshape(x, x.shape.filter((n, i) => i !== at || n !== 1));
}

/** With a new axis of extent 1 at `axis`. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** Axes in another order, as a view. */
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = axes.map((axis) => normalizeAxis("permute", axis, x.rank));
  if (order.length !== x.rank || new Set(order).size !== x.rank) {
    throw new ShapeError(
      `Cannot permute ${showShape(x.shape)} to axes ${
        showShape(axes)
      }: each of its ${x.rank} axes must be named once`,
      { op: "permute", shapes: [x.shape] },
    );
  }
  return order.every((axis, i) => axis === i) ? x : apply(permuteView, [x], { axes: order });
}

/** Two axes swapped, the last two unless said, as a view. */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const i = normalizeAxis("transpose", a, x.rank), j = normalizeAxis("transpose", b, x.rank);
  return permute(x, x.shape.map((_, k) => k === i ? j : k === j ? i : k));
}

/** One axis moved to another place, the others keeping their order, as a view. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const source = normalizeAxis("moveAxis", from, x.rank), target = normalizeAxis("moveAxis", to, x.rank);
  const order = x.shape.flatMap((_, i) => i === source ? [] : [i]);
  return permute(x, order.toSpliced(target, 0, source));
}

/** Repeated to a shape that it broadcasts to, as a view; -1 keeps an extent. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const lead = shape.length - x.rank;
  const target = shape.map((n, i) => n === -1 && i >= lead ? x.shape[i - lead] : n);
  checkShape("expand to", target);
  if (sameShape(x.shape, target)) return x;
  if (lead < 0 || !x.shape.every((n, i) => n === 1 || n === target[i + lead])) {
    throw new ShapeError(
      `Cannot expand ${showShape(x.shape)} to ${showShape(shape)}: only extents of 1 can be repeated`,
      { op: "expand", shapes: [x.shape, shape] },
    );
  }
  return apply(expandView, [x], { shape: target });
}

/** Several tensors repeated to the shape they broadcast to. */
export function broadcastTensors(tensors: readonly Tensor[]): Tensor[] {
  const shape = broadcastShapes("broadcast", tensors.map((t) => t.shape));
  return tensors.map((t) => expand(t, shape));
}

/** `length` elements from `start` along an axis, as a view. */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const at = normalizeAxis("narrow", axis, x.rank), extent = x.shape[at] ?? 0;
  if (
    !(Number.isInteger(start) && Number.isInteger(length) && start >= 0 && length >= 0 &&
      start + length <= extent)
  ) {
    throw new ShapeError(
      `Cannot narrow axis ${at} of ${showShape(x.shape)} to ${length} from ${start}: its extent is ${extent}`,
      { op: "narrow", shapes: [x.shape] },
    );
  }
  if (length === extent) return x;
  return apply(sliceView, [x], {
    starts: x.shape.map((_, i) => i === at ? start : 0),
    counts: x.shape.map((n, i) => i === at ? length : n),
    steps: x.shape.map(() => 1),
  });
}

/** Reversed along axes, all unless said, as a view. */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  const turned = normalizeAxes("flip", axes, x.rank);
  return apply(sliceView, [x], {
    starts: x.shape.map((n, i) => turned.includes(i) ? Math.max(n - 1, 0) : 0),
    counts: x.shape,
    steps: x.shape.map((_, i) => turned.includes(i) ? -1 : 1),
  });
}

/** Windows of `size` elements every `step` (1) along an axis, as a new last axis, as a view. */
export function unfold(
  x: Tensor,
  axis: number,
  size: number,
  options: { readonly step?: number } = {},
): Tensor {
  const at = normalizeAxis("unfold", axis, x.rank);
  if (x.rank === 0) throw new ShapeError("Cannot unfold a scalar: there is no axis to slide along");
  return apply(unfoldView, [x], { axis: at, size, step: options.step ?? 1 });
}

/** Overlap-add of windows, which are the last axis, into `extent` along `axis`: the adjoint of {@link unfold}. */
export function fold(
  x: Tensor,
  axis: number,
  options: { readonly extent: number; readonly step?: number },
): Tensor {
  const at = normalizeAxis("fold", axis, x.rank - 1);
  return apply(foldWindows, [x], { axis: at, step: options.step ?? 1, extent: options.extent });
}

function checkSome(op: string, tensors: readonly Tensor[]): void {
  if (tensors.length === 0) throw new ShapeError(`Cannot ${op} no tensors: pass at least one`, { op });
}

/** Tensors one after another along an axis; the other extents must agree. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  checkSome("concat", tensors);
  const [first] = tensors, at = normalizeAxis("concat", axis, first.rank);
  const fits = (t: Tensor) =>
    t.rank === first.rank && t.shape.every((n, i) => i === at || n === first.shape[i]);
  if (first.rank === 0 || !tensors.every(fits)) {
    throw new ShapeError(
      `Cannot concat ${tensors.map((t) => showShape(t.shape)).join(" and ")} along axis ${axis}: ` +
        (first.rank === 0 ? "scalars have no axis, use stack()" : "extents along the other axes must agree"),
      { op: "concat", shapes: tensors.map((t) => t.shape) },
    );
  }
  if (tensors.length === 1) return first;
  const dtype = commonDtype(tensors);
  return apply(concatenate, tensors.map((t) => t.to(dtype)), { axis: at });
}

/** Tensors of one shape side by side along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  checkSome("stack", tensors);
  const { shape } = tensors[0];
  if (!tensors.every((t) => sameShape(t.shape, shape))) {
    throw new ShapeError(
      `Cannot stack ${tensors.map((t) => showShape(t.shape)).join(" and ")}: the shapes must be the same`,
      { op: "stack", shapes: tensors.map((t) => t.shape) },
    );
  }
  return concat(tensors.map((t) => unsqueeze(t, axis)), axis);
}

/** Pieces along an axis, as views: of one size (the last may be smaller), or of given sizes. */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.rank), extent = x.shape[at] ?? 0;
  const list = typeof sizes === "number" ? evenSizes(extent, sizes) : sizes;
  if (list.reduce((a, b) => a + b, 0) !== extent) {
    throw new ShapeError(
      `Cannot split axis ${at} of ${showShape(x.shape)} into ${
        showShape(list)
      }: the sizes must add up to ${extent}`,
      { op: "split", shapes: [x.shape] },
    );
  }
  let start = 0;
  return list.map((n) => narrow(x, at, (start += n) - n, n));
}

function evenSizes(extent: number, size: number): number[] {
  if (!(Number.isInteger(size) && size > 0)) {
    throw new ShapeError(`Cannot split into pieces of ${size}: a size is an integer from 1`, { op: "split" });
  }
  const pieces = Math.max(1, Math.ceil(extent / size));
  return Array.from({ length: pieces }, (_, i) => Math.min(size, extent - i * size));
}

/** At most `count` pieces of equal size along an axis, the last one perhaps smaller, as views. */
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  const at = normalizeAxis("chunk", axis, x.rank);
  return split(x, Math.max(1, Math.ceil((x.shape[at] ?? 0) / count)), at);
}

/** How many elements to put before and behind, per axis. */
export type Widths = readonly (readonly [number, number])[];

/** With `value` (0) around it: `widths` gives before and behind for each axis, or for the last few. */
export function pad(x: Tensor, widths: Widths, value = 0): Tensor {
  const missing = x.rank - widths.length;
  if (missing < 0 || !widths.flat().every((n) => Number.isInteger(n) && n >= 0)) {
    throw new ShapeError(
      `Cannot pad ${showShape(x.shape)} by ${JSON.stringify(widths)}: ` +
        `at most ${x.rank} pairs of counts from 0 are needed`,
      { op: "pad", shapes: [x.shape] },
    );
  }
  const all = [...x.shape.slice(0, missing).map(() => [0, 0]), ...widths];
  const [low, high] = [all.map((w) => w[0]), all.map((w) => w[1])];
  return apply(padWith, [x], { low, high, interior: low.map(() => 0), value });
}

/** Repeated whole, `counts[i]` times along axis i; missing leading axes are added. */
export const tile: (x: Tensor, counts: readonly number[]) => Tensor = defineOp("tile", (x, counts) => {
  checkShape("tile by", counts);
  const rank = Math.max(x.rank, counts.length);
  const shape = [...new Array(rank - x.rank).fill(1), ...x.shape];
  const times = [...new Array(rank - counts.length).fill(1), ...counts];
  const paired = shape.flatMap((n, i) => [times[i], n]);
  return reshape(expand(reshape(x, shape.flatMap((n) => [1, n])), paired), shape.map((n, i) => n * times[i]));
});

/** Each element repeated `count` times in place along an axis. */
export const repeatInterleave: (x: Tensor, count: number, axis?: number) => Tensor = defineOp(
  "repeatInterleave",
  (x, count, axis = 0) => {
    const at = normalizeAxis("repeatInterleave", axis, x.rank);
    const wide = unsqueeze(x, at + 1);
    const shape = wide.shape.map((n, i) => i === at + 1 ? count : n);
    return reshape(expand(wide, shape), x.shape.map((n, i) => i === at ? n * count : n));
  },
);

/** Moved around by `shifts` along `axes`, what falls off one end coming in at the other. */
export const roll: (
  x: Tensor,
  shifts: number | readonly number[],
  axes?: number | readonly number[],
) => Tensor = defineOp("roll", (x, shifts, axes) => {
  if (axes === undefined) return reshape(rollAlong(flatten(x), Number(shifts), 0), x.shape);
  const along = typeof axes === "number" ? [axes] : axes;
  const by = typeof shifts === "number" ? along.map(() => shifts) : shifts;
  return along.reduce((t, axis, i) => rollAlong(t, by[i], normalizeAxis("roll", axis, x.rank)), x);
});

function rollAlong(x: Tensor, shift: number, axis: number): Tensor {
  const n = x.shape[axis];
  if (n === 0) return x;
  const start = ((shift % n) + n) % n;
  if (start === 0) return x;
  return concat([narrow(x, axis, n - start, start), narrow(x, axis, 0, n - start)], axis);
}
