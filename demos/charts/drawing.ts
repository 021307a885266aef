/** A chart as files: its specification as text, and what it looks like. */
import stringify from "json-stringify-pretty-compact";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { Chart } from "./chart.ts";

/** The specification with one line for each row of its data, and the rest laid out for reading. */
export function specification({ spec: { datasets = {}, ...rest } }: Chart): string {
  const table = (rows: unknown): string =>
    Array.isArray(rows)
      ? `[\n${rows.map((row) => `      ${JSON.stringify(row)}`).join(",\n")}\n    ]`
      : JSON.stringify(rows);
  const tables = Object.entries(datasets).map(([name, rows]) =>
    `    ${JSON.stringify(name)}: ${table(rows)}`
  );
  const chart = stringify(rest, { maxLength: 100 }).replace(/\n}$/, "");
  return `${chart},\n  "datasets": {\n${tables.join(",\n")}\n  }\n}\n`;
}

/** The drawing as SVG, titled by its description for those who do not see it. */
export async function svg({ spec }: Chart): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const drawn = await view.toSVG();
  view.finalize();
  const title = `<title>${String(spec.description).replace(/&/g, "&amp;").replace(/</g, "&lt;")}</title>`;
  return drawn.replace(/^<svg[^>]*>/, (tag) => `${tag.slice(0, -1)} role="img">${title}`);
}
