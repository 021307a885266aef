/** Schedules of schedules. */
import { beginning, checkScheduled, type LRScheduler, type Scheduled, scheduling } from "./schedule.ts";
import { checkMilestones } from "./schedule_factors.ts";
import { checkState } from "./settings.ts";

/**
 * What composed schedules would lose if they were made again.
 *
 * @category Schedules
 */
export interface ComposedStateDict {
  /** How often it has stepped. */
  readonly lastEpoch: number;
  /** The states of those that it is composed of. */
  readonly schedulers: readonly unknown[];
}

/**
 * What can be one of several that step: a schedule, a composed one too.
 *
 * @category Schedules
 */
export interface Stepped {
  /** Whose settings change. */
  readonly optimizer: Scheduled;
  /** Sets the learning rates of the next epoch. */
  step(): void;
  /** Where it stands. */
  stateDict(): unknown;
  /** Goes on where another one stood. */
  loadStateDict(dict: never): void;
}

/**
 * What schedules that are made of schedules have in common: they step together and keep their states together.
 *
 * @category Schedules
 */
export abstract class ComposedScheduler<S extends Stepped> {
  /** Whose settings change. */
  readonly optimizer: Scheduled;
  /** What it is composed of. */
  protected readonly schedulers: readonly S[];
  #lastEpoch = 0;

  /** Of schedules of one optimizer: that of the first unless said. */
  constructor(optimizer: Scheduled | undefined, schedulers: readonly S[]) {
    checkSchedulers(schedulers);
    this.optimizer = optimizer ?? schedulers[0].optimizer;
    checkScheduled(this.optimizer);
    this.schedulers = schedulers;
    if (schedulers.every((one) => one.optimizer === this.optimizer)) return;
    throw new RangeError("Cannot compose schedules of several optimizers: make all for the same one");
  }

  /** How often it has stepped. */
  get lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** The learning rates now, by group. */
  getLastLr(): readonly number[] {
    return this.optimizer.groups.map(({ learningRate }) => learningRate);
  }

  /** Sets the learning rates of the next epoch. */
  step(): void {
    this.advance(this.#lastEpoch + 1);
    this.#lastEpoch++;
  }

  /** Sets the learning rates of an epoch. */
  protected abstract advance(epoch: number): void;

  /** Where it and its schedules stand. */
  stateDict(): ComposedStateDict {
    return { lastEpoch: this.#lastEpoch, schedulers: this.schedulers.map((one) => one.stateDict()) };
  }

  /** Goes on where another one stood that is composed of the same. */
  loadStateDict(dict: ComposedStateDict): void {
    const { lastEpoch, schedulers } = dict ?? {};
    checkState(this, dict, typeof lastEpoch === "number" && Array.isArray(schedulers));
    if (schedulers.length !== this.schedulers.length) {
      throw new RangeError(
        `Cannot load the state of ${schedulers.length} schedules into ${this.constructor.name}: it has ` +
          `${this.schedulers.length}`,
      );
    }
    this.schedulers.forEach((one, i) => one.loadStateDict(schedulers[i] as never));
    this.#lastEpoch = lastEpoch;
  }
}

function checkSchedulers(schedulers: readonly Stepped[]): void {
  if (
    Array.isArray(schedulers) && [schedulers[0], ...schedulers.slice(0, 1000)].every((one) => one?.optimizer)
  ) return;
  throw new TypeError("Cannot compose no schedules: pass a list of them");
}

/**
 * Steps several schedules together, each from the rate that those before it left.
 *
 * @category Schedules
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { ChainedScheduler, ExponentialLR, GD, LinearLR } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new GD([variable(1)], { learningRate: 8 });
 * const warmUp = new LinearLR(optimizer, { startFactor: 0.5, totalIters: 2 });
 * const schedule = new ChainedScheduler([warmUp, new ExponentialLR(optimizer, { gamma: 0.5 })]);
 * const rates: number[] = [];
 * for (let epoch = 0; epoch < 4; epoch++) {
 *   rates.push(optimizer.learningRate);
 *   schedule.step();
 * }
 * assertEquals(rates, [4, 3, 2, 1]);
 * ```
 */
export class ChainedScheduler extends ComposedScheduler<Stepped> {
  /** Goes on from where the schedules are. */
  constructor(schedulers: readonly Stepped[]) {
    super(undefined, schedulers);
  }

  /** Steps each. */
  protected override advance(): void {
    for (const one of this.schedulers) one.step();
  }
}

/**
 * What {@link SequentialLR} may be told.
 *
 * @category Schedules
 */
export interface SequentialLROptions {
  /** The schedules, in order. */
  readonly schedulers: readonly LRScheduler[];
  /** The epochs at which one takes the place of that before it: one less than there are schedules. */
  readonly milestones: readonly number[];
}

/**
 * Lets schedules follow each other, each from its beginning.
 *
 * @category Schedules
 */
export class SequentialLR extends ComposedScheduler<LRScheduler> {
  readonly #milestones: readonly number[];

  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: SequentialLROptions) {
    const { schedulers, milestones } = scheduling(options, { schedulers: null, milestones: [] });
    checkMilestones(milestones);
    super(optimizer, schedulers);
    if (milestones.length !== schedulers.length - 1) {
      throw new RangeError(
        `Cannot let ${schedulers.length} schedules follow each other at ${milestones.length} milestones: ` +
          "pass one less than there are schedules",
      );
    }
    this.#milestones = milestones;
    for (const group of this.optimizer.groups) group.prepare({ learningRate: beginning(group) })();
    for (const one of schedulers) one.undo();
    schedulers[0].restart();
  }

  /** Steps that whose turn it is. */
  protected override advance(epoch: number): void {
    const index = this.#milestones.filter((milestone) => milestone <= epoch).length;
    const one = this.schedulers[index];
    if (index > 0 && this.#milestones[index - 1] === epoch) one.restart();
    else one.step();
  }
}
