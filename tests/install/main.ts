/** Writes the library as one package of JavaScript with types: `deno task pack`. */
import { basename } from "node:path";
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
import { stage } from "./stage.ts";
import { type Entry, filesOfArchive } from "./tar.ts";

const HELP = `Writes the library as one package for Node, Bun, bundlers, pages and Deno.

Usage: deno task pack [--out DIR]

  --out DIR  where to write, in place of an earlier package; npm if not given
  --help     prints this

npm install DIR, or bun add DIR, makes a program use it; a page imports DIR/tapegrad.js.`;

interface Options {
  readonly out: string;
}

/** Runs the command line and gives its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, read: readOptions, run });
}

function readOptions(args: readonly string[]): Options | "help" {
  const { help, out = "npm", words } = parseFlags("pack", args, { text: ["out"], switches: ["help"] });
  if (help) return "help";
  if (words.length > 0) throw new UsageError(`Unknown argument "${words[0]}": see deno task pack --help`);
  return { out };
}

async function run({ out }: Options): Promise<void> {
  checkReplaceable(out, "package.json");
  const files = new Map(await packed());
  files.set("tapegrad.js", await bundle("../mod.ts"));
  replaceDirectory(out, files);
  console.log(
    `The package is ${visible(out)}: npm install it, or import ${visible(out)}/tapegrad.js in a page`,
  );
}

/** What `deno pack` makes of the sources. */
async function packed(): Promise<Entry[]> {
  const folder = await Deno.makeTempDir({ prefix: "tapegrad-pack-" });
  try {
    await stage(folder);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["pack", "--quiet", "--no-source-maps", "--output", "package.tgz"],
      cwd: folder,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) {
      throw new CommandError(`Cannot pack the sources: ${new TextDecoder().decode(stderr).trim()}`);
    }
    const entries = await filesOfArchive(await Deno.readFile(`${folder}/package.tgz`));
    return portable(new Map(entries.map(([path, text]) => [path.replace(/^package\//, ""), text])));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Deno is told where types are, and TypeScript which library those need that it does not load by itself. */
function portable(files: ReadonlyMap<string, string>): Entry[] {
  return Array.from(files, ([path, text]) => {
    const types = path.replace(/\.js$/, ".d.ts");
    if (types !== path && files.has(types)) {
      return [path, `// @ts-self-types="./${basename(types)}"\n${text}`];
    }
    const disposes = path.endsWith(".d.ts") && /\bDisposable\b|\[Symbol\.dispose\]/.test(text);
    return [path, disposes ? `/// <reference lib="esnext.disposable" />\n${text}` : text];
  });
}

if (import.meta.main) {
  leaveOnSignals();
  const code = await main(Deno.args);
  if (code !== 0) Deno.exit(code);
}
