/** The schedule that goes with the mean of weights. */
import { checkSetting } from "@tapegrad/core";
import { forEach, LRScheduler, type Scheduled, scheduling } from "./schedule.ts";
import { annealing } from "./schedule_one_cycle.ts";
import { checkChoice, type PerGroup } from "./schedule_cycles.ts";

/**
 * What {@link SWALR} may be told.
 *
 * @category Schedules
 */
export interface SWALROptions {
  /** The rate that it comes to, or one for each group. */
  readonly swaLearningRate: PerGroup;
  /** Over how many epochs; 10 unless said. */
  readonly annealEpochs?: number;
  /** How it moves; along a cosine unless said. */
  readonly annealStrategy?: "cos" | "linear";
}

const known = { swaLearningRate: null, annealEpochs: 0, annealStrategy: "" };

/**
 * Brings the learning rate to one that stays, from whatever it is, for weights to be averaged (Izmailov et al., 2018).
 *
 * @category Schedules
 */
export class SWALR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: SWALROptions) {
    const { swaLearningRate, annealEpochs = 10, annealStrategy = "cos" } = scheduling(options, known);
    checkSetting("schedule", "number of epochs", annealEpochs, 0);
    checkChoice("annealStrategy", annealStrategy, Object.keys(annealing));
    const last = forEach("swaLearningRate", swaLearningRate, optimizer), epochs = Math.max(1, annealEpochs);
    for (const rate of last) checkSetting("schedule", "last rate", rate, 0);
    const part = (step: number) => annealing[annealStrategy](0, 1, Math.max(0, Math.min(1, step / epochs)));
    super(optimizer, ({ epoch, rate, index }) => {
      const step = annealEpochs === 0 ? Math.max(1, epoch) : epoch, before = part(step - 1), now = part(step);
      const first = before === 1 ? last[index] : (rate - before * last[index]) / (1 - before);
      return last[index] * now + first * (1 - now);
    });
  }
}
