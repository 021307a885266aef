/** What the command is told. */
import { parseFlags, readThreads, UsageError, type Where, whereFlags } from "../demos/command_line.ts";
import { probeDirectory } from "../demos/output.ts";
import { full, type Pace, quick } from "./harness/measure.ts";
import { works } from "./works/mod.ts";
import type { Work } from "./works/work.ts";

/** What is measured, where, and how long. */
export interface Options extends Where {
  readonly chosen: readonly Work[];
  /** The revision to compare with, in place of the peers. */
  readonly against: string | undefined;
  readonly quick: boolean;
  readonly large: boolean;
  readonly rounds: number;
  readonly pace: Pace;
  /** Where the figures go; kept with the repository where it is "kept". */
  readonly out: string;
  /** Whether the figures are kept, and shown in the documents. */
  readonly record: boolean;
  /** Whether the documents are written from the figures that are kept, and nothing is measured. */
  readonly readme: boolean;
}

/** The help of the command. */
export const HELP: string =
  `Measures tapegrad against jax-js, TensorFlow.js and PyTorch, or against another revision of itself, in turns.

Usage: deno task bench [WORK …] [--backend NAME] [--blas[=PATH]] [--threads N] [--against REV] [--quick]
                       [--large] [--rounds N] [--out DIR] [--record] [--readme]

${works.map(({ name, about }) => `  ${name.padEnd(14)}  ${about}`).join("\n")}

  WORK            what to measure; all that the backend is for when none is named
  --backend NAME  where we compute, wasm, cpu or webgpu; otherwise TAPEGRAD_BACKEND, otherwise auto.
                  A device that runs asynchronously, as webgpu does, has the works named device-…
  --blas[=PATH]   multiplies our matrices by a BLAS, one of a path or that is found, on one thread; where PyTorch
                  has more also on as many as it likes. Ourselves without one are beside it
  --threads N     on how many threads we compute, beside one, where PyTorch has more; otherwise on as many as there
                  are processors. With --against both revisions have at most so many
  --against REV   compares this checkout with a revision of it, a process each, without the peers
  --quick         a round of milliseconds, and without what takes long: to see that it works
  --large         sizes too that take a real GPU
  --rounds N      how often each has its turn; 5 if not given, 1 with --quick
  --out DIR       where the figures and their chart are written; bench/out if not given
  --record        writes them to bench/figures and into README.md and bench/README.md
  --readme        writes those two, and the charts, from bench/figures, and measures nothing
  --help          prints this`;

/** Reads the arguments. */
export function readOptions(args: readonly string[]): Options | "help" {
  const { help, words, backend, blas, threads, against, quick: isQuick, large, rounds, out, record, readme } =
    parseFlags(
      "bench",
      args,
      {
        text: [...whereFlags, "against", "rounds", "out"],
        switches: ["quick", "large", "record", "readme", "help"],
      },
    );
  if (help) return "help";
  if (record && (isQuick || against)) {
    throw new UsageError(`Cannot record figures of --${isQuick ? "quick" : "against"}: they would mislead`);
  }
  if (blas && (record || against)) {
    throw new UsageError(
      `Cannot ${record ? "record figures" : "compare with a revision"} by a BLAS: leave out --blas`,
    );
  }
  readThreads(threads);
  if (out) probeDirectory(out);
  return {
    chosen: readNames(words),
    backend,
    blas,
    threads,
    against,
    quick: isQuick,
    large,
    rounds: readRounds(rounds, isQuick ? 1 : 5),
    pace: isQuick ? quick : full,
    out: out ?? "bench/out",
    record,
    readme,
  };
}

function readNames(words: readonly string[]): Work[] {
  for (const word of words) {
    if (works.some(({ name }) => name === word)) continue;
    throw new UsageError(`Unknown work "${word}": there are ${works.map(({ name }) => name).join(", ")}`);
  }
  return works.filter(({ name }) => words.length === 0 || words.includes(name));
}

function readRounds(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const rounds = Number(text);
  if (/^\d+$/.test(text) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new UsageError(`Cannot run "${text}" rounds: it is a whole number from 1 to 1000`);
}
