/** A published package: its name, its folder in the repo, and its entry points. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  /** Specifier by which it is imported → file in the repo. */
  readonly entries: ReadonlyMap<string, string>;
}

interface Config {
  readonly name: string;
  readonly exports: string | Record<string, string>;
}

/** The top of the checkout. */
export const root: URL = new URL("../../", import.meta.url);

/** The workspace members, and `.` for the umbrella package, in the order in which they depend. */
export const folders = ["core", "backends", "nn", "optim", "."] as const;

async function readPackage(folder: string): Promise<Package> {
  const text = await Deno.readTextFile(new URL(`${folder}/deno.json`, root));
  const { name, exports }: Config = JSON.parse(text);
  const entries = Object.entries(typeof exports === "string" ? { ".": exports } : exports);
  const file = (path: string) => folder === "." ? path.slice(2) : `${folder}/${path.slice(2)}`;
  return { name, folder, entries: new Map(entries.map(([key, path]) => [name + key.slice(1), file(path)])) };
}

/** Reads the published packages from their `deno.json`. */
export function readPackages(): Promise<Package[]> {
  return Promise.all(folders.map(readPackage));
}
