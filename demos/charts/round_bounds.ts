import { rounded } from "./chart.ts";

/** Digits that stand before powers of ten, every so many powers. */
interface Grid {
  readonly digits: readonly number[];
  readonly every: number;
}

const sequence = (step: number): number[] => Array.from({ length: 9 / step }, (_, i) => 1 + i * step);

/** From the finest to the coarsest. */
const GRIDS: readonly Grid[] = [
  { digits: sequence(0.1), every: 1 },
  { digits: sequence(0.5), every: 1 },
  { digits: [1, 1.5, 2, 3, 5, 7], every: 1 },
  { digits: [1, 2, 5], every: 1 },
  { digits: [1, 3], every: 1 },
  ...[1, 2, 4, 8, 16, 32].map((every) => ({ digits: [1], every })),
];

const MOST = 14;

/**
 * Round numbers, about evenly spread on a logarithmic axis, that enclose all positive values: as many as
 * fit, and a few more next to the least value, where a descent ends.
 */
export function roundBounds(values: readonly number[]): number[] {
  const positive = values.filter((value) => value > 0);
  const range = [Math.min(...positive), Math.max(...positive)] as const;
  const all = GRIDS.map((grid) => enclosing(range, grid));
  const main = all.find((bounds) => bounds.length <= MOST) ?? all[all.length - 1];
  const nearby = enclosing(range, { digits: sequence(1), every: 1 }).filter((bound) =>
    bound < 1.5 * range[0]
  );
  const bounds = [...new Set([...main, ...nearby])].sort((a, b) => a - b);
  return bounds.slice(bounds.findLastIndex((bound) => bound <= range[0]));
}

/** The numbers of a grid from the last one not above the range to the first one not below it. */
function enclosing([least, greatest]: readonly [number, number], { digits, every }: Grid): number[] {
  const first = Math.floor(Math.log10(least) / every) * every;
  const count = Math.ceil((Math.log10(greatest) - first) / every) + 2;
  const numbers = Array.from({ length: count }, (_, i) => first + i * every)
    .flatMap((power) => digits.map((digit) => rounded(digit * 10 ** power)));
  const from = Math.max(0, numbers.findLastIndex((number) => number <= least));
  return numbers.slice(from, numbers.findIndex((number) => number > greatest) + 1);
}
