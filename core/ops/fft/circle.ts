/** Points of the unit circle, as exact as double precision has them. */

/** Complex numbers: their real and their imaginary parts. */
export interface Numbers {
  /** The real parts. */
  readonly re: Float64Array;
  /** The imaginary parts. */
  readonly im: Float64Array;
}

/** Room for so many complex numbers; zeros. */
export function numbers(length: number): Numbers {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** Sets number `at` to e^(-2πi·k/n), of whole k from 0 to n: the angle is brought into an eighth of the circle, exactly. */
function setPoint({ re, im }: Numbers, at: number, k: number, n: number): void {
  const quarter = Math.floor(4 * k / n), rest = 4 * k - quarter * n, isLate = 2 * rest > n;
  const angle = (isLate ? n - rest : rest) * Math.PI / (2 * n);
  const [x, y] = isLate ? [Math.sin(angle), Math.cos(angle)] : [Math.cos(angle), Math.sin(angle)];
  const isTurned = quarter % 2 === 1, sign = quarter === 1 || quarter === 2 ? -1 : 1;
  re[at] = sign * (isTurned ? y : x);
  im[at] = (quarter > 1 ? 1 : -1) * (isTurned ? x : y);
}

/** e^(-2πi·k/n) of each k below n. */
export function roots(n: number): Numbers {
  const all = numbers(n), { re, im } = all;
  for (let k = 0; 2 * k <= n; k++) {
    setPoint(all, k, k, n);
    if (k > 0) {
      re[n - k] = re[k];
      im[n - k] = -im[k];
    }
  }
  return all;
}

/** e^(-πi·k²/n) of each k below n: what Bluestein's convolution is made of. */
export function chirp(n: number): Numbers {
  const all = numbers(n);
  // k² modulo 2n by its differences, which stay exact whatever k is.
  for (let k = 0, square = 0; k < n; k++) {
    setPoint(all, k, square, 2 * n);
    square = (square + 2 * k + 1) % (2 * n);
  }
  return all;
}
