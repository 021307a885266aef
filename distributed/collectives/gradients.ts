/** Sums of gradients, once a backward: one agreement is for all of them. */
import { apply, applyAll, contiguous, type Primitive, type Tensor, type View } from "@tapegrad/core";
import { type Job, timed, wireOf } from "../job.ts";
import type { Memory } from "../mpi/signatures.ts";
import { ProgressThread } from "./progress.ts";
import { defineRoute, inPieces, numbersOf } from "./transport.ts";

/** What ranks are to say alike before a sum; `null` where they have said it. */
interface Said {
  readonly said: string | null;
}

const says = (_input: View, { said }: Said): string | null => said, asked = "sum gradients";

// In place, which touches half of the memory that another for the sums would.
const summing: Primitive<Said> = /* @__PURE__ */ defineRoute<Said>({
  name: "sumOverRanks",
  infer: ([x]) => x,
  writes: [0],
  batch: () => refuse(),
}, { asked, says, transport: (job, input) => sumHere(job, numbersOf(input)) });

const summingLater: Primitive<Said> = /* @__PURE__ */ defineRoute<Said>({
  name: "sumOverRanksLater",
  infer: ([x]) => x,
  batch: () => refuse(),
}, {
  asked,
  says,
  transport(job, input, output): void {
    const row = numbersOf(output);
    row.set(numbersOf(input));
    sumHere(job, row);
  },
});

function refuse(): never {
  throw new TypeError("Cannot vmap a backward whose gradients are summed over ranks: take it out of vmap");
}

/** The sum over all ranks of a row of gradients: that row, or what is on its way where its elements cannot be read at once. */
export function summedOverRanks(x: Tensor, said: string | null): Tensor {
  return apply(x.backend.synchronous ? summing : summingLater, [contiguous(x)], { said });
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

const beginning: Primitive<Said> = /* @__PURE__ */ defineRoute<Said>({
  name: "beginSum",
  infer: ([x]) => x,
  writes: [0],
  batch: () => refuse(),
}, { asked, says, transport: (job, input) => begin(job, numbersOf(input)) });

const ending: Primitive<null> = /* @__PURE__ */ defineRoute<null>({
  name: "endSum",
  infer: ([x]) => x,
  writes: [0],
  batch: () => refuse(),
}, { asked, says: () => null, transport: end });

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

function end(job: Job): void {
  for (const { request } of underway.splice(0)) {
    timed(job, 0, ({ calls, abi }) => calls.wait(request, abi.ignored));
  }
  thread.stop(job);
}

/** Begins to sum a row of gradients over all ranks, which has elements again after {@link endSum} alone. */
export function beginSum(x: Tensor, said: string | null): void {
  applyAll(beginning, [x], { said });
}

/** Waits for all sums that began before, this one among them. */
export function endSum(x: Tensor): void {
  applyAll(ending, [x], null);
}
