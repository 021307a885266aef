/** What the experiments give back: plain data, made of what was read. No library is needed here. */
import type { State } from "./descent.ts";
import type { Path } from "./plans.ts";

/** PyTorch's answer to the same question. */
export interface Reference {
  readonly gradient: number;
  /** Where it comes from, as printed: "1.13.0a0, f64, run now" or "1.13.0a0, f64, stored". */
  readonly source: string;
  /** The time of one forward and backward pass, where it was run now. */
  readonly seconds?: number;
}

export interface GradientResult {
  readonly at: number;
  readonly value: number;
  readonly gradient: number;
  readonly second: number;
  readonly centralDifference: number;
  readonly seconds: { readonly gradient: number; readonly centralDifference: number };
  /** PyTorch's answer, where it is known. */
  readonly reference?: Reference;
  readonly largestDifference: number;
  readonly agrees: boolean;
  /** f and its derivatives over the drawn interval; null where a value is not finite. */
  readonly curve: readonly CurvePoint[];
  /** The program of the gradient with the numbers that it met, as a specification of Vega-Lite. */
  readonly program: Readonly<Record<string, unknown>>;
}

export interface CurvePoint {
  readonly x: number;
  readonly f: number | null;
  readonly first: number | null;
  readonly second: number | null;
}

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
  /** How many steps are taken in all, be they taken already or not. */
  readonly steps: number;
  readonly runs: readonly QuadraticRun[];
}

/** Where the parabola's minimum is, and what it is there. */
export const quadraticMinimum = { argmin: 0, minimum: 2 } as const;

/** Values of a function of two variables on a regular grid. */
export interface Grid {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** One row for each y, from the first to the last. */
  readonly values: readonly (readonly number[])[];
}

export interface SurfaceRun {
  readonly start: readonly [number, number];
  readonly rate: number;
  /** x, y and f(x, y) before the first step, then after each of the steps. */
  readonly trace: readonly { readonly x: number; readonly y: number; readonly f: number }[];
}

export interface SurfaceResult {
  readonly grid: Grid;
  readonly steps: number;
  readonly runs: readonly SurfaceRun[];
}

export interface PointSet {
  readonly points: readonly (readonly number[])[];
  /** −1 or 1 for each point. */
  readonly labels: readonly number[];
  /** Where the points come from, as printed. */
  readonly source: string;
}

export interface PerceptronState {
  readonly w1: number;
  readonly w2: number;
  readonly b: number;
  readonly loss: number;
}

export interface PerceptronRun {
  readonly start: readonly [number, number];
  readonly rate: number;
  /** The parameters and their loss before the first step, then after each of the steps. */
  readonly trace: readonly PerceptronState[];
  /** How many points are on their own side of the boundary after the last step. */
  readonly correct: number;
}

/** A square of weights, and the bias that is held still over it. */
export interface MeshPlan {
  readonly w1: readonly [number, number];
  readonly w2: readonly [number, number];
  readonly b: number;
}

/** The loss over the two weights, on a mesh, with the bias held still. */
export interface Mesh {
  readonly w1: readonly number[];
  readonly w2: readonly number[];
  readonly b: number;
  /** One row for each w2, from the first to the last. */
  readonly loss: readonly (readonly number[])[];
}

export interface PerceptronResult {
  readonly data: PointSet;
  readonly steps: number;
  readonly runs: readonly PerceptronRun[];
  readonly mesh: Mesh;
}

/** What was measured after a network had seen each digit once more. */
export interface DigitsEpoch {
  /** The mean cross entropy of the batches. */
  readonly loss: number;
  /** The part of the digits held out that are read right. */
  readonly accuracy: number;
}

/** A digit and what it was taken for. */
export interface ReadDigit {
  /** Pixels from 0 to 1, row by row. */
  readonly image: readonly (readonly number[])[];
  readonly label: number;
  readonly answer: number;
  /** The probability that the network gives its answer. */
  readonly sure: number;
}

export interface DigitsRun {
  readonly seed: number;
  /** How many digits were learned from, and how many held out. */
  readonly learned: number;
  readonly held: number;
  readonly epochs: readonly DigitsEpoch[];
  /** How many digits of each kind, a row each, were taken for which. */
  readonly confusion: readonly (readonly number[])[];
  readonly misread: readonly ReadDigit[];
  /** The weights of the first convolution. */
  readonly filters: readonly (readonly (readonly number[])[])[];
}

export interface DigitsResult {
  readonly epochs: number;
  readonly runs: readonly DigitsRun[];
  /** The mean accuracy of the runs. */
  readonly mean: number;
}

/** Runs side by side, of so many epochs that are done or to be done. */
export function digitsResult(runs: readonly DigitsRun[], epochs: number): DigitsResult {
  const accuracy = ({ held, misread }: DigitsRun) => 1 - misread.length / held;
  return { epochs, runs, mean: runs.reduce((sum, run) => sum + accuracy(run), 0) / runs.length };
}

export function quadraticRun({ start, rate }: Path, states: readonly State[]): QuadraticRun {
  return { start: start[0], rate, trace: states.map(([x, f]) => ({ x, f })) };
}

export function surfaceRun({ start, rate }: Path, states: readonly State[]): SurfaceRun {
  return { start: [start[0], start[1]], rate, trace: states.map(([x, y, f]) => ({ x, y, f })) };
}

export function perceptronRun(
  { start, rate }: Path,
  states: readonly State[],
  { points, labels }: PointSet,
): PerceptronRun {
  const [w1, w2, b] = states[states.length - 1];
  return {
    start: [start[0], start[1]],
    rate,
    trace: states.map(([w1, w2, b, loss]) => ({ w1, w2, b, loss })),
    correct: points.filter(([x1, x2], i) => labels[i] * (w1 * x1 + w2 * x2 + b) > 0).length,
  };
}

/** A square around all weights that were visited, `margin` times as wide, at the mean of the last biases. */
export function meshAround(runs: readonly PerceptronRun[], margin = 1.24): MeshPlan {
  const states = runs.flatMap((run) => run.trace);
  const [w1, w2] = [range(states.map((state) => state.w1)), range(states.map((state) => state.w2))];
  const span = margin * Math.max(w1[1] - w1[0], w2[1] - w2[0], LEAST);
  const ends = runs.map(({ trace }) => trace[trace.length - 1].b);
  return {
    w1: around(w1, span),
    w2: around(w2, span),
    b: ends.reduce((sum, value) => sum + value, 0) / ends.length,
  };
}

/** A path that hardly moves still has something around it. */
const LEAST = 1;

function range(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

function around([low, high]: readonly [number, number], span: number): [number, number] {
  const middle = (low + high) / 2;
  return [middle - span / 2, middle + span / 2];
}
