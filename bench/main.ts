import { currentBackend, visible } from "@tapegrad/tapegrad";
import { readThreads, runCommand, UsageError, useAsked } from "../demos/command_line.ts";
import { compareWith } from "./against/compare.ts";
import { commitOf } from "./harness/git.ts";
import { machine } from "./harness/machine.ts";
import { type Chosen, runAll } from "./harness/run_all.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import type { Figures } from "./report/figures.ts";
import { KEPT, rewrite, writeRun } from "./report/record.ts";
import { report } from "./report/table.ts";
import { type Case, casesOf, type Work } from "./works/work.ts";

/** Runs the command line and gives its exit code. */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, read: readOptions, run });
}

async function run(options: Options): Promise<void> {
  if (options.readme) return await rewrite();
  const commit = options.against === undefined ? undefined : await commitOf(options.against);
  const { name, synchronous } = await useAsked(options);
  const cases = chosenOf(options, synchronous);
  if (commit !== undefined) return await compareWith(commit, cases, options);
  const figures = await measure(name, cases, options);
  console.log(report(figures));
  const directory = options.record ? KEPT : options.out, files = await writeRun(directory, figures);
  console.log(`\nWritten to ${visible(directory)}: ${files.join(", ")}`);
  if (options.record) await rewrite();
}

function chosenOf({ chosen, quick, large }: Options, synchronous: boolean): Chosen[] {
  const isWanted = (one: Case) => (large || !one.large) && !(quick && one.long);
  const suits = ({ onDevice = false }: Work) => onDevice !== synchronous;
  const cases = chosen.filter(suits).flatMap((work) =>
    casesOf(work).filter(isWanted).map((one) => ({ work, one }))
  );
  if (cases.length > 0) return cases;
  const kind = synchronous ? "computes at once" : "runs asynchronously";
  throw new UsageError(`Nothing to measure: none of these works is for a backend that ${kind}`);
}

async function measure(backend: string, cases: readonly Chosen[], options: Options): Promise<Figures> {
  const { forbidThreads, ours, peersOf, versions } = await loadPeers();
  const { blas } = options, { description = "" } = currentBackend();
  const place = { backend, blas, threads: readThreads(options.threads) };
  const there = await machine({ onDevice: !currentBackend().synchronous });
  forbidThreads();
  const rows = await runAll(cases, options, async ({ work, one }) => ({
    ours: ours(work, one, place),
    peers: await peersOf(work, one, place),
  }));
  const named = { ...await versions(rows), ...blas === undefined ? {} : { BLAS: description } };
  return { machine: there, backend, versions: named, rounds: options.rounds, rows };
}

/** By an address that is not read ahead: who wants no peer is to download none. */
function loadPeers(): Promise<typeof import("./peers/mod.ts")> {
  return import(new URL("peers/mod.ts", import.meta.url).href);
}

// Leaves at once: what a peer has running would keep the process alive.
if (import.meta.main) Deno.exit(await main(Deno.args));
