/** Each optimizer's steps are PyTorch's. */
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  NAdam,
  type Optimizable,
  RAdam,
  RMSprop,
  Rprop,
  SGD,
} from "@tapegrad/optim";
import { floats } from "../backend_traits.ts";
import { assertClose, problem, type Stepping, trace } from "./descent.ts";
import reference from "./reference/optimizers.json" with { type: "json" };

type Made = new (parameters: Optimizable<never>, options: never) => Stepping;

const optimizers: Readonly<Record<string, Made>> = {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  NAdam,
  RAdam,
  RMSprop,
  Rprop,
  SGD,
};

for (const { optimizer: name, options, drift, trace: expected } of reference.cases) {
  for (const dtype of floats) {
    Deno.test(`${name} is PyTorch's with ${JSON.stringify(options)} in ${dtype}`, async () => {
      const p = problem(reference.start, dtype),
        optimizer = new optimizers[name](p.parameters, options as never);
      const { length } = expected;
      assertClose(
        await trace(p, optimizer, length, length / 2),
        expected,
        dtype === "f64" ? 1e-12 : 1e-6 + 4 * drift,
      );
    });
  }
}
