/** The published sources as one package that needs no other. */
import { packages, root } from "../house/packages.ts";
import { sources } from "../house/survey.ts";
import { relative } from "node:path/posix";
import { dirname } from "node:path";

interface Config {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly compilerOptions: object;
}

const DOCUMENTS = ["README.md", "LICENSE", "CHANGELOG.md"];

/** How a file is imported: where it stands, and by which name from outside. */
type Entries = ReadonlyMap<string, string>;

/** The name, in the one package, of what is an entry point of several: `@tapegrad/core` is `NAME/core`. */
function nameInside(specifier: string, name: string): string {
  return specifier === name ? name : `${name}/${specifier.slice(specifier.indexOf("/") + 1)}`;
}

const statement = /^((?:import|export)\b[^;"]*|\} from )"(@tapegrad\/[^"]+)"/gm;

/** Imports of other packages become relative; in documentation they have the names that they have outside. */
export function rewritten(text: string, file: string, { name, entries }: Parts): string {
  const near = (entry: string): string => {
    const path = relative(dirname(file), entry);
    return path.startsWith(".") ? path : `./${path}`;
  };
  const relinked = text.replace(
    statement,
    (_, lead, specifier) => `${lead}"${near(entries.get(specifier)!)}"`,
  );
  return relinked.replace(/@tapegrad\/(?!tapegrad\b)[\w-]+/g, (specifier) => nameInside(specifier, name));
}

interface Parts {
  readonly name: string;
  readonly entries: Entries;
}

/** The configuration of the one package, with all entry points. */
function configOf({ name, version, license, compilerOptions }: Config, entries: Entries): string {
  const exports = Object.fromEntries(
    [...entries].map((
      [specifier, file],
    ) => [`.${nameInside(specifier, name).slice(name.length)}`, `./${file}`]),
  );
  return JSON.stringify({ name, version, license, exports, compilerOptions });
}

/** Writes the sources into an empty folder, for `deno pack`. */
export async function stage(folder: string): Promise<void> {
  const read = (file: string): Promise<string> => Deno.readTextFile(new URL(file, root));
  const config: Config = JSON.parse(await read("deno.json"));
  const entries = new Map(packages.flatMap((one) => [...one.entries])), { name } = config;
  const folders = packages.map((one) => one.folder === "." ? "mod.ts" : one.folder);
  await Deno.writeTextFile(`${folder}/deno.json`, configOf(config, entries));
  for (const file of [...(await Promise.all(folders.map(sources))).flat(), ...DOCUMENTS]) {
    const text = await read(file);
    await Deno.mkdir(dirname(`${folder}/${file}`), { recursive: true });
    const isSource = file.endsWith(".ts");
    await Deno.writeTextFile(`${folder}/${file}`, isSource ? rewritten(text, file, { name, entries }) : text);
  }
}
