import type { Chart } from "../../demos/charts/chart.ts";
import { digitsCharts } from "../../demos/charts/digits.ts";
import { gradientCharts } from "../../demos/charts/gradient.ts";
import { perceptronCharts } from "../../demos/charts/perceptron.ts";
import { quadraticCharts } from "../../demos/charts/quadratic.ts";
import { surfaceCharts } from "../../demos/charts/surface.ts";
import type { Settings } from "../../demos/experiments/experiment.ts";
import { runDigits } from "../../demos/experiments/digits.ts";
import { runGradient } from "../../demos/experiments/gradient.ts";
import { runPerceptron } from "../../demos/experiments/perceptron.ts";
import { runQuadratic } from "../../demos/experiments/quadratic.ts";
import { runSurface } from "../../demos/experiments/surface.ts";
import { backend, floats } from "../backend_traits.ts";

/** The experiments on the backend in use in each precision that it has, f32 first. */
export const settings: readonly Settings[] = floats.toReversed().map((dtype) => ({
  backend: backend.name,
  dtype,
}));

/** All charts of all experiments. */
export async function allCharts(setting: Settings = settings[0]): Promise<Chart[]> {
  return [
    ...gradientCharts((await runGradient(setting)).result),
    ...quadraticCharts((await runQuadratic(setting)).result),
    ...surfaceCharts((await runSurface(setting)).result),
    ...perceptronCharts((await runPerceptron(setting)).result),
    ...digitsCharts((await runDigits(setting, { seeds: 2, epochs: 2 })).result),
  ];
}
