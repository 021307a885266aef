/** Which file loads which at run time: core's storeys, and circles. */
import { root } from "./packages.ts";
import { sources, survey } from "./survey.ts";

/** File → the files of the same part that it loads, as paths from the top of the checkout. */
export type Loads = ReadonlyMap<string, readonly string[]>;

/** The folders and the loose files of core, bottom up: each loads those before it and none behind it. */
export const storeys: readonly string[] = [
  ..."base expr device tensor call primitives define tape ops transforms display".split(" "),
  ..."backend.ts method_names.ts own_methods.ts pytorch_names.ts methods.ts transforms.ts mod.ts".split(" "),
];

/** What the file of a text loads of its own part. */
export function loadsOf(file: string, text: string): string[] {
  const inside = survey(text).loads.filter((specifier) => specifier.startsWith("."));
  return inside.map((specifier) => new URL(specifier, new URL(file, root)).href.slice(root.href.length));
}

/** What the files of a part load of it. */
export async function readLoads(part: string): Promise<Loads> {
  const read = async (file: string) =>
    [file, loadsOf(file, await Deno.readTextFile(new URL(file, root)))] as const;
  return new Map(await Promise.all((await sources(part)).map(read)));
}

/** A circle of files that load each other, from a file back to it, or nothing. */
export function circleIn(loads: Loads): readonly string[] {
  const done = new Set<string>(), path: string[] = [];
  const visit = (file: string): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const next of loads.get(file) ?? []) {
      const found = visit(next);
      if (found.length > 0) return found;
    }
    done.add(path.pop()!);
    return [];
  };
  for (const file of loads.keys()) {
    const found = visit(file);
    if (found.length > 0) return found;
  }
  return [];
}

function storeyOf(file: string): number {
  return storeys.indexOf(file.split("/")[1]);
}

/** A sentence for each file of core that loads one of a storey above its own, or stands in none. */
export function climbs(loads: Loads): string[] {
  return [...loads].flatMap(([file, targets]) =>
    storeyOf(file) < 0
      ? [`${file} stands in no storey: add it to storeys`]
      : targets.filter((target) => storeyOf(target) > storeyOf(file)).map((target) =>
        `${file} loads ${target}, which is above it: import its types alone, or move what it needs down`
      )
  );
}
