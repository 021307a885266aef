/** The ratios of a run as a chart: a row for each case, a point for each peer. */
import type { TopLevelSpec } from "vega-lite";
import { type Chart, type Layer, rounded, SCHEMA, type Tooltip } from "../../demos/charts/chart.ts";
import { light } from "../../demos/charts/theme.ts";
import { type Figures, isPeer, peerName, rowName } from "./figures.ts";

/** One peer's time over ours in one case. */
interface Point {
  readonly work: string;
  readonly peer: string;
  readonly ratio: number;
  readonly least: number;
  readonly most: number;
}

const SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down"];

const tooltip: Tooltip = [
  { field: "work" },
  { field: "peer" },
  { field: "ratio", type: "quantitative", title: "its time over ours", format: ".3~g" },
  { field: "least", type: "quantitative", title: "in its best round", format: ".3~g" },
  { field: "most", type: "quantitative", title: "in its worst round", format: ".3~g" },
];

/** The chart of a run. */
export function ratioChart(figures: Figures): Chart {
  return {
    name: figures.backend,
    caption:
      "A point is a peer's time over ours, the line through it from the best to the worst single round. " +
      "Right of 1 we are faster.",
    spec: specOf(figures),
  };
}

function specOf(figures: Figures): TopLevelSpec {
  const points = pointsOf(figures), works = [...new Set(points.map(({ work }) => work))];
  const { cpu, adapter, date } = figures.machine;
  return {
    $schema: SCHEMA,
    title: {
      text: "Each peer's time over ours",
      subtitle: [
        `tapegrad on ${figures.backend}, ${date}, ${adapter ?? cpu}`,
        "right of 1 we are faster; lines: best to worst round",
      ],
    },
    description: descriptionOf(points, works.length),
    config: light,
    width: 520,
    height: { step: 24 },
    datasets: { points, even: [{ ratio: 1 }] },
    encoding: { x: ratio },
    layer: [
      { data: { name: "even" }, mark: { type: "rule", strokeDash: [4, 4], aria: false } },
      pointLayer(points, works),
    ],
  };
}

const ratio = {
  field: "ratio",
  type: "quantitative",
  title: "the peer's time over ours, on a logarithmic axis",
  scale: { type: "log" },
  axis: { format: "~g", tickCount: 8 },
} as const;

const spread = {
  mark: { type: "rule", strokeWidth: 1.5, opacity: 0.6, aria: false },
  encoding: { x: { ...ratio, field: "least" }, x2: { field: "most" } },
} as const;

/** The points with their spreads. One colour for a library, so that its ways are apart by their shapes. */
function pointLayer(points: readonly Point[], works: readonly string[]): Layer {
  const domain = peersOf(points), libraries = [...new Set(domain.map(libraryOf))];
  const series = (light.range as { category: readonly string[] }).category;
  const range = domain.map((peer) => series[libraries.indexOf(libraryOf(peer)) % series.length]);
  const peer = { field: "peer", type: "nominal", title: null } as const;
  return {
    data: { name: "points" },
    encoding: {
      y: {
        field: "work",
        type: "nominal",
        title: null,
        sort: [...works],
        axis: { labelLimit: 0, grid: true },
      },
      color: { ...peer, scale: { domain, range }, legend: { orient: "top", columns: 3 } },
    },
    layer: [spread, {
      mark: { type: "point", filled: true, size: 80, opacity: 1, style: "marker" },
      encoding: { shape: { ...peer, scale: { domain, range: SHAPES.slice(0, domain.length) } }, tooltip },
    }],
  };
}

function libraryOf(peer: string): string {
  return peer.split(/[, ]/)[0];
}

function peersOf(points: readonly Point[]): string[] {
  return [...new Set(points.map(({ peer }) => peer))];
}

function pointsOf({ rows }: Figures): Point[] {
  return rows.flatMap((row) =>
    row.peers.flatMap((peer) => {
      if (!peer.ratio || !peer.spread || !isPeer(peer)) return [];
      const [least, most] = peer.spread.map(rounded);
      const work = row.dtype === "f32" ? rowName(row) : `${rowName(row)} in ${row.dtype}`;
      return [{ work, peer: peerName(peer), ratio: rounded(peer.ratio), least, most }];
    })
  );
}

function descriptionOf(points: readonly Point[], works: number): string {
  const faster = points.filter(({ ratio }) => ratio >= 1).length;
  return `A dot chart on a logarithmic axis: the time of each of ${
    peersOf(points).length
  } peers over that of ` +
    `tapegrad, in ${works} works. ${faster} of ${points.length} points are at 1 or right of it, where tapegrad is faster.`;
}
