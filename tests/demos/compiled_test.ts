/** The experiments' steps as programs, beside the steps that they are of. */
import { compile, type Compiled, GD, grad, noGrad, scope, type Tensor, tensor } from "@tapegrad/tapegrad";
import { assertEquals } from "@std/assert";
import type { Descents, Problem } from "../../demos/experiments/descent.ts";
import { f as curve } from "../../demos/experiments/gradient.ts";
import { openPerceptron, pointsOf } from "../../demos/experiments/perceptron.ts";
import { perceptronPlan, quadraticPlan, surfacePlan } from "../../demos/experiments/plans.ts";
import { openQuadratic } from "../../demos/experiments/quadratic.ts";
import { openSurface } from "../../demos/experiments/surface.ts";
import { settings } from "./runs.ts";

/** A step that gives the loss before it, and where it leads. */
function stepOf({ parameters, loss, rate }: Problem): Compiled<[], Tensor[]> {
  const optimizer = new GD(parameters, { learningRate: rate });
  return compile(() => {
    optimizer.zeroGrad();
    const value = loss();
    value.backward();
    optimizer.step();
    return noGrad(() => [value.detach(), ...parameters.map((parameter) => parameter.mul(1))]);
  }, { verify: true });
}

async function descends(descents: Descents): Promise<void> {
  for (const problem of descents.problems) {
    const step = stepOf(problem);
    for (let i = 0; i < 6; i++) scope(() => void step());
    await step.verified();
    assertEquals(step.programs.length, 1);
  }
  descents.release();
}

for (const setting of settings) {
  const { dtype } = setting;

  Deno.test(`values and derivatives of experiment 1 are compiled in ${dtype}`, async () => {
    const all = compile((x: Tensor) => [curve(x), grad(curve)(x), grad(grad(curve))(x)], { verify: true });
    for (const x of [0.3, -1, 2, 7]) all(tensor(x, { dtype }));
    await all.verified();
    assertEquals(all.programs.length, 1);
  });

  Deno.test(`descents of experiments 2 and 3 are compiled in ${dtype}`, async () => {
    await descends(openQuadratic(quadraticPlan.paths, setting));
    await descends(openSurface(surfacePlan.paths, setting));
  });

  Deno.test(`the perceptron of experiment 4 is compiled in ${dtype}`, async () => {
    await descends(openPerceptron(perceptronPlan.paths, await pointsOf(), setting));
  });
}
