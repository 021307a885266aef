/** A heat map in SVG. */
import { escapeHtml } from "../base/html.ts";
import { type Ramp, rampOf } from "./colors.ts";
import type { HeatMapOptions } from "./heat_map.ts";
import { showNumber } from "./range.ts";

/** The side of the cells, in pixels, as far as they are not too small or too large for it. */
const SIDE = 400, SMALLEST = 5, LARGEST = 32;
/** As many cells as tell their number when pointed at: a picture of more would weigh too much. */
const TOLD = 400;
/** What is left free around the cells. */
const LEFT = 44, RIGHT = 110, BELOW = 24;

/** What is drawn of a matrix of some shape. */
export interface DrawnMatrix {
  readonly numbers: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  /** Of the matrix, which may have more rows and columns. */
  readonly shape: readonly number[];
}

/** Where the cells are. */
interface Box {
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Of a cell. */
  readonly side: number;
}

/** The picture. */
export function drawn(matrix: DrawnMatrix, { title, range }: HeatMapOptions): string {
  const { rows, columns, numbers } = matrix, finite = Array.from(numbers).filter(Number.isFinite);
  const [low, high] = range ?? [Math.min(...finite), Math.max(...finite)], ramp = rampOf(low, high);
  const side = Math.min(LARGEST, Math.max(SMALLEST, Math.floor(SIDE / Math.max(rows, columns, 1))));
  const box = { top: title === undefined ? 8 : 30, width: columns * side, height: rows * side, side };
  const size = `width="${LEFT + box.width + RIGHT}" height="${box.top + Math.max(box.height, 60) + BELOW}"`;
  const parts = [
    `<rect ${size} fill="white"/>`,
    title === undefined ? "" : `<text x="${LEFT}" y="18" font-weight="600">${escapeHtml(title)}</text>`,
    `<g class="cells" shape-rendering="crispEdges">${cells(matrix, box, ramp)}</g>`,
    positions(matrix.shape, box),
    finite.length === 0 ? "" : legend(ramp, [low, high], box),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">${
    parts.join("")
  }</svg>`;
}

function cells({ numbers, columns }: DrawnMatrix, { top, side }: Box, ramp: Ramp): string {
  return Array.from(numbers, (value, i) => {
    const row = Math.floor(i / columns), column = i % columns;
    const told = numbers.length > TOLD ? "" : `<title>[${row}, ${column}] ${showNumber(value)}</title>`;
    const place = `x="${LEFT + column * side}" y="${top + row * side}"`;
    return `<rect ${place} width="${side}" height="${side}" fill="${ramp.color(value)}">${told}</rect>`;
  }).join("");
}

/** The first and the last index along each axis. */
function positions([rows, columns]: readonly number[], { top, width, height, side }: Box): string {
  if (rows * columns === 0) return "";
  const text = (value: number, x: number, y: number, anchor: string) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${value}</text>`;
  const row = (value: number, y: number) => text(value, LEFT - 6, y + 4, "end");
  const column = (value: number, x: number) => text(value, x, top + height + 16, "middle");
  return [
    row(0, top + side / 2),
    rows > 1 ? row(rows - 1, top + height - side / 2) : "",
    column(0, LEFT + side / 2),
    columns > 1 ? column(columns - 1, LEFT + width - side / 2) : "",
  ].join("");
}

function legend(
  { stops }: Ramp,
  [low, high]: readonly [number, number],
  { top, width, height }: Box,
): string {
  const x = LEFT + width + 16, tall = Math.max(height, 60), each = tall / stops.length;
  const bar = stops.map((color, i) => {
    const y = top + (stops.length - 1 - i) * each;
    return `<rect x="${x}" y="${y}" width="14" height="${each}" fill="${color}"/>`;
  });
  const text = (value: number, y: number) => `<text x="${x + 20}" y="${y}">${showNumber(value)}</text>`;
  return [...bar, text(high, top + 10), text(low, top + tall)].join("");
}
