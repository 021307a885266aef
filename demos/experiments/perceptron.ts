import {
  collectParameters,
  Dataset,
  forwardDataset,
  GD,
  key,
  Linear,
  linspace,
  MSELoss,
  noGrad,
  normal,
  read,
  scope,
  Sequential,
  splitKey,
  stack,
  Tanh,
  type Tensor,
  tensor,
  uniform,
} from "@tapegrad/tapegrad";
import blobs from "../data/blobs.json" with { type: "json" };
import { fixed, type Outcome, release, type Settings, snapshot } from "./experiment.ts";

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
  /** The parameters and their loss before the first step, then after each of the steps. */
  readonly trace: readonly PerceptronState[];
  /** How many points end on their own side of the boundary. */
  readonly correct: number;
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
  readonly runs: readonly PerceptronRun[];
  readonly mesh: Mesh;
}

const EPOCHS = 400;
const RATE = 0.1;
const MESH = 20;
const STARTS: readonly [number, number][] = [[2, 2], [2, 0], [-2, 2], [-2, -2]];

/** A perceptron of two weights and a bias, trained from four starts on two blobs of points. */
export async function runPerceptron(
  settings: Settings,
  { seed }: { readonly seed?: number } = {},
): Promise<Outcome<PerceptronResult>> {
  const data = seed === undefined ? shipped() : await scope(() => draw(seed));
  const runs: PerceptronRun[] = [];
  for (const start of STARTS) {
    const part = (done: number) => settings.progress?.((runs.length + done) / STARTS.length);
    runs.push(await scope(() => train(data, start, { ...settings, progress: part })));
  }
  const mesh = await scope(() => sampleLoss(data, runs, settings));
  const result = { data, runs, mesh };
  return { result, lines: printed(result) };
}

function shipped(): PointSet {
  const { points, labels, sklearn, seed } = blobs;
  return { points, labels, source: `make_blobs of scikit-learn ${sklearn}, random_state ${seed}` };
}

/** The recipe of make_blobs: two centres in (−4, 4)², and points about them with a deviation of 1. */
async function draw(seed: number): Promise<PointSet> {
  const [forCentres, forNoise] = splitKey(key(seed));
  const centres = uniform([1, 2, 2], { low: -4, high: 4, key: forCentres });
  const points = normal([50, 2, 2], { key: forNoise }).add(centres).reshape([100, 2]);
  const [values] = await read([points]);
  const labels = Array.from({ length: 100 }, (_, i) => i % 2 === 0 ? -1 : 1);
  return {
    points: labels.map((_, i) => [values[2 * i], values[2 * i + 1]]),
    labels,
    source: `drawn by tapegrad, seed ${seed}`,
  };
}

async function train(
  data: PointSet,
  start: readonly [number, number],
  { dtype, progress }: Settings,
): Promise<PerceptronRun> {
  const model = new Sequential(new Linear(2, 1, { dtype }), new Tanh());
  model.loadStateDict({ "0.weight": tensor([start], { dtype }), "0.bias": tensor([0], { dtype }) });
  const [weight, bias] = collectParameters(model);
  const labels = tensor(data.labels, { dtype }).reshape([-1, 1]);
  const dataset = new Dataset(tensor(data.points, { dtype }), labels);
  const criterion = new MSELoss();
  const optimizer = new GD([weight, bias], { learningRate: RATE });
  const seen: Tensor[] = [];
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    optimizer.zeroGrad();
    const loss = criterion.forward(forwardDataset(model, dataset), labels);
    seen.push(snapshot(weight), snapshot(bias), loss.detach());
    loss.backward();
    optimizer.step();
    if (epoch % 50 === 49) await progress?.((epoch + 1) / EPOCHS);
  }
  const predicted = noGrad(() => forwardDataset(model, dataset));
  seen.push(snapshot(weight), snapshot(bias), noGrad(() => criterion.forward(predicted, labels)));
  const [sides, ...values] = await read([predicted, ...seen]);
  release([weight, bias]);
  const trace = Array.from({ length: EPOCHS + 1 }, (_, i) => {
    const [w, b, loss] = values.slice(3 * i, 3 * i + 3);
    return { w1: w[0], w2: w[1], b: b[0], loss: loss[0] };
  });
  return { start, trace, correct: data.labels.filter((label, i) => label * sides[i] > 0).length };
}

/** The loss at every point of the mesh in one forward pass: [points, 2] by [2, mesh²]. */
async function sampleLoss(
  data: PointSet,
  runs: readonly PerceptronRun[],
  { dtype }: Settings,
): Promise<Mesh> {
  const states = runs.flatMap((run) => run.trace);
  const ends = runs.map((run) => run.trace[EPOCHS].b);
  const b = ends.reduce((sum, value) => sum + value, 0) / ends.length;
  const span = 1.24 * Math.max(extent(states.map(({ w1 }) => w1)), extent(states.map(({ w2 }) => w2)));
  const w1 = axisAround(states.map((state) => state.w1), { span, dtype });
  const w2 = axisAround(states.map((state) => state.w2), { span, dtype });
  const across = w1.expand([MESH, MESH]).flatten();
  const up = w2.reshape([MESH, 1]).expand([MESH, MESH]).flatten();
  const outputs = tensor(data.points, { dtype }).matmul(stack([across, up])).add(b).tanh();
  const labels = tensor(data.labels, { dtype }).reshape([-1, 1]);
  const [first, second, loss] = await read([w1, w2, outputs.sub(labels).square().mean(0)]);
  const rows = Array.from({ length: MESH }, (_, i) => Array.from(loss.slice(i * MESH, (i + 1) * MESH)));
  return { w1: Array.from(first), w2: Array.from(second), b, loss: rows };
}

function extent(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Twenty weights over `span`, with those that were visited in the middle. */
function axisAround(
  visited: readonly number[],
  { span, dtype }: { readonly span: number; readonly dtype: Settings["dtype"] },
): Tensor {
  const middle = (Math.min(...visited) + Math.max(...visited)) / 2;
  return linspace(middle - span / 2, middle + span / 2, { count: MESH, dtype });
}

function printed({ data, runs }: PerceptronResult): string[] {
  const lines = ["Experiment 4: a perceptron, tanh(w.x + b), on two blobs of points", `  ${data.source}`];
  for (const { start, trace, correct } of runs) {
    lines.push("", `  from w = (${start[0]}, ${start[1]})`);
    for (let epoch = 0; epoch < EPOCHS; epoch += 100) lines.push(row(trace, epoch));
    lines.push(row(trace, EPOCHS - 1), `    ${correct} of ${data.labels.length} points on their own side`);
  }
  return lines;
}

function row(trace: readonly PerceptronState[], epoch: number): string {
  const { w1, w2, b } = trace[epoch + 1];
  const weights = `w = (${fixed(w1, 3, 6)}, ${fixed(w2, 3, 6)}), b = ${fixed(b, 3, 6)}`;
  return `    epoch ${String(epoch).padStart(3)}: ${weights}, loss = ${trace[epoch].loss.toPrecision(4)}`;
}
