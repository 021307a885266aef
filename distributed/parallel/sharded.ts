/** Optimizers of which each rank has a part. */
import {
  checkFunction,
  checkOptions,
  checkSetting,
  described,
  keep,
  limitGradients,
  noGrad,
  ready,
  scope,
  type Tensor,
} from "@tapegrad/core";
import type { GradientLimits } from "@tapegrad/nn";
import type { OptimizerOptions, OptimizerStateDict, ParameterState } from "@tapegrad/optim";
import { allReduce } from "../collectives/all_reduce.ts";
import { allGather, reduceScatter } from "../collectives/linear.ts";
import { DistributedError } from "../error.ts";
import { type Job, jobFor } from "../job.ts";
import { bucketsOf } from "./buckets.ts";
import { DataParallel } from "./data_parallel.ts";
import { checkShardable, type Shardable } from "./shardable.ts";
import { gatherState, sliceState } from "./sharded_state.ts";
import { SlicedRow } from "./slices.ts";
import { WholeGroup } from "./whole_group.ts";

/**
 * What {@link shardedOptimizer} may be told.
 *
 * @category Many processes
 */
export interface ShardedOptions {
  /** The largest norm of all gradients together, to which each step scales them; none unless said. */
  readonly maxNorm?: number;
}

/**
 * An optimizer that remembers 1/N of its state on each of N ranks: what {@link shardedOptimizer} gives.
 *
 * @category Many processes
 */
export class ShardedOptimizer<Options extends OptimizerOptions> implements Disposable {
  /** The optimizer of this rank's slices. */
  readonly optimizer: Shardable<Options>;
  /** The parameters of the model, by settings: one group. */
  readonly groups: readonly WholeGroup<Options>[];
  readonly #job: Job;
  readonly #parallel: DataParallel;
  readonly #rows: readonly SlicedRow[];
  readonly #slices: readonly Tensor[];
  readonly #maxNorm: number | undefined;
  #limits: GradientLimits = {};

  /** Of the parameters of a distributed model. */
  constructor(
    parallel: DataParallel,
    make: (parameters: readonly Tensor[]) => Shardable<Options>,
    options: ShardedOptions = {},
  ) {
    checkOptions("shard an optimizer", options, { maxNorm: 0 });
    const { maxNorm } = options;
    if (!(parallel instanceof DataParallel)) {
      throw new TypeError(
        `Cannot shard the optimizer of ${described(parallel)}: pass what distribute() gives`,
      );
    }
    checkFunction("shard an optimizer made by", make);
    if (maxNorm !== undefined) checkSetting("clip gradients", "largest norm", maxNorm, 0, Infinity);
    this.#job = jobFor("shard an optimizer");
    this.#parallel = parallel;
    this.#maxNorm = maxNorm;
    this.#rows = bucketsOf(parallel.parameters).map((bucket) => new SlicedRow(bucket, this.#job));
    this.#slices = noGrad(() => keep(this.#rows.map((row) => leafOf(row.own(row.parameters)))));
    this.optimizer = make(this.#slices);
    checkShardable(this.optimizer, this.#slices);
    this.groups = [new WholeGroup(parallel.parameters, () => this.optimizer.groups[0])];
    parallel.leaveSums();
  }

  /** The learning rate. */
  get learningRate(): number {
    return this.groups[0].learningRate;
  }

  /** Sets the learning rate, on all ranks alike. */
  set learningRate(rate: number) {
    this.groups[0].learningRate = rate;
  }

  /**
   * Has the next step clip the mean gradients of all ranks, each element to `value` and then all of them to a `norm`:
   * what `fit({ clip })` asks of it.
   */
  clipNext(limits: GradientLimits): void {
    this.#limits = limits;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.#parallel.parameters) parameter.setGrad(null);
  }

  /**
   * Sums gradients so that each rank has the mean of its slices, steps there, and gives all ranks the parameters: those
   * of one process with the optimizer itself. Returns whether it stepped. A parameter without a gradient is a
   * {@link DistributedError}, and so are parameters on webgpu, where {@link ShardedOptimizer.stepLater} is for it.
   */
  step(): boolean {
    this.#checkHere();
    return scope(() => noGrad(() => this.#step()));
  }

  #step(): boolean {
    this.#gather();
    const steps = this.#stepSlices();
    if (steps) this.#rows.forEach((row, i) => row.spread(allGather(this.#slices[i].detach())));
    return steps;
  }

  /**
   * {@link ShardedOptimizer.step} on any backend: on webgpu gradients and parameters go by way of the host, which is
   * awaited.
   */
  async stepLater(): Promise<boolean> {
    await this.#parallel.ready;
    return await scope(async () => {
      noGrad(() => this.#gather());
      await ready(this.#slices);
      if (!noGrad(() => this.#stepSlices())) return false;
      const all = await ready(noGrad(() => this.#slices.map((slice) => allGather(slice.detach()))));
      noGrad(() => this.#rows.forEach((row, i) => row.spread(all[i])));
      return true;
    });
  }

  #checkHere(): void {
    const away = this.#slices.find(({ backend }) => !backend.synchronous);
    if (!away || this.#job.size === 1) return;
    throw new DistributedError(
      `Cannot step at once on ${away.backend.name}: its elements go by way of the host, await optimizer.stepLater()`,
    );
  }

  /** Gives the slices what the parameters are, and the mean of their gradients. */
  #gather(): void {
    this.#rows.forEach((row, i) => {
      this.#slices[i].assign(row.own(row.parameters));
      this.#slices[i].setGrad(reduceScatter(row.row(row.parameters.map((p) => this.#gradientOf(p))), "mean"));
    });
    this.#shareFaults();
    const { value, norm } = this.#limits;
    this.#limits = {};
    if (value !== undefined) limitGradients(this.#slices, value);
    if (norm !== undefined) this.#clip(norm);
    if (this.#maxNorm !== undefined) this.#clip(this.#maxNorm);
  }

  #stepSlices(): boolean {
    const steps = this.optimizer.step();
    this.#slices.forEach((slice) => slice.setGrad(null));
    return steps;
  }

  #gradientOf(parameter: Tensor): Tensor {
    if (parameter.grad) return parameter.grad;
    const name = parameter.label || "a parameter";
    throw new DistributedError(
      `Cannot step a slice of all parameters: ${name} has no gradient; leave it out of training by requiresGrad`,
    );
  }

  // Where one rank is to skip a step, or throw, all are.
  #shareFaults(): void {
    const takesAll = this.groups.every(({ options }) => (options.nonFinite ?? "take") === "take");
    if (takesAll || this.#job.size === 1) return;
    for (const slice of this.#slices) {
      const nothing = allReduce(slice.grad!.mul(0).sum()); // or NaN
      slice.setGrad(slice.grad!.add(nothing));
    }
  }

  #clip(most: number): void {
    const squares = this.#slices.map(({ grad, backend }) => {
      const sum = grad!.square().sum();
      return sum.to(backend.dtypes.has("f64") ? "f64" : "f32");
    });
    const norm = allReduce(squares.reduce((a, b) => a.add(b))).sqrt();
    const factor = norm.add(1e-6).reciprocal().mul(most).minimum(1);
    for (const slice of this.#slices) slice.setGrad(slice.grad!.mul(factor.to(slice.dtype)));
  }

  /**
   * The settings and what is remembered, of whole parameters, as the optimizer itself would give it of the model: all
   * ranks call it, each gets all, and a job of another size, or one process with the optimizer, goes on from it.
   */
  stateDict(): OptimizerStateDict<Options> {
    const { groups: [group], state } = this.optimizer.stateDict(), { parameters } = this.#parallel;
    const found = noGrad(() => gatherState(this.#rows, state));
    return {
      groups: [{ options: group.options, count: parameters.length }],
      state: parameters.map((parameter) => found.get(parameter) ?? {}),
    };
  }

  /** Goes on where an optimizer of the whole parameters stood, sharded or not. */
  loadStateDict(dict: OptimizerStateDict<Options>): void {
    const { parameters } = this.#parallel;
    if (dict.groups.length !== 1 || dict.state.length !== parameters.length) {
      throw new RangeError(
        `Cannot load the state into a sharded optimizer: one group of ${parameters.length} parameters is needed`,
      );
    }
    const byParameter = new Map<Tensor, Readonly<ParameterState>>(
      parameters.map((p, i) => [p, dict.state[i]]),
    );
    const state = noGrad(() => sliceState(this.#rows, byParameter));
    const groups = [{ options: dict.groups[0].options, count: this.#slices.length }];
    this.optimizer.loadStateDict({ groups, state });
  }

  /** Releases what is remembered. */
  dispose(): void {
    this.optimizer[Symbol.dispose]();
  }

  /** `using optimizer = …` disposes at the end of the block. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function leafOf(slice: Tensor): Tensor {
  const leaf = slice.zerosLike().assign(slice);
  leaf.requiresGrad = true;
  return leaf;
}

/**
 * An optimizer of a distributed model whose state is divided among the ranks (ZeRO-1, Rajbhandari et al., 2020): each
 * has the mean gradient of a slice of the parameters, steps there, and all get the parameters again. `make` is given
 * the slices of this rank as parameters. It takes the place of the sums after backward, costs as much communication,
 * and remembers 1/N.
 *
 * Optimizers that change elements by themselves are exact: GD, Adam, AdamW, RMSprop, Lion … Those that look at whole
 * parameters (LAMB, Muon, Adafactor, LBFGS) are refused. All parameters have the same settings.
 *
 * @category Many processes
 * @example Alone, or under mpirun -n 4
 * ```ts ignore the environment is read, and examples have no permission
 * import { connect, distribute, shardedOptimizer } from "@tapegrad/distributed";
 * import { Linear } from "@tapegrad/nn";
 * import { Adam } from "@tapegrad/optim";
 * import { normal } from "@tapegrad/core";
 * import "@tapegrad/backends";
 *
 * await connect();
 * const model = new Linear(3, 1);
 * const optimizer = shardedOptimizer(distribute(model), (parameters) => new Adam(parameters), { maxNorm: 1 });
 * model.forward(normal([8, 3])).square().mean().backward();
 * optimizer.step();
 * ```
 */
export function shardedOptimizer<Options extends OptimizerOptions>(
  parallel: DataParallel,
  make: (parameters: readonly Tensor[]) => Shardable<Options>,
  options: ShardedOptions = {},
): ShardedOptimizer<Options> {
  return new ShardedOptimizer(parallel, make, options);
}
