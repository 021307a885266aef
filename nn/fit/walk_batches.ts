/** One way through batches, for whatever is done with them. */
import { scope } from "@tapegrad/core";
import { type Batches, begin } from "./batches.ts";

/** What is done on the way. */
export interface BatchWalk<B> {
  /** On each batch, in a scope of its own. */
  readonly step: (batch: B) => void;
  /** After each, outside of it: whether to go on. */
  readonly after?: () => Promise<boolean>;
  /** How many batches are passed over first. */
  readonly skip?: number;
}

/** Milliseconds without a turn for timers, signals and the page. */
const BREATH = 40;

/** When these last had a turn from any walk: an epoch may be shorter than a breath. */
const host = { turn: 0 };

/** Goes through the batches of an epoch, and gives whether it went through all. */
export async function walkBatches<B>(
  loader: Batches<B>,
  { step, after, skip = 0 }: BatchWalk<B>,
): Promise<boolean> {
  const iterator = begin(loader);
  for (let i = 0; i < skip; i++) if ((await iterator.next()).done) return true;
  let ended = false;
  try {
    while (!(ended = await onNext(iterator, step))) {
      if (after && !await after()) return false;
      if (performance.now() - host.turn < BREATH) continue;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      host.turn = performance.now();
    }
  } finally {
    if (!ended) await iterator.return?.();
  }
  return true;
}

// The batch is made in the scope too, where that takes no waiting or the host can tell asynchronous calls apart.
function onNext<B>(
  iterator: Iterator<B> | AsyncIterator<B>,
  step: (batch: B) => void,
): boolean | Promise<boolean> {
  const take = ({ done, value }: IteratorResult<B>): boolean => {
    if (!done) scope(() => step(value));
    return done === true;
  };
  return scope(() => {
    const next = iterator.next();
    return next instanceof Promise ? next.then(take) : take(next);
  });
}
