/** Long short-term memory along a sequence, forward and backward. */
import { fromArray } from "@tapegrad/tapegrad";
import { LSTM } from "@tapegrad/nn";
import type { Contender } from "../harness/measure.ts";
import { gradients, type Measured } from "./gradients.ts";
import { positives } from "./inputs.ts";
import type { Recurrence, Work } from "./work.ts";

/** The gradients of the mean square of all outputs to the parameters of a layer; nothing is read. */
export const work: Work<"lstm"> = {
  name: "lstm",
  title: "LSTM, forward and backward",
  about: "an LSTM, forward and backward: 64 steps, batch 32, 128 inputs, 128 hidden; nothing read",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    given: { steps: 64, batch: 32, inputs: 128, hidden: 128 },
    long: true,
    threads: true,
  }],
  ours: [{ how: "eager", prepare: (given) => prepare(given) }],
  compiled: { how: "compiled", prepare: (given) => prepare(given, { compiled: true }) },
};

/** A parameter as every library starts with it, in (-1, 1) over the root of the hidden extent. */
export interface GateParameter {
  readonly shape: readonly number[];
  readonly elements: Float32Array<ArrayBuffer>;
}

/** The parameters by PyTorch's names: input, forget, cell and output gates below each other. */
export function gatesOf({ inputs, hidden }: Recurrence): Readonly<Record<string, GateParameter>> {
  const rows = 4 * hidden;
  const shapes: Readonly<Record<string, readonly number[]>> = {
    "weight_ih": [rows, inputs],
    "weight_hh": [rows, hidden],
    "bias_ih": [rows],
    "bias_hh": [rows],
  };
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => {
      const size = shape.reduce((a, b) => a * b);
      const elements = positives(size, i + 1).map((p) => (2 * p - 1) / Math.sqrt(hidden));
      return [name, { shape, elements }];
    }),
  );
}

/** A sequence, `[steps, batch, inputs]`, in (-1, 1). */
export function sequenceOf({ steps, batch, inputs }: Recurrence): Float32Array<ArrayBuffer> {
  return positives(steps * batch * inputs, 9).map((p) => 2 * p - 1);
}

function prepare(given: Recurrence, measured: Measured = {}): Contender {
  const { steps, batch, inputs, hidden } = given, layer = new LSTM(inputs, hidden);
  layer.loadStateDict(Object.fromEntries(
    Object.entries(gatesOf(given)).map(([name, { shape, elements }]) => [
      `${name}_l0`,
      fromArray(elements, shape),
    ]),
  ));
  const x = fromArray(sequenceOf(given), [steps, batch, inputs]);
  return gradients(() => layer.forward(x)[0].square().mean(), layer.parameters(), measured);
}
