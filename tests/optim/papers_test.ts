/** Optimizers that PyTorch 1.13 lacks step as their papers say. */
import { ShapeError, sin, tensor, variable } from "@tapegrad/core";
import { Adafactor, LAMB, Lion, Muon, type Optimizable } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";
import { type Float, floats } from "../backend_traits.ts";
import { assertClose, type Problem, type Stepping, trace } from "./descent.ts";
import reference from "./reference/papers.json" with { type: "json" };

const { start, cases } = reference;

type Made = new (parameters: Optimizable<never>, options: never) => Stepping;

const optimizers: Readonly<Record<string, Made>> = { Adafactor, LAMB, Lion, Muon };

/** The loss of `reference/papers.py`. */
function problem(second: keyof typeof start.second, dtype: Float): Problem {
  const w = variable(start.w, { dtype }), b = variable(start.second[second], { dtype });
  const curvature = tensor(start.curvature, { dtype });
  const loss = () =>
    curvature.mul(w).mul(w).sum().div(2).add(sin(w).sum())
      .add(b.mul(b).sum().div(2)).add(w.sum().mul(b.sum()));
  return { parameters: [w, b], loss };
}

for (const { optimizer: name, second, options, drift, trace: expected } of cases) {
  for (const dtype of floats) {
    Deno.test(`${name} with ${JSON.stringify(options)} on a ${second} is its paper's in ${dtype}`, async () => {
      const p = problem(second as keyof typeof start.second, dtype);
      // The spacing of f32 is no setting of the reference's, and matters nowhere here.
      const optimizer = new optimizers[name](p.parameters, options as never), { length } = expected;
      assertClose(
        await trace(p, optimizer, length, length / 2),
        expected,
        dtype === "f64" ? 1e-12 : 2e-6 + 8 * drift,
      );
    });
  }
}

Deno.test("LAMB steps from a parameter of zeros", async () => {
  const x = variable([0, 0]), optimizer = new LAMB([x], { learningRate: 0.1 });
  x.setGrad(tensor([2, -3]));
  optimizer.step();
  assertEquals((await x.data()).map((value) => Math.round(value * 1e4) / 1e4), Float32Array.of(-0.1, 0.1));
});

Deno.test("Muon takes matrices alone", () => {
  assertThrows(
    () => new Muon([variable([[1]]), variable([1])]),
    ShapeError,
    "parameter 1 of shape [1] by Muon",
  );
});

Deno.test("settings of theirs out of range are refused", () => {
  const x = variable([[1]]);
  const made = (options: object) => () => new Adafactor([x], options);
  assertThrows(made({ eps: 1 }), TypeError, "a list is needed");
  assertThrows(made({ eps: [1] }), TypeError, "two are needed, the first a number or null");
  assertThrows(made({ eps: [-1, 1] }), RangeError, "first eps of -1");
  assertThrows(made({ eps: [null, NaN] }), RangeError, "second eps of NaN");
  assertThrows(made({ beta2Decay: 0.5 }), RangeError, "beta2 decay of 0.5");
  assertThrows(made({ d: 0.5 }), RangeError, "d of 0.5");
  const muon = (options: object) => () => new Muon([x], options);
  assertThrows(muon({ momentum: 1 }), RangeError, "momentum of 1");
  assertThrows(muon({ nsSteps: 0 }), RangeError, "ns steps of 0");
  assertThrows(muon({ nsCoefficients: [1, 2] }), TypeError, "3 numbers are needed");
  assertThrows(muon({ adjustLearningRate: "rms" }), RangeError, "choose original, matchRmsAdamw");
});
