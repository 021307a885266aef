/** Where tensors and modules are found: in public properties, arrays, `Map`s and plain objects, to any depth. */
import { quoted, Tensor } from "@tapegrad/core";

/** How a walk goes. */
export interface Walk {
  /** Whether a thing is a module, whose public properties are walked. */
  readonly isModule: (value: object) => boolean;
  /** Whether things are found under all names that lead to them, and not under the first alone. */
  readonly allNames?: boolean;
  /** Whether it passes over what is no part of a state. */
  readonly saved?: boolean;
  /** Whether it ends at the modules in the first. */
  readonly shallow?: boolean;
}

/** What a module holds by name, where that is not its public properties. */
export const contents: WeakMap<object, () => Iterable<readonly [unknown, unknown]>> = new WeakMap();
/** The properties of a module that are no part of its state. */
export const unsaved: WeakMap<object, Set<string>> = new WeakMap();

/** What `take` makes of the things in a thing, by the path of properties, keys and indices; not where it is null. */
export function collect<T>(thing: unknown, walk: Walk, take: (value: object) => T | null): Map<string, T> {
  const found = new Map<string, T>();
  for (const [name, value] of visit(thing, "", walk, new Set(), 0)) {
    const taken = take(value);
    if (taken === null) continue;
    if (found.has(name)) {
      throw new TypeError(`Cannot name two things ${quoted(name)}: a key contains a dot, rename it`);
    }
    found.set(name, taken);
  }
  return found;
}

/** As deep as modules are nested, one in another, and lists in lists. */
const DEEPEST = 500;

function* visit(
  value: unknown,
  name: string,
  walk: Walk,
  seen: Set<object>,
  depth: number,
): Generator<readonly [string, object]> {
  if (!isWalked(value, walk) || seen.has(value)) return;
  if (depth > DEEPEST) {
    throw new TypeError(`Cannot look for tensors more than ${DEEPEST} levels deep: at ${quoted(name)}`);
  }
  seen.add(value);
  yield [name, value];
  if (isOpened(value, walk, depth)) {
    for (const [key, part] of entries(value, walk)) {
      yield* visit(part, prefix(name) + key, walk, seen, depth + 1);
    }
  }
  if (walk.allNames) seen.delete(value); // cycles end even so
}

function isWalked(value: unknown, { isModule }: Walk): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Tensor || isModule(value)) return true;
  return Array.isArray(value) || value instanceof Map || isPlain(value);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isOpened(value: object, { shallow, isModule }: Walk, depth: number): boolean {
  if (value instanceof Tensor) return false;
  return !shallow || depth === 0 || !isModule(value);
}

/** What a thing holds, by property, key or index. */
export function* entries(value: object, { saved }: Walk): Generator<readonly [unknown, unknown]> {
  const skipped = saved ? unsaved.get(value) : undefined;
  const all = value instanceof Map ? value.entries() : contents.get(value)?.() ?? Object.entries(value);
  for (const entry of all) if (!skipped?.has(entry[0] as string)) yield entry;
}

function prefix(name: string): string {
  return name === "" ? "" : `${name}.`;
}

/** Where the things of these names are in a tree of them: how deep, and what they are called there, `key: `. */
export function branches(names: Iterable<string>): { readonly depth: number; readonly key: string }[] {
  const above: string[] = [];
  return [...names].map((name) => {
    while (above.length > 0 && !name.startsWith(prefix(above.at(-1)!))) above.pop();
    const depth = above.length;
    const key = depth > 0 ? `${name.slice(prefix(above.at(-1)!).length)}: ` : "";
    above.push(name);
    return { depth, key };
  });
}
