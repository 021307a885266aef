/** Parts of a product that threads compute apart: each element is computed by the same steps in any of them. */

/** Some rows and columns of a product. */
export interface Strip {
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** About how many nanoseconds a product and a sum of single precision take. */
const EACH = 0.04;

/** About how many nanoseconds a product takes, of elements of so many bytes. */
export function costOf(
  { m, n, k }: { readonly m: number; readonly n: number; readonly k: number },
  size: number,
): number {
  return m * n * k * EACH * size / 4;
}

/** What is smaller is not cut, in rows or columns: what is done once for each of them is then no small part any more. */
const NARROW = 48;
/** A part takes so many nanoseconds at least. */
const LEAST = 20_000;
/** Of several products there are so many parts for each thread. */
const TOGETHER = 8;

/**
 * How much of a product each part has, the smallest first, for threads that take the last one first: half of all in a part
 * a thread, then a quarter, so that few are large and those behind them even out what threads differ in.
 */
export function sharesFor(threads: number, cost: number, tasks: number): readonly number[] {
  const most = Math.min(cost / LEAST, tasks > 1 ? Math.ceil(TOGETHER * threads / tasks) : Infinity);
  const equal = (count: number, size: number) => new Array<number>(Math.max(1, count)).fill(size);
  if (most < 2 * threads) return equal(Math.min(threads, Math.floor(most)), 1);
  if (most < 4 * threads || tasks > 1) return equal(2 * threads, 1);
  return [...equal(2 * threads, 1), ...equal(threads, 2), ...equal(threads, 4)];
}

/** Cuts a product so: each time across the longer side, for of each row and each column something is done in each part. */
export function stripsOf(whole: Strip, tile: readonly [number, number], shares: readonly number[]): Strip[] {
  const { row, rows, column, columns } = whole, isTall = rows >= columns;
  const [extent, each] = isTall ? [rows, tile[0]] : [columns, tile[1]];
  if (shares.length === 1 || extent < 2 * NARROW) return [whole];
  const total = shares.reduce((a, b) => a + b);
  let first = 0, behind = 0;
  while (first + shares[behind] <= total / 2) first += shares[behind++];
  const cut = Math.round(extent * first / total / each) * each;
  if (behind === 0 || cut === 0 || cut >= extent) return [whole];
  const [a, b]: readonly Strip[] = isTall
    ? [{ ...whole, rows: cut }, { ...whole, row: row + cut, rows: rows - cut }]
    : [{ ...whole, columns: cut }, { ...whole, column: column + cut, columns: columns - cut }];
  return [...stripsOf(a, tile, shares.slice(0, behind)), ...stripsOf(b, tile, shares.slice(behind))];
}
