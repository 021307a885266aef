import type { TopLevelSpec } from "vega-lite";
import type { PerceptronResult, PerceptronRun } from "../experiments/results.ts";
import { type Chart, dotEvery, type Position, rounded, runName, SCHEMA, shown, zoom } from "./chart.ts";
import { contourSpec } from "./contour_chart.ts";
import { boundarySpec, dataSpec } from "./perceptron_plane.ts";
import { DASHES, runChannel } from "./perceptron_runs.ts";
import { roundBounds } from "./round_bounds.ts";
import { light } from "./theme.ts";

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

function counts({ runs }: PerceptronResult): string {
  const words = runs.map(({ correct }) => String(correct));
  return new Set(words).size === 1 ? words[0] : list(words);
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
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
    encoding: { ...lossAxes(result.steps), color: runChannel(result) },
    layer: [
      {
        params: [zoom],
        mark: { type: "line", clip: true },
        encoding: { strokeDash: { ...runChannel(result), scale: { range: DASHES } } },
      },
    ],
  };
}

function lossAxes(steps: number): { x: Position; y: Position } {
  return {
    x: {
      field: "epoch",
      type: "quantitative",
      title: "epoch",
      scale: { domain: [0, steps], nice: false },
      axis: { tickCount: 5 },
    },
    y: {
      field: "loss",
      type: "quantitative",
      title: "loss",
      scale: { type: "log", nice: false, padding: 8 },
      axis: { format: "~g", tickCount: 6 },
    },
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
