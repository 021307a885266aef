/** Tensors in nested arrays and objects. */
import { isList, listOf } from "../base/shape.ts";
import { described } from "../base/text.ts";
import { uncloneable } from "../device/uncloneable.ts";
import { Tensor } from "./tensor.ts";

/** A tensor, or arrays and plain objects of such, nested to any depth. Other values ride along unchanged. */
export type Tree = unknown;

/** Whether it is an object of no class. */
export function isPlain(x: unknown): x is Record<string, unknown> {
  if (typeof x !== "object" || x === null) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

/** As deep as trees are: what is deeper contains itself, or was made to be walked for ever. */
const DEEPEST = 500;

/** The tensors of a tree, in order; one that has no end is a TypeError. */
export function leavesOf(tree: Tree): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  const found: Tensor[] = [];
  mapTree(tree, (tensor) => found.push(tensor));
  return found;
}

/** The tree with each tensor replaced; what `replace` gives need not be a tensor. */
export function mapTree(tree: Tree, replace: (tensor: Tensor) => unknown): unknown {
  return mapLeaves(tree, (part) => part instanceof Tensor, replace);
}

/** Arrays and plain objects with each part replaced that is a leaf; those that have no end are a TypeError. */
export function mapLeaves<L>(
  tree: unknown,
  isLeaf: (part: unknown) => part is L,
  replace: (leaf: L) => unknown,
  depth = 0,
): unknown {
  if (isLeaf(tree)) return replace(tree);
  const isArray = Array.isArray(tree);
  if (!isArray && !isPlain(tree)) return tree;
  if (depth === DEEPEST || (isArray && !isList(tree))) {
    throw new TypeError(`Cannot look for tensors in ${described(tree)}: it has no end, or contains itself`);
  }
  const mapped = (part: unknown): unknown => mapLeaves(part, isLeaf, replace, depth + 1);
  if (isArray) return tree.map(mapped);
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, mapped(part)]));
}

/** The tree with its tensors replaced one by one, in order. */
export function withLeaves<T>(tree: T, leaves: readonly unknown[]): T {
  let i = 0;
  return mapTree(tree, () => leaves[i++]) as T;
}

/** Every tensor that a value holds, their gradients aside, through arrays, maps, sets and objects of any class. */
export function tensorsWithin(value: unknown): Tensor[] {
  // What all programs share holds nobody's tensors, and reading it may take permissions.
  const seen = new Set<unknown>([uncloneable, globalThis]), left = [value], found: Tensor[] = [];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof Tensor) found.push(next);
    else if (!ArrayBuffer.isView(next)) { for (const part of partsOf(next).reverse()) left.push(part); }
  }
  return found;
}

function partsOf(value: object): unknown[] {
  return value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value);
}

/** A copy of a list of tensors; what is no array, or holds anything else, is a TypeError. */
export function tensorsOf(op: string, tensors: readonly Tensor[]): Tensor[] {
  const list = listOf(op, "the tensors", tensors);
  const at = list.findIndex((t) => !(t instanceof Tensor));
  if (at < 0) return list;
  throw new TypeError(
    `Cannot ${op} ${described(list[at])}, element ${at} of a list: a tensor is needed${mendOf(list[at])}`,
  );
}

/**
 * Refuses anything but a tensor, where a number is no operand, with a TypeError that says what was asked.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkTensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * checkTensor("whiten", tensor([1, 2]));
 * assertThrows(() => checkTensor("whiten", 3), TypeError, "Cannot whiten 3: a tensor is needed");
 * ```
 */
export function checkTensor(op: string, x: unknown): void {
  if (!(x instanceof Tensor)) throw noTensor(op, x);
}

function noTensor(op: string, x: unknown): TypeError {
  return new TypeError(`Cannot ${op} ${described(x)}: a tensor is needed${mendOf(x)}`);
}

/** How what is no tensor becomes one, or why a tensor is none: to a second copy of this file it is another class. */
export function mendOf(x: unknown): string {
  if ((x as Tensor | null)?.["storage"]) return ", this is of another copy of @tapegrad/core: load it once";
  return Array.isArray(x) || ArrayBuffer.isView(x) ? ", make one with tensor(…)" : "";
}
