/** What notebooks show of an object: `Symbol.for("Jupyter.display")`. */
import { visible } from "./text.ts";

/**
 * What an object looks like, by MIME type; a notebook takes the richest that it knows.
 *
 * @category Notebooks
 */
export type MimeBundle = Readonly<Record<string, unknown>>;

/**
 * Has notebooks show of an object, or of all that have it as a prototype, what a method gives.
 *
 * @category Notebooks
 *
 * @example
 * ```ts
 * import { htmlTable, type MimeBundle, showInNotebook } from "@tapegrad/core";
 * import { assertMatch } from "@std/assert";
 *
 * class Point {
 *   readonly x = 3;
 * }
 *
 * showInNotebook(Point.prototype, function (): MimeBundle {
 *   return { "text/html": htmlTable([["x"], [`${this.x}`]]), "text/plain": `x is ${this.x}` };
 * });
 * const show = Reflect.get(new Point(), Symbol.for("Jupyter.display")); // what the kernel calls
 * assertMatch(show.call(new Point())["text/html"], /<td[^>]*>3<\/td>/);
 * ```
 */
export function showInNotebook<T extends object>(
  object: T,
  bundle: (this: T) => MimeBundle | Promise<MimeBundle>,
): void {
  Object.defineProperty(object, Symbol.for("Jupyter.display"), { value: bundle, configurable: true });
}

/**
 * A text in HTML, as an element or an attribute in quotes: what it says, and nothing that it does.
 *
 * @category Notebooks
 */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/**
 * Lines of cells as a table in HTML: the first line is its head, the first column to the left and the others to the
 * right, as {@link showTable} has them in text.
 *
 * @category Notebooks
 *
 * @example
 * ```ts
 * import { htmlTable } from "@tapegrad/core";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(htmlTable([["layer", "n"], ["a < b", "3"]]), /<td[^>]*>a &#60; b<\/td><td[^>]*>3<\/td>/);
 * ```
 */
export function htmlTable(lines: readonly (readonly string[])[], caption = ""): string {
  const row = (tag: string, others: string) => (cells: readonly string[]) => {
    const cell = (text: string, i: number) =>
      `<${tag}${i === 0 ? FIRST : others}>${escapeHtml(text)}</${tag}>`;
    return `<tr>${cells.map(cell).join("")}</tr>`;
  };
  const [head = [], ...rest] = lines, body = rest.map(row("td", "")).join("");
  const above = caption && `<caption style="text-align:left">${escapeHtml(caption)}</caption>`;
  return `<table style="text-align:right">${above}<thead>${
    row("th", HEAD)(head)
  }</thead><tbody>${body}</tbody></table>`;
}

const FIRST = ' style="text-align:left;white-space:pre"', HEAD = ' style="text-align:right"';

/**
 * A specification of Vega-Lite as a chart in notebooks, whose renderers know its fifth version.
 *
 * @category Notebooks
 */
export function vegaLiteBundle(specification: Readonly<Record<string, unknown>>): MimeBundle {
  const $schema = "https://vega.github.io/schema/vega-lite/v5.json";
  return { "application/vnd.vegalite.v5+json": { ...specification, $schema } };
}
