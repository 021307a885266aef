import type { Case, Work } from "../works/work.ts";
import { type Contender, median } from "./measure.ts";
import { attempt, disagreement, inTurns, type RunOptions } from "./turns.ts";

/** One library in one of the ways it is used. */
export interface Variant {
  /** The library's name. */
  readonly library: string;
  /** How it is used: what distinguishes this way from another. */
  readonly how: string;
  /** Whether it is no library but a bound, which has no answer to compare. */
  readonly isBound?: boolean;
  /** Sets it up; an error says why it cannot do the work. */
  readonly prepare: () => Contender | Promise<Contender>;
}

/** A library's time, or why it has none. */
export interface Result {
  readonly library: string;
  readonly how: string;
  /** The median of the rounds, in the work's unit. */
  readonly time?: number;
  /** What each round gave. */
  readonly rounds?: readonly number[];
  readonly error?: string;
}

/** How many times as long as we a peer takes. */
export interface Comparison {
  readonly ratio: number;
  /** The least and the most that a single round gave. */
  readonly spread: readonly [number, number];
}

/** A peer's time beside ours. */
export type Compared = Result & Partial<Comparison>;

/** What came of a case. */
export interface Row {
  readonly work: string;
  readonly label: string;
  readonly dtype: string;
  readonly unit: string;
  /** How many operations of floating point it takes, where that is what it is about. */
  readonly flops?: number;
  readonly ours: Result;
  /** The others. */
  readonly peers: readonly Compared[];
}

/** A case and who does it. */
export interface Match {
  readonly work: Work;
  readonly one: Case;
  /** What the others are compared with. */
  readonly ours: Variant;
  readonly peers: readonly Variant[];
}

/** Runs one case: sets all up, compares their answers with ours, then times in turns those that agree. */
export async function runCase({ work, one, ours, peers }: Match, options: RunOptions): Promise<Row> {
  const variants = [ours, ...peers], entries = await prepare(variants, options.pace.longest);
  const ready = entries.flatMap((entry) => entry instanceof Error ? [] : [entry]);
  const times = await inTurns(ready, options);
  for (const { close } of ready) close?.();
  const [mine, ...others] = variants.map(({ library, how }, i): Result => {
    const entry = entries[i], taken = entry instanceof Error ? entry : times[ready.indexOf(entry)];
    if (taken instanceof Error) return { library, how, error: taken.message.split("\n")[0] };
    const rounds = taken.map((time) => scaled(time, work));
    return { library, how, time: median(rounds), rounds };
  });
  const { label, dtype, flops } = one;
  const compared = others.map((peer) => ({ ...peer, ...compare(peer, mine) }));
  return { work: work.name, label, dtype, unit: work.unit, flops, ours: mine, peers: compared };
}

// Ours comes first, and is what the others are compared with.
async function prepare(variants: readonly Variant[], longest: number): Promise<(Contender | Error)[]> {
  const entries: (Contender | Error)[] = [];
  let wanted: ArrayLike<number> | undefined;
  for (const variant of variants) {
    const contender = await attempt(() => variant.prepare());
    const fault = contender instanceof Error ? contender : await attempt(async () => {
      if (variant.isBound) return;
      const { found, spent } = await answerOf(contender), difference = disagreement(found, wanted ??= found);
      if (difference) throw new Error(difference);
      if (variant !== variants[0] && spent > longest) await checkBearable(contender, spent, longest);
    });
    if (fault instanceof Error && !(contender instanceof Error)) contender.close?.();
    entries.push(fault instanceof Error ? fault : contender);
    // Without our answer there is nothing to compare with.
    if (fault instanceof Error && variant === variants[0]) return variants.map(() => fault);
  }
  return entries;
}

async function answerOf({ answer }: Contender): Promise<{ found: ArrayLike<number>; spent: number }> {
  const start = performance.now(), found = await answer();
  return { found, spent: performance.now() - start };
}

// Asked again, it has what it compiled the first time, which takes no library many times as long.
async function checkBearable(contender: Contender, first: number, longest: number): Promise<void> {
  const spent = first > 3 * longest ? first : (await answerOf(contender)).spent;
  if (spent > longest) throw new Error(`left out: its answer takes ${(spent / 1000).toFixed(1)} s`);
}

function scaled(milliseconds: number, { unit, pieces = 1 }: Work): number {
  return milliseconds * (unit === "µs" ? 1000 : 1) / pieces;
}

function compare(peer: Result, mine: Result): Partial<Comparison> {
  if (!peer.time || !mine.time) return {};
  // Round against round: what slows a whole round down does not widen the spread.
  const ratios = peer.rounds!.map((time, i) => time / mine.rounds![i]);
  return { ratio: peer.time / mine.time, spread: [Math.min(...ratios), Math.max(...ratios)] };
}
