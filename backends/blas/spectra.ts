/** Eigenvalues and singular values by a library's LAPACK. */
import type { HostEigen, HostSpectrum, MatrixRoutines } from "@tapegrad/core/backend";
import type { Foreign, Functions } from "./host.ts";
import { isLarge, letter, turned, whole, wholes, withRoom } from "./fortran.ts";

/** What a library has of them; what it lacks, or does not find in its tries, is left to TypeScript. */
export function spectraBy(
  { dsyevd_: symmetric, dgesdd_: singular, dgeev_: eigen }: Functions,
): MatrixRoutines {
  return {
    ...symmetric && { symmetric: (a, n, wanted) => symmetricBy(symmetric, a, n, wanted) },
    ...singular && { singular: (a, m, n, wanted) => singularBy(singular, a, [m, n], wanted) },
    ...eigen && { eigen: (a, n, wanted) => eigenBy(eigen, a, n, wanted) },
  };
}

function symmetricBy(find: Foreign, a: Float64Array, n: number, wanted: boolean): HostSpectrum | undefined {
  if (!isLarge(n, n)) return undefined;
  const vectors = a.slice(), values = new Float64Array(n), info = whole(0), room = whole(-1);
  const job = letter(wanted ? "V" : "N"), triangle = letter("U"), order = whole(n);
  let places = whole(0);
  withRoom((work, count) => {
    find(job, triangle, order, vectors, order, values, work, count, places, room, info, 1, 1);
    if (room[0] === -1) [room[0], room[1], places] = [places[0], 0, wholes(places[0])];
  });
  return info[0] === 0 ? { values, vectors: wanted ? vectors : null, right: null } : undefined;
}

function singularBy(
  find: Foreign,
  a: Float64Array,
  [m, n]: readonly [number, number],
  wanted: boolean,
): HostSpectrum | undefined {
  if (!isLarge(m, n)) return undefined;
  const lying = turned(a, m, n),
    values = new Float64Array(n),
    info = whole(0),
    places = wholes(8 * n);
  const left = new Float64Array(wanted ? n * m : 1), right = new Float64Array(wanted ? n * n : 1);
  const [job, rows, columns] = [letter(wanted ? "S" : "N"), whole(m), whole(n)];
  withRoom((work, count) =>
    find(job, rows, columns, lying, rows, values, left, rows, right, columns, work, count, places, info, 1)
  );
  if (info[0] !== 0) return undefined;
  return { values, vectors: wanted ? left : null, right: wanted ? turned(right, n, n) : null };
}

function eigenBy(find: Foreign, a: Float64Array, n: number, wanted: boolean): HostEigen | undefined {
  if (!isLarge(n, n)) return undefined;
  const lying = turned(a, n, n),
    info = whole(0),
    order = whole(n),
    none = letter("N"),
    one = new Float64Array(1);
  const [re, im] = [new Float64Array(n), new Float64Array(n)], found = new Float64Array(wanted ? n * n : 1);
  const job = wanted ? letter("V") : none;
  withRoom((work, count) =>
    find(none, job, order, lying, order, re, im, one, whole(1), found, order, work, count, info, 1, 1)
  );
  if (info[0] !== 0) return undefined;
  return { values: { re, im }, vectors: wanted ? apart(found, im, n) : null };
}

// Of two that are conjugate it gives the real parts, then the imaginary ones.
function apart(found: Float64Array, im: Float64Array, n: number): HostEigen["vectors"] {
  const vectors = { re: found.slice(), im: new Float64Array(n * n) };
  for (let k = 0; k + 1 < n; k++) {
    if (im[k] === 0) continue;
    const [first, second] = [found.subarray(k * n, (k + 1) * n), found.subarray((k + 1) * n, (k + 2) * n)];
    vectors.re.set(first, (k + 1) * n);
    vectors.im.set(second, k * n);
    vectors.im.set(second.map((x) => -x), (k + 1) * n);
    k++;
  }
  return vectors;
}
