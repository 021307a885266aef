// @ts-types="npm:@types/d3-contour@^3.0.6"
import { contours } from "d3-contour";
import { rounded } from "./chart.ts";

/** Values on a regular grid, one row for each y. */
export interface Field {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly values: readonly (readonly number[])[];
}

/** A closed curve, to be filled with the colour of the band just inside of it. */
export interface Ring {
  /** Counts that band from 0, the lowest. */
  readonly band: number;
  readonly from: number;
  readonly to: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

type Point = readonly [number, number];

/**
 * The bands between neighbouring bounds as rings in the order in which to paint them. Level lines do
 * not cross, so painting the larger ring first is right, for a hollow in a hill and a hill in a hollow.
 */
export function bands(field: Field, bounds: readonly number[]): Ring[] {
  const padded = padOut(field);
  const rings = [{ band: 0, ring: frame(padded) }];
  const trace = contours().size([padded.x.length, padded.y.length]).smooth(true);
  const flat = padded.values.flat();
  for (let i = 1; i < bounds.length - 1; i++) {
    for (const polygon of trace.contour(flat, bounds[i]).coordinates) {
      polygon.forEach((ring, hole) => {
        rings.push({
          band: hole ? i - 1 : i,
          ring: ring.map(([column, row]) => toData(padded, column, row)),
        });
      });
    }
  }
  return rings
    .map(({ band, ring }) => ({ band, ring, area: Math.abs(signedArea(ring)) }))
    .sort((a, b) => b.area - a.area)
    .map(({ band, ring }) => toRing(ring, bounds, band));
}

/** The bands of a coarse field that is not negative, whose logarithm is interpolated by cubics to five times the points. */
export function smoothBands(field: Field, bounds: readonly number[]): Ring[] {
  const logarithm = (value: number): number => Math.log(Math.max(value, bounds[0])); // a loss can be 0
  const rows = field.values.map((row) => refine(row.map(logarithm)));
  const columns = transpose(transpose(rows).map(refine));
  const fine = { x: refine(field.x), y: refine(field.y), values: columns };
  return bands(fine, bounds.map(Math.log)).map((ring) => ({
    ...ring,
    from: rounded(bounds[ring.band]),
    to: rounded(bounds[ring.band + 1]),
  }));
}

const REFINEMENT = 5;

/** Catmull and Rom's spline through the values; the ends are continued in a straight line. */
function refine(values: readonly number[]): number[] {
  const last = values.length - 1;
  const at = (i: number): number =>
    i < 0 ? 2 * values[0] - values[1] : i > last ? 2 * values[last] - values[last - 1] : values[i];
  return Array.from({ length: last * REFINEMENT + 1 }, (_, k) => {
    const i = Math.min(Math.floor(k / REFINEMENT), last - 1);
    const t = k / REFINEMENT - i;
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    return b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2;
  });
}

function transpose(rows: readonly (readonly number[])[]): number[][] {
  return rows[0].map((_, column) => rows.map((row) => row[column]));
}

/** Repeats the border once, a cell further out: the curves then close outside of the field. */
function padOut({ x, y, values }: Field): Field {
  const widen = (axis: readonly number[]): number[] => {
    const step = axis[1] - axis[0];
    return [axis[0] - step, ...axis, axis[axis.length - 1] + step];
  };
  const rows = values.map((row) => [row[0], ...row, row[row.length - 1]]);
  return { x: widen(x), y: widen(y), values: [rows[0], ...rows, rows[rows.length - 1]] };
}

/** d3-contour counts in cells and puts a value in the middle of its cell. */
function toData({ x, y }: Field, column: number, row: number): Point {
  const at = (axis: readonly number[], index: number) => axis[0] + (index - 0.5) * (axis[1] - axis[0]);
  return [at(x, column), at(y, row)];
}

function frame(field: Field): Point[] {
  const [right, top] = [field.x.length, field.y.length];
  return [[0, 0], [right, 0], [right, top], [0, top]].map(([x, y]) => toData(field, x, y));
}

function signedArea(ring: readonly Point[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

function toRing(ring: readonly Point[], bounds: readonly number[], band: number): Ring {
  const coordinates = (axis: 0 | 1) => ring.map((point) => Number(point[axis].toFixed(4)));
  return {
    band,
    from: rounded(bounds[band]),
    to: rounded(bounds[band + 1]),
    x: coordinates(0),
    y: coordinates(1),
  };
}
