import { fromArray, scope, tensor } from "@tapegrad/tapegrad";
import { Linear, MSELoss, Sequential, Tanh } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { type Contender, timed } from "../harness/measure.ts";
import { COUNT, labels, points } from "./inputs.ts";
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
  ours: [{ how: "nn and optim", prepare }],
};

function prepare({ starts, epochs, rate }: Runs): Contender {
  const x = fromArray(points, [COUNT, 2]), y = fromArray(labels, [COUNT, 1]);
  const run = () => starts.flatMap((start) => scope(() => train(start)));
  return timed(run, run);

  function train(start: Runs["starts"][number]): number[] {
    const model = new Sequential(new Linear(2, 1), new Tanh());
    model.loadStateDict({ "0.weight": tensor([[...start]]), "0.bias": tensor([0]) });
    const criterion = new MSELoss();
    const optimizer = new GD(model.parameters(), { learningRate: rate });
    let last = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      optimizer.zeroGrad();
      const loss = criterion.forward(model.forward(x), y);
      last = loss.itemSync();
      loss.backward();
      optimizer.step();
    }
    return [...model.parameters().flatMap((p) => [...p.dataSync()]), last];
  }
}
