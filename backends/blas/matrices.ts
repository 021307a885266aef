/** Factors of matrices in double precision by a library's LAPACK, which has them in columns. */
import type { HostMatrix, MatrixRoutines } from "@tapegrad/core/backend";
import type { Foreign, Functions } from "./host.ts";
import type { Matrix } from "../common/matrix.ts";
import { isLarge, letter, turned, whole, withRoom } from "./fortran.ts";
import { lieOf, multiplyBy, type Routines } from "./multiply.ts";
import { spectraBy } from "./spectra.ts";

/** With fewer products of numbers the call costs more than it saves. */
const LEAST = 512;

/**
 * What a library has for matrices on the host; what it lacks is left out. Its dgetrf is not called: on several threads
 * that of OpenBLAS recurs with frames of half a megabyte, more than the stack of a worker has.
 */
export function matricesBy(functions: Functions, routines: Routines): MatrixRoutines {
  const { cblas_dtrsm: solve, dpotrf_: cholesky, dgeqrf_: qr, dorgqr_: reflected } = functions;
  return {
    subtractProduct: (c, a, b) => subtractBy(routines, c, a, b),
    ...solve && { solveTriangular: (t, b, upper, unit) => solveBy(solve, t, b, upper, unit) },
    ...cholesky && { cholesky: (a) => choleskyBy(cholesky, a) },
    ...qr && { qr: (a, m, n) => qrBy(qr, a, m, n) },
    ...reflected && {
      reflected: (packed, taus, [m, width, columns]) =>
        reflectedBy(reflected, packed, taus, [m, width, columns]),
    },
    ...spectraBy(functions),
  };
}

function placed({ data, offset, down, across }: HostMatrix): Matrix {
  return { data, start: offset, row: down, column: across };
}

function subtractBy(routines: Routines, c: HostMatrix, a: HostMatrix, b: HostMatrix): true | undefined {
  const m = c.rows, n = c.columns, k = a.columns;
  if (m * n * k < LEAST) return undefined;
  return multiplyBy(routines, { a: placed(a), b: placed(b), c: placed(c), m, n, k }, true, -1) || undefined;
}

const BY_ROWS = 101, PLAIN = 111, UPPER = 121, LOWER = 122, ANY = 131, UNIT = 132, LEFT = 141, RIGHT = 142;

function solveBy(
  solve: Foreign,
  t: HostMatrix,
  b: HostMatrix,
  upper: boolean,
  unit: boolean,
): true | undefined {
  const n = t.rows, x = lieOf(placed(t), n, n), y = lieOf(placed(b), n, b.columns);
  if (n * n * b.columns < LEAST || !x || !y) return undefined;
  const isRight = y.flag !== PLAIN;
  // Which triangle there is where it lies; from the right its transpose solves.
  const triangle = (x.flag === PLAIN) === upper ? UPPER : LOWER;
  const flag = isRight ? PLAIN + (x.flag === PLAIN ? 1 : 0) : x.flag, [rows, columns] = [n, b.columns];
  const extents = isRight ? [columns, rows] : [rows, columns];
  const [side, diagonal] = [isRight ? RIGHT : LEFT, unit ? UNIT : ANY];
  const factor = t.data.subarray(t.offset), sides = b.data.subarray(b.offset);
  solve(BY_ROWS, side, triangle, flag, diagonal, extents[0], extents[1], 1, factor, x.apart, sides, y.apart);
  return true;
}

// The lower triangle in rows is the upper one in columns.
function choleskyBy(
  factor: Foreign,
  { data, offset, rows: n, down, across }: HostMatrix,
): number | undefined {
  if (!isLarge(n, n) || across !== 1) return undefined;
  const info = whole(0);
  factor(letter("U"), whole(n), data.subarray(offset), whole(down), info, 1);
  if (info[0] !== 0) return info[0];
  for (let i = 0; i < n; i++) if (Number.isNaN(data[offset + i * (down + 1)])) return i + 1;
  return 0;
}

function qrBy(factor: Foreign, a: Float64Array, m: number, n: number): Float64Array | undefined {
  if (!isLarge(m, n)) return undefined;
  const lying = turned(a, m, n), taus = new Float64Array(Math.min(m, n)), info = whole(0);
  withRoom((work, count) => factor(whole(m), whole(n), lying, whole(m), taus, work, count, info));
  a.set(turned(lying, n, m));
  return taus;
}

function reflectedBy(
  multiply: Foreign,
  packed: Float64Array,
  taus: Float64Array,
  [m, width, columns]: readonly [number, number, number],
): Float64Array | undefined {
  const count = Math.min(taus.length, columns);
  if (!isLarge(m, columns) || count < taus.length) return undefined;
  const lying = new Float64Array(m * columns), info = whole(0);
  lying.set(turned(packed, m, width).subarray(0, m * Math.min(width, columns)));
  withRoom((work, room) =>
    multiply(whole(m), whole(columns), whole(count), lying, whole(m), taus, work, room, info)
  );
  return turned(lying, columns, m);
}
