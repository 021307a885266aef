/** The charts of the plane that the points lie in. */
import type { TopLevelSpec } from "vega-lite";
import type { PerceptronResult, PerceptronRun } from "../experiments/results.ts";
import { type Layer, type Position, rounded, runName, SCHEMA, shown, zoom } from "./chart.ts";
import { DASHES, runChannel } from "./perceptron_runs.ts";
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
      fill: { ...label, scale: { range: "ordinal" } },
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

/** The points in the plane. */
export function dataSpec(result: PerceptronResult): TopLevelSpec {
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

/** The points, and the boundaries that the runs put between them. */
export function boundarySpec(result: PerceptronResult): TopLevelSpec {
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
      boundaryLayer(result),
    ],
  };
}

function boundaryLayer(result: PerceptronResult): Layer {
  return {
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
