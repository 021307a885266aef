/** The record of an epoch, and what its values are called. */

/**
 * What is known of an epoch.
 *
 * @category Training
 */
export interface EpochRecord {
  /** Which one, from 1. */
  readonly epoch: number;
  /** The mean loss over the samples of the epoch, each as it was when its batch came. */
  readonly loss: number;
  /** The mean loss over the validation samples, afterwards. */
  readonly validationLoss?: number;
  /** Metrics by name; of the validation samples by names as `validationAccuracy`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The learning rate of the last step. */
  readonly learningRate: number;
  /** How long it took, validation included. */
  readonly seconds: number;
}

/** A value of a record by its name or a metric's. */
export function valueIn(record: EpochRecord, name: string): number | undefined {
  const { metrics, ...own } = record;
  const found: Readonly<Record<string, number | undefined>> = { ...metrics, ...own };
  return Object.hasOwn(found, name) ? found[name] : undefined;
}

/** The names of the values of a record. */
export function namesIn({ metrics, ...own }: EpochRecord): string[] {
  return [...Object.keys(own), ...Object.keys(metrics)];
}

/** How the value of validation samples is called: `validationLoss` of `loss`. */
export function validationName(name: string): string {
  return `validation${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
