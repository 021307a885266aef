import { GD, linspace, noGrad, read, scope, type Tensor, variable } from "@tapegrad/tapegrad";
import { fixed, type Outcome, release, type Settings, snapshot } from "./experiment.ts";

/** Values of a function of two variables on a regular grid. */
export interface Grid {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** One row for each y, from the first to the last. */
  readonly values: readonly (readonly number[])[];
}

export interface SurfaceRun {
  readonly start: readonly [number, number];
  /** x, y and f(x, y) before the first step, then after each of the steps. */
  readonly trace: readonly { readonly x: number; readonly y: number; readonly f: number }[];
}

export interface SurfaceResult {
  readonly rate: number;
  readonly grid: Grid;
  readonly runs: readonly SurfaceRun[];
}

const EPOCHS = 15;
const RATE = 0.3;
const STARTS: readonly [number, number][] = [[0.5, 1.8], [-2, -2], [-2, 2], [1.6, -0.1]];

/** −(1 − (x² + y³))·exp(−(x² + y²)/2) */
export function f(x: Tensor, y: Tensor): Tensor {
  const square = x.square();
  const bell = square.add(y.square()).div(-2).exp();
  return square.add(y.pow(3)).sub(1).mul(bell);
}

/** Gradient descent from four points of a surface with several hollows. */
export async function runSurface(settings: Settings): Promise<Outcome<SurfaceResult>> {
  const grid = await scope(() => sample(settings));
  const runs: SurfaceRun[] = [];
  for (const start of STARTS) {
    runs.push(await scope(() => descend(start, settings)));
    await settings.progress?.(runs.length / STARTS.length);
  }
  const result = { rate: RATE, grid, runs };
  return { result, lines: printed(result) };
}

async function descend(start: readonly [number, number], { dtype }: Settings): Promise<SurfaceRun> {
  const x = variable(start[0], { dtype });
  const y = variable(start[1], { dtype });
  const optimizer = new GD([x, y], { learningRate: RATE });
  const seen: Tensor[] = [];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    optimizer.zeroGrad();
    const z = f(x, y);
    seen.push(snapshot(x), snapshot(y), z.detach());
    z.backward();
    optimizer.step();
  }
  seen.push(snapshot(x), snapshot(y), noGrad(() => f(x, y)));
  const values = await read(seen);
  release([x, y]);
  const trace = Array.from({ length: EPOCHS + 1 }, (_, i) => {
    const [x, y, f] = values.slice(3 * i, 3 * i + 3).map((value) => value[0]);
    return { x, y, f };
  });
  return { start, trace };
}

/** f on 81 × 81 points over [−3, 3]², in one call. */
async function sample({ dtype }: Settings): Promise<Grid> {
  const size = 81;
  const axis = linspace(-3, 3, { count: size, dtype });
  const z = f(axis.reshape([1, size]), axis.reshape([size, 1]));
  const [ticks, values] = await read([axis, z]);
  const rows = Array.from({ length: size }, (_, i) => Array.from(values.slice(i * size, (i + 1) * size)));
  return { x: Array.from(ticks), y: Array.from(ticks), values: rows };
}

function printed({ runs }: SurfaceResult): string[] {
  const lines = ["Experiment 3: argmin -(1 - (x^2 + y^3)) exp(-(x^2 + y^2)/2), rate 0.3"];
  for (const { start, trace } of runs) {
    lines.push("", `  from (${start[0]}, ${start[1]})`);
    for (let epoch = 0; epoch < EPOCHS; epoch += 5) {
      const { x, y } = trace[epoch + 1];
      const point = `x = ${fixed(x, 3, 6)}, y = ${fixed(y, 3, 6)}`;
      lines.push(
        `    epoch ${String(epoch).padStart(2)}: ${point}, f(x, y) = ${fixed(trace[epoch].f, 3, 6)}`,
      );
    }
  }
  return lines;
}
