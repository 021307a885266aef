/** What all schedules of learning rates have in common. */
import { checkFunction, checkOptions, described } from "@tapegrad/core";
import type { OptimizerOptions, ParameterGroup } from "./parameters.ts";
import { checkState } from "./settings.ts";

/**
 * What has groups of parameters, whose settings a schedule changes: an optimizer.
 *
 * @category Schedules
 */
export interface Scheduled {
  /** The parameters, by settings. */
  readonly groups: readonly Pick<ParameterGroup<OptimizerOptions>, "learningRate" | "options" | "prepare">[];
}

type Group = Scheduled["groups"][number];

/**
 * What the settings of a group at an epoch are computed from.
 *
 * @category Schedules
 */
export interface Moment {
  /** How often the schedule has stepped, from 0. */
  readonly epoch: number;
  /** The learning rate now, which other schedules may have changed. */
  readonly rate: number;
  /** That which the group began with. */
  readonly base: number;
  /** Which group it is. */
  readonly index: number;
  /** Its settings now. */
  readonly options: OptimizerOptions;
}

/**
 * The learning rate of a group at an epoch, or several of its settings.
 *
 * @category Schedules
 */
export type ScheduleRule = (moment: Moment) => number | OptimizerOptions;

/**
 * What a schedule would lose if it were made again.
 *
 * @category Schedules
 */
export interface ScheduleStateDict {
  /** How often it has stepped. */
  readonly lastEpoch: number;
  /** The learning rates that the groups began with. */
  readonly baseRates: readonly number[];
  /** Those that it set last. */
  readonly lastRates: readonly number[];
}

// Of a group that several schedules change, the rate before the first of them.
const began = /* @__PURE__ */ new WeakMap<object, number>();

/**
 * Changes the learning rates of an optimizer's groups, at once and whenever it steps: usually once an epoch, after the
 * steps of the optimizer. Schedules are PyTorch's, by their names; most compute from the rate that they find, so that
 * several go together. A rule of one's own gives the rate of a group from its {@link Moment}.
 *
 * Kernels read settings from cells, so that a recorded step follows a schedule that steps between its runs.
 *
 * @category Schedules
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { GD, LRScheduler } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new GD([variable(1)], { learningRate: 1 });
 * const schedule = new LRScheduler(optimizer, ({ base, epoch }) => base / (1 + epoch));
 * for (let epoch = 0; epoch < 3; epoch++) {
 *   optimizer.step();
 *   schedule.step();
 * }
 * assertEquals([optimizer.learningRate, schedule.lastEpoch], [0.25, 3]);
 * ```
 */
export class LRScheduler {
  /** Whose settings change. */
  readonly optimizer: Scheduled;
  readonly #rule: ScheduleRule;
  #lastEpoch = -1;
  #baseRates: readonly number[];
  #lastRates: readonly number[] = [];

  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, rule: ScheduleRule) {
    checkScheduled(optimizer);
    checkFunction("schedule by", rule);
    this.optimizer = optimizer;
    this.#rule = rule;
    this.#baseRates = optimizer.groups.map((group) => beginning(group));
    this.step();
  }

  /** How often it has stepped. */
  get lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** The learning rates that it set last, by group. */
  getLastLr(): readonly number[] {
    return this.#lastRates;
  }

  /** Sets the learning rates of the next epoch. */
  step(): void {
    this.#set(this.#lastEpoch + 1, ({ learningRate }) => learningRate);
  }

  /** Begins again, from the rates of the beginning unless said. */
  restart(from: "base" | "rate" = "base"): void {
    this.#set(0, ({ learningRate }, i) => from === "base" ? this.#baseRates[i] : learningRate);
  }

  /** Makes as if the last step had not been made; the rates stay. */
  undo(): void {
    this.#lastEpoch--;
  }

  #set(epoch: number, rateOf: (group: Group, index: number) => number): void {
    const { groups } = this.optimizer;
    const changes = groups.map((group, index) => {
      const { options } = group, rate = rateOf(group, index), base = this.#baseRates[index];
      const found = this.#rule({ epoch, rate, base, index, options });
      if (typeof found === "number") return group.prepare({ learningRate: found });
      if (typeof found === "object" && found !== null) return group.prepare(found);
      throw new TypeError(
        `Cannot schedule by a rule that gives ${described(found)}: a rate or settings are needed`,
      );
    });
    for (const change of changes) change();
    this.#lastEpoch = epoch;
    this.#lastRates = groups.map(({ learningRate }) => learningRate);
  }

  /** Where it stands. The rates of groups are in the state of the optimizer. */
  stateDict(): ScheduleStateDict {
    const lastEpoch = this.#lastEpoch, baseRates = this.#baseRates, lastRates = this.#lastRates;
    return { lastEpoch, baseRates, lastRates };
  }

  /** Goes on where another one stood, with as many groups. */
  loadStateDict(dict: ScheduleStateDict): void {
    const { lastEpoch, baseRates, lastRates } = checkedState(this, dict, this.#baseRates.length);
    this.#lastEpoch = lastEpoch;
    this.#baseRates = [...baseRates];
    this.#lastRates = [...lastRates];
  }
}

function checkedState(of: object, dict: ScheduleStateDict, groups: number): ScheduleStateDict {
  const { baseRates, lastRates, lastEpoch } = dict ?? {};
  checkState(of, dict, typeof lastEpoch === "number" && Array.isArray(baseRates) && Array.isArray(lastRates));
  if (baseRates.length === groups && lastRates.length === groups) return dict;
  throw new RangeError(
    `Cannot load the state of ${baseRates.length} groups into ${of.constructor.name}: it has ${groups}`,
  );
}

/** Refuses what has no groups. */
export function checkScheduled(optimizer: Scheduled): void {
  if (Array.isArray(optimizer?.groups)) return;
  throw new TypeError(`Cannot schedule ${described(optimizer)}: an optimizer is needed`);
}

/** The rate that a group had before the first schedule, or that it has from now on. */
export function beginning(group: Group, rate?: number): number {
  const found = rate ?? began.get(group) ?? group.learningRate;
  began.set(group, found);
  return found;
}

/** Refuses options that are none of the known ones, or of another kind. */
export function scheduling<O extends object>(options: O, known: Readonly<Record<keyof O, unknown>>): O {
  checkOptions("schedule", options ?? {}, known);
  return options ?? {} as O;
}

/** A number for each group of an optimizer, from one for all or from one for each. */
export function forEach<T>(name: string, given: T | readonly T[], optimizer: Scheduled): readonly T[] {
  checkScheduled(optimizer);
  const { groups } = optimizer;
  if (!Array.isArray(given)) return groups.map(() => given as T);
  if (given.length === groups.length) return given;
  throw new RangeError(
    `Cannot schedule ${groups.length} groups with ${given.length} numbers as ${name}: pass one, or one for each`,
  );
}
