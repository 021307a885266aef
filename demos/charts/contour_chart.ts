import type { TopLevelSpec } from "vega-lite";
import { type Layer, type Position, rounded, SCHEMA, shown, type Tooltip, zoom } from "./chart.ts";
import { bands, type Field, type Ring, smoothBands } from "./contours.ts";
import { light } from "./theme.ts";

/** Paths over the level lines of a function of two variables. */
export interface ContourChart {
  readonly title: string;
  readonly subtitle: string | string[];
  readonly description: string;
  readonly field: Field;
  /** For a coarse field whose bounds grow by factors: interpolates the logarithms of its values smoothly. */
  readonly logarithmic?: boolean;
  /** Ascending; between two neighbours lies a band of one colour. */
  readonly bounds: readonly number[];
  /** What the axes and the value are called. */
  readonly names: { readonly x: string; readonly y: string; readonly value: string };
  readonly pathTitle: string;
  readonly paths: readonly Path[];
  /** A dot is drawn after so many steps. */
  readonly dotEvery: number;
}

/** A path over a contour chart, as it was walked. */
export interface Path {
  /** What it is called in the legend and in the tooltips. */
  readonly run: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly value: number }[];
}

interface Waypoint {
  readonly run: string;
  readonly step: number;
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

interface Arrow {
  readonly run: string;
  readonly x: number;
  readonly y: number;
  /** Clockwise from upwards, in degrees, as Vega turns a symbol. */
  readonly heading: number;
}

const SIDE = 480;

/** An arrowhead that points upwards, as a path in a square from −1 to 1. */
const ARROW = "M0,-1L0.75,0.8L0,0.4L-0.75,0.8Z";

/** Both axes have one scale, so that a path down the slope is seen to cross level lines at right angles. */
export function contourSpec(chart: ContourChart): TopLevelSpec {
  const { field, names, dotEvery } = chart;
  const waypoints = chart.paths.flatMap(toWaypoints);
  const spacing = extent(field.x) / 7;
  return {
    $schema: SCHEMA,
    title: { text: chart.title, subtitle: chart.subtitle },
    description: chart.description,
    config: light,
    width: SIDE,
    height: Math.round(SIDE * extent(field.y) / extent(field.x)),
    datasets: {
      bands: bandsOf(chart),
      paths: waypoints,
      dots: waypoints.filter(({ step }) => step % dotEvery === 0),
      arrows: chart.paths.flatMap((path) => arrows(path, spacing)),
    },
    encoding: {
      x: axis("x", names.x, field.x),
      y: axis("y", names.y, field.y),
    },
    layer: [bandLayer(chart), ...pathLayers(chart)],
  };
}

interface Traced {
  readonly bounds: string;
  readonly rings: Ring[];
}

// A chart that is drawn again while its paths grow traces its field once.
const traced = new WeakMap<Field["values"], Traced>();

/** The same array for the same field, by which a page sees that nothing is new. */
function bandsOf({ field, bounds, logarithmic }: ContourChart): Ring[] {
  const found = traced.get(field.values);
  if (found?.bounds === bounds.join()) return found.rings;
  const rings = logarithmic ? smoothBands(field, bounds) : bands(field, bounds);
  traced.set(field.values, { bounds: bounds.join(), rings });
  return rings;
}

function extent(axis: readonly number[]): number {
  return axis[axis.length - 1] - axis[0];
}

function axis(field: "x" | "y", title: string, ticks: readonly number[]): Position {
  const domain = [rounded(ticks[0]), rounded(ticks[ticks.length - 1])];
  const scale = { domain, nice: false, zero: false };
  return { field, type: "quantitative", title, axis: { grid: false, tickCount: 7 }, scale };
}

/** The bands have one height each in the legend, whatever their bounds: it counts them, and names the bounds. */
function bandLayer({ bounds, names }: ContourChart): Layer {
  const inner = bounds.slice(1, -1);
  const labels = `[${inner.map((bound) => `'${shown(rounded(bound))}'`).join(", ")}][datum.value - 1]`;
  return {
    data: { name: "bands" },
    transform: [
      { window: [{ op: "row_number", as: "ring" }] },
      { flatten: ["x", "y"] },
      { window: [{ op: "row_number", as: "corner" }] },
    ],
    params: [zoom],
    mark: {
      type: "line",
      style: "level",
      interpolate: "linear-closed",
      strokeWidth: 0.8,
      strokeOpacity: 0.45,
      clip: true,
      aria: false,
    },
    encoding: {
      detail: { field: "ring" },
      order: { field: "corner" },
      fill: {
        field: "band",
        type: "quantitative",
        title: names.value,
        scale: { type: "threshold", domain: inner.map((_, i) => i + 1) },
        legend: { labelExpr: labels },
      },
      tooltip: [
        { field: "from", type: "quantitative", title: `${names.value} from` },
        { field: "to", type: "quantitative", title: `${names.value} to` },
      ],
    },
  };
}

const arrowMark = {
  type: "point",
  shape: ARROW,
  filled: true,
  style: "marker",
  size: 240,
  opacity: 1,
  clip: true,
  aria: false,
} as const;

function pathLayers(chart: ContourChart): Layer[] {
  const { pathTitle, paths } = chart;
  const color = {
    field: "run",
    type: "nominal",
    title: pathTitle,
    sort: paths.map(({ run }) => run),
    legend: { orient: "top", columns: 4, titleOrient: "left" },
  } as const;
  const line = { type: "line", clip: true, aria: false } as const;
  return [
    {
      data: { name: "paths" },
      mark: { ...line, style: "halo", strokeWidth: 6, opacity: 0.85 },
      encoding: { detail: { field: "run" }, order: { field: "step" } },
    },
    {
      data: { name: "paths" },
      mark: { ...line, strokeWidth: 2.5 },
      encoding: { color, order: { field: "step" } },
    },
    {
      data: { name: "dots" },
      mark: { type: "point", filled: true, style: "marker", opacity: 1, clip: true },
      encoding: {
        color,
        size: { condition: { test: "datum.step === 0", value: 150 }, value: 42 },
        tooltip: pathTooltip(chart),
      },
    },
    {
      data: { name: "arrows" },
      mark: arrowMark,
      encoding: { color, angle: { field: "heading", type: "quantitative", scale: null } },
    },
  ];
}

function pathTooltip({ names, pathTitle }: ContourChart): Tooltip {
  const number = (field: string, title: string) => ({
    field,
    type: "quantitative" as const,
    title,
    format: ".4~f",
  });
  return [
    { field: "run", title: pathTitle },
    { field: "step", type: "quantitative", title: "steps taken" },
    number("x", names.x),
    number("y", names.y),
    number("value", names.value),
  ];
}

function toWaypoints({ run, points }: Path): Waypoint[] {
  return points.map(({ x, y, value }, step) => ({
    run,
    step,
    x: rounded(x),
    y: rounded(y),
    value: rounded(value),
  }));
}

/** An arrow after each `spacing` of the way, the first after half of it. */
function arrows({ run, points }: Path, spacing: number): Arrow[] {
  const found: Arrow[] = [];
  let walked = spacing / 2;
  for (let i = 1; i < points.length; i++) {
    const [from, to] = [points[i - 1], points[i]];
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    walked += Math.hypot(dx, dy);
    if (walked < spacing) continue;
    walked %= spacing;
    found.push({
      run,
      x: rounded((from.x + to.x) / 2),
      y: rounded((from.y + to.y) / 2),
      heading: rounded(Math.atan2(dx, dy) * 180 / Math.PI),
    });
  }
  return found;
}
