/** A state as tensors by name, and JSON that says where they belong. */
import { described, Tensor } from "@tapegrad/core";
import type { StateDict } from "../../state.ts";

/** A tree of plain data in two parts. */
export interface Packed {
  /** Its tensors, each once, by the path that leads to it first. */
  readonly tensors: StateDict;
  /** All else. */
  readonly json: string;
}

/** What stands in JSON for what it does not hold: `{ "$": "tensor", name }`, `{ "$": "number", value }`. */
const MARK = "$";

/** Takes a tree of arrays, plain objects, tensors and what JSON holds apart; numbers keep all their bits. */
export function packed(tree: unknown): Packed {
  const names = new Map<Tensor, string>();
  const json = JSON.stringify(marked(tree, "", names));
  return { tensors: Object.fromEntries([...names].map(([tensor, name]) => [name, tensor])), json };
}

function marked(value: unknown, path: string, names: Map<Tensor, string>): unknown {
  if (value instanceof Tensor) return { [MARK]: "tensor", name: named(value, path, names) };
  if (typeof value === "number") return isInJSON(value) ? value : { [MARK]: "number", value: textOf(value) };
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean") {
    return value;
  }
  const under = (key: string | number) => path === "" ? String(key) : `${path}.${key}`;
  if (Array.isArray(value)) return value.map((each, i) => marked(each, under(i), names));
  if (isPlain(value) && !Object.hasOwn(value, MARK)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, marked(each, under(key), names)]),
    );
  }
  throw new TypeError(
    `Cannot write a checkpoint with ${path} as ${
      described(value)
    }: tensors, arrays, plain objects, texts and numbers are needed`,
  );
}

function named(tensor: Tensor, path: string, names: Map<Tensor, string>): string {
  const name = names.get(tensor) ?? path;
  names.set(tensor, name);
  return name;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isInJSON(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function textOf(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** The tree again. */
export function unpackedTree(json: string, tensors: Readonly<StateDict>): unknown {
  return JSON.parse(json, (_key, value) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, MARK)) return value;
    return value[MARK] === "number" ? Number(value.value) : tensors[value.name];
  });
}
