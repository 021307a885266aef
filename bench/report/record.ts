/** Figures on disk, those of a run and those that are kept with the repository and shown in its documents. */
import { specification, svg } from "../../demos/charts/drawing.ts";
import { writeFile, writeFiles } from "../../demos/output.ts";
import { top } from "../harness/git.ts";
import { ratioChart } from "./chart.ts";
import { type Figures, toJson } from "./figures.ts";
import { details, summary, withFigures } from "./readme.ts";

/** Where figures are kept, a file for each backend. */
export const KEPT = `${top}/bench/figures`;

/** The backends whose figures are shown, as far as there are files of them. */
const SHOWN = ["wasm", "cpu", "webgpu"];

/** Writes a run into a directory: its figures, their chart as a specification, and drawn. */
export async function writeRun(directory: string, figures: Figures): Promise<string[]> {
  const chart = ratioChart(figures);
  const files = new Map([
    [`${chart.name}.json`, toJson(figures)],
    [`${chart.name}.vl.json`, specification(chart)],
    [`${chart.name}.svg`, await svg(chart)],
  ]);
  writeFiles(directory, files);
  return [...files.keys()];
}

/** What is written from the figures that are kept, by path from the top: the documents, and the charts' specifications. */
export async function written(): Promise<ReadonlyMap<string, string>> {
  const all = await readAll();
  const document = async (path: string, figures: string): Promise<[string, string]> => [
    path,
    withFigures(await Deno.readTextFile(`${top}/${path}`), figures),
  ];
  return new Map([
    await document("README.md", summary(all)),
    await document("bench/README.md", details(all)),
    ...all.map((figures): [string, string] => [
      `bench/figures/${figures.backend}.vl.json`,
      specification(ratioChart(figures)),
    ]),
  ]);
}

async function readAll(): Promise<Figures[]> {
  return (await Promise.all(SHOWN.map(readKept))).filter((figures) => figures !== undefined);
}

async function readKept(backend: string): Promise<Figures | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(`${KEPT}/${backend}.json`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes it anew, and draws the charts. */
export async function rewrite(): Promise<void> {
  for (const figures of await readAll()) await writeRun(KEPT, figures);
  for (const [path, text] of await written()) writeFile(`${top}/${path}`, text);
}
