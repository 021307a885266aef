/** Schedules of the learning rate that move the momentum the other way. */
import { checkFunction, checkSetting, described } from "@tapegrad/core";
import type { OptimizerOptions } from "./parameters.ts";
import {
  beginning,
  checkScheduled,
  forEach,
  LRScheduler,
  type Moment,
  type Scheduled,
  scheduling,
} from "./schedule.ts";
import { checkCount } from "./schedule_factors.ts";

/**
 * A number, or one for each group.
 *
 * @category Schedules
 */
export type PerGroup = number | readonly number[];

/**
 * What the two have in common.
 *
 * @category Schedules
 */
export interface CycleOptions {
  /** Whether the momentum, or the first of betas, moves against the rate; it does unless said. */
  readonly cycleMomentum?: boolean;
  /** The least momentum; 0.8 of {@link CyclicLR}, 0.85 of {@link OneCycleLR} unless said. */
  readonly baseMomentum?: PerGroup;
  /** The most; 0.9 and 0.95 unless said. */
  readonly maxMomentum?: PerGroup;
}

// The settings of a group with a rate and a momentum, which may be the first of betas.
function moved({ options }: Moment, learningRate: number, momentum: number | null): OptimizerOptions {
  if (momentum === null) return { learningRate };
  const { betas } = options as { betas?: readonly number[] };
  const changed = betas ? { betas: [momentum, ...betas.slice(1)] } : { momentum };
  return { learningRate, ...changed };
}

function checkMomentum(optimizer: Scheduled, cycles: boolean): void {
  checkScheduled(optimizer);
  if (!cycles || optimizer.groups.every(({ options }) => "momentum" in options || "betas" in options)) return;
  throw new RangeError(
    "Cannot cycle the momentum of an optimizer that has none: pass { cycleMomentum: false }, or give it some",
  );
}

/**
 * What {@link CyclicLR} may be told.
 *
 * @category Schedules
 */
export interface CyclicLROptions extends CycleOptions {
  /** The least rate, or one for each group. */
  readonly baseLearningRate: PerGroup;
  /** The most, or one for each group. */
  readonly maxLearningRate: PerGroup;
  /** Over how many steps the rate rises; 2000 unless said. */
  readonly stepSizeUp?: number;
  /** Over how many it falls; as many unless said. */
  readonly stepSizeDown?: number;
  /** Whether cycles stay as high, halve, or fall by gamma every step; they stay unless said. */
  readonly mode?: "triangular" | "triangular2" | "expRange";
  /** Of `expRange`; 1 unless said. */
  readonly gamma?: number;
  /** The height of a cycle by its number or by steps, instead of a mode. */
  readonly scaleFn?: (x: number) => number;
  /** Which of these; `"cycle"` unless said. */
  readonly scaleMode?: "cycle" | "iterations";
}

const cyclic = {
  baseLearningRate: null,
  maxLearningRate: null,
  stepSizeUp: 0,
  stepSizeDown: 0,
  mode: "",
  gamma: 0,
  scaleFn: null,
  scaleMode: "",
  cycleMomentum: true,
  baseMomentum: null,
  maxMomentum: null,
};

/**
 * Lets the learning rate rise and fall between two bounds (Smith, 2017), to be stepped after each batch.
 *
 * @category Schedules
 */
export class CyclicLR extends LRScheduler {
  /** Sets the rates of the first step. */
  constructor(optimizer: Scheduled, options: CyclicLROptions) {
    const { stepSizeUp = 2000, stepSizeDown = stepSizeUp, cycleMomentum = true, ...more } = scheduling(
      options,
      cyclic,
    );
    checkSetting("schedule", "steps up", stepSizeUp, Number.MIN_VALUE);
    checkSetting("schedule", "steps down", stepSizeDown, Number.MIN_VALUE);
    const bounds = boundsOf(optimizer, more), scale = scaleOf(more), total = stepSizeUp + stepSizeDown;
    checkMomentum(optimizer, cycleMomentum);
    super(optimizer, (moment) => {
      const { epoch, index } = moment, cycle = Math.floor(1 + epoch / total), x = 1 + epoch / total - cycle;
      const ratio = stepSizeUp / total, height = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
      const [least, most, leastMomentum, mostMomentum] = bounds.map((each) => each[index]);
      const high = scale(cycle, epoch),
        momentum = mostMomentum - (mostMomentum - leastMomentum) * height * high;
      return moved(moment, least + (most - least) * height * high, cycleMomentum ? momentum : null);
    });
  }
}

function boundsOf(optimizer: Scheduled, options: Partial<CyclicLROptions>): readonly (readonly number[])[] {
  const { baseLearningRate, maxLearningRate, baseMomentum = 0.8, maxMomentum = 0.9 } = options;
  return Object.entries({ baseLearningRate, maxLearningRate, baseMomentum, maxMomentum }).map(
    ([name, given]) => {
      const each = forEach(name, given as PerGroup, optimizer);
      for (const value of each) checkSetting("schedule", name, value, 0);
      if (name === "baseLearningRate") each.forEach((rate, i) => beginning(optimizer.groups[i], rate));
      return each;
    },
  );
}

const modes = {
  triangular: () => 1,
  triangular2: (cycle: number) => 1 / 2 ** (cycle - 1),
  expRange: (_cycle: number, step: number, gamma: number) => gamma ** step,
};

function scaleOf(options: Partial<CyclicLROptions>): (cycle: number, step: number) => number {
  const { mode = "triangular", gamma = 1, scaleFn, scaleMode = "cycle" } = options;
  checkSetting("schedule", "gamma", gamma, 0);
  if (scaleFn) {
    checkFunction("scale a cycle by", scaleFn);
    checkChoice("scaleMode", scaleMode, ["cycle", "iterations"]);
    return (cycle, step) => scaleFn(scaleMode === "cycle" ? cycle : step);
  }
  checkChoice("mode", mode, Object.keys(modes));
  return (cycle, step) => modes[mode](cycle, step, gamma);
}

/** Refuses a setting that is none of the choices. */
export function checkChoice(name: string, asked: unknown, choices: readonly string[]): void {
  if (choices.some((choice) => choice === asked)) return;
  throw new RangeError(`Cannot schedule with a ${name} of ${described(asked)}: choose ${choices.join(", ")}`);
}

/**
 * What {@link OneCycleLR} may be told.
 *
 * @category Schedules
 */
export interface OneCycleLROptions extends CycleOptions {
  /** The highest rate, or one for each group. */
  readonly maxLearningRate: PerGroup;
  /** How many steps there are, unless it is told by the next two. */
  readonly totalSteps?: number;
  /** How many epochs there are. */
  readonly epochs?: number;
  /** How many steps an epoch has. */
  readonly stepsPerEpoch?: number;
  /** The part of the steps in which the rate rises; 0.3 unless said. */
  readonly pctStart?: number;
  /** How it moves; along a cosine unless said. */
  readonly annealStrategy?: "cos" | "linear";
  /** The first rate is the highest by this; 25 unless said. */
  readonly divFactor?: number;
  /** The last rate is the first by this; 10000 unless said. */
  readonly finalDivFactor?: number;
  /** Come back to the first rate before falling to the last. */
  readonly threePhase?: boolean;
}

const oneCycle = {
  maxLearningRate: null,
  totalSteps: 0,
  epochs: 0,
  stepsPerEpoch: 0,
  pctStart: 0,
  annealStrategy: "",
  divFactor: 0,
  finalDivFactor: 0,
  threePhase: false,
  cycleMomentum: true,
  baseMomentum: null,
  maxMomentum: null,
};

/** How things move from one number to another, by the part of the way from 0 to 1. */
export const annealing = {
  cos: (from: number, to: number, part: number): number =>
    to + (from - to) / 2 * (Math.cos(Math.PI * part) + 1),
  linear: (from: number, to: number, part: number): number => (to - from) * part + from,
};

/**
 * Lets the learning rate rise and then fall far below where it began, once over all steps (Smith & Topin, 2018), to be
 * stepped after each batch.
 *
 * @category Schedules
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { Adam, OneCycleLR } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new Adam([variable(1)]);
 * const schedule = new OneCycleLR(optimizer, { maxLearningRate: 1, totalSteps: 11, pctStart: 0.5 });
 * for (let step = 0; step < 5; step++) schedule.step();
 * assertEquals(optimizer.learningRate > 0.9, true);
 * for (let step = 5; step < 10; step++) schedule.step();
 * assertEquals([optimizer.learningRate, optimizer.groups[0].options.betas[0]], [4e-6, 0.95]);
 * ```
 */
export class OneCycleLR extends LRScheduler {
  /** Sets the rates of the first step. */
  constructor(optimizer: Scheduled, options: OneCycleLROptions) {
    const given = scheduling(options, oneCycle), { cycleMomentum = true, annealStrategy = "cos" } = given;
    const total = totalOf(given), phases = phasesOf(given, total), anneal = annealing[annealStrategy];
    checkChoice("annealStrategy", annealStrategy, Object.keys(annealing));
    checkMomentum(optimizer, cycleMomentum);
    const levels = levelsOf(optimizer, given);
    super(optimizer, (moment) => {
      const { epoch, index } = moment;
      if (epoch > total) {
        throw new RangeError(
          `Cannot step a cycle of ${total} steps ${epoch + 1} times: it has come to its end`,
        );
      }
      const at = phases.findIndex(({ end }, i) => epoch <= end || i === phases.length - 1);
      const start = at === 0 ? 0 : phases[at - 1].end, { end, rates, momentums } = phases[at];
      const along = ([from, to]: readonly Level[]) =>
        anneal(levels[from][index], levels[to][index], end === start ? 1 : (epoch - start) / (end - start));
      return moved(moment, along(rates), cycleMomentum ? along(momentums) : null);
    });
  }
}

type Level = "first" | "most" | "last" | "baseMomentum" | "maxMomentum";

/** A part of the way: where it ends, and between what it moves. */
interface Phase {
  readonly end: number;
  readonly rates: readonly Level[];
  readonly momentums: readonly Level[];
}

function totalOf({ totalSteps, epochs, stepsPerEpoch }: Partial<OneCycleLROptions>): number {
  if (totalSteps === undefined && (epochs === undefined || stepsPerEpoch === undefined)) {
    throw new RangeError(
      "Cannot schedule a cycle of no length: pass totalSteps, or epochs and stepsPerEpoch",
    );
  }
  const total = totalSteps ?? epochs! * stepsPerEpoch!;
  checkCount("number of steps", total);
  return total;
}

function phasesOf(
  { pctStart = 0.3, threePhase = false }: Partial<OneCycleLROptions>,
  total: number,
): Phase[] {
  checkSetting("schedule", "pctStart", pctStart, 0, 1);
  const falling = ["maxMomentum", "baseMomentum"] as const, rising = falling.toReversed();
  const rise = { end: pctStart * total - 1, rates: ["first", "most"] as const, momentums: falling };
  if (!threePhase) return [rise, { end: total - 1, rates: ["most", "last"], momentums: rising }];
  return [
    rise,
    { end: 2 * pctStart * total - 2, rates: ["most", "first"], momentums: rising },
    { end: total - 1, rates: ["first", "last"], momentums: ["maxMomentum", "maxMomentum"] },
  ];
}

function levelsOf(optimizer: Scheduled, options: OneCycleLROptions): Record<Level, readonly number[]> {
  const { maxLearningRate, divFactor = 25, finalDivFactor = 1e4, baseMomentum = 0.85, maxMomentum = 0.95 } =
    options;
  for (const [name, value] of Object.entries({ divFactor, finalDivFactor })) {
    checkSetting("schedule", name, value, Number.MIN_VALUE);
  }
  const most = forEach("maxLearningRate", maxLearningRate, optimizer);
  for (const rate of most) checkSetting("schedule", "highest rate", rate, 0);
  const first = most.map((rate) => rate / divFactor);
  first.forEach((rate, i) => beginning(optimizer.groups[i], rate));
  const [low, high] = Object.entries({ baseMomentum, maxMomentum }).map(([name, given]) => {
    const each = forEach(name, given, optimizer);
    for (const momentum of each) checkSetting("schedule", name, momentum, 0);
    return each;
  });
  return {
    first,
    most,
    last: first.map((rate) => rate / finalDivFactor),
    baseMomentum: low,
    maxMomentum: high,
  };
}
