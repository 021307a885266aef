/** Writes the packages for npm, as folders and as tarballs: `deno task dist`. */
import { visible } from "@tapegrad/tapegrad";
import { bundle } from "../../demos/bundle.ts";
import {
  CommandError,
  leaveOnSignals,
  parseFlags,
  runCommand,
  UsageError,
} from "../../demos/command_line.ts";
import { checkReplaceable, replaceDirectory } from "../../demos/output.ts";
import { type Package, portablePackages as packages, root } from "../house/packages.ts";
import { compiled } from "./compile.ts";
import { filesOf, manifest, PAGE } from "./manifest.ts";

const HELP = `Writes the packages for Node, Bun, bundlers, pages and Deno, as folders and as npm packs them.

Usage: deno task dist [--out DIR] [--repository URL]

  --out DIR         where to write, in place of earlier packages; npm if not given
  --repository URL  where the sources are, which package.json then says
  --help            prints this

npm install DIR/*.tgz makes a program use them; a page imports DIR/tapegrad/tapegrad.js.`;

interface Options {
  readonly out: string;
  readonly repository?: string;
}

/** Runs the command line and gives its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, read: readOptions, run });
}

function readOptions(args: readonly string[]): Options | "help" {
  const flags = { text: ["out", "repository"], switches: ["help"] } as const;
  const { help, out = "npm", repository, words } = parseFlags("dist", args, flags);
  if (help) return "help";
  if (words.length > 0) throw new UsageError(`Unknown argument "${words[0]}": see deno task dist --help`);
  return { out, repository };
}

/** The name of a package's folder, and of its only entry point in a page's script. */
function shortName({ name }: Package): string {
  return name.slice(name.indexOf("/") + 1);
}

async function run({ out, repository }: Options): Promise<void> {
  checkReplaceable(out, "tapegrad/package.json");
  const [files, page] = await Promise.all([compiled(), bundle("../mod.ts")]);
  const all = await Promise.all(packages.map(async (one): Promise<[string, string][]> => {
    const own = filesOf(one, files);
    if (one.folder === ".") own.set(PAGE, page);
    own.set("package.json", manifest(one, own, repository));
    for (const [name, text] of await documentsOf(one)) own.set(name, text);
    return Array.from(own, ([path, text]) => [`${shortName(one)}/${path}`, text]);
  }));
  replaceDirectory(out, new Map(all.flat()));
  const tarballs = await packInto(out);
  console.log(`${visible(out)} has ${tarballs.join(", ")} and their folders`);
}

/** A package's own documents, and those of all. */
async function documentsOf({ folder }: Package): Promise<[string, string][]> {
  const read = (path: string): Promise<string> => Deno.readTextFile(new URL(path, root));
  const readme = await read(`${folder}/README.md`).catch(() => read("README.md"));
  return [["README.md", readme], ["LICENSE", await read("LICENSE")], [
    "CHANGELOG.md",
    await read("CHANGELOG.md"),
  ]];
}

/** The packages' folders as tarballs beside them, as npm publishes them; gives their names. */
async function packInto(out: string): Promise<string[]> {
  const folders = packages.map((one) => `./${shortName(one)}`);
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["pack", "--silent", "--offline", ...folders],
    cwd: out,
    stdin: "null",
  }).output().catch((cause) => {
    throw new CommandError(`Cannot pack the folders in ${visible(out)}: there is no npm on the path`, {
      cause,
    });
  });
  const said = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim();
  if (!success) throw new CommandError(`Cannot pack the folders in ${visible(out)}: ${said(stderr)}`);
  return said(stdout).split("\n");
}

if (import.meta.main) {
  leaveOnSignals();
  const code = await main(Deno.args);
  if (code !== 0) Deno.exit(code);
}
