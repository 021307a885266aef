/** Strips of a product that threads compute apart: each element is computed by the same steps in any of them. */

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

/** Into so many strips a product is cut, if they are not too narrow then for what is done once for each. */
const STRIPS = 12, NARROW = 64;

/** Strips of whole tiles, of rows or of columns. */
export function stripsOf(
  { m, n }: { readonly m: number; readonly n: number },
  [height, width]: readonly [number, number],
  preferred: "rows" | "columns",
): readonly Strip[] {
  const isTall = preferred === "rows" ? m >= 2 * NARROW || m >= n : n < 2 * NARROW && m > n;
  const [count, tile] = isTall ? [m, height] : [n, width];
  const each = Math.ceil(Math.max(NARROW, count / STRIPS) / tile) * tile, strips: Strip[] = [];
  for (let at = 0; at < count; at += each) {
    const own = Math.min(each, count - at);
    strips.push(
      isTall ? { row: at, rows: own, column: 0, columns: n } : { row: 0, rows: m, column: at, columns: own },
    );
  }
  return strips;
}
