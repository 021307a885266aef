/**
 * Runs notebooks in Deno's own kernel, cell by cell, and writes what the cells give into them: `deno task notebook`.
 * With `--check` it compares that with what they show.
 */
import { CommandError, parseFlags, runCommand } from "../../demos/command_line.ts";
import { root } from "../house/packages.ts";
import { type Notebook, written } from "./document.ts";
import { executed } from "./execute.ts";

const help = `Run notebooks in Deno's Jupyter kernel and write the outputs of their cells into them.

Usage: deno task notebook [--check] [FILE …]

  FILE     a notebook; without one those in docs/notebook and examples
  --check  writes nothing, and fails where a notebook shows other outputs than its cells give
  --help   prints this`;

/** What a command was asked for. */
interface Options {
  readonly check: boolean;
  readonly files: readonly string[];
}

function read(args: readonly string[]): Options | "help" {
  const flags = parseFlags("notebook", args, { text: [], switches: ["check", "help"] });
  return flags.help ? "help" : { check: flags.check, files: flags.words };
}

async function notebooks(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ["docs/notebook", "examples"]) {
    for await (const { name } of Deno.readDir(new URL(folder, root))) {
      if (name.endsWith(".ipynb")) found.push(`${folder}/${name}`);
    }
  }
  return found.sort();
}

/** Which cell of a notebook is the first that is not as in another. */
function firstDifference(a: Notebook, b: Notebook): number {
  return a.cells.findIndex((cell, i) => JSON.stringify(cell) !== JSON.stringify(b.cells[i])) + 1;
}

async function run({ check, files }: Options): Promise<void> {
  for (const file of files.length > 0 ? files : await notebooks()) {
    const url = new URL(file, root),
      text = await Deno.readTextFile(url),
      notebook: Notebook = JSON.parse(text);
    const start = performance.now(), fresh = await executed(notebook, new URL("./", url));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${file}: ${notebook.cells.length} cells in ${seconds} s`);
    if (!check) await Deno.writeTextFile(url, written(fresh));
    else if (written(fresh) !== text) {
      throw new CommandError(
        `Cell ${
          firstDifference(notebook, fresh)
        } of ${file} gives another output: write it anew by deno task notebook`,
      );
    }
  }
}

if (import.meta.main) Deno.exit(await runCommand(Deno.args, { help, read, run }));
