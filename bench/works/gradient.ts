import { div, type Tensor, tensor, valueAndGrad, variable } from "@tapegrad/tapegrad";
import { type Contender, timed } from "../harness/measure.ts";
import { compile } from "./program.ts";
import type { Case, Given, Work } from "./work.ts";

const AT = 10;

/** Experiment 1: value and gradient of a scalar function, both read, from an input made once. */
export const work: Work<"gradient"> = {
  name: "gradient",
  title: "gradient of a scalar function (experiment 1)",
  about: "experiment 1: ((x - 3)^(2/x) - 1)^(x - 1) at x = 10 and its gradient, both read",
  unit: "µs",
  cases: (["f32", "f64"] as const).map((dtype): Case<"gradient"> => ({ label: "", dtype, given: { dtype } })),
  ours: [{ how: "backward()", prepare: byTape }, { how: "valueAndGrad()", prepare: byFunction }],
  compiled: { how: "compiled", prepare: byProgram },
};

function f(x: Tensor): Tensor {
  return x.sub(3).pow(div(2, x)).sub(1).pow(x.sub(1));
}

function byTape({ dtype }: Given["gradient"]): Contender {
  const x = variable(AT, { dtype });
  const run = () => {
    x.setGrad(null);
    const y = f(x);
    y.backward();
    return [y.itemSync(), x.grad!.itemSync()];
  };
  return timed(run, run);
}

function byFunction({ dtype }: Given["gradient"]): Contender {
  const x = tensor(AT, { dtype }), both = valueAndGrad(f);
  const run = () => {
    const [value, gradient] = both(x);
    return [value.itemSync(), gradient.itemSync()];
  };
  return timed(run, run);
}

function byProgram({ dtype }: Given["gradient"]): Contender {
  const x = variable(AT, { dtype });
  const both = compile(() => {
    x.setGrad(null);
    const y = f(x);
    y.backward();
    return y;
  });
  const run = () => {
    const y = both();
    return [y.itemSync(), x.grad!.itemSync()];
  };
  return timed(run, run);
}
