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
export function moved({ options }: Moment, learningRate: number, momentum: number | null): OptimizerOptions {
  if (momentum === null) return { learningRate };
  const { betas } = options as { betas?: readonly number[] };
  const changed = betas ? { betas: [momentum, ...betas.slice(1)] } : { momentum };
  return { learningRate, ...changed };
}

export function checkMomentum(optimizer: Scheduled, cycles: boolean): void {
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
