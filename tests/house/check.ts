/**
 * The gate: `deno task check`. Runs each step, prints a line for it, shows the output of those
 * that fail and then exits with 1.
 */
import { CommandError } from "../../demos/command_line.ts";
import { runPlain } from "../task.ts";
import { type Package, packages, root } from "./packages.ts";

interface Step {
  readonly name: string;
  readonly args: readonly string[];
  readonly folder?: string;
}

const besidePackages = ["demos", "examples", "tests"];
const spawning = ["test", "--no-check", "--no-prompt", "--allow-read", `--allow-run=${Deno.execPath()}`];

function publishStep({ name, folder }: Package): Step {
  return { name: `publish ${name}`, args: ["publish", "--dry-run", "--allow-dirty"], folder };
}

function steps(): Step[] {
  const entries = packages.flatMap((one) => [...one.entries.values()]);
  const folders = packages.map(({ folder }) => folder).filter((folder) => folder !== ".");
  return [
    { name: "format", args: ["fmt", "--check"] },
    { name: "lint", args: ["lint"] },
    { name: "types", args: ["check", "mod.ts", ...folders, ...besidePackages] },
    // The peers we measure against are large, so they have a lock file of their own.
    { name: "types of bench", args: ["check", "--lock=bench/deno.lock", "bench"] },
    { name: "documentation", args: ["doc", "--lint", ...entries] },
    { name: "categories", args: [...spawning, "tests/house/categories_test.ts"] },
    { name: "imports", args: [...spawning, "tests/house/imports_test.ts", "tests/house/loads_test.ts"] },
    { name: "examples", args: [...spawning, "tests/house/examples_test.ts"] },
    ...packages.map(publishStep),
  ];
}

async function run({ name, args, folder = "." }: Step): Promise<boolean> {
  const start = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: new URL(`${folder}/`, root),
    stdin: "null",
  }).output();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${name.padEnd(28)} ${success ? "ok    " : "FAILED"} ${seconds.padStart(6)} s`);
  if (!success) {
    for (const bytes of [stdout, stderr]) console.log(new TextDecoder().decode(bytes).trimEnd());
  }
  return success;
}

/** So many steps run at a time: each is a process, most of whose work one thread does. */
const TOGETHER = Math.min(navigator.hardwareConcurrency, 4);

async function runAll(): Promise<void> {
  const left = steps().values(), failed: string[] = [];
  const lane = async (): Promise<void> => {
    for (const step of left) if (!await run(step)) failed.push(step.name);
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
  if (failed.length > 0) throw new CommandError(`The gate is shut: ${failed.join(", ")} failed`);
}

if (import.meta.main) Deno.exit(await runPlain("check", Deno.args, runAll));
