/** Indexing in the manner of PyTorch: `x[1, :, [0, 2], None, mask]`. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import type { Call } from "../call.ts";
import { madeOf, type Value } from "../sample.ts";

/** What becomes of the axes of x, one by one. */
interface Plan {
  /** What is taken of each axis of x, which keeps it unless a number is. */
  readonly ranges: t.Range[];
  /** For each axis of the view that results, the places to take along it, if they are listed. */
  readonly places: (Tensor | null)[];
  /** The axes of the view that are new. */
  readonly fresh: number[];
}

/** `x[key]`. */
export function getItem(c: Call): Tensor {
  const x = c.tensor(0), plan: Plan = { ranges: [], places: [], fresh: [] };
  for (const part of partsOf(c.value(1)!, x.rank)) add(part, plan);
  const view = plan.fresh.reduce((y, axis) => t.unsqueeze(y, axis), t.slice(x, ...plan.ranges));
  return pick(view, plan.places);
}

/** The parts of a key, one or more an axis: dots stand for those that it does not name. */
function partsOf(key: Value, rank: number): readonly Value[] {
  // Python's tuples and lists are alike in the dump: what holds nothing but integers or truth values was a list.
  const parts: readonly Value[] = isList(key) && !isFlat(key) ? key : [key];
  const dots = parts.findIndex((part) => typeof part === "object" && part !== null && "$ellipsis" in part);
  const named = parts.reduce((total: number, part) => total + axesOf(part), 0);
  const whole = new Array<Value>(rank - named).fill({ $slice: [null, null, null] });
  return dots < 0 ? parts : parts.toSpliced(dots, 1, ...whole);
}

function axesOf(part: Value): number {
  if (isMask(part)) return maskOf(part).shape.length;
  return part === null || typeof part === "object" && "$ellipsis" in part ? 0 : 1;
}

function add(part: Value, plan: Plan): void {
  if (part === null) newAxis(plan, null);
  else if (isFlag(part)) newAxis(plan, indices(flagOf(part) ? [0] : []));
  else if (isMask(part)) maskOf(part).places.forEach((place) => listed(plan, place));
  else if (part instanceof t.Tensor && part.rank > 0) listed(plan, part);
  else if (isList(part)) listed(plan, indices(flat(part).map(Number), shapeOf(part)));
  else if (typeof part === "object" && "$slice" in part) {
    const [start, stop, step] = part.$slice;
    plan.ranges.push([start, stop, step ?? 1]);
    plan.places.push(null);
  } else plan.ranges.push(part instanceof t.Tensor ? madeOf(part)[0] : Number(part));
}

function newAxis(plan: Plan, place: Tensor | null): void {
  plan.fresh.push(plan.places.length);
  plan.places.push(place);
}

function listed(plan: Plan, place: Tensor): void {
  plan.ranges.push(null);
  plan.places.push(place);
}

/** Elements at the places that the vectors name together; their axes go first if others are between them. */
function pick(view: Tensor, places: readonly (Tensor | null)[]): Tensor {
  const axes = places.flatMap((place, axis) => place ? [axis] : []);
  if (axes.length === 0) return view;
  const adjacent = axes.at(-1)! - axes[0] === axes.length - 1, at = adjacent ? axes[0] : 0;
  const others = view.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const moved = t.permute(view, others.toSpliced(at, 0, ...axes));
  return byVectors(moved, at, axes.map((axis) => places[axis]!));
}

/** Elements at the places that index vectors name together along as many axes, from `axis` on. */
function byVectors(x: Tensor, axis: number, vectors: readonly Tensor[]): Tensor {
  const extents = x.shape.slice(axis, axis + vectors.length);
  const counted = vectors.map((v, i) => t.where(v.less(0), v.add(extents[i]), v));
  const index = counted.reduce((total, v, i) => total.mul(extents[i]).add(v), indices([0], []));
  const merged = x.reshape(x.shape.toSpliced(axis, extents.length, extents.reduce((a, b) => a * b, 1)));
  return t.indexSelect(merged, axis, index.reshape([-1])).reshape(
    merged.shape.toSpliced(axis, 1, ...index.shape),
  );
}

function indices(list: readonly number[], shape: readonly number[] = [list.length]): Tensor {
  return t.fromArray(Int32Array.from(list), shape);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function isFlat(list: readonly Value[]): boolean {
  return list.every((part) => typeof part === "number") || list.every((part) => typeof part === "boolean");
}

function shapeOf(list: Value): number[] {
  return isList(list) ? [list.length, ...list.length > 0 ? shapeOf(list[0]) : []] : [];
}

function flat(value: Value): Value[] {
  return isList(value) ? value.flatMap(flat) : [value];
}

function isFlag(part: Value): part is Tensor | boolean {
  return typeof part === "boolean" || part instanceof t.Tensor && part.dtype === "bool" && part.rank === 0;
}

function flagOf(part: Tensor | boolean): boolean {
  return part instanceof t.Tensor ? Boolean(madeOf(part)[0]) : part;
}

function isMask(part: Value): part is Tensor | readonly Value[] {
  if (part instanceof t.Tensor) return part.dtype === "bool";
  return isList(part) && part.length > 0 && flat(part).every((each) => typeof each === "boolean");
}

/** A mask's shape and, axis by axis, the places where it is true. */
function maskOf(part: Tensor | readonly Value[]): { shape: readonly number[]; places: Tensor[] } {
  const isTensor = part instanceof t.Tensor, shape = isTensor ? part.shape : shapeOf(part);
  const values = isTensor ? madeOf(part) : flat(part).map(Number);
  const found = values.flatMap((each, i) => each ? [i] : []);
  const inner = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  return {
    shape,
    places: shape.map((n, axis) => indices(found.map((i) => Math.floor(i / inner[axis]) % n))),
  };
}
