import type { TopLevelSpec } from "vega-lite";
import type { QuadraticResult, QuadraticRun } from "../experiments/results.ts";
import { type Chart, type Layer, POWER_OF_TEN, rounded, SCHEMA, shown, zoom } from "./chart.ts";
import { light } from "./theme.ts";

interface Step {
  readonly run: string;
  readonly step: number;
  readonly x: number;
  readonly f: number;
  readonly distance: number;
}

/** The way to the minimum over the parabola, and the distance to it at each step. */
export function quadraticCharts(result: QuadraticResult): Chart[] {
  const steps = result.runs.flatMap((run) => toSteps(run, result.argmin));
  return [
    {
      name: "quadratic_paths",
      caption:
        "With the small rate the point slides down one side. With the large one every step overshoots " +
        "and lands on the other side, six tenths as far from the minimum as before.",
      spec: pathsSpec(result, steps),
    },
    {
      name: "quadratic_distance",
      caption:
        "A straight line on a logarithmic axis: each step multiplies the distance by 1 − 2·rate, by 0.8 " +
        "in one run and by −0.6 in the other. A line turns level where the steps are smaller than the rounding " +
        `of the numbers.${
          steps.some(hasArrived) ? " A triangle on the floor is a distance of exactly 0." : ""
        }`,
      spec: distanceSpec(result, steps),
    },
  ];
}

/** What a run is called. */
export function quadraticName({ start, rate }: QuadraticRun): string {
  return `from ${shown(start)} with rate ${rate}`;
}

function toSteps(run: QuadraticRun, argmin: number): Step[] {
  const name = quadraticName(run);
  return run.trace.map(({ x, f }, step) => ({
    run: name,
    step,
    x: rounded(x),
    f: rounded(f),
    distance: rounded(Math.abs(x - argmin)),
  }));
}

function hasArrived({ distance }: Step): boolean {
  return distance === 0;
}

/** As many as there can be runs. */
const SHAPES = ["circle", "diamond", "triangle-up", "square"];

const run = {
  field: "run",
  type: "nominal",
  sort: null,
  legend: { title: null, orient: "top", columns: 2 },
} as const;

const tooltip = [
  { field: "run", title: "run" },
  { field: "step", type: "quantitative", title: "steps taken" },
  { field: "x", type: "quantitative", format: ".6~g" },
  { field: "f", type: "quantitative", title: "f(x)", format: ".6~g" },
  { field: "distance", type: "quantitative", title: "|x − x*|", format: ".3~g" },
] as const;

/** How far the parabola is drawn to either side: beyond all starts. */
function reachOf({ argmin, runs }: QuadraticResult): number {
  const furthest = Math.max(...runs.map(({ start }) => Math.abs(start - argmin)));
  return Math.max(4.6, rounded(Math.ceil(11.5 * furthest) / 10));
}

function pathsSpec(result: QuadraticResult, steps: readonly Step[]): TopLevelSpec {
  const { argmin, minimum } = result;
  const reach = reachOf(result);
  return {
    $schema: SCHEMA,
    title: {
      text: "Two ways down a parabola",
      subtitle: "f(x) = (x − 2)² + 4x − 2; numbers count the steps",
    },
    description:
      "The parabola with its minimum of 2 at x = 0, and the points of two runs of gradient descent. " +
      "The run from −3 with rate 0.1 stays left of the minimum; the run from 4 with rate 0.8 jumps from side to side.",
    config: light,
    width: 580,
    height: 340,
    datasets: { parabola: parabola(result, reach), steps: [...steps], numbers: numbers(steps) },
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: "x",
        scale: { domain: [argmin - reach, argmin + reach], nice: false },
        axis: { tickCount: 9 },
      },
      y: {
        field: "f",
        type: "quantitative",
        title: "f(x)",
        scale: { domain: [0, Math.floor(reach ** 2 + minimum)], nice: false },
        axis: { tickCount: 5 },
      },
    },
    layer: pathLayers(steps[0].run),
  };
}

function parabola({ argmin, minimum }: QuadraticResult, reach: number): { x: number; f: number }[] {
  return Array.from({ length: 93 }, (_, i) => {
    const x = argmin + reach * (i / 46 - 1);
    return { x: rounded(x), f: rounded((x - argmin) ** 2 + minimum) };
  });
}

/** The parabola, and over it the runs, of which the first has smaller points. */
function pathLayers(first: string): Layer[] {
  return [
    {
      data: { name: "parabola" },
      mark: { type: "line", style: "guide", strokeWidth: 1.5, clip: true, aria: false },
      params: [zoom],
    },
    {
      data: { name: "steps" },
      mark: { type: "line", strokeWidth: 1.5, opacity: 0.7, clip: true, aria: false },
      encoding: { color: run, order: { field: "step" } },
    },
    {
      data: { name: "steps" },
      mark: { type: "point", filled: true, opacity: 1, style: "marker", clip: true },
      encoding: {
        color: run,
        shape: { ...run, scale: { range: SHAPES } },
        size: { condition: { test: `datum.run === '${first}'`, value: 70 }, value: 110 },
        tooltip: [...tooltip],
      },
    },
    {
      data: { name: "numbers" },
      mark: { type: "text", dx: { expr: "datum.dx" }, fontWeight: 600, clip: true, aria: false },
      encoding: { color: run, text: { field: "step" } },
    },
  ];
}

/** The first steps are numbered: the first run inside of the parabola, the second outside. */
function numbers(steps: readonly Step[]): { run: string; step: number; x: number; f: number; dx: number }[] {
  const [first] = steps;
  return steps.filter(({ step }) => step < 4).map(({ run, step, x, f }) => ({
    run,
    step,
    x,
    f,
    dx: 12 * Math.sign(x) * (run === first.run ? -1 : 1),
  }));
}

const movingLayers: Layer[] = [
  {
    data: { name: "moving" },
    mark: { type: "line", clip: true, aria: false },
    encoding: { order: { field: "step" } },
    params: [zoom],
  },
  {
    data: { name: "moving" },
    mark: { type: "point", filled: true, size: 26, opacity: 1, clip: true },
    encoding: { shape: { ...run, scale: { range: SHAPES } }, tooltip: [...tooltip] },
  },
];

/** What has arrived lies on the floor: a logarithmic axis has no 0. */
function zeroLayer(floor: number): Layer {
  return {
    data: { name: "arrived" },
    mark: { type: "point", filled: true, shape: "triangle-down", size: 45, yOffset: -5 },
    encoding: { y: { datum: floor }, tooltip: [...tooltip] },
  };
}

function distanceSpec(result: QuadraticResult, steps: readonly Step[]): TopLevelSpec {
  const moving = steps.filter((step) => !hasArrived(step));
  const arrived = steps.filter(hasArrived);
  const least = Math.min(1, ...moving.map(({ distance }) => distance));
  const floor = rounded(10 ** (Math.floor(Math.log10(least)) - 1));
  const top = Math.max(10, 10 ** Math.ceil(Math.log10(reachOf(result))));
  return {
    $schema: SCHEMA,
    title: { text: "Distance to the minimum", subtitle: "|x − x*| after each step, on a logarithmic axis" },
    description:
      "Two lines fall straight on a logarithmic axis: the run with rate 0.1 by a factor of 0.8 a step, " +
      "the run with rate 0.8 by a factor of 0.6.",
    config: light,
    width: 580,
    height: 300,
    datasets: arrived.length ? { moving, arrived } : { moving },
    encoding: {
      x: {
        field: "step",
        type: "quantitative",
        title: "steps taken",
        scale: { domain: [0, result.steps], nice: false },
      },
      y: {
        field: "distance",
        type: "quantitative",
        title: "|x − x*|",
        scale: { type: "log", domain: [floor, top], nice: false },
        axis: { labelExpr: POWER_OF_TEN, tickCount: 8 },
      },
      color: run,
    },
    layer: arrived.length ? [...movingLayers, zeroLayer(floor)] : movingLayers,
  };
}
