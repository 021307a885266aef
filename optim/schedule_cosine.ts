/** Schedules along a cosine. */
import { checkSetting } from "@tapegrad/core";
import { LRScheduler, type Scheduled, scheduling } from "./schedule.ts";
import { checkCount } from "./schedule_factors.ts";

/**
 * What {@link CosineAnnealingLR} may be told.
 *
 * @category Schedules
 */
export interface CosineAnnealingLROptions {
  /** After how many epochs the rate is least. */
  readonly tMax: number;
  /** The least rate; 0 unless said. */
  readonly etaMin?: number;
}

/**
 * Lets the learning rate fall to `etaMin` over `tMax` epochs along half a cosine, and rise again (Loshchilov & Hutter, 2017).
 *
 * @category Schedules
 */
export class CosineAnnealingLR extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: CosineAnnealingLROptions) {
    const { tMax, etaMin = 0 } = scheduling(options, { tMax: 0, etaMin: 0 });
    checkCount("half period", tMax);
    checkSetting("schedule", "least rate", etaMin, 0);
    const height = (epoch: number) => 1 + Math.cos(Math.PI * epoch / tMax);
    super(optimizer, ({ epoch, rate, base }) => {
      if (epoch === 0) return rate;
      if ((epoch - 1 - tMax) % (2 * tMax) === 0) {
        return rate + (base - etaMin) * (1 - Math.cos(Math.PI / tMax)) / 2;
      }
      return height(epoch) / height(epoch - 1) * (rate - etaMin) + etaMin;
    });
  }
}

/**
 * What {@link CosineAnnealingWarmRestarts} may be told.
 *
 * @category Schedules
 */
export interface CosineAnnealingWarmRestartsOptions {
  /** After how many epochs it begins again. */
  readonly t0: number;
  /** What that is multiplied by each time; 1 unless said. */
  readonly tMult?: number;
  /** The least rate; 0 unless said. */
  readonly etaMin?: number;
}

/**
 * Lets the learning rate fall along half a cosine again and again (SGDR; Loshchilov & Hutter, 2017).
 *
 * @category Schedules
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  /** Sets the rates of the first epoch. */
  constructor(optimizer: Scheduled, options: CosineAnnealingWarmRestartsOptions) {
    const { t0, tMult = 1, etaMin = 0 } = scheduling(options, { t0: 0, tMult: 0, etaMin: 0 });
    checkCount("first period", t0);
    checkCount("factor of periods", tMult);
    checkSetting("schedule", "least rate", etaMin, 0);
    super(optimizer, ({ epoch, base }) => {
      const { since, period } = periodAt(epoch, t0, tMult);
      return etaMin + (base - etaMin) * (1 + Math.cos(Math.PI * since / period)) / 2;
    });
  }
}

function periodAt(epoch: number, first: number, factor: number): { since: number; period: number } {
  if (factor === 1) return { since: epoch % first, period: first };
  let since = epoch, period = first;
  while (since >= period) {
    since -= period;
    period *= factor;
  }
  return { since, period };
}
