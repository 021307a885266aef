/** What numbers a setting may be. */

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
