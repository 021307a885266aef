/** Schedules that multiply the learning rate. */
import { checkFunction, checkSetting } from "@tapegrad/core";
import { forEach, LRScheduler, type Scheduled, scheduling } from "./schedule.ts";

/**
 * What {@link StepLR} may be told.
 *
 * @category Schedules
 */
export interface StepLROptions {
  /** After how many epochs the rate falls. */
  readonly stepSize: number;
  /** What it is multiplied by; 0.1 unless said. */
  readonly gamma?: number;
}

/**
 * Multiplies the learning rate by gamma every `stepSize` epochs.
 *
 * @category Schedules
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { GD, StepLR } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new GD([variable(1)], { learningRate: 1 });
 * const schedule = new StepLR(optimizer, { stepSize: 2, gamma: 0.5 }), rates = [];
 * for (let epoch = 0; epoch < 5; epoch++) {
 *   rates.push(optimizer.learningRate);
 *   schedule.step();
 * }
 * assertEquals(rates, [1, 1, 0.5, 0.5, 0.25]);
 * ```
 */
export class StepLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: StepLROptions) {
    const { stepSize, gamma = 0.1 } = scheduling(options, { stepSize: 0, gamma: 0 });
    checkCount("step size", stepSize);
    checkSetting("schedule", "gamma", gamma, 0);
    super(optimizer, ({ epoch, rate }) => epoch === 0 || epoch % stepSize !== 0 ? rate : rate * gamma);
  }
}

/**
 * What {@link MultiStepLR} may be told.
 *
 * @category Schedules
 */
export interface MultiStepLROptions {
  /** The epochs at which the rate falls; one that is there twice counts twice. */
  readonly milestones: readonly number[];
  /** What it is multiplied by; 0.1 unless said. */
  readonly gamma?: number;
}

/**
 * Multiplies the learning rate by gamma at each of the `milestones`.
 *
 * @category Schedules
 */
export class MultiStepLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: MultiStepLROptions) {
    const { milestones, gamma = 0.1 } = scheduling(options, { milestones: [], gamma: 0 });
    checkMilestones(milestones);
    checkSetting("schedule", "gamma", gamma, 0);
    super(optimizer, ({ epoch, rate }) => {
      const times = milestones.filter((milestone) => milestone === epoch).length;
      return rate * gamma ** times;
    });
  }
}

/**
 * What {@link ExponentialLR} may be told.
 *
 * @category Schedules
 */
export interface ExponentialLROptions {
  /** What the rate is multiplied by. */
  readonly gamma: number;
}

/**
 * Multiplies the learning rate by gamma every epoch.
 *
 * @category Schedules
 */
export class ExponentialLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: ExponentialLROptions) {
    const { gamma } = scheduling(options, { gamma: 0 });
    checkSetting("schedule", "gamma", gamma, 0);
    super(optimizer, ({ epoch, rate }) => epoch === 0 ? rate : rate * gamma);
  }
}

/**
 * What {@link ConstantLR} may be told.
 *
 * @category Schedules
 */
export interface ConstantLROptions {
  /** What the rate is multiplied by at first; 1/3 unless said. */
  readonly factor?: number;
  /** After how many epochs it is not any more; 5 unless said. */
  readonly totalIters?: number;
}

/**
 * Multiplies the learning rate by a factor for the first `totalIters` epochs.
 *
 * @category Schedules
 */
export class ConstantLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: ConstantLROptions = {}) {
    const { factor = 1 / 3, totalIters = 5 } = scheduling(options, { factor: 0, totalIters: 0 });
    checkSetting("schedule", "factor", factor, 0, 1);
    checkCount("total of epochs", totalIters);
    super(optimizer, ({ epoch, rate }) => {
      if (epoch === 0) return rate * factor;
      return epoch === totalIters ? rate * (1 / factor) : rate;
    });
  }
}

/**
 * What {@link LinearLR} may be told.
 *
 * @category Schedules
 */
export interface LinearLROptions {
  /** What the rate is multiplied by at first; 1/3 unless said. */
  readonly startFactor?: number;
  /** What it is multiplied by at last; 1 unless said. */
  readonly endFactor?: number;
  /** After how many epochs that is; 5 unless said. */
  readonly totalIters?: number;
}

/**
 * Multiplies the learning rate by a factor that changes evenly over the first `totalIters` epochs: a warm-up.
 *
 * @category Schedules
 */
export class LinearLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: LinearLROptions = {}) {
    const known = { startFactor: 0, endFactor: 0, totalIters: 0 };
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = scheduling(options, known);
    checkSetting("schedule", "start factor", startFactor, Number.MIN_VALUE, 1);
    checkSetting("schedule", "end factor", endFactor, 0, 1);
    checkCount("total of epochs", totalIters);
    const change = endFactor - startFactor;
    super(optimizer, ({ epoch, rate }) => {
      if (epoch === 0) return rate * startFactor;
      if (epoch > totalIters) return rate;
      return rate * (1 + change / (totalIters * startFactor + (epoch - 1) * change));
    });
  }
}

/**
 * What {@link PolynomialLR} may be told.
 *
 * @category Schedules
 */
export interface PolynomialLROptions {
  /** After how many epochs the rate is 0; 5 unless said. */
  readonly totalIters?: number;
  /** The power by which it falls; 1 unless said. */
  readonly power?: number;
}

/**
 * Lets the learning rate fall to 0 over `totalIters` epochs, as (1 - epoch/totalIters)^power.
 *
 * @category Schedules
 */
export class PolynomialLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: PolynomialLROptions = {}) {
    const { totalIters = 5, power = 1 } = scheduling(options, { totalIters: 0, power: 0 });
    checkCount("total of epochs", totalIters);
    checkSetting("schedule", "power", power, 0);
    super(optimizer, ({ epoch, rate }) => {
      if (epoch === 0 || epoch > totalIters) return rate;
      return rate * ((1 - epoch / totalIters) / (1 - (epoch - 1) / totalIters)) ** power;
    });
  }
}

/**
 * A factor by epoch.
 *
 * @category Schedules
 */
export type LRLambda = (epoch: number) => number;

/**
 * Multiplies the learning rate that the group began with by what a function gives, or one for each group.
 *
 * @category Schedules
 */
export class LambdaLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, lambda: LRLambda | readonly LRLambda[]) {
    const lambdas = lambdasOf(optimizer, lambda);
    super(optimizer, ({ epoch, base, index }) => base * lambdas[index](epoch));
  }
}

/**
 * Multiplies the learning rate by what a function gives, or one for each group, from epoch 1 on.
 *
 * @category Schedules
 */
export class MultiplicativeLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, lambda: LRLambda | readonly LRLambda[]) {
    const lambdas = lambdasOf(optimizer, lambda);
    super(optimizer, ({ epoch, rate, index }) => epoch === 0 ? rate : rate * lambdas[index](epoch));
  }

  /** Begins again from the rates that it finds, as PyTorch's does. */
  override restart(): void {
    super.restart("rate");
  }
}

function lambdasOf(optimizer: Scheduled, lambda: LRLambda | readonly LRLambda[]): readonly LRLambda[] {
  const lambdas = forEach("functions", lambda, optimizer);
  lambdas.forEach((fn) => checkFunction("schedule by", fn));
  return lambdas;
}

/** Refuses what is no whole number from 1. */
export function checkCount(name: string, value: number): void {
  checkSetting("schedule", name, value, 1);
  if (!Number.isInteger(value)) {
    throw new RangeError(`Cannot schedule with a ${name} of ${value}: it must be a whole number from 1`);
  }
}

/** Refuses what are no numbers of epochs. */
export function checkMilestones(milestones: readonly number[]): void {
  if (!Array.isArray(milestones)) {
    throw new TypeError("Cannot schedule without milestones: pass a list of epochs");
  }
  for (const milestone of milestones) checkSetting("schedule", "milestone", milestone, 0);
}
