/** Programs as specifications of Vega-Lite: boxes and arrows in a plane of columns and rows. */
import type { Drawing, DrawnEdge, DrawnNode, NodeKind } from "./drawing.ts";

/**
 * What is written around a drawing.
 *
 * @category Programs
 */
export interface DrawingText {
  /** Above it. */
  readonly title?: string;
  /** Below the title. */
  readonly subtitle?: string;
  /** For those who do not see it. */
  readonly description?: string;
}

/** Of a column and a row, how much a box takes. */
const WIDE = 0.84, HIGH = 0.74;
/** Pixels of a column and a row. */
const COLUMN = 132, ROW = 86;

const names = { given: "given", forward: "forward", backward: "backward", update: "changed in place" };

/** The specification of a drawing. */
export function toVega({ nodes, edges, columns, rows }: Drawing, text: DrawingText): Record<string, unknown> {
  const kinds = colorOf(nodes),
    width = COLUMN * columns,
    size: Size = (pixels) => ({ expr: `${pixels} * width / ${width}` });
  const { title = "A program", subtitle = "forward to the right, backward returning below", description } =
    text;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle },
    description: description ??
      `A drawing of ${nodes.length} boxes and ${edges.length} arrows: what a program computes.`,
    width,
    height: ROW * rows,
    config: { background: "white" },
    datasets: {
      nodes: nodes.map(boxOf),
      lines: nodes.flatMap(linesOf),
      edges: edges.flatMap((edge, i) => curveOf(edge, nodes, i)),
      arrows: edges.map((edge) => arrowOf(edge, nodes)),
    },
    encoding: {
      x: scale("x", columns, "from what is given to the result"),
      y: {
        ...scale("y", rows, "backward · forward"),
        scale: { domain: [rows, 0], nice: false, zero: false },
      },
    },
    layer: [...flowLayers(kinds, size), ...boxLayers(kinds, size)],
  };
}

type Size = (pixels: number) => { readonly expr: string };

/** What flows, with an arrow where it arrives. */
function flowLayers(kinds: Record<string, unknown>, size: Size): readonly Record<string, unknown>[] {
  return [
    {
      data: { name: "edges" },
      mark: { type: "line", interpolate: "basis", strokeWidth: size(1.5), aria: false },
      encoding: {
        detail: { field: "edge" },
        order: { field: "order" },
        color: kinds,
        opacity: { condition: { test: "datum.saved", value: 0.3 }, value: 0.8 },
        strokeDash: { condition: { test: "datum.saved", value: [3, 3] }, value: [1, 0] },
      },
    },
    {
      data: { name: "arrows" },
      mark: { type: "point", shape: "triangle", filled: true, size: size(44), aria: false },
      encoding: {
        angle: { field: "angle", type: "quantitative", scale: null },
        color: kinds,
        opacity: { condition: { test: "datum.saved", value: 0.4 }, value: 1 },
      },
    },
  ];
}

/** Boxes over what flows, and what is written in them. */
function boxLayers(kinds: Record<string, unknown>, size: Size): readonly Record<string, unknown>[] {
  return [
    {
      data: { name: "nodes" },
      mark: {
        type: "rect",
        filled: false,
        fill: { expr: "background" },
        cornerRadius: 5,
        strokeWidth: 1.75,
      },
      encoding: {
        x2: { field: "x2" },
        y2: { field: "y2" },
        color: kinds,
        tooltip: { field: "note" },
      },
    },
    {
      data: { name: "lines" },
      mark: { type: "text", fontSize: size(11), aria: false },
      encoding: { text: { field: "text" } },
    },
  ];
}

function scale(field: string, extent: number, title: string): Record<string, unknown> {
  const axis = { title, labels: false, ticks: false, domain: false, grid: false };
  return { field, type: "quantitative", scale: { domain: [0, extent], nice: false, zero: false }, axis };
}

function colorOf(nodes: readonly DrawnNode[]): Record<string, unknown> {
  const kinds: readonly NodeKind[] = ["forward", "backward", "update", "given"];
  const domain = kinds.filter((kind) => nodes.some((node) => node.kind === kind)).map((kind) => names[kind]);
  return { field: "kind", type: "nominal", scale: { domain }, legend: { title: null, orient: "bottom" } };
}

interface Sides {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function sidesOf({ column, row }: DrawnNode): Sides {
  const [x, y] = [column + 0.5, row + 0.5];
  return { left: x - WIDE / 2, right: x + WIDE / 2, top: y - HIGH / 2, bottom: y + HIGH / 2 };
}

function boxOf(node: DrawnNode): Record<string, unknown> {
  const { left, right, top, bottom } = sidesOf(node);
  return { kind: names[node.kind], x: left, x2: right, y: top, y2: bottom, note: node.note };
}

function linesOf({ column, row, lines }: DrawnNode): Record<string, unknown>[] {
  const place = (i: number) =>
    row + 0.5 + (i - (lines.length - 1) / 2) * HIGH / (Math.max(3, lines.length) + 0.3);
  return lines.map((text, i) => ({ text, x: column + 0.5, y: place(i) }));
}

/** Where an arrow leaves a box and enters another, and whether it does so sideways. */
function ends({ from, to }: DrawnEdge, nodes: readonly DrawnNode[]): {
  readonly start: readonly [number, number];
  readonly end: readonly [number, number];
  readonly sideways: boolean;
} {
  const [a, b] = [nodes[from], nodes[to]], [one, other] = [sidesOf(a), sidesOf(b)];
  const sideways = a.column !== b.column, right = a.column < b.column, down = a.row < b.row;
  if (!sideways) {
    const x = a.column + 0.5;
    return { start: [x, down ? one.bottom : one.top], end: [x, down ? other.top : other.bottom], sideways };
  }
  return {
    start: [right ? one.right : one.left, a.row + 0.5],
    end: [right ? other.left : other.right, b.row + 0.5],
    sideways,
  };
}

/** Half of what lies between two columns. */
const GAP = (1 - WIDE) / 2;

function isBlocked(nodes: readonly DrawnNode[], row: number, a: DrawnNode, b: DrawnNode): boolean {
  const [low, high] = [Math.min(a.column, b.column), Math.max(a.column, b.column)];
  return nodes.some((node) => node.row === row && node.column > low && node.column < high);
}

/** How far from its box the middle of an arrow's head is. */
const BEFORE = 0.03;

function curveOf(edge: DrawnEdge, nodes: readonly DrawnNode[], i: number): Record<string, unknown>[] {
  const { start: [x0, y0], end: [x1, y1], sideways } = ends(edge, nodes);
  // It changes its row between columns, before it would pass behind a box.
  const [a, b] = [nodes[edge.from], nodes[edge.to]], step = x0 < x1 ? GAP : -GAP;
  const late = !isBlocked(nodes, a.row, a, b) || isBlocked(nodes, b.row, a, b),
    middle = late ? x1 - step : x0 + step;
  const points = sideways ? [[x0, y0], [middle, y0], [middle, y1], [x1, y1]] : [[x0, y0], [x1, y1]];
  const rest = { kind: names[nodes[edge.to].kind], saved: edge.saved };
  return points.map(([x, y], order) => ({ edge: i, order, x, y, ...rest }));
}

function arrowOf(edge: DrawnEdge, nodes: readonly DrawnNode[]): Record<string, unknown> {
  const { start: [x0, y0], end: [x, y], sideways } = ends(edge, nodes);
  const rest = { kind: names[nodes[edge.to].kind], saved: edge.saved };
  if (sideways) return { x: x + (x0 < x ? -BEFORE : BEFORE), y, angle: x0 < x ? 90 : 270, ...rest };
  return { x, y: y + (y0 < y ? -BEFORE : BEFORE), angle: y0 < y ? 180 : 0, ...rest };
}
