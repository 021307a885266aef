/** What layers were told, as a summary shows it. */
import { showShape } from "@tapegrad/core";

/** A number, a name, or a list of numbers. */
export function shown(setting: unknown): string {
  return Array.isArray(setting) ? showShape(setting) : String(setting);
}

/** The options that were given, as `stride [2, 1]`. */
export function told(options: object): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${shown(value)}`]
  );
}
