/** LSTM, GRU and RNN, step by step. */
import * as core from "@tapegrad/core";
import { sizeOf, type Tensor } from "@tapegrad/core";
import type { Call, Given, Operator } from "./call.ts";

/** The weights of one direction, and where it starts. */
interface Direction {
  readonly weight: Tensor;
  readonly recurrent: Tensor;
  readonly inputBias: Tensor | undefined;
  readonly stateBias: Tensor | undefined;
  readonly isReverse: boolean;
  /** h and, of an LSTM, c: `[batch, hidden]`. */
  readonly states: readonly Tensor[];
}

/** The states after a step, h first, from what the input gives and the states before. */
type Step = (given: Tensor, states: readonly Tensor[], direction: Direction) => Tensor[];

function parts(x: Tensor, count: number): Tensor[] {
  return core.split(x, x.shape[1] / count, 1);
}

function plus(x: Tensor, bias: Tensor | undefined): Tensor {
  return bias ? core.add(x, bias) : x;
}

function times(x: Tensor, weight: Tensor): Tensor {
  return core.matmul(x, core.permute(weight, [1, 0]));
}

// In the order i, o, f, c.
const lstmStep: Step = (given, [h, c], { recurrent, stateBias }) => {
  const [input, output, forget, cell] = parts(core.add(given, plus(times(h, recurrent), stateBias)), 4);
  const next = core.add(core.mul(core.sigmoid(forget), c), core.mul(core.sigmoid(input), core.tanh(cell)));
  return [core.mul(core.sigmoid(output), core.tanh(next)), next];
};

// In the order z, r, h.
function gruStep(resetsAfter: boolean): Step {
  return (given, [h], { recurrent, stateBias }) => {
    const n = h.shape[1], [z, r, own] = parts(given, 3);
    const rows = [0, 1, 2].map((k) => core.narrow(recurrent, 0, k * n, n));
    const bias = [0, 1, 2].map((k) => stateBias && core.narrow(stateBias, 0, k * n, n));
    const [update, reset] = [z, r].map((part, k) =>
      core.sigmoid(core.add(part, plus(times(h, rows[k]), bias[k])))
    );
    const recalled = resetsAfter
      ? core.mul(reset, plus(times(h, rows[2]), bias[2]))
      : plus(times(core.mul(reset, h), rows[2]), bias[2]);
    const fresh = core.tanh(core.add(own, recalled));
    return [core.add(core.mul(core.sub(1, update), fresh), core.mul(update, h))];
  };
}

const rnnStep: Step = (given, [h], { recurrent, stateBias }) => [
  core.tanh(core.add(given, plus(times(h, recurrent), stateBias))),
];

/** All outputs of one direction, `[length, batch, hidden]`, and the last states. */
function along(
  x: Tensor,
  direction: Direction,
  step: Step,
): { readonly outputs: Tensor; readonly last: Tensor[] } {
  const [length, batch, features] = x.shape, { weight, inputBias } = direction;
  const given = core.reshape(
    plus(times(core.reshape(x, [length * batch, features]), weight), inputBias),
    [length, batch, weight.shape[0]],
  );
  const outputs: Tensor[] = [];
  let states = [...direction.states];
  for (let i = 0; i < length; i++) {
    const at = direction.isReverse ? length - 1 - i : i;
    states = step(core.squeeze(core.narrow(given, 0, at, 1), 0), states, direction);
    outputs.push(states[0]);
  }
  return { outputs: core.stack(direction.isReverse ? outputs.reverse() : outputs, 0), last: states };
}

const usual: Readonly<Record<string, readonly string[]>> = {
  LSTM: ["Sigmoid", "Tanh", "Tanh"],
  GRU: ["Sigmoid", "Tanh"],
  RNN: ["Tanh"],
};

function refuseOdd(call: Call, count: number): void {
  const given = call.texts("activations"), names = usual[call.node.type];
  const isUsual = !given || given.every((name, i) => name === names[i % names.length]);
  if (!isUsual) throw new TypeError(`activations other than ${names.join(", ")} are not covered`);
  const odd = ["clip", "input_forget", "layout"].find((name) =>
    call.has(name) && (call.raw(name)?.int ?? 1) !== 0
  );
  if (odd) throw new TypeError(`the attribute ${core.quoted(odd)} is not covered`);
  const lengths = call.numbers(4), [length] = call.tensor(0).shape;
  if (lengths && lengths.some((n) => n !== length)) {
    throw new TypeError("sequences of several lengths are not covered");
  }
  if (call.inputs.slice(5 + count).some((input) => input)) throw new TypeError("peepholes are not covered");
}

/** What is told of all directions, as of one of them. */
function oneOf(x: Tensor | undefined, i: number): Tensor | undefined {
  return x && core.squeeze(core.narrow(x, 0, i, 1), 0);
}

function directionsOf(call: Call, gates: number, count: number): Direction[] {
  const [, batch] = call.tensor(0).shape,
    weights = call.tensor(1),
    recurrents = call.tensor(2),
    named = call.text("direction", "forward");
  const hidden = recurrents.shape[2], { dtype, backend } = weights, biases = call.maybe(3);
  return Array.from({ length: weights.shape[0] }, (_, i) => {
    const bias = oneOf(biases, i), half = gates * hidden;
    const states = Array.from(
      { length: count },
      (_, k) => oneOf(call.maybe(5 + k), i) ?? core.zeros([batch, hidden], { dtype, backend }),
    );
    return {
      weight: oneOf(weights, i)!,
      recurrent: oneOf(recurrents, i)!,
      inputBias: bias && core.narrow(bias, 0, 0, half),
      stateBias: bias && core.narrow(bias, 0, half, half),
      isReverse: named === "reverse" || i === 1,
      states,
    };
  });
}

/** A layer of so many gates, whose steps pass on so many states. */
function recurrent(gates: number, count: number, stepOf: (call: Call) => Step): Operator {
  return (call): Given => {
    refuseOdd(call, count);
    const x = call.tensor(0), step = stepOf(call);
    if (sizeOf(x.shape) === 0) throw new RangeError("sequences without elements are not covered");
    const ran = directionsOf(call, gates, count).map((direction) => along(x, direction, step));
    const outputs = core.stack(ran.map(({ outputs }) => outputs), 1);
    return [
      outputs,
      ...Array.from({ length: count }, (_, k) => core.stack(ran.map(({ last }) => last[k]), 0)),
    ];
  };
}

/** All of them, by name. */
export const recurrence: Readonly<Record<string, Operator>> = {
  GRU: recurrent(3, 1, (call) => gruStep(call.int("linear_before_reset", 0) === 1)),
  LSTM: recurrent(4, 2, () => lstmStep),
  RNN: recurrent(1, 1, () => rnnStep),
};
