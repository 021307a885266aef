/** What numbers a setting may be, and which options a function takes. */
import { described, quoted } from "./text.ts";

/**
 * Refuses a setting that is no number from `least` to `most`, finite ones unless said, with a RangeError that names
 * it.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkSetting } from "@tapegrad/core";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * checkSetting("descend", "momentum", 0.9, 0);
 * const error = assertThrows(() => checkSetting("descend", "momentum", NaN, 0), RangeError);
 * assertEquals(error.message, "Cannot descend with a momentum of NaN: it must be a number from 0");
 * ```
 */
export function checkSetting(
  asked: string,
  name: string,
  value: number,
  least: number = -Number.MAX_VALUE,
  most: number = Number.MAX_VALUE,
): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  const from = least === -Number.MAX_VALUE ? "" : ` from ${least}`;
  const to = most === Number.MAX_VALUE ? "" : ` to ${most}`;
  const kind = value === Infinity || value === -Infinity ? "finite number" : "number";
  throw new RangeError(
    `Cannot ${asked} with a ${name} of ${described(value)}: it must be a ${kind}${from}${to}`,
  );
}

/** Refuses a setting that is no integer from `least` to `most`, with a RangeError that names it. */
export function checkInteger(
  asked: string,
  name: string,
  value: number,
  least: number = Number.MIN_SAFE_INTEGER,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const from = least === Number.MIN_SAFE_INTEGER ? "" : ` from ${least}`;
  const to = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
  throw new RangeError(
    `Cannot ${asked} with ${name} of ${described(value)}: it must be an integer${from}${to}`,
  );
}

/**
 * Refuses options that are no object, that are not among the `known` ones, or that are of another kind than the
 * values given with those, where `null` stands for any, with a TypeError that names what was found and what it may
 * have been meant for.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkOptions } from "@tapegrad/core";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const known = { learningRate: 0.1, nesterov: false };
 * checkOptions("descend", { nesterov: true }, known);
 * const error = assertThrows(() => checkOptions("descend", { lr: 0.1 }, known), TypeError);
 * assertEquals(
 *   error.message,
 *   'Cannot descend with an option "lr": did you mean learningRate? It takes learningRate and nesterov',
 * );
 * assertThrows(() => checkOptions("descend", { learningRate: "0.1" }, known), TypeError, "a number is needed");
 * ```
 */
export function checkOptions(
  asked: string,
  options: unknown,
  known: readonly string[] | Readonly<Record<string, unknown>>,
): void {
  if (options === undefined) return;
  if (toString.call(options) !== "[object Object]") throw noOptions(asked, options, known);
  for (const name of Object.keys(options as object)) {
    const like = likeOf(name, known), value = (options as Record<string, unknown>)[name];
    if (like === undefined) throw unknownOption(asked, options as object, name, namesOf(known));
    if (like !== null && value !== undefined && kindOf(value) !== kindOf(like)) {
      throw new TypeError(
        `Cannot ${asked} with an option ${name} of ${described(value)}: ${kindOf(like)} is needed`,
      );
    }
  }
}

const { toString } = Object.prototype;

function kindOf(value: unknown): string {
  const kind = Array.isArray(value) ? "list" : typeof value;
  return kind === "object" ? "an object" : `a ${kind}`;
}

// A value of the kind that an option has, `null` for any, `undefined` where there is no such option.
function likeOf(name: string, known: readonly string[] | Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(known)) return known.includes(name) ? null : undefined;
  return Object.hasOwn(known, name) ? (known as Readonly<Record<string, unknown>>)[name] : undefined;
}

function namesOf(known: object): readonly string[] {
  return Array.isArray(known) ? known : Object.keys(known);
}

function noOptions(asked: string, options: unknown, known: object): TypeError {
  return new TypeError(
    `Cannot ${asked} with options ${described(options)}: pass an object, as in { ${namesOf(known)[0]}: … }`,
  );
}

function unknownOption(asked: string, options: object, name: string, known: readonly string[]): TypeError {
  // A tensor, say, whose fields are no misspelt options.
  if (![Object.prototype, null].includes(Object.getPrototypeOf(options))) {
    return noOptions(asked, options, known);
  }
  const nearest = nearestOf(name, known), all = known.join(", ").replace(/, (\w+)$/, " and $1") || "none";
  const meant = nearest === null ? "it takes" : `did you mean ${nearest}? It takes`;
  return new TypeError(`Cannot ${asked} with an option ${quoted(name)}: ${meant} ${all}`);
}

/**
 * Refuses what cannot be called, with a TypeError that says what was asked.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkFunction } from "@tapegrad/core";
 * import { assertThrows } from "@std/assert";
 *
 * checkFunction("repeat", () => {});
 * assertThrows(() => checkFunction("repeat", 3), TypeError, "Cannot repeat 3: a function is needed");
 * ```
 */
export function checkFunction(asked: string, fn: unknown): void {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot ${asked} ${described(fn)}: a function is needed`);
  }
}

/** What others call our options, where the letters do not tell. */
const otherWords: Readonly<Record<string, string>> = {
  dim: "axis",
  device: "backend",
  generator: "key",
  lr: "learningRate",
  seed: "key",
  size: "shape",
};

/** The name that shares most letters in order with one that is unknown; `null` where none shares any. */
function nearestOf(name: string, known: readonly string[]): string | null {
  const other = otherWords[name];
  if (known.includes(other)) return other;
  let nearest: string | null = null, most = 0;
  for (const candidate of known) {
    const likeness = shared(plain(name), plain(candidate)) / (name.length + candidate.length);
    if (likeness > most) [nearest, most] = [candidate, likeness];
  }
  return nearest;
}

function plain(name: string): string {
  return name.slice(0, 40).toLowerCase().replaceAll("_", "");
}

/** How many letters two names have in common, in order. */
function shared(a: string, b: string): number {
  let above = new Array<number>(b.length + 1).fill(0);
  for (const letter of a) {
    const row = [0];
    for (let j = 0; j < b.length; j++) {
      row.push(b[j] === letter ? above[j] + 1 : Math.max(above[j + 1], row[j]));
    }
    above = row;
  }
  return above[b.length];
}
