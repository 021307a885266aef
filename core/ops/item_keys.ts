/** Keys of `x[key]`: indices, spans, new axes, positions and masks beside each other, and what they take. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkOptions } from "../base/settings.ts";
import { isList, MOST_AXES, type Shape, sizeOf } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { filled } from "../tensor/constants.ts";
import { isPlain } from "../tensor/tree.ts";
import { Tensor } from "../tensor/tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { where } from "./choice.ts";
import { less } from "./comparison.ts";
import { fromArray } from "./creation.ts";
import { checkIndexDtype } from "./index_checks.ts";
import { select } from "./axes.ts";
import { indexSelect, type Range, slice } from "./indexing.ts";
import { permute } from "./axis_order.ts";
import { reshape, unsqueeze } from "./shape.ts";

/**
 * Python's `start:stop:step`; what is left out is the whole axis.
 *
 * @category Indexing
 */
export interface Span {
  /** The first position; negative ones count from the end. */
  readonly start?: number | null;
  /** The position behind the last. */
  readonly stop?: number | null;
  /** How far the next one is; 1 unless said. */
  readonly step?: number | null;
}

/**
 * Positions or truth values, nested.
 *
 * @category Indexing
 */
export type KeyList = readonly (number | boolean | KeyList)[];

/**
 * One part of a key: an index, which drops its axis; a span of it; `null`, a new axis; `"..."`, the axes that no other
 * part names; positions along an axis, as integers in a tensor or a list; or truth values, for as many axes as they
 * have, of which the places are taken where they are true.
 *
 * @category Indexing
 */
export type KeyPart = number | boolean | null | "..." | Span | Tensor | KeyList;

/** What becomes of the axes of x, one by one. */
interface Plan {
  x: Tensor;
  /** What is taken of each axis of x, which keeps it unless a number is. */
  readonly ranges: Range[];
  /** For each axis of the view that results, the places to take along it, if they are listed. */
  readonly places: (Tensor | null)[];
  /** The axes of the view that are new. */
  readonly fresh: number[];
}

/** Truth values by their shape. */
interface Mask {
  readonly shape: Shape;
  /** What is read of them. */
  readonly values: () => ArrayLike<number | boolean>;
  /** The tensor that they are of. */
  readonly tensor?: Tensor;
}

/** As many elements as a list may have; what is larger, or deeper than shapes are, contains itself. */
const LONGEST = 2 ** 24;

function shapeOf(list: KeyList): number[] {
  const shape: number[] = [];
  for (let at: unknown = list; isList(at) && shape.length <= MOST_AXES; at = at[0]) shape.push(at.length);
  if (shape.length > MOST_AXES || sizeOf(shape) > LONGEST) throw badPart(list);
  return shape;
}

function flat(list: KeyList, shape: Shape): (number | boolean)[] {
  return (list as unknown[]).flat(shape.length - 1) as (number | boolean)[];
}

function badPart(part: unknown): TypeError {
  return new TypeError(
    `Cannot getItem at ${
      described(part)
    }: an index, a span as { start, stop, step }, null, "...", or positions or ` +
      "truth values in a tensor or a list are needed",
  );
}

function maskOf(part: KeyPart): Mask | null {
  if (typeof part === "boolean") return { shape: [], values: () => [part] };
  if (part instanceof Tensor) {
    if (part.dtype !== "bool") return null;
    return { shape: part.shape, values: () => part.dataSync(), tensor: part };
  }
  if (!isList(part)) return null;
  const shape = shapeOf(part), values = flat(part, shape);
  return values.length > 0 && values.length === sizeOf(shape) && values.every((v) => typeof v === "boolean")
    ? { shape, values: () => values }
    : null;
}

/** `x[key]`, the key being told apart into its parts. */
export type Part = { readonly part: KeyPart; readonly mask: Mask | null };

/** Where masks are true, a row an element, if that is known. */
export type Found = ReadonlyMap<Tensor, Tensor>;

function axesOf({ part, mask }: Part): number {
  if (mask) return mask.shape.length;
  return part === null || part === "..." ? 0 : 1;
}

// Dots stand for the axes that no other part names; without them these come last.
export function partsOf(x: Tensor, key: readonly KeyPart[]): readonly Part[] {
  const parts = key.map((part) => ({ part, mask: maskOf(part) }));
  const left = x.rank - parts.reduce((total, part) => total + axesOf(part), 0);
  const dots = parts.filter(({ part }) => part === "...").length;
  if (left < 0 || dots > 1) {
    throw new ShapeError(
      `Cannot getItem of ${showShape(x.shape)} at a key of ${x.rank - left} axes and ${dots} "...": ` +
        `it has ${x.rank}, and "..." may stand once`,
      { op: "getItem", shapes: [x.shape] },
    );
  }
  const whole = new Array<Part>(left).fill({ part: {}, mask: null });
  return dots === 0 ? parts : parts.toSpliced(parts.findIndex(({ part }) => part === "..."), 1, ...whole);
}

function positions(x: Tensor, numbers: readonly number[], shape: Shape = [numbers.length]): Tensor {
  return fromArray(Int32Array.from(numbers), shape, { backend: x.backend });
}

function take(plan: Plan, { part, mask }: Part, known: Found): void {
  if (mask) takeMask(plan, mask, known);
  else if (part === null) newAxis(plan, null);
  else if (typeof part === "number") plan.ranges.push(part);
  else if (part instanceof Tensor) takePositions(plan, part);
  else if (isList(part)) {
    const shape = shapeOf(part), numbers = flat(part, shape);
    if (!numbers.every(Number.isInteger) || numbers.length !== sizeOf(shape)) throw badPart(part);
    takePositions(plan, positions(plan.x, numbers.map(Number), shape));
  } else if (isPlain(part)) {
    checkOptions("getItem by a span", part, { start: null, stop: null, step: null });
    const { start, stop, step }: Span = part;
    plan.ranges.push([start, stop, step ?? 1]);
    plan.places.push(null);
  } else throw badPart(part);
}

function newAxis(plan: Plan, place: Tensor | null): void {
  plan.fresh.push(plan.places.length);
  plan.places.push(place);
}

function takePositions(plan: Plan, place: Tensor): void {
  checkIndexDtype("getItem", place);
  const { x, ranges, places } = plan, at = ranges.length;
  if (place.rank > 0) {
    ranges.push(null);
    places.push(place);
    return;
  }
  // An index that is not read.
  plan.x = indexSelect(x, at, reshape(counted(place, x.shape[at]), [1]));
  ranges.push(0);
}

function takeMask(plan: Plan, { shape, values, tensor }: Mask, known: Found): void {
  const { x, ranges } = plan;
  if (shape.some((n, i) => n !== x.shape[ranges.length + i])) {
    throw new ShapeError(`Cannot getItem of ${showShape(x.shape)} at truth values of ${showShape(shape)}`, {
      op: "getItem",
      shapes: [x.shape, shape],
    });
  }
  const rows = tensor && known.get(tensor);
  if (rows) {
    if (shape.length === 0) newAxis(plan, filled(0, [rows.shape[0]], rows));
    else shape.forEach((_, axis) => takePositions(plan, select(rows, 1, axis)));
    return;
  }
  const all = values(), found: number[] = [];
  for (let i = 0; i < all.length; i++) if (all[i]) found.push(i);
  if (shape.length === 0) return newAxis(plan, positions(x, found));
  shape.forEach((n, axis) => {
    const inner = sizeOf(shape.slice(axis + 1));
    takePositions(plan, positions(x, found.map((i) => Math.floor(i / inner) % n)));
  });
}

/** What the parts of a key take, and of which places along the axes of that. */
export function taken(
  x: Tensor,
  parts: readonly Part[],
  known: Found,
): readonly [Tensor, readonly (Tensor | null)[]] {
  const plan: Plan = { x, ranges: [], places: [], fresh: [] };
  for (const part of parts) take(plan, part, known);
  return [plan.fresh.reduce((y, axis) => unsqueeze(y, axis), slice(plan.x, ...plan.ranges)), plan.places];
}

/** Elements at the places that vectors name together; their axes go first if others are between them. */
export function picked(view: Tensor, places: readonly (Tensor | null)[]): Tensor {
  const axes = places.flatMap((place, axis) => place ? [axis] : []);
  if (axes.length === 0) return view;
  const adjacent = axes[axes.length - 1] - axes[0] === axes.length - 1, at = adjacent ? axes[0] : 0;
  const others = view.shape.flatMap((_, axis) => axes.includes(axis) ? [] : [axis]);
  const moved = permute(view, others.toSpliced(at, 0, ...axes));
  const extents = axes.map((axis) => view.shape[axis]);
  const index = axes.map((axis, i) => counted(places[axis]!, extents[i]))
    .reduce((total, place, i) => add(mul(total, extents[i]), place));
  const merged = reshape(moved, moved.shape.toSpliced(at, axes.length, sizeOf(extents)));
  return reshape(
    indexSelect(merged, at, reshape(index, [-1])),
    merged.shape.toSpliced(at, 1, ...index.shape),
  );
}

// From the front.
function counted(place: Tensor, extent: number): Tensor {
  return where(less(place, 0), add(place, extent), place);
}
