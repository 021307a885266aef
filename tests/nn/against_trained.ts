/** Models trained beside PyTorch, from the same parameters, as tests/nn/reference/trained.py writes it. */
import { read, scope, type Tensor, tensor } from "@tapegrad/core";
import { CrossEntropyLoss, type Module } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { assert } from "@std/assert";
import { precision, within } from "../backend_traits.ts";
import { type Written, written } from "./against_pytorch.ts";

/** The state to begin with, a batch and its classes, the losses of the steps, and the one in eval afterwards. */
export interface Trained {
  readonly state: object;
  readonly x: Written;
  readonly y: readonly number[];
  readonly lr: number;
  readonly losses: readonly number[];
  readonly evaluated: number;
}

/** A test that the losses of a model are PyTorch's to 1e-9, and to 1e-3 where there is no f64. */
export function againstTrained(name: string, model: Module, given: Trained): void {
  Deno.test(`${name} has PyTorch's losses over 20 steps of Adam, and in eval afterwards`, async () => {
    const found = (await read(lossesOf(model, given))).map(([loss]) => Number(loss));
    for (const [step, expected] of [...given.losses, given.evaluated].entries()) {
      const isClose = Math.abs(found[step] - expected) <= within(1e-9, 1e-3);
      assert(isClose, `${found[step]} at step ${step}, PyTorch has ${expected}`);
    }
  });
}

function lossesOf(model: Module, given: Trained): Tensor[] {
  const state = Object.entries<Written>({ ...given.state });
  model.to(precision).loadStateDict(Object.fromEntries(state.map(([path, v]) => [path, written(v)])));
  const x = written(given.x), y = tensor(given.y, { dtype: "i32" }), criterion = new CrossEntropyLoss();
  const optimizer = new Adam(model, { learningRate: given.lr });
  const losses = given.losses.map(() =>
    scope(() => {
      optimizer.zeroGrad();
      const loss = criterion.forward(model.forward(x), y);
      loss.backward();
      optimizer.step();
      return loss.detach();
    })
  );
  model.eval();
  return [...losses, criterion.forward(model.forward(x), y)];
}
