import { specification, svg } from "./charts/drawing.ts";
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
