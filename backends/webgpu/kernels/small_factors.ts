/** Orthogonal factors, spectra and exponentials of many small matrices: a workgroup a matrix. */
import * as exponentials from "./exponential_source.ts";
import * as symmetric from "./eigh_source.ts";
import { element, type Kernel, run } from "./matrix_batch.ts";
import * as reflectors from "./reflectors_source.ts";
import * as singular from "./svd_source.ts";
import type { Element } from "./small_matrices_source.ts";

function turned(of: Element): Element {
  return (i, j) => of(j!, i);
}

const qr: Kernel<{ readonly mode: "reduced" | "complete" | "raw" }> = (
  gpu,
  [x],
  [first, second],
  { mode },
) => {
  const [m, n] = x.shape.slice(-2), isRaw = mode === "raw", isSquare = mode === "complete" && m > n;
  run(gpu, {
    op: "qr",
    key: `${isRaw}${isSquare}`,
    extents: [m, n, first.shape.at(-1)!],
    views: [[first, 2], [second, isRaw ? 1 : 2], [x, 2]],
    written: 2,
    room: reflectors.room,
    body(names): string {
      const [to, beside, from] = [0, 1, 2].map((k) => element(names, k));
      return isRaw
        ? reflectors.packed({ from, to, tau: beside })
        : reflectors.qr({ from, q: to, r: beside, isSquare });
    },
  });
};

interface EighAttributes {
  readonly upper: boolean;
  readonly vectors: boolean;
}

const eigh: Kernel<EighAttributes> = (gpu, [x], [values, vectors], { upper, vectors: wanted }) => {
  const n = x.shape.at(-1)!;
  run(gpu, {
    op: "eigh",
    key: `${upper}${wanted}`,
    extents: [n, n, 0],
    views: [[values, 1], ...(wanted ? [[vectors, 2]] as const : []), [x, 2]],
    written: wanted ? 2 : 1,
    room: symmetric.room,
    body(names): string {
      const from = element(names, wanted ? 2 : 1);
      return symmetric.eigh({
        from: upper ? turned(from) : from,
        values: element(names, 0),
        vectors: wanted ? element(names, 1) : null,
      });
    },
  });
};

const svd: Kernel<{ readonly vectors: boolean }> = (gpu, [x], [u, s, vh], { vectors: wanted }) => {
  const [m, n] = x.shape.slice(-2), isWide = m < n;
  run(gpu, {
    op: "svd",
    key: `${isWide}${wanted}`,
    extents: isWide ? [n, m, 0] : [m, n, 0],
    views: [[s, 1], ...(wanted ? [[u, 2], [vh, 2]] as const : []), [x, 2]],
    written: wanted ? 3 : 1,
    room: singular.room,
    body(names): string {
      const from = element(names, wanted ? 3 : 1), values = element(names, 0);
      const [left, right] = [1, 2].map((k) => element(names, k));
      // Of the transpose U is V.
      const sides = isWide ? { u: turned(right), vh: turned(left) } : { u: left, vh: right };
      return singular.svd(isWide ? turned(from) : from, { values, vectors: wanted ? sides : null });
    },
  });
};

const matrixExp: Kernel<null> = (gpu, [x], [result]) => {
  const n = x.shape.at(-1)!;
  run(gpu, {
    op: "matrixExp",
    extents: [n, n, 0],
    views: [[result, 2], [x, 2]],
    written: 1,
    room: exponentials.room,
    body: (names) => exponentials.exponential(element(names, 1), element(names, 0)),
  });
};

/** The kernels by the names of ops; they are asked for small matrices alone. */
export const smallFactors: Readonly<Record<string, Kernel<never>>> = { qr, eigh, svd, matrixExp };
