import { type Tensor, variable } from "@tapegrad/tapegrad";
import { Descents, follow } from "./descent.ts";
import { fixed, type Outcome, type Settings } from "./experiment.ts";
import { type Path, type Plan, quadraticPlan } from "./plans.ts";
import { quadraticMinimum, type QuadraticResult, quadraticRun } from "./results.ts";

/** (x − 2)² + 4x − 2, whose minimum is 2, at 0. */
export function f(x: Tensor): Tensor {
  return x.sub(2).square().add(x.mul(4)).sub(2);
}

/** Gradient descents on the parabola, about to set out. */
export function openQuadratic(paths: readonly Path[], { dtype }: Pick<Settings, "dtype">): Descents {
  return new Descents(paths.map(({ start, rate }) => {
    const x = variable(start[0], { dtype });
    return { parameters: [x], loss: () => f(x), rate };
  }));
}

/** Gradient descent on a parabola: as planned, once with a small rate and once with one that overshoots. */
export async function runQuadratic(
  settings: Settings,
  { paths, steps }: Plan = quadraticPlan,
): Promise<Outcome<QuadraticResult>> {
  const { progress } = settings;
  const traces = await follow(openQuadratic(paths, settings), { steps, progress });
  const runs = paths.map((path, i) => quadraticRun(path, traces[i]));
  const result = { ...quadraticMinimum, steps, runs };
  return { result, lines: printed(result) };
}

function printed({ runs, steps }: QuadraticResult): string[] {
  const lines = ["Experiment 2: argmin (x - 2)^2 + 4x - 2 by gradient descent"];
  for (const { start, rate, trace } of runs) {
    lines.push("", `  from ${start} with rate ${rate}`);
    for (let epoch = 0; epoch < steps; epoch += 25) {
      const x = fixed(trace[epoch + 1].x, 3, 6);
      lines.push(`    epoch ${String(epoch).padStart(2)}: x = ${x}, f(x) = ${fixed(trace[epoch].f, 3, 6)}`);
    }
  }
  return lines;
}
