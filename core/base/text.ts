/** Texts of others in ours: what a name or a wrong argument looks like in an error, a table or a trace. */

// What would move a terminal's cursor, change its colours, or order text otherwise than it is written.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text with its control and format characters written out, so that a name can neither break a line nor
 * steer a terminal.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { visible } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(visible("weight\n\x1b[31m"), "weight\\u{a}\\u{1b}[31m");
 * assertEquals(visible("naïve 重み"), "naïve 重み");
 * ```
 */
export function visible(text: string): string {
  if (typeof text !== "string") return typeof text;
  return text.replace(UNSEEN, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** A text of several lines, each {@link visible}. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/** As much of a text as an error quotes. */
const QUOTED = 200;

/**
 * A text in quotes, made {@link visible} and cut where it is long: how errors name what others named.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { quoted } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(quoted("0.weight"), '"0.weight"');
 * assertEquals(quoted("a\rb"), '"a\\u{d}b"');
 * ```
 */
export function quoted(text: string): string {
  return `"${visible(text?.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text)}"`;
}

/** As many elements of a list as an error shows. */
const LISTED = 16;

/** A list as an error shows it: `[2, "3", nothing]`, lists in it to some depth; what is no list is {@link described}. */
export function listed(value: unknown, depth = 3): string {
  if (!Array.isArray(value) || depth === 0) return described(value);
  // Array.from, since holes count as elements here.
  const shown = Array.from(value.slice(0, LISTED), (part) => listed(part, depth - 1));
  return `[${[...shown, ...value.length > LISTED ? ["…"] : []].join(", ")}]`;
}

/**
 * What an error calls an argument of the wrong kind.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { described } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["a", undefined, [1, 2], new Map(), 3].map(described), ['"a"', "nothing", "an array of 2", "a Map", "3"]);
 * ```
 */
export function described(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return `${value}n`;
  if (value === undefined) return "nothing";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = visible(String(value.constructor?.name ?? "bare object"));
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name}`;
}
