/** What is moved between ranks, each the adjoint of another. */
import {
  apply,
  checkOptions,
  checkTensor,
  contiguous,
  described,
  type Primitive,
  ShapeError,
  showShape,
  type Tensor,
} from "@tapegrad/core";
import { type Job, jobFor, timed, wireOf } from "../job.ts";
import type { Fold } from "../mpi/abi.ts";
import type { Memory } from "../mpi/signatures.ts";
import {
  allReduce,
  checkNumbers,
  checkReduction,
  type FoldAttributes,
  type Reduction,
} from "./all_reduce.ts";
import { bytesOf, defineRoute, inPieces, numbersOf, typeText } from "./transport.ts";

/** Refuses what is no rank of a job. */
export function checkRank(asked: string, { size }: Job, rank: unknown): asserts rank is number {
  if (Number.isInteger(rank) && (rank as number) >= 0 && (rank as number) < size) return;
  throw new RangeError(`Cannot ${asked} rank ${described(rank)}: the job has ranks 0 to ${size - 1}`);
}

interface Root {
  readonly from: number;
}

/** Sends memory of one rank to the same of all others. */
export function broadcastHere(job: Job, at: Memory, from: number): void {
  if (job.size === 1) return;
  inPieces(at.length, (start, end) => {
    const piece = at.subarray(start, end);
    timed(
      job,
      piece.byteLength,
      ({ calls, abi }) => calls.broadcast(piece, piece.length, abi.types[wireOf(piece)], from, abi.world),
    );
  });
}

const spread: Primitive<Root> = /* @__PURE__ */ defineRoute<Root>({
  name: "broadcastRanks",
  label: ({ from }) => `broadcast from rank ${from}`,
  infer: ([x]) => x,
  vjp: ([ct], { attributes: { from } }) => [ct && onlyAt(from, allReduce(ct))],
  saves: () => ({ inputs: [], outputs: [] }),
  linear: true,
  batch: (inputs, axes, attributes) => ({ outputs: [apply(spread, inputs, attributes)], axes }),
}, {
  asked: "broadcast",
  says: (input, { from }) => `from rank ${from} ${typeText(input)}`,
  transport(job, input, output, { from }): void {
    const to = bytesOf(output);
    if (job.rank === from) to.set(bytesOf(input));
    broadcastHere(job, to, from);
  },
});

// What other ranks gave in was not read.
function onlyAt(rank: number, x: Tensor): Tensor {
  return jobFor("broadcast").rank === rank ? x : x.mul(0);
}

/**
 * The tensor of one rank, the first unless `from` says another, on all of them: theirs, of the same shape and dtype,
 * say what it is; another is a {@link DistributedError} on all. `MPI_Bcast`. The gradient is the sum of those of all ranks at `from`, and 0 elsewhere.
 *
 * @category Many processes
 * @example
 * ```ts
 * import { broadcast } from "@tapegrad/distributed";
 * import { zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => broadcast(zeros([3]), { from: 0 }), Error, "await connect() first");
 * ```
 */
export function broadcast(x: Tensor, options: { readonly from?: number } = {}): Tensor {
  const job = jobFor("broadcast");
  checkTensor("broadcast", x);
  checkOptions("broadcast", options, { from: null });
  const { from = 0 } = options;
  checkRank("broadcast from", job, from);
  return apply(spread, [contiguous(x)], { from });
}

const scatter: Primitive<FoldAttributes> = /* @__PURE__ */ defineRoute<FoldAttributes>({
  name: "reduceScatter",
  label: ({ fold }) => `reduceScatter by ${fold}`,
  infer: ([x]) => ({ ...typeOf(x), shape: [x.shape[0] / jobFor("reduceScatter").size, ...x.shape.slice(1)] }),
  vjp: ([ct], { attributes: { fold } }) => [ct && allGather(linearOnly(ct, fold))],
  saves: () => ({ inputs: [], outputs: [] }),
  batch: () => refuseBatch("reduceScatter"),
}, {
  asked: "reduceScatter",
  says: (input, { fold }) => `${fold} ${typeText(input)}`,
  transport(job, input, output, { fold }): void {
    const from = numbersOf(input), to = numbersOf(output);
    if (job.size === 1) return to.set(from);
    if (to.length === 0) return;
    timed(
      job,
      from.byteLength,
      ({ calls, abi }) =>
        calls.scatter(from, to, to.length, abi.types[wireOf(to)], abi.folds[fold], abi.world),
    );
  },
});

function linearOnly(ct: Tensor, fold: Fold): Tensor {
  if (fold === "sum") return ct;
  throw new TypeError(`Cannot differentiate reduceScatter by ${fold}: only the sum and the mean are linear`);
}

function typeOf({ dtype, backend }: Pick<Tensor, "dtype" | "backend">): Pick<Tensor, "dtype" | "backend"> {
  return { dtype, backend };
}

function refuseBatch(name: string): never {
  throw new TypeError(`Cannot vmap ${name}: call it on the whole batch`);
}

/**
 * The sum over ranks (or mean, least, largest) of tensors `[ranks · n, …]`, of which each rank gets the `n` rows that
 * are its own. A first axis that the ranks do not divide is a {@link ShapeError}. `MPI_Reduce_scatter_block`. The
 * gradient of sum and mean is {@link allGather}.
 *
 * @category Many processes
 * @example
 * ```ts
 * import { reduceScatter } from "@tapegrad/distributed";
 * import { zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => reduceScatter(zeros([4])), Error, "await connect() first");
 * ```
 */
export function reduceScatter(x: Tensor, reduction: Reduction = "sum"): Tensor {
  const { size } = jobFor("reduceScatter");
  checkReduction("reduceScatter", reduction);
  checkNumbers("reduceScatter", x, reduction);
  if (x.shape.length === 0 || x.shape[0] % size !== 0) {
    throw new ShapeError(
      `Cannot reduceScatter ${showShape(x.shape)}: a first axis is needed that ${size} ranks divide`,
      { op: "reduceScatter", shapes: [x.shape] },
    );
  }
  if (x.dtype === "f16") return reduceScatter(x.to("f32"), reduction).to("f16");
  const fold = reduction === "mean" ? "sum" : reduction;
  const part = apply(scatter, [contiguous(x)], { fold });
  return reduction === "mean" && size > 1 ? part.div(size) : part;
}

const gather: Primitive<null> = /* @__PURE__ */ defineRoute<null>({
  name: "allGather",
  infer: ([x]) => ({ ...typeOf(x), shape: [x.shape[0] * jobFor("allGather").size, ...x.shape.slice(1)] }),
  vjp: ([ct]) => [ct && reduceScatter(ct)],
  saves: () => ({ inputs: [], outputs: [] }),
  linear: true,
  batch: () => refuseBatch("allGather"),
}, {
  asked: "allGather",
  says: typeText,
  transport(job, input, output): void {
    const from = bytesOf(input), to = bytesOf(output);
    if (job.size === 1) return to.set(from);
    if (from.length === 0) return;
    timed(
      job,
      to.byteLength,
      ({ calls, abi }) =>
        calls.gather(from, from.length, abi.types.u8, to, from.length, abi.types.u8, abi.world),
    );
  },
});

/**
 * The tensors of all ranks, in their order along the first axis: `[n, …]` becomes `[ranks · n, …]`, one element
 * `[ranks]`. They have one shape and dtype, else it is a {@link DistributedError} on all. `MPI_Allgather`. The gradient
 * is {@link reduceScatter}.
 *
 * @category Many processes
 * @example
 * ```ts
 * import { allGather } from "@tapegrad/distributed";
 * import { zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => allGather(zeros([2])), Error, "await connect() first");
 * ```
 */
export function allGather(x: Tensor): Tensor {
  jobFor("allGather");
  checkTensor("allGather", x);
  const rows = x.shape.length === 0 ? x.reshape([1]) : x;
  return apply(gather, [contiguous(rows)], null);
}
