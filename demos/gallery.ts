import stringify from "json-stringify-pretty-compact";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { Chart } from "./charts/chart.ts";
import { writeFiles } from "./output.ts";
import { page, type Section } from "./page/page.ts";

/** An experiment that was run; the gallery puts its program beside. */
export type Experiment = Omit<Section, "source" | "path">;

const HERE = import.meta.dirname!;

/** Writes each chart as a specification and as SVG, then the page that shows them all; gives the page's path. */
export async function writeGallery(
  directory: string,
  sections: readonly Experiment[],
  { origin, script }: { readonly origin: string; readonly script: string },
): Promise<string> {
  const files = new Map<string, string>();
  for (const chart of sections.flatMap(({ charts }) => charts)) {
    files.set(`${chart.name}.vl.json`, specification(chart));
    files.set(`${chart.name}.svg`, await svg(chart));
  }
  const styles = ["style.css", "gallery.css"].map((name) => Deno.readTextFile(`${HERE}/page/${name}`));
  const style = (await Promise.all(styles)).join("\n");
  files.set("index.html", page(await Promise.all(sections.map(withSource)), { script, style, origin }));
  writeFiles(directory, files);
  return `${directory}/index.html`;
}

async function withSource(experiment: Experiment): Promise<Section> {
  const path = `experiments/${experiment.name}.ts`;
  return { ...experiment, source: await Deno.readTextFile(`${HERE}/${path}`), path: `demos/${path}` };
}

/** The specification with one line for each row of its data, and the rest laid out for reading. */
function specification({ spec: { datasets = {}, ...rest } }: Chart): string {
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

async function svg({ spec }: Chart): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const drawn = await view.toSVG();
  view.finalize();
  const title = `<title>${String(spec.description).replace(/&/g, "&amp;").replace(/</g, "&lt;")}</title>`;
  return drawn.replace(/^<svg[^>]*>/, (tag) => `${tag.slice(0, -1)} role="img">${title}`);
}
