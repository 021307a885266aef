import type { TopLevelSpec } from "vega-lite";
import type { PerceptronResult, PerceptronRun } from "../experiments/results.ts";
import {
  type Chart,
  dotEvery,
  type Layer,
  type Position,
  rounded,
  runName,
  SCHEMA,
  shown,
  zoom,
} from "./chart.ts";
import { contourSpec } from "./contour_chart.ts";
import { roundBounds } from "./round_bounds.ts";
import { light } from "./theme.ts";

interface Point {
  readonly x1: number;
  readonly x2: number;
  readonly label: string;
}

/** A stretch of a decision boundary that is longer than the chart. */
interface Boundary {
  readonly run: string;
  readonly x1: number;
  readonly x2: number;
  readonly x1End: number;
  readonly x2End: number;
  readonly equation: string;
  readonly correct: number;
}

/** The points, the boundaries between them, the losses, and the ways over the loss. */
export function perceptronCharts(result: PerceptronResult): Chart[] {
  return [
    {
      name: "perceptron_data",
      caption: "A hundred points in two classes, each drawn about its own centre.",
      spec: dataSpec(result),
    },
    {
      name: "perceptron_boundaries",
      caption:
        `On a boundary the perceptron answers 0. After ${result.steps} epochs the four runs have not all come to one ` +
        `line; they put ${counts(result)} of the ${result.data.labels.length} points on their own side.`,
      spec: boundarySpec(result),
    },
    {
      name: "perceptron_loss",
      caption:
        "The mean squared error before each step and after the last. Where many outputs are near −1 or 1 and wrong, tanh is " +
        "flat, the gradient small, and the loss stays for a while.",
      spec: lossSpec(result),
    },
    {
      name: "perceptron_surface",
      caption:
        "The bias moves too, so the paths were walked in three dimensions; this is their shadow on the " +
        "plane of the weights, and it need not cross the level lines at right angles. Between the points of " +
        "the mesh the logarithm of the loss is interpolated.",
      spec: surfaceSpec(result),
    },
  ];
}

const runField = {
  field: "run",
  type: "nominal",
  title: "start of w",
  legend: { orient: "top", columns: 4, symbolSize: 500, titleOrient: "left" },
} as const;

const DASHES = [[1, 0], [9, 4], [3, 2.5], [9, 3, 2, 3]];

type RunChannel = typeof runField & { sort: string[] };

function counts({ runs }: PerceptronResult): string {
  const words = runs.map(({ correct }) => String(correct));
  return new Set(words).size === 1 ? words[0] : list(words);
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

function runChannel(result: PerceptronResult): RunChannel {
  return { ...runField, sort: result.runs.map((run) => runName(run, result.runs)) };
}

function toPoints({ data }: PerceptronResult): Point[] {
  return data.points.map(([x1, x2], i) => ({
    x1: rounded(x1),
    x2: rounded(x2),
    label: data.labels[i] < 0 ? "−1" : "1",
  }));
}

/** A square around the points. */
function square(points: readonly Point[]): { x: [number, number]; y: [number, number] } {
  const range = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [x, y] = [range(points.map(({ x1 }) => x1)), range(points.map(({ x2 }) => x2))];
  const half = Math.ceil(1.1 * Math.max(x[1] - x[0], y[1] - y[0])) / 2;
  const around = ([low, high]: [number, number]): [number, number] => {
    const middle = Math.round(low + high) / 2;
    return [middle - half, middle + half];
  };
  return { x: around(x), y: around(y) };
}

function pointLayer(): Layer {
  const label = {
    field: "label",
    type: "nominal",
    title: "class",
    sort: ["−1", "1"],
    legend: { orient: "bottom", titleOrient: "left" },
  } as const;
  return {
    data: { name: "points" },
    mark: {
      type: "point",
      filled: true,
      style: "outline",
      size: 60,
      strokeWidth: 1.5,
      opacity: 0.9,
      clip: true,
    },
    encoding: {
      x: { field: "x1", type: "quantitative", title: "x₁" },
      y: { field: "x2", type: "quantitative", title: "x₂" },
      shape: { ...label, scale: { range: ["circle", "diamond"] } },
      fill: { ...label, scale: { range: ["transparent", "#8a929c"] } },
      tooltip: [
        { field: "label", title: "class" },
        { field: "x1", type: "quantitative", title: "x₁", format: ".3f" },
        { field: "x2", type: "quantitative", title: "x₂", format: ".3f" },
      ],
    },
  };
}

function planeAxis(title: string, domain: [number, number]): Position {
  return { type: "quantitative", title, scale: { domain, nice: false, zero: false } };
}

function dataSpec(result: PerceptronResult): TopLevelSpec {
  const points = toPoints(result);
  const { x, y } = square(points);
  const layer = pointLayer();
  return {
    $schema: SCHEMA,
    title: { text: "Two blobs of points", subtitle: result.data.source },
    description: `A scatter plot of ${points.length} points in the plane, in two classes.`,
    config: light,
    width: 440,
    height: 440,
    datasets: { points },
    encoding: { x: planeAxis("x₁", x), y: planeAxis("x₂", y) },
    layer: [{ ...layer, params: [zoom] }],
  };
}

function boundarySpec(result: PerceptronResult): TopLevelSpec {
  const points = toPoints(result);
  const { x, y } = square(points);
  const reach = x[1] - x[0];
  const centre = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  const boundaries = result.runs.filter(hasBoundary).map((run) => ({
    run: runName(run, result.runs),
    ...boundary(run, centre, reach),
  }));
  return {
    $schema: SCHEMA,
    title: { text: "Four decision boundaries", subtitle: `w·x + b = 0 after ${result.steps} epochs` },
    description: "The same points with four straight lines: " +
      result.runs.map((run) =>
        `from ${runName(run, result.runs)} ${run.correct} of ${points.length} points are on their side`
      )
        .join(", ") +
      ".",
    config: light,
    width: 440,
    height: 440,
    datasets: { points, boundaries },
    encoding: { x: planeAxis("x₁", x), y: planeAxis("x₂", y) },
    layer: [
      { ...pointLayer(), params: [zoom] },
      {
        data: { name: "boundaries" },
        mark: { type: "rule", strokeWidth: 2.5, clip: true },
        encoding: {
          x: { field: "x1", type: "quantitative" },
          y: { field: "x2", type: "quantitative" },
          x2: { field: "x1End" },
          y2: { field: "x2End" },
          color: runChannel(result),
          strokeDash: { ...runChannel(result), scale: { range: DASHES } },
          tooltip: [
            { field: "run", title: "start of w" },
            { field: "equation" },
            { field: "correct", title: "points on their own side" },
          ],
        },
      },
    ],
  };
}

function hasBoundary({ trace }: PerceptronRun): boolean {
  const { w1, w2 } = trace[trace.length - 1];
  return Math.hypot(w1, w2) > 0;
}

/** The part of w·x + b = 0 that is within `reach` of its point nearest to the centre. */
function boundary(run: PerceptronRun, centre: readonly number[], reach: number): Omit<Boundary, "run"> {
  const { w1, w2, b } = run.trace[run.trace.length - 1];
  const norm = Math.hypot(w1, w2);
  const off = (w1 * centre[0] + w2 * centre[1] + b) / norm;
  const [x1, x2] = [centre[0] - off * w1 / norm, centre[1] - off * w2 / norm];
  const [dx1, dx2] = [-w2 * reach / norm, w1 * reach / norm];
  const term = (value: number) => `${value < 0 ? "−" : "+"} ${Math.abs(value).toFixed(2)}`;
  return {
    x1: rounded(x1 - dx1),
    x2: rounded(x2 - dx2),
    x1End: rounded(x1 + dx1),
    x2End: rounded(x2 + dx2),
    equation: `${shown(Number(w1.toFixed(2)))} x₁ ${term(w2)} x₂ ${term(b)} = 0`,
    correct: run.correct,
  };
}

function lossSpec(result: PerceptronResult): TopLevelSpec {
  const losses = result.runs.flatMap((run) =>
    run.trace.map(({ loss }, epoch) => ({
      run: runName(run, result.runs),
      epoch,
      loss: rounded(loss),
    }))
  ).filter(({ loss }) => loss > 0); // a logarithmic axis has no 0
  return {
    $schema: SCHEMA,
    title: { text: "Four histories of the loss", subtitle: "mean squared error, on a logarithmic axis" },
    description: `Four lines, the loss over ${result.steps} epochs on a logarithmic axis. ` +
      result.runs.map((run) =>
        `From ${runName(run, result.runs)} to ${run.trace[run.trace.length - 1].loss.toFixed(3)}.`
      )
        .join(" "),
    config: light,
    width: 580,
    height: 300,
    datasets: { losses },
    data: { name: "losses" },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        title: "epoch",
        scale: { domain: [0, result.steps], nice: false },
        axis: { tickCount: 5 },
      },
      y: {
        field: "loss",
        type: "quantitative",
        title: "loss",
        scale: { type: "log", nice: false, padding: 8 },
        axis: { format: "~g", tickCount: 6 },
      },
      color: runChannel(result),
    },
    layer: [
      {
        params: [zoom],
        mark: { type: "line", clip: true },
        encoding: { strokeDash: { ...runChannel(result), scale: { range: DASHES } } },
      },
    ],
  };
}

function surfaceSpec(result: PerceptronResult): TopLevelSpec {
  const { mesh, runs } = result;
  return contourSpec({
    title: "The loss over the two weights",
    subtitle: [
      `on a ${mesh.w1.length} × ${mesh.w2.length} mesh, the bias held at ${
        shown(Number(mesh.b.toFixed(3)))
      },`,
      `the mean of the four ends; a dot every ${dotEvery(result.steps)} epochs`,
    ],
    description: "Filled contours of the loss over the weights w₁ and w₂, with the paths of four runs: " +
      `${list(runs.map((run) => runEnding(run, runs)))}.`,
    field: { x: mesh.w1, y: mesh.w2, values: mesh.loss },
    logarithmic: true,
    bounds: roundBounds(mesh.loss.flat()),
    names: { x: "w₁", y: "w₂", value: "loss" },
    pathTitle: "start of w",
    paths: runs.map((run) => ({
      run: runName(run, runs),
      points: run.trace.map(({ w1, w2, loss }) => ({ x: w1, y: w2, value: loss })),
    })),
    dotEvery: dotEvery(result.steps),
  });
}

function runEnding(run: PerceptronRun, runs: readonly PerceptronRun[]): string {
  const { w1, w2 } = run.trace[run.trace.length - 1];
  return `from ${runName(run, runs)} to (${shown(Number(w1.toFixed(2)))}, ${shown(Number(w2.toFixed(2)))})`;
}
