/** Texts of others in ours: what a name or a wrong argument looks like in an error, a table or a trace. */

// What would move a terminal's cursor, change its colours, or order text otherwise than it is written.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text with its control and format characters written out, so that a name can neither break a line nor
 * steer a terminal.
 *
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
  return text.replace(UNSEEN, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** As much of a text as an error quotes. */
const QUOTED = 80;

/** A text in quotes, made {@link visible} and cut where it is long. */
export function quoted(text: string): string {
  return `"${visible(text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text)}"`;
}

/** What an error calls an argument of the wrong kind. */
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
