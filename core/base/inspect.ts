/** What consoles show of an object. */
import { type MimeBundle, showInNotebook } from "./html.ts";

// A method under a symbol of its class would keep that in every bundle.
/**
 * Has consoles show the text of an object, what its `toString` gives, and notebooks what `rich` has beside it.
 *
 * @category Own ops
 */
export function showAsText(object: object, rich?: () => MimeBundle): void {
  for (const name of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    Object.defineProperty(object, Symbol.for(name), { value: () => String(object) });
  }
  if (rich) showInNotebook(object, () => ({ ...rich(), "text/plain": String(object) }));
}

/**
 * Lines of cells as text in columns, the first to the left and the others to the right.
 *
 * @category Own ops
 */
export function showTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => line[i].length))) ?? [];
  const pad = (text: string, i: number) => i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/**
 * A number of bytes for people.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { showBytes, showTable } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(showTable([["a", showBytes(1500)], ["bc", showBytes(3)]]), "a   1.5 kB\nbc     3 B");
 * ```
 */
export function showBytes(bytes: number): string {
  const step = bytes < 1e3 ? 0 : bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  return `${(bytes / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${["B", "kB", "MB", "GB"][step]}`;
}
