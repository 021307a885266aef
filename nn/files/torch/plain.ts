/** Python's values as JavaScript's. */
import type { Tensor } from "@tapegrad/core";
import { FileFormatError } from "../format_error.ts";
import { Dtype, Known, StoredStorage, Tuple, type Value, View } from "./values.ts";

/**
 * What a file of PyTorch's holds: tensors, numbers, texts, and lists, sets and dicts of them. Lists and tuples are
 * arrays, dicts objects, or a `Map` where a key is neither a text nor an integer, and None is null.
 *
 * @category Files
 */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tensor
  | readonly TorchValue[]
  | ReadonlySet<TorchValue>
  | ReadonlyMap<TorchValue, TorchValue>
  | { readonly [name: string]: TorchValue };

/** No one nests so deep, and to go deeper would take the whole stack of calls. */
const DEEPEST = 500;

/** All tensors in a value, once each, with what leads to them: "model.weight". */
export function viewsIn(what: string, value: Value): Map<View, string> {
  const found = new Map<View, string>(), seen = new Set<Value>();
  const visit = (one: Value, path: string, depth: number): void => {
    if (typeof one !== "object" || one === null || seen.has(one)) return;
    seen.add(one);
    if (depth > DEEPEST) {
      throw new FileFormatError(what, 0, `it is nested deeper than ${DEEPEST} levels; save it flatter`);
    }
    if (one instanceof View) found.set(one, path);
    for (const [key, part] of partsOf(one)) {
      if (typeof key === "object") visit(key, path, depth + 1);
      visit(part, path === "" ? String(key) : `${path}.${key}`, depth + 1);
    }
  };
  visit(value, "", 0);
  return found;
}

function partsOf(value: Value): Iterable<readonly [Value, Value]> {
  if (value instanceof Map) return value;
  if (value instanceof Tuple) return value.items.entries();
  return Array.isArray(value) || value instanceof Set ? [...value].entries() : [];
}

/** A value with the tensors of its views; what is there twice, or in itself, is so here. */
export function plainOf(what: string, value: Value, tensors: ReadonlyMap<View, Tensor>): TorchValue {
  const done = new Map<Value, TorchValue>();
  const of = (one: Value): TorchValue => {
    if (typeof one !== "object" || one === null || one instanceof Uint8Array) return one;
    const known = one instanceof View ? tensors.get(one) : done.get(one);
    return known ?? made(one);
  };
  const made = (one: Value): TorchValue => {
    if (one instanceof Map) return dictOf(one);
    if (one instanceof Set) {
      return kept(one, new Set<TorchValue>(), (set) => one.forEach((item) => set.add(of(item))));
    }
    if (one instanceof Dtype || one instanceof Known) return one.name;
    if (one instanceof StoredStorage) throw storageAlone(what);
    const items = one instanceof Tuple ? one.items : one as Value[];
    return kept(one, [] as TorchValue[], (list) => items.forEach((item) => list.push(of(item))));
  };
  const dictOf = (dict: Map<Value, Value>): TorchValue => {
    if (!isNamed(dict)) {
      const map = new Map<TorchValue, TorchValue>();
      return kept(dict, map, () => dict.forEach((item, key) => map.set(of(key), of(item))));
    }
    return kept(dict, {}, (out) => dict.forEach((item, key) => define(out, String(key), of(item))));
  };
  const kept = <T extends TorchValue>(one: Value, out: T, fill: (out: T) => void): T => {
    done.set(one, out);
    fill(out);
    return out;
  };
  return of(value);
}

function storageAlone(what: string): FileFormatError {
  return new FileFormatError(what, 0, "it holds a storage by itself; save a tensor of it");
}

/** Whether its keys are texts and integers, none of which is the text of another. */
function isNamed(dict: Map<Value, Value>): boolean {
  const names = new Set([...dict.keys()].map(String));
  return names.size === dict.size &&
    [...dict.keys()].every((key) => typeof key === "string" || Number.isInteger(key));
}

/** A property whatever it is called, `__proto__` too. */
function define(out: object, name: string, value: TorchValue): void {
  Object.defineProperty(out, name, { value, enumerable: true, writable: true, configurable: true });
}
