import {
  div,
  grad,
  linspace,
  noGrad,
  read,
  record,
  scope,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/tapegrad";
import { release } from "./descent.ts";
import { fixed, type Outcome, type Settings } from "./experiment.ts";
import type { CurvePoint, GradientResult, Reference } from "./results.ts";

/** ((x − 3)^(2/x) − 1)^(x − 1), real from x = 4 on. */
export function f(x: Tensor): Tensor {
  return x.sub(3).pow(div(2, x)).sub(1).pow(x.sub(1));
}

/** What PyTorch 1.13.0a0, Debian 12's, gives in float64. */
export const storedReference: Reference = {
  gradient: -0.0012886539585819877,
  source: "1.13.0a0, f64, stored",
};

const AT = 10;
const TOLERANCE = 1e-5;

/** Where the gradient is taken, if not at 10, and what PyTorch says of it there. */
export interface GradientOptions {
  readonly at?: number;
  readonly reference?: Reference;
}

/** The gradient of `f` at a point by the tape, by PyTorch and by the central difference, and `f` as a curve. */
export async function runGradient(
  settings: Settings,
  { at = AT, reference = at === AT ? storedReference : undefined }: GradientOptions = {},
): Promise<Outcome<GradientResult>> {
  const ours = await timed(() => scope(() => byTape(at, settings)));
  await settings.progress?.(0.4);
  const difference = await timed(() => scope(() => byCentralDifference(at, settings)));
  await settings.progress?.(0.8);
  const curve = await scope(() => sampleCurve(settings));
  const second = await scope(() => secondByTape(at, settings));
  const program = await scope(() => drawProgram(at, settings));
  const answers = [ours.value.gradient, difference.value, ...reference ? [reference.gradient] : []];
  const largestDifference = Math.max(...answers) - Math.min(...answers);
  const result = {
    at,
    ...ours.value,
    second,
    centralDifference: difference.value,
    seconds: { gradient: ours.seconds, centralDifference: difference.seconds },
    reference,
    largestDifference,
    agrees: largestDifference <= TOLERANCE,
    curve,
    program,
  };
  return { result, lines: printed(result, settings) };
}

async function byTape(at: number, { dtype }: Settings): Promise<{ value: number; gradient: number }> {
  const x = variable(at, { dtype });
  const y = f(x);
  y.backward();
  const [value, gradient] = await read([y, x.grad!]);
  release([x]);
  return { value: value[0], gradient: gradient[0] };
}

/** The second derivative at the point: the gradient of the gradient. */
async function secondByTape(at: number, { dtype }: Settings): Promise<number> {
  return await grad(grad(f))(tensor(at, { dtype })).item();
}

/** Forward and backward as the library recorded them, drawn with the numbers that a run meets. */
async function drawProgram(at: number, { dtype }: Settings): Promise<Record<string, unknown>> {
  const x = variable(at, { dtype });
  x.label = "x";
  const [, program] = record(() => f(x).backward());
  const elements = await program.evaluate();
  release([x]);
  return program.toVega(elements);
}

/** How far the central difference looks to either side. */
function step(dtype: Settings["dtype"]): number {
  return dtype === "f64" ? 1e-4 : 1e-2;
}

async function byCentralDifference(at: number, { dtype }: Settings): Promise<number> {
  const h = step(dtype);
  const difference = noGrad(() => {
    const right = f(tensor(at + h, { dtype }));
    return right.sub(f(tensor(at - h, { dtype }))).div(2 * h);
  });
  return await difference.item();
}

/** The samples lie closer together near 4, where the second derivative turns sharply. */
async function sampleCurve({ dtype }: Settings): Promise<CurvePoint[]> {
  const x = linspace(0, 1, { count: 241, dtype }).square().mul(12).add(4);
  const first = grad((x: Tensor) => f(x).sum());
  const second = grad((x: Tensor) => first(x).sum());
  const columns = await read([x, f(x), first(x), second(x)]);
  const finite = (value: number): number | null => Number.isFinite(value) ? value : null;
  return Array.from(columns[0], (at, i) => ({
    x: at,
    f: finite(columns[1][i]),
    first: finite(columns[2][i]),
    second: finite(columns[3][i]),
  }));
}

/** The median time of a call, after calls that warm it up; at most about a tenth of a second in all. */
async function timed<T>(call: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const times: number[] = [];
  const until = performance.now() + 100;
  let value = await call();
  do {
    const start = performance.now();
    value = await call();
    times.push(performance.now() - start);
  } while (performance.now() < until && times.length < 2000);
  const settled = times.slice(times.length >> 1).sort((a, b) => a - b);
  return { value, seconds: settled[settled.length >> 1] / 1000 };
}

function printed(result: GradientResult, { backend, dtype }: Settings): string[] {
  const row = (name: string, value: number, seconds: number | undefined, note: string): string => {
    const time = seconds === undefined ? "" : `${fixed(seconds * 1000)} ms`;
    return `  ${name.padEnd(20)}${value.toFixed(8)}  ${time.padStart(11)}  ${note}`;
  };
  const { reference, seconds, largestDifference: gap } = result;
  return [
    `Experiment 1: the gradient of ((x - 3)^(2/x) - 1)^(x - 1) at x = ${result.at}`,
    "",
    row("tapegrad", result.gradient, seconds.gradient, `${backend}, ${dtype}`),
    ...reference ? [row("PyTorch", reference.gradient, reference.seconds, reference.source)] : [],
    row("central difference", result.centralDifference, seconds.centralDifference, `h = ${step(dtype)}`),
    "",
    `  largest difference ${gap.toExponential(1)}: ` +
    (result.agrees ? "they agree to 1e-5" : "they do not agree to 1e-5"),
  ];
}
