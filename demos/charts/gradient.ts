import type { TopLevelSpec } from "vega-lite";
import type { CurvePoint, GradientResult } from "../experiments/results.ts";
import {
  type Chart,
  type Layer,
  type Panel,
  type Position,
  rounded,
  SCHEMA,
  shown,
  type Tooltip,
  ZOOM_EVENT,
} from "./chart.ts";
import { light } from "./theme.ts";

const PANELS = [
  { field: "f", title: "f(x)", labelOffset: -11 },
  { field: "first", title: "df/dx", labelOffset: 13 },
  { field: "second", title: "d²f/dx²", labelOffset: -11 },
] as const;

/** f with its first two derivatives, one above the other. */
export function gradientCharts(result: GradientResult): Chart[] {
  return [{
    name: "gradient",
    caption:
      "Each panel is the derivative of the one above it, computed by differentiating the program, not " +
      "by differences. Left of 4 the base is negative and f is not real. The dashed tangent in the first " +
      "panel has the slope that the second panel shows at 10.",
    spec: spec(result),
  }, {
    name: "gradient_program",
    caption:
      "A box is one step that the library recorded when the program ran forwards, and below them those of the way " +
      "back. ∂ is the derivative of f by what the box computes: the way back carries it from the result, where it is " +
      "1, to x. Dashed arrows are values that a derivative needs.",
    spec: programSpec(result),
  }];
}

function programSpec({ program, at, value, gradient }: GradientResult): TopLevelSpec {
  return {
    ...program,
    title: { text: "The program, forward and backward", subtitle: `every number that it meets at x = ${at}` },
    description:
      `A drawing of boxes and arrows: from x = ${at} six steps forward to f = ${
        value.toPrecision(4)
      }, and five steps ` +
      `back to the gradient, ${gradient.toPrecision(4)}. Each box has its formula, value and shape.`,
    config: light,
  } as unknown as TopLevelSpec;
}

function spec(result: GradientResult): TopLevelSpec {
  const curve = result.curve.map(roundPoint);
  const [left, right] = [curve[0].x, curve[curve.length - 1].x];
  return {
    $schema: SCHEMA,
    title: {
      text: "A function and its exact derivatives",
      subtitle: `marked at x = ${result.at}, with their values there`,
    },
    description:
      `Three line charts, one above the other: f, its first and its second derivative, for x from ` +
      `${left} to ${right}. f rises from 0 at x = 4 to its maximum near 6 and then falls towards 0. ` +
      `At x = ${result.at} f is ${result.value.toPrecision(4)} and its slope ${
        result.gradient.toPrecision(4)
      }.`,
    config: light,
    datasets: { curve, marked: [marked(result)], tangent: tangent(result) },
    spacing: 12,
    params: [{
      name: "zoom",
      select: { type: "interval", encodings: ["x"], zoom: ZOOM_EVENT },
      bind: "scales",
      views: PANELS.map(({ field }) => field),
    }],
    vconcat: PANELS.map((_, i) => panel(i)),
  };
}

function panel(index: number): Panel {
  const { title } = PANELS[index], last = index === PANELS.length - 1;
  return {
    width: 580,
    height: 130,
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        scale: { domain: [4, 16], nice: false },
        axis: { title: last ? "x" : null, labels: last, ticks: last, tickCount: 12 },
      },
      color: { datum: title, type: "nominal", legend: null, scale: { domain: PANELS.map((p) => p.title) } },
    },
    layer: panelLayers(index),
  };
}

function panelLayers(index: number): Layer[] {
  const { field, title, labelOffset } = PANELS[index];
  return [
    {
      data: { name: "marked" },
      mark: { type: "rule", strokeDash: [2, 3], clip: true, aria: false },
      encoding: { color: { value: "gray" } },
    },
    {
      name: field,
      data: { name: "curve" },
      mark: { type: "line", clip: true },
      encoding: { y: y(field, title) },
    },
    ...(index === 0 ? [tangentLayer()] : []),
    hoverRule(field),
    {
      data: { name: "marked" },
      mark: { type: "point", filled: true, size: 90, opacity: 1, style: "marker", clip: true },
      encoding: { y: y(field, title), tooltip: tooltip() },
    },
    {
      data: { name: "marked" },
      mark: { type: "text", align: "left", dx: 9, dy: labelOffset, clip: true, aria: false },
      encoding: { y: y(field, title), text: { field: `${field}Label` } },
    },
  ];
}

function y(field: string, title: string): Position {
  return {
    field,
    type: "quantitative",
    axis: { title, format: ".3~f", tickCount: 4, minExtent: 46 },
  };
}

function tangentLayer(): Layer {
  return {
    data: { name: "tangent" },
    mark: { type: "line", strokeDash: [7, 4], strokeWidth: 1.75, clip: true, aria: false },
    encoding: { y: y("f", PANELS[0].title), color: { datum: PANELS[1].title } },
  };
}

/** An invisible rule at the sampled x nearest to the pointer: it shows all three values there. */
function hoverRule(field: string): Layer {
  return {
    data: { name: "curve" },
    params: [{
      name: `near_${field}`,
      select: { type: "point", fields: ["x"], nearest: true, on: "pointermove", clear: "pointerout" },
    }],
    mark: { type: "rule", strokeWidth: 1, aria: false, clip: true },
    encoding: {
      color: { value: "gray" },
      opacity: { condition: { param: `near_${field}`, empty: false, value: 0.7 }, value: 0 },
      tooltip: tooltip(),
    },
  };
}

function tooltip(): Tooltip {
  return [
    { field: "x", type: "quantitative", format: ".2f" },
    ...PANELS.map(({ field, title }) => ({ field, title, type: "quantitative" as const, format: ".6f" })),
  ];
}

function roundPoint({ x, f, first, second }: CurvePoint): CurvePoint {
  const orNull = (value: number | null) => value === null ? null : rounded(value);
  return { x: rounded(x), f: orNull(f), first: orNull(first), second: orNull(second) };
}

function marked({ at, value, gradient, second }: GradientResult): Record<string, number | string> {
  const label = (value: number) => shown(Number(value.toPrecision(3)));
  return {
    x: at,
    f: rounded(value),
    first: rounded(gradient),
    second: rounded(second),
    fLabel: label(value),
    firstLabel: label(gradient),
    secondLabel: label(second),
  };
}

function tangent({ at, value, gradient }: GradientResult): { x: number; f: number }[] {
  return [at - 2.4, at + 0.95].map((x) => ({ x: rounded(x), f: rounded(value + gradient * (x - at)) }));
}
