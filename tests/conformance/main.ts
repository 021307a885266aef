/** Prints what a backend keeps of all that backends are asked for. */
import {
  conformanceCases,
  type ConformanceResult,
  conformanceTable,
  runConformance,
} from "@tapegrad/backends/conformance";
import type { Backend } from "@tapegrad/tapegrad";
import {
  parseFlags,
  runCommand,
  UsageError,
  useAsked,
  type Where,
  whereFlags,
  whereHelp,
} from "../../demos/command_line.ts";
import { registerWholeWasm } from "../whole_wasm.ts";
import { optionsFor } from "./own.ts";

interface Options extends Where {
  readonly ops: readonly string[];
  readonly verbose: boolean;
  readonly json: boolean;
}

const HELP = `Compares a backend with the TypeScript backend computing in f64, op by op and dtype by dtype.

Usage: deno task conformance [OP …] [--backend NAME] [--blas[=PATH]] [--threads N] [--verbose] [--json]
                             [--help]

  OP              only these rows of the table
${whereHelp}
  --verbose       prints every case that failed or was skipped, not the first of each op and dtype
  --json          prints every result as JSON instead
  --help          prints this

A number is the largest distance from the exact result in units of the last place, ok is none, * says that
some cases were skipped. It exits with 1 if a case fails.`;

/** Runs the command line and gives its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let isGood = true;
  const code = await runCommand(args, {
    help: HELP,
    read: readOptions,
    run: async (options) => {
      isGood = await run(options);
    },
  });
  return code === 0 && !isGood ? 1 : code;
}

function readOptions(args: readonly string[]): Options | "help" {
  const switches = ["verbose", "json", "help"] as const;
  const { help, words, ...options } = parseFlags("conformance", args, { text: whereFlags, switches });
  return help ? "help" : { ...options, ops: words };
}

async function run({ ops, verbose, json, ...where }: Options): Promise<boolean> {
  registerWholeWasm();
  const backend = await useAsked(where);
  const asked = { ...optionsFor(backend.name), ...ops.length > 0 ? { ops: checked(ops, backend) } : {} };
  const start = performance.now(), results: ConformanceResult[] = [];
  for await (const result of runConformance(backend, asked)) results.push(result);
  if (json) console.log(JSON.stringify({ ...titleOf(backend), results }, null, 2));
  else report(backend, results, { verbose, seconds: (performance.now() - start) / 1000 });
  return !results.some(({ outcome }) => outcome.status === "failed");
}

function checked(ops: readonly string[], backend: Backend): readonly string[] {
  const known = new Set(conformanceCases(backend, optionsFor(backend.name)).map(({ op }) => op)),
    unknown = ops.find((op) => !known.has(op));
  if (unknown === undefined) return ops;
  throw new UsageError(`Unknown op "${unknown}": there are ${[...known].join(", ")}`);
}

function titleOf(
  { name, description }: Backend,
): { readonly backend: string; readonly description?: string } {
  return { backend: name, ...description ? { description } : {} };
}

function report(
  { name, description }: Backend,
  results: readonly ConformanceResult[],
  { verbose, seconds }: { readonly verbose: boolean; readonly seconds: number },
): void {
  console.log(coloured(conformanceTable(results)));
  for (const kind of ["failed", "skipped"] as const) {
    for (const line of linesOf(results.filter(({ outcome }) => outcome.status === kind), verbose)) {
      console.log(line);
    }
  }
  const count = (status: string) => results.filter(({ outcome }) => outcome.status === status).length;
  console.log(
    `\n${name}${description ? ` on ${description}` : ""}: ${count("ok")} cases passed, ` +
      `${count("failed")} failed, ${count("skipped")} skipped in ${seconds.toFixed(1)} s`,
  );
}

function coloured(table: string): string {
  return Deno.noColor || !Deno.stdout.isTerminal() ? table : table.replaceAll("FAIL", "\x1b[31mFAIL\x1b[0m");
}

// A line for each case, or for the first of those of one op, dtype and reason.
function linesOf(results: readonly ConformanceResult[], verbose: boolean): string[] {
  const groups = Map.groupBy(
    results,
    ({ op, dtype, outcome }) =>
      outcome.status === "skipped" ? `${op} ${dtype}: ${outcome.reason}` : `${op} ${dtype}`,
  );
  return [...groups.values()].flatMap((group) => {
    const rest = verbose || group.length === 1 ? "" : ` (and ${group.length - 1} more)`;
    return (verbose ? group : group.slice(0, 1)).map((result) => lineOf(result) + rest);
  });
}

function lineOf({ op, dtype, detail, outcome }: ConformanceResult): string {
  const what = [op, dtype].filter(Boolean).join(" ");
  if (outcome.status === "skipped") return `skipped ${what}, ${detail}: ${outcome.reason}`;
  return `FAILED ${what}, ${detail}: ${outcome.status === "failed" ? outcome.message : ""}`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
