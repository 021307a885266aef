/** What numbers a setting may be, and which options a function takes. */
import { described, quoted } from "./text.ts";

/**
 * Refuses a setting that is no number from `least` to `most`, NaN among them, with a RangeError that names it.
 *
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
  least = -Infinity,
  most = Infinity,
): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  const from = least === -Infinity ? "" : ` from ${least}`, to = most === Infinity ? "" : ` to ${most}`;
  throw new RangeError(`Cannot ${asked} with a ${name} of ${value}: it must be a number${from}${to}`);
}

/**
 * Refuses options that are no object, or that are not among the `known` ones, with a TypeError that names the one
 * and what it may have been meant for.
 *
 * @example
 * ```ts
 * import { checkOptions } from "@tapegrad/core";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const known = ["learningRate", "momentum"];
 * checkOptions("descend", { momentum: 0.9 }, known);
 * const error = assertThrows(() => checkOptions("descend", { lr: 0.1 }, known), TypeError);
 * assertEquals(
 *   error.message,
 *   'Cannot descend with an option "lr": did you mean learningRate? It takes learningRate and momentum',
 * );
 * ```
 */
export function checkOptions(asked: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (toString.call(options) !== "[object Object]") {
    throw new TypeError(
      `Cannot ${asked} with options ${described(options)}: pass an object, as in { ${known[0]}: … }`,
    );
  }
  for (const name in options as object) if (!known.includes(name)) throw unknownOption(asked, name, known);
}

const { toString } = Object.prototype;

function unknownOption(asked: string, name: string, known: readonly string[]): TypeError {
  const nearest = nearestOf(name, known), all = known.join(", ").replace(/, (\w+)$/, " and $1");
  const meant = nearest === null ? "" : `did you mean ${nearest}? It takes`;
  return new TypeError(`Cannot ${asked} with an option ${quoted(name)}: ${meant || "it takes"} ${all}`);
}

/** What others call our options, where the letters do not tell. */
const otherWords: Readonly<Record<string, string>> = {
  dim: "axis",
  device: "backend",
  generator: "key",
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
