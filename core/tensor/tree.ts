/** Tensors in nested arrays and objects. */
import { listOf } from "../base/shape.ts";
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

/** The tensors of a tree, in order. */
export function leavesOf(tree: Tree): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap(leavesOf);
  return isPlain(tree) ? Object.values(tree).flatMap(leavesOf) : [];
}

/** The tree with each tensor replaced; what `replace` gives need not be a tensor. */
export function mapTree(tree: Tree, replace: (tensor: Tensor) => unknown): unknown {
  return mapLeaves(tree, (part) => part instanceof Tensor, replace);
}

/** Arrays and plain objects with each part replaced that is a leaf. */
export function mapLeaves<L>(
  tree: unknown,
  isLeaf: (part: unknown) => part is L,
  replace: (leaf: L) => unknown,
): unknown {
  if (isLeaf(tree)) return replace(tree);
  const mapped = (part: unknown): unknown => mapLeaves(part, isLeaf, replace);
  if (Array.isArray(tree)) return tree.map(mapped);
  if (!isPlain(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, mapped(part)]));
}

/** The tree with its tensors replaced one by one, in order. */
export function withLeaves<T>(tree: T, leaves: readonly unknown[]): T {
  let i = 0;
  return mapTree(tree, () => leaves[i++]) as T;
}

/** Every tensor that a value holds, their gradients aside, through arrays, maps, sets and objects of any class. */
export function tensorsWithin(value: unknown, seen: Set<unknown> = new Set([uncloneable])): Tensor[] {
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof Tensor) return [value];
  if (ArrayBuffer.isView(value)) return [];
  const parts = value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value);
  return parts.flatMap((part) => tensorsWithin(part, seen));
}

/** A copy of a list of tensors; what is no array, or holds anything else, is a TypeError. */
export function tensorsOf(op: string, tensors: readonly Tensor[]): Tensor[] {
  const list = listOf(op, "the tensors", tensors);
  const at = list.findIndex((t) => !(t instanceof Tensor));
  if (at < 0) return list;
  throw new TypeError(`Cannot ${op} ${described(list[at])}, element ${at} of a list: a tensor is needed`);
}
