import { linspace, read, scope, type Tensor, variable } from "@tapegrad/tapegrad";
import { Descents, follow } from "./descent.ts";
import { fixed, type Outcome, type Settings } from "./experiment.ts";
import { type Path, type Plan, surfacePlan } from "./plans.ts";
import { type Grid, type SurfaceResult, surfaceRun } from "./results.ts";

/** −(1 − (x² + y³))·exp(−(x² + y²)/2) */
export function f(x: Tensor, y: Tensor): Tensor {
  const square = x.square();
  const bell = square.add(y.square()).div(-2).exp();
  return square.add(y.pow(3)).sub(1).mul(bell);
}

/** Gradient descents on the surface, about to set out. */
export function openSurface(paths: readonly Path[], { dtype }: Pick<Settings, "dtype">): Descents {
  return new Descents(paths.map(({ start, rate }) => {
    const [x, y] = start.map((value) => variable(value, { dtype }));
    return { parameters: [x, y], loss: () => f(x, y), rate };
  }));
}

/** Gradient descent on a surface with several hollows: as planned, from four points. */
export async function runSurface(
  settings: Settings,
  { paths, steps }: Plan = surfacePlan,
): Promise<Outcome<SurfaceResult>> {
  const { progress } = settings;
  const grid = await sampleSurface(settings);
  const traces = await follow(openSurface(paths, settings), { steps, progress });
  const runs = paths.map((path, i) => surfaceRun(path, traces[i]));
  const result = { grid, steps, runs };
  return { result, lines: printed(result) };
}

/** f on 81 × 81 points over [−3, 3]², in one call. */
export function sampleSurface({ dtype }: Pick<Settings, "dtype">): Promise<Grid> {
  return scope(async () => {
    const size = 81;
    const axis = linspace(-3, 3, { count: size, dtype });
    const z = f(axis.reshape([1, size]), axis.reshape([size, 1]));
    const [ticks, values] = await read([axis, z]);
    const rows = Array.from({ length: size }, (_, i) => Array.from(values.slice(i * size, (i + 1) * size)));
    return { x: Array.from(ticks), y: Array.from(ticks), values: rows };
  });
}

function printed({ runs, steps }: SurfaceResult): string[] {
  const lines = [`Experiment 3: argmin -(1 - (x^2 + y^3)) exp(-(x^2 + y^2)/2), rate ${runs[0].rate}`];
  for (const { start, trace } of runs) {
    lines.push("", `  from (${start[0]}, ${start[1]})`);
    for (let epoch = 0; epoch < steps; epoch += 5) {
      const { x, y } = trace[epoch + 1];
      const point = `x = ${fixed(x, 3, 6)}, y = ${fixed(y, 3, 6)}`;
      lines.push(
        `    epoch ${String(epoch).padStart(2)}: ${point}, f(x, y) = ${fixed(trace[epoch].f, 3, 6)}`,
      );
    }
  }
  return lines;
}
