import { cpus } from "node:os";
import { currentBackend, useBackend } from "@tapegrad/tapegrad";
import { parseFlags, runCommand, UsageError } from "../demos/command_line.ts";
import { writeFile } from "../demos/output.ts";
import { type Row, runCase } from "./run.ts";
import { table } from "./table.ts";
import type { Workload } from "./workload.ts";
import { workloads } from "./workloads/mod.ts";

interface Options {
  readonly chosen: readonly Workload[];
  readonly backend: string | undefined;
  readonly large: boolean;
  readonly rounds: number;
  readonly json?: string;
}

const HELP = `Measures tapegrad against jax-js, TensorFlow.js and PyTorch, in turns and in one run.

Usage: deno task bench [NAME …] [--backend NAME] [--large] [--rounds N] [--json FILE] [--help]

${workloads.map(({ name, about }) => `  ${name.padEnd(13)} ${about}`).join("\n")}

  --backend NAME  where we compute; otherwise TAPEGRAD_BACKEND, otherwise auto. A device that
                  runs asynchronously, as webgpu does, has the workloads named device-…
  --large         sizes too that take a real GPU
  --rounds N      how often each library has its turn; 5 if not given
  --json FILE     writes the figures to FILE too
  --help          prints this`;

/** Runs the command line and gives its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, read: readOptions, run });
}

function readOptions(args: readonly string[]): Options | "help" {
  const flags = parseFlags("bench", args, {
    text: ["backend", "rounds", "json"],
    switches: ["large", "help"],
  });
  if (flags.help) return "help";
  const { backend, large, words, rounds, json } = flags;
  return { chosen: readNames(words), backend, large, rounds: readRounds(rounds), ...readFile(json) };
}

function readNames(words: readonly string[]): Workload[] {
  for (const word of words) {
    if (workloads.some(({ name }) => name === word)) continue;
    const names = workloads.map(({ name }) => name).join(", ");
    throw new UsageError(`Unknown workload "${word}": there are ${names}`);
  }
  return workloads.filter(({ name }) => words.length === 0 || words.includes(name));
}

function readRounds(text = "5"): number {
  const rounds = Number(text);
  if (/^\d+$/.test(text) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new UsageError(`Cannot run "${text}" rounds: it is a whole number from 1 to 1000`);
}

// Better to hear it now than after a minute of measuring.
function readFile(path?: string): { json?: string } {
  if (path === undefined) return {};
  const folder = path.replace(/[^/]*$/, "") || ".";
  try {
    if (Deno.statSync(folder).isDirectory && !isDirectory(path)) {
      const probe = `${path}.${Deno.pid}.tmp`;
      Deno.writeTextFileSync(probe, "");
      Deno.removeSync(probe);
      return { json: path };
    }
  } catch {
    // Said below.
  }
  throw new UsageError(
    `Cannot write to ${path}: name a file in a directory that exists and can be written to`,
  );
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

async function run({ chosen, backend, large, rounds, json }: Options): Promise<void> {
  const { synchronous } = await useBackend(backend, { byFlag: true });
  const cases = chosen.filter(({ onDevice = false }) => onDevice !== synchronous)
    .flatMap((workload) => workload.cases.map((one) => ({ workload, one })))
    .filter(({ one }) => large || !one.large);
  const rows: Row[] = [];
  for (const { workload, one } of cases) {
    const name = [workload.name, one.label, one.dtype].filter(Boolean).join(" ");
    const progress = (part: number) => show(`${name}, ${rows.length + 1} of ${cases.length}`, part);
    progress(0);
    rows.push(await runCase(workload, one, { rounds, progress }));
  }
  show("", 0);
  console.log(table(rows));
  console.log(
    `\nratio: the peer's time over ours, above 1 we are faster; from-to: of the single rounds\n${
      origin(rounds)
    }`,
  );
  if (json) writeFile(json, `${JSON.stringify(record(rounds, rows), null, 2)}\n`);
}

function record(rounds: number, rows: readonly Row[]): object {
  return { ...machine(), rounds, rows };
}

interface Machine {
  readonly date: string;
  readonly deno: string;
  readonly cpu: string;
  readonly cores: number;
  /** Processes that wanted to run in the last minute, ours among them. */
  readonly load: number;
  readonly backend: string;
}

function machine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    deno: Deno.version.deno,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: navigator.hardwareConcurrency,
    load: Number(Deno.loadavg()[0].toFixed(1)),
    backend: currentBackend().name,
  };
}

function origin(rounds: number): string {
  const { date, deno, cpu, cores, load, backend } = machine();
  return `${date}, Deno ${deno}, ${cpu} with ${cores} cores, load ${load}; ` +
    `tapegrad on its ${backend} backend; median of ${rounds} round${rounds === 1 ? "" : "s"}`;
}

/** Draws how far a run is over the last line of a terminal, or clears it. */
function show(text: string, part: number): void {
  if (!Deno.stderr.isTerminal()) return;
  const line = text && `${String(Math.round(100 * part)).padStart(3)} % of ${text}`;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r${line}\x1b[K`));
}

// Leaves at once: the thread pool of a peer would keep the process alive.
if (import.meta.main) Deno.exit(await main(Deno.args));
