import { attempt, type Contender, disagreement, inTurns, median } from "./measure.ts";
import type { Case, Variant, Workload } from "./workload.ts";

/** A library's time, or why it has none. */
export interface Result {
  readonly library: string;
  readonly how: string;
  /** The median of the rounds, in the workload's unit. */
  readonly time?: number;
  /** What each round gave. */
  readonly rounds?: readonly number[];
  readonly error?: string;
}

/** What came of a case. */
export interface Row {
  readonly workload: string;
  readonly label: string;
  readonly dtype: string;
  readonly unit: string;
  readonly ours: Result;
  /** The others. */
  readonly peers: readonly (Result & Partial<Comparison>)[];
}

/** How many times as long as we a peer takes. */
export interface Comparison {
  readonly ratio: number;
  /** The least and the most that a single round gave. */
  readonly spread: readonly [number, number];
}

/** How a case is run. */
export interface RunOptions {
  readonly rounds: number;
  /** Told how much of the case is done, from 0 to 1. */
  readonly progress: (part: number) => void;
}

/** Runs one case: sets all up, compares their answers with ours, then times in turns those that agree. */
export async function runCase(workload: Workload, one: Case, options: RunOptions): Promise<Row> {
  const variants = [one.ours, ...one.peers];
  const entries = await prepare(variants);
  const ready = entries.flatMap((entry) => entry instanceof Error ? [] : [entry]);
  const times = await inTurns(ready, options.rounds, options.progress);
  for (const { close } of ready) await close?.();
  const [mine, ...others] = variants.map((variant, i): Result => {
    const entry = entries[i];
    if (entry instanceof Error) return failed(variant, entry);
    const taken = times[ready.indexOf(entry)];
    if (taken instanceof Error) return failed(variant, taken);
    const rounds = taken.map((time) => scaled(time, workload));
    return { library: variant.library, how: entry.how ?? variant.how, time: median(rounds), rounds };
  });
  const peers = others.map((peer) => ({ ...peer, ...compare(peer, mine) }));
  const { label, dtype } = one;
  return { workload: workload.name, label, dtype, unit: workload.unit, ours: mine, peers };
}

// Ours comes first, and is what the others are compared with.
async function prepare(variants: readonly Variant[]): Promise<(Contender | Error)[]> {
  const entries: (Contender | Error)[] = [];
  let wanted: ArrayLike<number> | undefined;
  for (const variant of variants) {
    const contender = await attempt(() => variant.prepare());
    const fault = contender instanceof Error ? contender : await attempt(async () => {
      const found = await contender.answer();
      wanted ??= found;
      const difference = disagreement(found, wanted);
      if (difference) throw new Error(difference);
    });
    if (fault instanceof Error && !(contender instanceof Error)) await contender.close?.();
    entries.push(fault instanceof Error ? fault : contender);
    // Without our answer there is nothing to compare with.
    if (fault instanceof Error && variant === variants[0]) return variants.map(() => fault);
  }
  return entries;
}

function failed({ library, how }: Variant, { message }: Error): Result {
  return { library, how, error: message.split("\n")[0] };
}

function scaled(milliseconds: number, { unit, pieces = 1 }: Workload): number {
  return milliseconds * (unit === "µs" ? 1000 : 1) / pieces;
}

function compare(peer: Result, mine: Result): Partial<Comparison> {
  if (!peer.time || !mine.time) return {};
  // Round against round: what slows a whole round down does not widen the spread.
  const ratios = peer.rounds!.map((time, i) => time / mine.rounds![i]);
  return { ratio: peer.time / mine.time, spread: [Math.min(...ratios), Math.max(...ratios)] };
}
