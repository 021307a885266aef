import backends from "../../backends/deno.json" with { type: "json" };
import core from "../../core/deno.json" with { type: "json" };
import distributed from "../../distributed/deno.json" with { type: "json" };
import umbrella from "../../deno.json" with { type: "json" };
import nn from "../../nn/deno.json" with { type: "json" };
import optim from "../../optim/deno.json" with { type: "json" };

/** A published package: its name, its folder in the repo, its version and license, and its entry points. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
  readonly license: string;
  /** Specifier by which it is imported → file in the repo. */
  readonly entries: ReadonlyMap<string, string>;
}

interface Config {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: string | Readonly<Record<string, string>>;
}

/** The top of the checkout. */
export const root: URL = new URL("../../", import.meta.url);

/** The workspace members, and `.` for the umbrella package, in the order in which they depend. */
const configs: Readonly<Record<string, Config>> = {
  core,
  backends,
  nn,
  optim,
  distributed,
  ".": umbrella,
};

/** Their folders. */
export const folders: readonly string[] = Object.keys(configs);

function packageIn(folder: string): Package {
  const { name, version, license, exports } = configs[folder];
  const entries = Object.entries(typeof exports === "string" ? { ".": exports } : exports);
  const file = (path: string) => folder === "." ? path.slice(2) : `${folder}/${path.slice(2)}`;
  const named = entries.map(([key, path]): [string, string] => [name + key.slice(1), file(path)]);
  return { name, folder, version, license, entries: new Map(named) };
}

/** The published packages, as their `deno.json` has them. */
export const packages: readonly Package[] = folders.map(packageIn);

/** Those that are written for npm too: what calls libraries through Deno is of use in Deno alone. */
export const portablePackages: readonly Package[] = packages.filter(({ folder }) => folder !== "distributed");
