/** The chart of a training. */
import { type EpochRecord, validationName } from "./record.ts";

interface Point {
  readonly epoch: number;
  readonly samples: "training" | "validation";
  readonly value: number | null;
}

const LOSS = "loss";

/** A specification of Vega-Lite: a panel for the loss and one for each metric, over epochs. */
export function historyChart(epochs: readonly EpochRecord[]): Readonly<Record<string, unknown>> {
  const names = namesOf(epochs), datasets: Record<string, readonly Point[]> = {};
  for (const name of names) datasets[name] = pointsOf(epochs, name);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: "Training", subtitle: wholeOf(epochs) },
    description: `Lines of ${
      names.join(", ")
    } over ${epochs.length} epochs, of training and validation samples.`,
    datasets,
    vconcat: names.map(panelOf),
  };
}

function namesOf(epochs: readonly EpochRecord[]): string[] {
  const all = new Set(epochs.flatMap(({ metrics }) => Object.keys(metrics)));
  const metrics = [...all].filter((name) => ![...all].some((other) => validationName(other) === name));
  return [LOSS, ...metrics];
}

function pointsOf(epochs: readonly EpochRecord[], name: string): Point[] {
  return epochs.flatMap((record) => {
    const values: Readonly<Record<string, number | undefined>> = name === LOSS
      ? { training: record.loss, validation: record.validationLoss }
      : { training: record.metrics[name], validation: record.metrics[validationName(name)] };
    return (["training", "validation"] as const).flatMap((samples) => {
      const value = values[samples];
      if (value === undefined) return [];
      return [{ epoch: record.epoch, samples, value: Number.isFinite(value) ? value : null }];
    });
  });
}

/** How many epochs there were, and what they came to. */
export function wholeOf(epochs: readonly EpochRecord[]): string {
  const last = epochs.at(-1);
  if (last === undefined) return "no epoch yet";
  const of = last.validationLoss === undefined ? last.loss : last.validationLoss;
  const which = last.validationLoss === undefined ? "loss" : "validation loss";
  return `${epochs.length} epoch${epochs.length === 1 ? "" : "s"}, at last a ${which} of ${
    of.toPrecision(4)
  }`;
}

function panelOf(name: string): object {
  return {
    data: { name },
    width: 480,
    height: 180,
    mark: { type: "line", point: true },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        title: "epoch",
        axis: { tickMinStep: 1, format: "d" },
        scale: { zero: false },
      },
      y: { field: "value", type: "quantitative", title: name, scale: { zero: false } },
      color: {
        field: "samples",
        type: "nominal",
        title: null,
        scale: { domain: ["training", "validation"] },
      },
      tooltip: [
        { field: "epoch", type: "quantitative" },
        { field: "samples", type: "nominal" },
        { field: "value", type: "quantitative", title: name, format: ".4~g" },
      ],
    },
  };
}
