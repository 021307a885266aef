import {
  collectParameters,
  forwardDataset,
  keep,
  key,
  Linear,
  linspace,
  MSELoss,
  normal,
  read,
  scope,
  Sequential,
  splitKey,
  stack,
  Tanh,
  tensor,
  TensorDataset,
  uniform,
} from "@tapegrad/tapegrad";
import blobs from "../data/blobs.json" with { type: "json" };
import { Descents, follow, type Problem } from "./descent.ts";
import { fixed, type Outcome, type Settings } from "./experiment.ts";
import { type Path, perceptronPlan, type Plan } from "./plans.ts";
import {
  type Mesh,
  meshAround,
  type MeshPlan,
  type PerceptronResult,
  perceptronRun,
  type PerceptronState,
  type PointSet,
} from "./results.ts";

const MESH = 20;

/** How the perceptron is trained, where it is not as planned. */
export interface PerceptronOptions extends Partial<Plan> {
  /** Draws other points than those that come with the experiment. */
  readonly seed?: number;
}

/** A perceptron of two weights and a bias, trained on two blobs of points: as planned, from four starts. */
export async function runPerceptron(
  settings: Settings,
  { seed, paths, steps }: PerceptronOptions = {},
): Promise<Outcome<PerceptronResult>> {
  const plan = { paths: paths ?? perceptronPlan.paths, steps: steps ?? perceptronPlan.steps };
  const data = await pointsOf(seed);
  const descents = openPerceptron(plan.paths, data, settings);
  const traces = await follow(descents, { steps: plan.steps, progress: settings.progress });
  const runs = plan.paths.map((path, i) => perceptronRun(path, traces[i], data));
  const mesh = await sampleLoss(data, meshAround(runs), settings);
  const result = { data, steps: plan.steps, runs, mesh };
  return { result, lines: printed(result) };
}

/** The points that come with the experiment, or those that a seed draws. */
export async function pointsOf(seed?: number): Promise<PointSet> {
  if (seed !== undefined) return await scope(() => draw(seed));
  const { points, labels, sklearn, seed: shipped } = blobs;
  return { points, labels, source: `make_blobs of scikit-learn ${sklearn}, random_state ${shipped}` };
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

/** Perceptrons about to be trained, each from its weights and a bias of 0. */
export function openPerceptron(
  paths: readonly Path[],
  { points, labels }: PointSet,
  { dtype }: Pick<Settings, "dtype">,
): Descents {
  return scope(() => {
    const target = tensor(labels, { dtype }).reshape([-1, 1]);
    const dataset = keep(new TensorDataset(tensor(points, { dtype }), target));
    return new Descents(
      paths.map((path) => toProblem(path, dataset, dtype)),
      dataset.tensors,
    );
  });
}

function toProblem({ start, rate }: Path, dataset: TensorDataset, dtype: Settings["dtype"]): Problem {
  const model = new Sequential(new Linear(2, 1, { dtype }), new Tanh());
  model.loadStateDict({ "0.weight": tensor([start], { dtype }), "0.bias": tensor([0], { dtype }) });
  const criterion = new MSELoss();
  const [, target] = dataset.tensors;
  return {
    parameters: collectParameters(model),
    loss: () => criterion.forward(forwardDataset(model, dataset), target),
    rate,
  };
}

/** The loss at every point of the mesh in one forward pass: [points, 2] by [2, mesh²]. */
export function sampleLoss(
  { points, labels }: PointSet,
  plan: MeshPlan,
  { dtype }: Pick<Settings, "dtype">,
): Promise<Mesh> {
  return scope(async () => {
    const w1 = linspace(...plan.w1, { count: MESH, dtype });
    const w2 = linspace(...plan.w2, { count: MESH, dtype });
    const across = w1.expand([MESH, MESH]).flatten();
    const up = w2.reshape([MESH, 1]).expand([MESH, MESH]).flatten();
    const outputs = tensor(points, { dtype }).matmul(stack([across, up])).add(plan.b).tanh();
    const target = tensor(labels, { dtype }).reshape([-1, 1]);
    const [first, second, loss] = await read([w1, w2, outputs.sub(target).square().mean(0)]);
    const rows = Array.from({ length: MESH }, (_, i) => Array.from(loss.slice(i * MESH, (i + 1) * MESH)));
    return { w1: Array.from(first), w2: Array.from(second), b: plan.b, loss: rows };
  });
}

function printed({ data, runs, steps }: PerceptronResult): string[] {
  const lines = ["Experiment 4: a perceptron, tanh(w.x + b), on two blobs of points", `  ${data.source}`];
  for (const { start, trace, correct } of runs) {
    lines.push("", `  from w = (${start[0]}, ${start[1]})`);
    for (let epoch = 0; epoch < steps; epoch += 100) lines.push(row(trace, epoch));
    lines.push(row(trace, steps - 1), `    ${correct} of ${data.labels.length} points on their own side`);
  }
  return lines;
}

function row(trace: readonly PerceptronState[], epoch: number): string {
  const { w1, w2, b } = trace[epoch + 1];
  const weights = `w = (${fixed(w1, 3, 6)}, ${fixed(w2, 3, 6)}), b = ${fixed(b, 3, 6)}`;
  return `    epoch ${String(epoch).padStart(3)}: ${weights}, loss = ${trace[epoch].loss.toPrecision(4)}`;
}
