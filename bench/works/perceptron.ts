import { fromArray, scope, type Tensor, tensor } from "@tapegrad/tapegrad";
import { Linear, MSELoss, Sequential, Tanh } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { type Contender, timed } from "../harness/measure.ts";
import { COUNT, labels, points } from "./inputs.ts";
import { compile } from "./program.ts";
import type { Runs, Work } from "./work.ts";

/** Experiment 4: a perceptron from four starts, its loss read in each epoch. */
export const work: Work<"perceptron"> = {
  name: "perceptron",
  title: "training a perceptron, 4 × 400 epochs (experiment 4)",
  about: "experiment 4: 4 × 400 epochs of tanh(w·x + b) on 100 points, the loss read in each",
  unit: "ms",
  cases: [{
    label: "",
    dtype: "f32",
    given: { starts: [[2, 2], [2, 0], [-2, 2], [-2, -2]], epochs: 400, rate: 0.1 },
  }],
  ours: [{ how: "nn and optim", prepare: (runs) => prepare(runs, (step) => step) }],
  compiled: { how: "compiled", prepare: (runs) => prepare(runs, compile) },
};

// All starts are of one model, so that a step is compiled once.
function prepare({ starts, epochs, rate }: Runs, made: (step: () => Tensor) => () => Tensor): Contender {
  const x = fromArray(points, [COUNT, 2]), y = fromArray(labels, [COUNT, 1]);
  const model = new Sequential(new Linear(2, 1), new Tanh()), criterion = new MSELoss();
  const optimizer = new GD(model.parameters(), { learningRate: rate });
  const step = made(() => {
    optimizer.zeroGrad();
    const loss = criterion.forward(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss.detach();
  });
  const run = () => starts.flatMap((start) => scope(() => train(start)));
  return timed(run, run);

  function train(start: Runs["starts"][number]): number[] {
    model.loadStateDict({ "0.weight": tensor([[...start]]), "0.bias": tensor([0]) });
    let last = 0;
    for (let epoch = 0; epoch < epochs; epoch++) last = step().itemSync();
    return [...model.parameters().flatMap((p) => [...p.dataSync()]), last];
  }
}
