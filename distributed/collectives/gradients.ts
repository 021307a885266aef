/** Sums of gradients, once a backward: one agreement is for all of them. */
import { apply, applyAll, definePrimitive, type Primitive, type Tensor } from "@tapegrad/core";
import type { View } from "@tapegrad/core/backend";
import { agree } from "../agreement.ts";
import { checkCall, type Job, jobFor, timed, wireOf } from "../job.ts";
import type { Memory } from "../mpi/signatures.ts";
import { reduceInto } from "./all_reduce.ts";
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

const summing: Primitive<Said> = /* @__PURE__ */ definePrimitive<Said>({
  name: "sumOverRanks",
  infer: ([x]) => x,
  batch: () => refuse(),
});

function refuse(): never {
  throw new TypeError("Cannot vmap a backward whose gradients are summed over ranks: take it out of vmap");
}

/** The sum of a row of gradients over all ranks. */
export function sumOverRanks(x: Tensor, said: string | null): Tensor {
  const kernel = ([input]: readonly View[], [output]: readonly View[], { said }: Said) =>
    reduceInto(agreed(said), input, output, "sum");
  return apply(summing, [prepared("sumOverRanks", x, kernel)], { said });
}

const thread = new ProgressThread();

/** Sums under way, first begun first. */
const underway: { readonly request: Uint8Array; readonly memory: Memory }[] = [];

const beginning: Primitive<Said> = /* @__PURE__ */ definePrimitive<Said>({
  name: "beginSum",
  infer: ([x]) => x,
  batch: () => refuse(),
});

const ending: Primitive<null> = /* @__PURE__ */ definePrimitive<null>({
  name: "endSum",
  infer: ([x]) => x,
  writes: [0],
  batch: () => refuse(),
});

function begin(job: Job, input: View, output: View): void {
  const to = numbersOf(output);
  to.set(numbersOf(input) as never);
  if (job.size === 1) return;
  inPieces(to.length, (start, end) => {
    const memory = to.subarray(start, end), request = new Uint8Array(8);
    timed(job, memory.byteLength, ({ calls, abi }) => {
      const type = abi.types[wireOf(memory)];
      const { inPlace, folds, world } = abi;
      return calls.startReduceHere(inPlace, memory, memory.length, type, folds.sum, world, request);
    });
    underway.push({ request, memory });
  });
  thread.start(job);
}

/** Begins to sum a row of gradients over all ranks: what it gives has elements after {@link endSum} alone. */
export function beginSum(x: Tensor, said: string | null): Tensor {
  const kernel = ([input]: readonly View[], [output]: readonly View[], { said }: Said) =>
    begin(agreed(said), input, output);
  return apply(beginning, [prepared("beginSum", x, kernel)], { said });
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

/** Tells MPI that there is time to go on with what is under way. */
export function pokeSums(): void {
  const { library } = jobFor("sum gradients"), isDone = new Int32Array(1);
  const [first] = underway;
  if (first && library) checkCall(library.calls.test(first.request, isDone, library.abi.ignored));
}
