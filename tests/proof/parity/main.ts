/** Compares tapegrad with a dump of PyTorch's operator database; see README.md beside this file. */
import { BackendError, type DType } from "@tapegrad/tapegrad";
import {
  parseFlags,
  UsageError,
  useAsked,
  type Where,
  whereFlags,
  whereHelp,
} from "../../../demos/command_line.ts";
import { registerWholeWasm } from "../../whole_wasm.ts";
import { compareOperator, type Outcome } from "./compare.ts";
import { notCovered, operators } from "./operators.ts";
import { readPacked } from "./packed.ts";
import { heading, type LeftOut, row, Summary } from "./report.ts";
import type { Dump } from "./sample.ts";

const HELP = `Compares values and gradients with PyTorch's operator tests.

Usage: deno task parity [DIR] [--backend NAME] [--blas[=PATH]] [--threads N] [--ops REGEX]
                        [--dtype f32|f64] [--verbose]

  DIR             what dump.py wrote, a JSON file an operator; the committed selection if not given
${whereHelp}
  --ops REGEX     only operators whose whole name matches
  --dtype DTYPE   what f64 becomes; f64 where the backend has it, otherwise f32
  --verbose       prints every failure, and why samples were left out
  --help          prints this

It exits with 1 if an operator fails or is neither compared nor said why not.`;

/** Where lines are printed. */
export type Output = Pick<Console, "log" | "error">;

interface Options extends Where {
  readonly directory: string | undefined;
  readonly ops: RegExp;
  readonly dtype: string | undefined;
  readonly verbose: boolean;
}

/** Runs the command line and gives its exit code. */
export async function main(args: readonly string[], output: Output = console): Promise<number> {
  try {
    const options = readOptions(args);
    if (options) return await run(options, output);
    output.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof BackendError)) throw error;
    output.error(`error: ${error.message}`);
    return 2;
  }
}

function readOptions(args: readonly string[]): Options | null {
  const { help, verbose, backend, blas, threads, ops = ".*", dtype, words } = parseFlags("parity", args, {
    text: [...whereFlags, "ops", "dtype"],
    switches: ["help", "verbose"],
  });
  if (help) return null;
  if (words.length > 1) throw new UsageError(`Cannot read ${words.length} folders: name one`);
  if (dtype !== undefined && dtype !== "f32" && dtype !== "f64") {
    throw new UsageError(`Cannot compare in "${dtype}": choose f32 or f64`);
  }
  return { directory: words[0], backend, blas, threads, ops: pattern(ops), dtype, verbose };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    throw new UsageError(`Cannot match operators with ${text}: it is no regular expression`);
  }
}

async function run(
  { directory, ops, dtype, verbose, ...where }: Options,
  output: Output,
): Promise<number> {
  const dumps = directory === undefined ? await readPacked() : readDirectory(directory);
  registerWholeWasm();
  const backend = await useAsked(where);
  if (dtype === "f64" && !backend.dtypes.has("f64")) {
    throw new UsageError(`Cannot compare in f64: ${backend.name} has ${[...backend.dtypes].join(", ")}`);
  }
  const float: DType = dtype === "f32" || !backend.dtypes.has("f64") ? "f32" : "f64";
  const summary = new Summary();
  output.log(`${backend.name}, ${float}\n${heading}`);
  for (const dump of dumps) {
    if (!ops.test(dump.op)) continue;
    const outcome = await outcomeOf(dump, float);
    summary.add(outcome);
    output.log(row(outcome, verbose));
  }
  if (summary.operators === 0) throw new UsageError(`No operator matches ${ops.source}`);
  output.log(summary.line());
  return summary.isGood ? 0 : 1;
}

async function outcomeOf(dump: Dump, float: DType): Promise<Outcome | LeftOut> {
  const operator = operators.get(dump.op);
  if (operator) return await compareOperator(dump, operator, float);
  return { op: dump.op, reason: notCovered.get(dump.op) ?? null };
}

// One file at a time: a full dump has tens of megabytes.
function readDirectory(directory: string): Iterable<Dump> {
  return filesOf(directory).values().map((name) => readDump(`${directory}/${name}`));
}

function filesOf(directory: string): string[] {
  try {
    const names = Array.from(Deno.readDirSync(directory), ({ name }) => name);
    const files = names.filter((name) => name.endsWith(".json")).sort();
    if (files.length > 0) return files;
  } catch (error) {
    throw new UsageError(`Cannot read ${directory}: ${error instanceof Error ? error.message : error}`);
  }
  throw new UsageError(`Cannot find a dump in ${directory}: it has no JSON file`);
}

function readDump(path: string): Dump {
  try {
    const dump = JSON.parse(Deno.readTextFileSync(path));
    if (typeof dump?.op === "string" && Array.isArray(dump.samples)) return dump;
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
  throw new UsageError(`Cannot read ${path}: it is no dump of an operator`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
