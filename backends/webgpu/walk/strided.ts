/** Walking strided views in a shader: layout classes, and the parameters and the source that go with them. */
import type { View } from "@tapegrad/core/backend";
import { type Walk, walkOf } from "../../common/walk.ts";

/**
 * How a view is walked: `c` one element after another, `s` one element for all, `g` by strides along each
 * axis, `v` one element that comes as a parameter.
 */
export type LayoutClass = "c" | "s" | "g" | "v";

/** Loops over views of one shape, as a shader walks them. */
export interface ShaderWalk extends Walk {
  /** The class of each view. */
  readonly classes: readonly LayoutClass[];
  /** Where its parameters begin among the kernel's: at the first unless it says otherwise. */
  readonly first?: number;
}

/** The fewest loops over views of one shape, for a kernel with so many parameters of its own. */
export function shaderWalkOf(views: readonly View[], shape: readonly number[], first = 0): ShaderWalk {
  const walk = walkOf(views, shape);
  return { ...walk, classes: walk.strides.map(classOf), first };
}

function classOf(strides: readonly number[]): LayoutClass {
  if (strides.every((step) => step === 0)) return "s";
  return strides.length === 1 && strides[0] === 1 ? "c" : "g";
}

/** What tells the source of one walk from that of another. */
export function walkKey({ shape, classes }: ShaderWalk): string {
  return `${shape.length}${classes.join("")}`;
}

/** The parameters of a walk: its size, its extents, and for each view its offset and its strides. */
export function walkWords(
  { shape, size, strides, starts }: ShaderWalk,
  offsets: readonly number[] = starts,
): number[] {
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
function wordsOf({ shape: { length: rank }, first = 0 }: ShaderWalk, k: number): number {
  return first + (1 + rank) * (1 + k);
}

/** The parameter that is view `k`'s offset, or its only element. */
export function offsetWord(walk: ShaderWalk, k: number): string {
  return word(wordsOf(walk, k));
}

/** Declares `c0, c1, …`, the coordinates of element `i` of a walk, if any view asks for them. */
export function coordinates({ shape: { length: rank }, classes, first = 0 }: ShaderWalk, i: string): string {
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
export function position(walk: ShaderWalk, k: number, i: string, start = offsetWord(walk, k)): string {
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
