import { GD, noGrad, read, scope, type Tensor, variable } from "@tapegrad/tapegrad";
import { fixed, type Outcome, release, type Settings, snapshot } from "./experiment.ts";

export interface QuadraticRun {
  readonly start: number;
  readonly rate: number;
  /** x and f(x) before the first step, then after each of the steps. */
  readonly trace: readonly { readonly x: number; readonly f: number }[];
}

export interface QuadraticResult {
  /** Where the minimum is, and what f is there. */
  readonly argmin: number;
  readonly minimum: number;
  readonly runs: readonly QuadraticRun[];
}

const EPOCHS = 100;
const SETUPS = [{ start: -3, rate: 0.1 }, { start: 4, rate: 0.8 }];

/** (x − 2)² + 4x − 2, whose minimum is 2, at 0. */
export function f(x: Tensor): Tensor {
  return x.sub(2).square().add(x.mul(4)).sub(2);
}

/** Gradient descent on a parabola, once with a small rate and once with one that overshoots. */
export async function runQuadratic(settings: Settings): Promise<Outcome<QuadraticResult>> {
  const runs: QuadraticRun[] = [];
  for (const setup of SETUPS) {
    runs.push(await scope(() => descend(setup, settings)));
    await settings.progress?.(runs.length / SETUPS.length);
  }
  const result = { argmin: 0, minimum: 2, runs };
  return { result, lines: printed(result) };
}

async function descend(setup: typeof SETUPS[number], { dtype }: Settings): Promise<QuadraticRun> {
  const x = variable(setup.start, { dtype });
  const optimizer = new GD([x], { learningRate: setup.rate });
  const seen: Tensor[] = [];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    optimizer.zeroGrad();
    const y = f(x);
    seen.push(snapshot(x), y.detach());
    y.backward();
    optimizer.step();
  }
  seen.push(snapshot(x), noGrad(() => f(x)));
  const values = await read(seen);
  release([x]);
  const trace = Array.from(
    { length: EPOCHS + 1 },
    (_, i) => ({ x: values[2 * i][0], f: values[2 * i + 1][0] }),
  );
  return { ...setup, trace };
}

function printed({ runs }: QuadraticResult): string[] {
  const lines = ["Experiment 2: argmin (x - 2)^2 + 4x - 2 by gradient descent"];
  for (const { start, rate, trace } of runs) {
    lines.push("", `  from ${start} with rate ${rate}`);
    for (let epoch = 0; epoch < EPOCHS; epoch += 25) {
      const x = fixed(trace[epoch + 1].x, 3, 6);
      lines.push(`    epoch ${String(epoch).padStart(2)}: x = ${x}, f(x) = ${fixed(trace[epoch].f, 3, 6)}`);
    }
  }
  return lines;
}
