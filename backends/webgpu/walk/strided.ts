/** Walking strided views in a shader: layout classes, and the parameters and the source that go with them. */
import { coalesce, isContiguous, sizeOf, type View } from "@tapegrad/core";

/**
 * How a view is walked: `c` one element after another, `s` one element for all, `g` by strides along each
 * axis, `v` one element that comes as a parameter.
 */
export type LayoutClass = "c" | "s" | "g" | "v";

/** Loops over views of one shape. */
export interface Walk {
  /** Extents, as few as the views allow. */
  readonly shape: readonly number[];
  /** How many elements. */
  readonly size: number;
  /** The strides of each view along `shape`. */
  readonly strides: readonly (readonly number[])[];
  /** The class of each view. */
  readonly classes: readonly LayoutClass[];
  /** Where its parameters begin among the kernel's: at the first unless it says otherwise. */
  readonly first?: number;
}

/** The fewest loops over views of one shape. */
export function walkOf(views: readonly View[], shape: readonly number[]): Walk {
  const size = sizeOf(shape);
  if (views.every(isFlat)) {
    const classes = views.map((v): LayoutClass => size > 1 && isRepeated(v) ? "s" : "c");
    return { shape: [size], size, strides: classes.map((c) => c === "s" ? ZERO : ONE), classes };
  }
  const loops = coalesce(views.map((v) => v.strides), shape);
  return { ...loops, size, classes: loops.strides.map(classOf) };
}

const ZERO = [0], ONE = [1];

function isRepeated(view: View): boolean {
  return view.strides.every((step, axis) => step === 0 || view.shape[axis] === 1);
}

function isFlat(view: View): boolean {
  return isContiguous(view) || isRepeated(view);
}

function classOf(strides: readonly number[]): LayoutClass {
  if (strides.every((step) => step === 0)) return "s";
  return strides.length === 1 && strides[0] === 1 ? "c" : "g";
}

/** What tells the source of one walk from that of another. */
export function walkKey({ shape, classes }: Walk): string {
  return `${shape.length}${classes.join("")}`;
}

/** The parameters of a walk: its size, its extents, and for each view its offset and its strides. */
export function walkWords({ shape, size, strides }: Walk, offsets: readonly number[]): number[] {
  const words = [size, ...shape];
  for (let k = 0; k < strides.length; k++) words.push(offsets[k], ...strides[k]);
  return words;
}

/** A parameter, by its place. */
export function word(index: number): string {
  return `parameters[${index >> 2}].${"xyzw"[index & 3]}`;
}

/** The name of the walk's size. */
export const walkSize: string = word(0);

/** Where the parameters of view `k` begin: its offset, then its strides. */
function wordsOf({ shape: { length: rank }, first = 0 }: Walk, k: number): number {
  return first + (1 + rank) * (1 + k);
}

/** The parameter that is view `k`'s offset, or its only element. */
export function offsetWord(walk: Walk, k: number): string {
  return word(wordsOf(walk, k));
}

/** Declares `c0, c1, …`, the coordinates of element `i` of a walk, if any view asks for them. */
export function coordinates({ shape: { length: rank }, classes, first = 0 }: Walk, i: string): string {
  if (!classes.includes("g")) return "";
  const lines = [`var rest = ${i};`];
  for (let axis = rank - 1; axis > 0; axis--) {
    const extent = word(first + 1 + axis);
    lines.push(`let c${axis} = rest % ${extent}; rest /= ${extent};`);
  }
  return [...lines, "let c0 = rest;"].join("\n");
}

/**
 * Where view `k` has element `i`, whose coordinates are declared, from its offset or another `start`. Strides
 * wrap: negative ones are large words.
 */
export function position(walk: Walk, k: number, i: string, start = offsetWord(walk, k)): string {
  if (walk.classes[k] === "c") return `${start} + ${i}`;
  if (walk.classes[k] === "s") return start;
  const steps = walk.shape.map((_, axis) => `c${axis} * ${word(wordsOf(walk, k) + 1 + axis)}`);
  return [start, ...steps].join(" + ");
}

/** A view over `shape` that stands still along an axis, along which a kernel moves by itself. */
export function standing(view: View, axis: number, shape: readonly number[]): View {
  return { ...view, shape, strides: view.strides.with(axis, 0) };
}

/** A view whose positions count along an axis: for kernels that ask where they are, and not to be bound. */
export function counting(like: View, axis: number): View {
  return { ...like, strides: like.shape.map((_, i) => i === axis ? 1 : 0), offset: 0 };
}
