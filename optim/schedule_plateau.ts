/** A schedule by how training goes. */
import { checkSetting, described } from "@tapegrad/core";
import { checkScheduled, forEach, type Scheduled, scheduling } from "./schedule.ts";
import { checkState } from "./settings.ts";
import { checkChoice, type PerGroup } from "./schedule_cycles.ts";

/**
 * What {@link ReduceLROnPlateau} may be told.
 *
 * @category Schedules
 */
export interface ReduceLROnPlateauOptions {
  /** Whether less is better, or more; less unless said. */
  readonly mode?: "min" | "max";
  /** What the rate is multiplied by; 0.1 unless said. */
  readonly factor?: number;
  /** How many epochs in a row may be no better; 10 unless said. */
  readonly patience?: number;
  /** By how much better is better; 1e-4 unless said. */
  readonly threshold?: number;
  /** Whether that is relative to the best; it is unless said. */
  readonly thresholdMode?: "rel" | "abs";
  /** For how many epochs after a change none is counted; 0 unless said. */
  readonly cooldown?: number;
  /** The least rate, or one for each group; 0 unless said. */
  readonly minLearningRate?: PerGroup;
  /** A smaller change is not made; 1e-8 unless said. */
  readonly eps?: number;
}

/**
 * What {@link ReduceLROnPlateau} would lose if it were made again; `best` is `null` before the first epoch.
 *
 * @category Schedules
 */
export interface PlateauStateDict {
  /** How often it has stepped. */
  readonly lastEpoch: number;
  /** The best that was told. */
  readonly best: number | null;
  /** How many epochs in a row were no better. */
  readonly badEpochs: number;
  /** How many epochs are not counted yet. */
  readonly cooldown: number;
}

const defaults = {
  mode: "min" as const,
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: "rel" as const,
  cooldown: 0,
  minLearningRate: 0,
  eps: 1e-8,
};

/**
 * Multiplies the learning rate by a factor where a loss has been no better for more than `patience` epochs.
 *
 * @category Schedules
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { GD, ReduceLROnPlateau } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const optimizer = new GD([variable(1)], { learningRate: 1 });
 * const schedule = new ReduceLROnPlateau(optimizer, { patience: 1, factor: 0.5 });
 * for (const loss of [3, 2, 2, 2]) schedule.step(loss);
 * assertEquals(optimizer.learningRate, 0.5);
 * ```
 */
export class ReduceLROnPlateau {
  /** Whose settings change. */
  readonly optimizer: Scheduled;
  /** What {@link ReduceLROnPlateau.step} is told. */
  readonly follows = "loss";
  readonly #options: Required<ReduceLROnPlateauOptions>;
  readonly #least: readonly number[];
  #state: PlateauStateDict = { lastEpoch: 0, best: null, badEpochs: 0, cooldown: 0 };

  /** Leaves the rates as they are. */
  constructor(optimizer: Scheduled, options: ReduceLROnPlateauOptions = {}) {
    checkScheduled(optimizer);
    const known = { ...defaults, minLearningRate: null };
    const given = Object.entries(scheduling(options, known)).filter(([, value]) => value !== undefined);
    this.optimizer = optimizer;
    this.#options = { ...defaults, ...Object.fromEntries(given) };
    checkPlateau(this.#options);
    this.#least = forEach("minLearningRate", this.#options.minLearningRate, optimizer);
    for (const rate of this.#least) checkSetting("schedule", "least rate", rate, 0);
  }

  /** How often it has stepped. */
  get lastEpoch(): number {
    return this.#state.lastEpoch;
  }

  /** The learning rates now, by group. */
  getLastLr(): readonly number[] {
    return this.optimizer.groups.map(({ learningRate }) => learningRate);
  }

  /** Is told how the epoch went, and sets the learning rates of the next. */
  step(metric: number): void {
    if (typeof metric !== "number") {
      throw new TypeError(
        `Cannot schedule by ${described(metric)}: a number is needed, as await loss.item() gives`,
      );
    }
    const { patience, cooldown } = this.#options,
      { lastEpoch, best, badEpochs, cooldown: cooling } = this.#state;
    const better = this.#isBetter(metric, best);
    const bad = better || cooling > 0 ? 0 : badEpochs + 1, falls = bad > patience;
    if (falls) this.#reduce();
    this.#state = {
      lastEpoch: lastEpoch + 1,
      best: better ? metric : best,
      badEpochs: falls ? 0 : bad,
      cooldown: falls ? cooldown : Math.max(cooling - 1, 0),
    };
  }

  #isBetter(metric: number, best: number | null): boolean {
    const { mode, threshold, thresholdMode } = this.#options, sign = mode === "min" ? -1 : 1;
    if (best === null) return mode === "min" ? metric < Infinity : metric > -Infinity;
    const bound = thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === "min" ? metric < bound : metric > bound;
  }

  #reduce(): void {
    const { factor, eps } = this.#options;
    this.optimizer.groups.forEach((group, i) => {
      const rate = Math.max(group.learningRate * factor, this.#least[i]);
      if (group.learningRate - rate > eps) group.prepare({ learningRate: rate })();
    });
  }

  /** Where it stands. */
  stateDict(): PlateauStateDict {
    return this.#state;
  }

  /** Goes on where another one stood. */
  loadStateDict(dict: PlateauStateDict): void {
    const { lastEpoch, best, badEpochs, cooldown } = dict ?? {};
    checkState(this, dict, [lastEpoch, best ?? 0, badEpochs, cooldown].every((x) => typeof x === "number"));
    this.#state = { lastEpoch, best, badEpochs, cooldown };
  }
}

function checkPlateau(options: Required<ReduceLROnPlateauOptions>): void {
  const { mode, thresholdMode, factor, patience, threshold, cooldown, eps } = options;
  checkChoice("mode", mode, ["min", "max"]);
  checkChoice("thresholdMode", thresholdMode, ["rel", "abs"]);
  checkSetting("schedule", "factor", factor, 0, 1);
  if (factor === 1) throw new RangeError("Cannot schedule with a factor of 1: it must be below 1");
  for (const [name, value] of Object.entries({ patience, threshold, cooldown, eps })) {
    checkSetting("schedule", name, value, 0);
  }
}
