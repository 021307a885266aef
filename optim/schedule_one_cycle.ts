/** One cycle of learning rates and momenta over a whole training. */
import { checkSetting } from "@tapegrad/core";
import { beginning, forEach, LRScheduler, type Scheduled, scheduling } from "./schedule.ts";
import { checkCount } from "./schedule_factors.ts";
import { checkChoice, checkMomentum, type CycleOptions, moved, type PerGroup } from "./schedule_cycles.ts";

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
