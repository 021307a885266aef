/** Sums of gradients, once a backward: one agreement is for all of them. */
import { applyAll, definePrimitive, type Primitive, type Tensor } from "@tapegrad/core";
import type { View } from "@tapegrad/core/backend";
import { agree } from "../agreement.ts";
import { type Job, jobFor, timed, wireOf } from "../job.ts";
import type { Memory } from "../mpi/signatures.ts";
import { ProgressThread } from "./progress.ts";
import { inPieces, numbersOf, prepared } from "./transport.ts";

/** What ranks are to say alike before a sum; `null` where they have said it. */
interface Said {
  readonly said: string | null;
}

function agreed(said: string | null): Job {
  const job = jobFor("sum gradients");
  if (said !== null) agree(job, "sum gradients", said);
  return job;
}

// In place, which touches half of the memory that another for the sums would.
const summing: Primitive<Said> = /* @__PURE__ */ definePrimitive<Said>({
  name: "sumOverRanks",
  infer: ([x]) => x,
  writes: [0],
  batch: () => refuse(),
});

function refuse(): never {
  throw new TypeError("Cannot vmap a backward whose gradients are summed over ranks: take it out of vmap");
}

/** Makes a row of gradients the sum of those of all ranks. */
export function sumOverRanks(x: Tensor, said: string | null): void {
  const kernel = ([input]: readonly View[], _outputs: readonly View[], { said }: Said) =>
    sumHere(agreed(said), numbersOf(input));
  applyAll(summing, [prepared("sumOverRanks", x, kernel)], { said });
}

/** Sums memory over all ranks, in its place. */
export function sumHere(job: Job, row: Memory): void {
  if (job.size === 1) return;
  inPieces(row.length, (start, end) => {
    const piece = row.subarray(start, end);
    timed(
      job,
      piece.byteLength,
      ({ calls, abi: { inPlace, types, folds, world } }) =>
        calls.reduceHere(inPlace, piece, piece.length, types[wireOf(piece)], folds.sum, world),
    );
  });
}

const thread = new ProgressThread();

/** Sums under way, first begun first. */
const underway: { readonly request: Uint8Array; readonly memory: Memory }[] = [];

const beginning: Primitive<Said> = /* @__PURE__ */ definePrimitive<Said>({
  name: "beginSum",
  infer: ([x]) => x,
  writes: [0],
  batch: () => refuse(),
});

const ending: Primitive<null> = /* @__PURE__ */ definePrimitive<null>({
  name: "endSum",
  infer: ([x]) => x,
  writes: [0],
  batch: () => refuse(),
});

function begin(job: Job, row: Memory): void {
  if (job.size === 1) return;
  inPieces(row.length, (start, end) => {
    const memory = row.subarray(start, end), request = new Uint8Array(8);
    timed(job, memory.byteLength, ({ calls, abi: { inPlace, types, folds, world } }) => {
      const type = types[wireOf(memory)];
      return calls.startReduceHere(inPlace, memory, memory.length, type, folds.sum, world, request);
    });
    underway.push({ request, memory });
  });
  thread.start(job);
}

/** Begins to sum a row of gradients over all ranks, which has elements again after {@link endSum} alone. */
export function beginSum(x: Tensor, said: string | null): void {
  const kernel = ([input]: readonly View[], _outputs: readonly View[], { said }: Said) =>
    begin(agreed(said), numbersOf(input));
  applyAll(beginning, [prepared("beginSum", x, kernel)], { said });
}

/** Waits for all sums that began before, this one among them. */
export function endSum(x: Tensor): void {
  const kernel = () => {
    const job = jobFor("sum gradients");
    for (const { request } of underway.splice(0)) {
      timed(job, 0, ({ calls, abi }) => calls.wait(request, abi.ignored));
    }
    thread.stop(job);
  };
  applyAll(ending, [prepared("endSum", x, kernel)], null);
}
