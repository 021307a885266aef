/** Sums and the like over ranks. */
import {
  apply,
  checkTensor,
  contiguous,
  described,
  DtypeError,
  type Primitive,
  type Tensor,
} from "@tapegrad/core";
import type { View } from "@tapegrad/core/backend";
import { type Job, jobFor, timed, wireOf } from "../job.ts";
import type { Fold } from "../mpi/abi.ts";
import { defineRoute, inPieces, numbersOf, type Route, typeText } from "./transport.ts";

/**
 * What {@link allReduce} makes of the elements of all ranks.
 *
 * @category Many processes
 */
export type Reduction = "sum" | "mean" | "min" | "max";

/** What MPI is to make of elements. */
export interface FoldAttributes {
  readonly fold: Fold;
  /** Whether it is known that all ranks do the same. */
  readonly known?: boolean;
}

const reductions: readonly Reduction[] = ["sum", "mean", "min", "max"];

/** Refuses what is no reduction. */
export function checkReduction(asked: string, reduction: unknown): asserts reduction is Reduction {
  if (reductions.some((one) => one === reduction)) return;
  throw new TypeError(`Cannot ${asked} by ${described(reduction)}: choose ${reductions.join(", ")}`);
}

/** Refuses what has no elements that MPI computes with; f16 is computed in f32. */
export function checkNumbers(asked: string, x: Tensor, reduction: Reduction): void {
  checkTensor(asked, x);
  const { dtype } = x;
  const isFloat = dtype === "f16" || dtype === "f32" || dtype === "f64";
  if (isFloat || (reduction !== "mean" && (dtype === "i32" || dtype === "u32"))) return;
  throw new DtypeError(
    `Cannot ${asked} ${dtype} by ${reduction}: numbers are needed, floating ones for the mean`,
  );
}

/** Reduces what is in one memory into another. */
export function reduceInto(job: Job, input: View, output: View, fold: Fold): void {
  const from = numbersOf(input), to = numbersOf(output);
  if (job.size === 1) return to.set(from);
  inPieces(from.length, (start, end) => {
    const [a, b] = [from.subarray(start, end), to.subarray(start, end)];
    timed(
      job,
      a.byteLength,
      ({ calls, abi }) => calls.reduce(a, b, a.length, abi.types[wireOf(a)], abi.folds[fold], abi.world),
    );
  });
}

const route: Route<FoldAttributes> = {
  asked: "allReduce",
  transport: (job, input, output, { fold }) => reduceInto(job, input, output, fold),
  says: (input, { fold, known }) => known ? null : `${fold} ${typeText(input)}`,
};

const summed: Primitive<FoldAttributes> = /* @__PURE__ */ defineRoute<FoldAttributes>({
  name: "allReduce",
  label: ({ fold }) => `allReduce by ${fold}`,
  infer: ([x]) => x,
  vjp: ([ct], { attributes }) => [ct && reduced(ct, attributes)],
  saves: () => ({ inputs: [], outputs: [] }),
  linear: true,
  batch: (inputs, axes, attributes) => ({ outputs: [apply(summed, inputs, attributes)], axes }),
}, route);

// Which rank had it is not known, so there is no gradient.
const extreme: Primitive<FoldAttributes> = /* @__PURE__ */ defineRoute<FoldAttributes>({
  name: "allReduceExtreme",
  label: ({ fold }) => `allReduce by ${fold}`,
  infer: ([x]) => x,
  batch: (inputs, axes, attributes) => ({ outputs: [apply(extreme, inputs, attributes)], axes }),
}, route);

/** The elements of all ranks reduced, in memory of its own. */
function reduced(x: Tensor, attributes: FoldAttributes): Tensor {
  return apply(attributes.fold === "sum" ? summed : extreme, [contiguous(x)], attributes);
}

/** {@link allReduce} where all ranks are known to do the same, by a model that is the same on all. */
export function knownSum(x: Tensor): Tensor {
  if (x.dtype === "f16") return knownSum(x.to("f32")).to("f16");
  return reduced(x, { fold: "sum", known: true });
}

/**
 * The elements of a tensor summed over all ranks, or their mean, least or largest, on every rank: one shape and dtype
 * on all, else a {@link DistributedError} on all. `MPI_Allreduce`, from the tensor's memory into that of the result on
 * cpu and wasm; f16 is summed in f32. On webgpu elements go by way of the host, as in all collectives: the result is on
 * its way, `await ready(y)` waits for it, and a `DistributedError` is the cause of what is thrown there.
 *
 * Sum and mean are linear: the gradient is that of the sum of what all ranks go back from, summed over them in turn,
 * so that all ranks must go backward too. The least and the largest have none.
 *
 * @category Many processes
 * @example On one process, as in a job of many
 * ```ts
 * import { allReduce } from "@tapegrad/distributed";
 * import { tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => allReduce(tensor([1, 2]), "mean"), Error, "await connect() first");
 * ```
 */
export function allReduce(x: Tensor, reduction: Reduction = "sum"): Tensor {
  const { size } = jobFor("allReduce");
  checkReduction("allReduce", reduction);
  checkNumbers("allReduce", x, reduction);
  if (x.dtype === "f16") return allReduce(x.to("f32"), reduction).to("f16");
  const total = reduced(x, { fold: reduction === "mean" ? "sum" : reduction });
  return reduction === "mean" && size > 1 ? total.div(size) : total;
}
