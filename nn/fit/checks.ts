/** What is refused before a model is trained or asked. */
import { described, quoted } from "@tapegrad/core";
import { Metric } from "../metrics/metric.ts";
import { type AnyModule, Module } from "../module.ts";
import { validationName } from "./record.ts";

/** Refuses what is no module. */
export function checkModel(asked: string, model: unknown): void {
  if (model instanceof Module) return;
  throw new TypeError(
    `Cannot ${asked} ${described(model)}: a Module is needed, whose forward gives the output`,
  );
}

/** The forward of a model, whatever it takes. */
export function forwardOf<Output>(
  model: Module<readonly never[], Output>,
): (inputs: readonly unknown[]) => Output {
  return (inputs) => model.forward(...inputs as readonly never[]);
}

/** What else a record has. */
const taken = ["epoch", "loss", "validationLoss", "learningRate", "seconds"];

/** Refuses what are no metrics, and names of metrics that something else has. */
export function checkMetrics(asked: string, metrics: Readonly<Record<string, unknown>> = {}): void {
  for (const [name, metric] of Object.entries(metrics)) {
    if (!(metric instanceof Metric)) {
      throw new TypeError(
        `Cannot ${asked} with the metric ${quoted(name)} as ${
          described(metric)
        }: a Metric is needed, as new Accuracy()`,
      );
    }
    if (taken.includes(name) || Object.hasOwn(metrics, validationName(name))) {
      throw new TypeError(
        `Cannot ${asked} with a metric named ${quoted(name)}: that or ${
          validationName(name)
        } is another value, rename it`,
      );
    }
  }
}

/** The tensors that belong to a model or a loss, if that is a module. */
export function modulesOf(...things: readonly unknown[]): AnyModule[] {
  return things.filter((thing) => thing instanceof Module) as AnyModule[];
}
