import type { Contender, Pace } from "./measure.ts";

/** How a case is run. */
export interface RunOptions {
  readonly rounds: number;
  readonly pace: Pace;
  /** Told how much of the case is done, from 0 to 1. */
  readonly progress: (part: number) => void;
}

/**
 * Gives every contender a slice of each round, another one going first each time, so that what else the
 * machine does hits all alike. What a contender took in each round, or the error that stopped it.
 */
export async function inTurns(
  contenders: readonly Contender[],
  { rounds, pace, progress }: RunOptions,
): Promise<(number[] | Error)[]> {
  const slices: number[][] = contenders.map(() => []);
  const errors: (Error | undefined)[] = contenders.map(() => undefined);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      progress((round + turn / contenders.length) / rounds);
      const i = (round + turn) % contenders.length;
      if (errors[i]) continue;
      const slice = await attempt(() => contenders[i].measure(pace));
      if (slice instanceof Error) errors[i] = slice;
      else slices[i].push(slice);
    }
  }
  return slices.map((times, i) => errors[i] ?? times);
}

/** The result of `fn`, or the error it failed with. */
export async function attempt<T>(fn: () => T | Promise<T>): Promise<T | Error> {
  try {
    return await fn();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Where two answers differ by more than 1e-4 of the value, as a sentence; nothing where they agree. */
export function disagreement(found: ArrayLike<number>, wanted: ArrayLike<number>): string | undefined {
  if (found.length !== wanted.length) {
    return `wrong answer: ${found.length} numbers where tapegrad has ${wanted.length}`;
  }
  for (let i = 0; i < wanted.length; i++) {
    if (Math.abs(found[i] - wanted[i]) <= 1e-4 * Math.abs(wanted[i])) continue;
    return `wrong answer: number ${i} is ${found[i]} where tapegrad has ${wanted[i]}`;
  }
  return undefined;
}
