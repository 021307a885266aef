/** What routines of LAPACK are called with: all by its place, and matrices in columns. */

/** Matrices of fewer rows are factored sooner than they are handed over. */
const SMALL = 24;

/** A whole number by its place, where libraries with words of 64 bits read it too. */
export function whole(value: number): Int32Array {
  return Int32Array.of(value, value < 0 ? -1 : 0);
}

/** Room for so many whole numbers. */
export function wholes(count: number): Int32Array {
  return new Int32Array(2 * count);
}

/** A letter by its place. */
export function letter(of: string): Uint8Array {
  return Uint8Array.of(of.charCodeAt(0));
}

/** Whether a matrix of such extents is worth handing over. */
export function isLarge(m: number, n: number): boolean {
  return Math.min(m, n) >= SMALL;
}

/** Columns side by side as rows, or the other way. */
export function turned(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns), size = 16;
  for (let top = 0; top < rows; top += size) {
    const bottom = Math.min(rows, top + size);
    for (let left = 0; left < columns; left += size) {
      const right = Math.min(columns, left + size);
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) out[j * rows + i] = a[i * columns + j];
      }
    }
  }
  return out;
}

/** Calls a routine that says first how much room it wants. */
export function withRoom(call: (work: Float64Array, count: Int32Array) => void): void {
  const asked = new Float64Array(1);
  call(asked, whole(-1));
  call(new Float64Array(asked[0]), whole(asked[0]));
}
