/** A model that processes train together, each on batches of its own. */
import {
  afterBackward,
  checkFunction,
  checkOptions,
  concat,
  defineUpdate,
  described,
  e,
  guard,
  noGrad,
  ready,
  type Tensor,
} from "@tapegrad/core";
import type { AnyModule } from "@tapegrad/nn";
import { agree } from "../agreement.ts";
import { beginSum, endSum, summedOverRanks } from "../collectives/gradients.ts";
import { DistributedError } from "../error.ts";
import { type Job, jobFor } from "../job.ts";
import { bucketsOf } from "./buckets.ts";
import { checkModel, describe, parcelKeys } from "./describe.ts";
import { checkInSync, checkInSyncNow } from "./in_sync.ts";
import { spreadFromFirst } from "./spread.ts";

/**
 * What {@link distribute} may be told.
 *
 * @category Many processes
 */
export interface DistributeOptions {
  /**
   * Whether gradients are summed while backward still computes others, on a thread that waits in MPI; they are summed
   * after it unless said. It gains where a core is free for that thread, and the network is what takes time.
   */
  readonly overlap?: boolean;
  /**
   * After how many backwards that sum {@link checkInSync} looks at the parameters, on its own: never unless said. It
   * reads them, so not in what is compiled.
   */
  readonly checkEvery?: number;
}

/** A bucket in a backward: the gradients that came so far, and the sum that began. */
interface Filling {
  readonly parameters: readonly Tensor[];
  readonly gradients: Map<Tensor, Tensor>;
  total: Tensor | null;
}

/**
 * A model whose gradients are the mean of those of all ranks after each backward: what {@link distribute} gives.
 *
 * @category Many processes
 */
export class DataParallel implements Disposable {
  /** The model. */
  readonly model: AnyModule;
  /** Its parameters that are trained. */
  readonly parameters: readonly Tensor[];
  /**
   * Resolves when all ranks have the parameters and buffers of rank 0: at once, but on a device that cannot be read at
   * once.
   */
  readonly ready: Promise<void>;
  readonly #job: Job;
  readonly #overlap: boolean;
  readonly #frozen: readonly (readonly [name: string, parameter: Tensor])[];
  readonly #checkEvery: number;
  readonly #stops: (() => void)[];
  readonly #reduce = () => this.#finish();
  #fillings: readonly Filling[] = [];
  #summed = true;
  #leaves = false;
  #owed = false;
  #sums = 0;

  /** Of a model in the job that was joined. */
  constructor(model: AnyModule, options: DistributeOptions = {}) {
    checkOptions("distribute a model", options, { overlap: false, checkEvery: 1 });
    checkEvery(options.checkEvery);
    checkModel("distribute a model", model);
    this.#job = jobFor("distribute a model");
    this.model = model;
    this.#overlap = options.overlap ?? false;
    this.#checkEvery = options.checkEvery ?? Infinity;
    this.parameters = model.parameters();
    this.#frozen = [...model.namedBuffers()];
    this.#checkThreads();
    agree(this.#job, "distribute a model", describe(model));
    this.ready = spreadFromFirst(this.#job, [...this.parameters, ...model.buffers()], () => {
      parcelKeys(this.#job, model);
    });
    this.#stops = this.parameters.map((parameter) => this.#watch(parameter));
  }

  #checkThreads(): void {
    if (!this.#overlap || this.#job.size === 1 || this.#job.manyThreads) return;
    throw new DistributedError(
      "Cannot overlap sums with backward: the library of MPI lets one thread call it alone, leave overlap out",
    );
  }

  /** Whether the next backward sums gradients over ranks. */
  get sums(): boolean {
    return this.#summed && !this.#leaves;
  }

  /**
   * Has gradients stay those of each rank: an optimizer sums them.
   *
   * @internal
   */
  leaveSums(): void {
    this.#leaves = true;
  }

  #watch(parameter: Tensor): () => void {
    const came = (gradient?: Tensor) => {
      guard(() => this.sums);
      if (!this.sums || !afterBackward(this.#reduce)) return;
      if (gradient && this.#job.size > 1) this.#take(parameter, gradient);
    };
    return this.#overlap && parameter.backend.synchronous
      ? parameter.registerHook((gradient) => came(gradient))
      : parameter.registerPostAccumulateGradHook(() => came());
  }

  // A bucket begins to be summed when it is full, in one order on all ranks.
  #take(parameter: Tensor, gradient: Tensor): void {
    if (this.#fillings.length === 0) this.#fillings = this.#empty();
    const own = this.#fillings.find(({ parameters }) => parameters.includes(parameter))!;
    own.gradients.set(parameter, gradient);
    for (const filling of this.#fillings) {
      if (filling.total) continue;
      if (filling.gradients.size < filling.parameters.length) break;
      this.#begin(filling);
    }
  }

  #empty(): Filling[] {
    return bucketsOf(this.parameters).map((parameters) => ({
      parameters,
      gradients: new Map(),
      total: null,
    }));
  }

  #begin(filling: Filling): void {
    const { parameters, gradients } = filling, isFirst = filling === this.#fillings[0];
    noGrad(() => {
      const parts = parameters.map((p) => p.grad ? p.grad.add(gradients.get(p)!) : gradients.get(p)!);
      filling.total = rowOf(parts);
      beginSum(filling.total, isFirst ? ALL : null);
    });
  }

  #finish(): void {
    if (this.#job.size === 1) return;
    this.#checkFrozen();
    noGrad(() => this.#overlap && this.#isHere ? this.#endAll() : this.#sum());
    if (!this.#isCheckDue()) return;
    if (this.#isHere) checkInSyncNow(this.model);
    else this.#owed = true;
  }

  // What is trained since has no hooks: each rank would keep its own gradients of it.
  #checkFrozen(): void {
    const one = this.#frozen.find(([, parameter]) => parameter.requiresGrad);
    if (!one) return;
    throw new DistributedError(
      `Cannot sum gradients: ${one[0]} is trained since the model was distributed; dispose() of that, and ` +
        "distribute() again",
    );
  }

  // Whether gradients can be read at once.
  get #isHere(): boolean {
    return this.parameters.every(({ backend }) => backend.synchronous);
  }

  #isCheckDue(): boolean {
    return ++this.#sums % this.#checkEvery === 0;
  }

  #endAll(): void {
    const fillings = this.#fillings;
    this.#fillings = [];
    const begun = fillings.filter(({ total }) => total);
    for (const { total } of begun) endSum(total!);
    const open = fillings.flatMap(({ parameters, gradients }) => parameters.filter((p) => !gradients.has(p)));
    if (open.length > 0) throw this.#incomplete(open);
    for (const { total, parameters } of begun) this.#share(total!, parameters);
  }

  // Parameters without a gradient have none on any rank: else ranks say different things.
  #sum(): void {
    const present = this.parameters.filter(({ grad }) => grad);
    const said = present.length === this.parameters.length ? ALL : `of all but ${this.#namesBeside(present)}`;
    for (const [i, bucket] of bucketsOf(present).entries()) {
      const grads = bucket.map(({ grad }) => grad!), isAlone = grads.length === 1 && mayChange(grads[0]);
      this.#share(summedOverRanks(isAlone ? grads[0] : rowOf(grads), i === 0 ? said : null), bucket);
    }
  }

  #incomplete(open: readonly Tensor[]): DistributedError {
    const names = this.#namesBeside(this.parameters.filter((parameter) => !open.includes(parameter)));
    return new DistributedError(
      `Cannot sum gradients in backward: it gave none to ${names}, leave overlap out`,
    );
  }

  #namesBeside(present: readonly Tensor[]): string {
    const named = [...this.model.namedParameters()];
    return named.filter(([, parameter]) => !present.includes(parameter)).map(([name]) => name).join(", ");
  }

  #share(row: Tensor, parameters: readonly Tensor[]): void {
    const { size } = this.#job, isHere = row.backend.synchronous, mean = isHere ? row : row.div(size);
    if (isHere) divide(row, size);
    if (parameters[0].grad === row) return;
    let at = 0;
    for (const parameter of parameters) {
      const { size, shape, dtype } = parameter;
      parameter.setGrad(mean.slice([at, at + size]).reshape(shape).to(dtype));
      at += size;
    }
  }

  /**
   * Calls `fn`, in which backward leaves each rank its own gradients: to add up those of several batches before the
   * last one sums them. An asynchronous `fn` is awaited.
   */
  noSync<T>(fn: () => T): T {
    checkFunction("train without sums by", fn);
    const before = this.#summed;
    const restore = () => void (this.#summed = before);
    this.#summed = false;
    let isWaiting = false;
    try {
      const result = fn();
      if (!(result instanceof Promise)) return result;
      isWaiting = true;
      return result.finally(restore) as T;
    } finally {
      if (!isWaiting) restore();
    }
  }

  /**
   * Waits until parameters are those of rank 0, and gradients the mean over ranks: at once, but on a device that cannot
   * be read at once (webgpu). There gradients are on their way after backward, by a bucket of the host's, and a step
   * along them is an error until this, or `ready(model)`, was awaited.
   */
  async synchronize(): Promise<void> {
    await this.ready;
    await ready(this.parameters);
    if (!this.#owed) return;
    this.#owed = false;
    await checkInSync(this.model);
  }

  /** Leaves the model to itself: gradients are summed no more. */
  dispose(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** `using parallel = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkEvery(every: number | undefined): void {
  if (every === undefined || (Number.isInteger(every) && every > 0)) return;
  throw new RangeError(`Cannot check ranks every ${described(every)} steps: an integer from 1 is needed`);
}

const ALL = "of all parameters";

const divide = /* @__PURE__ */ defineUpdate("average over ranks", (x, size) => e.div(x, size));

// A gradient that fills its memory and is part of no graph is summed where it lies.
function mayChange(grad: Tensor): boolean {
  return grad.backend.synchronous && grad.isContiguous && !grad.requiresGrad && grad.dtype !== "f16";
}

// In memory of its own, which is changed in place: what a hook sees may be that of others too. f16 is summed in f32.
function rowOf(parts: readonly Tensor[]): Tensor {
  const rows = parts.map((part) => part.reshape([-1]).to(part.dtype === "f16" ? "f32" : part.dtype));
  if (rows.length > 1) return concat(rows);
  return parts[0].dtype === "f16" ? rows[0] : rows[0].zerosLike().assign(rows[0]);
}
