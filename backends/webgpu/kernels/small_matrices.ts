/** Factors of many small matrices and what is solved with them: a workgroup a matrix, which is in its memory. */
import { noRow, notDefinite, singular } from "@tapegrad/core/backend";
import { word } from "../walk/strided.ts";
import { element, first, type Kernel, run, told } from "./matrix_batch.ts";
import { doubleLu } from "./small_determinants.ts";
import * as source from "./small_matrices_source.ts";

const cholesky: Kernel<{ readonly check: boolean }> = (gpu, [x], [factor, info], { check }) => {
  const n = x.shape.at(-1)!;
  run(gpu, {
    op: "cholesky",
    extents: [n, n, 0],
    views: [[factor, 2], [info, 0], [x, 2]],
    written: 2,
    body(names): string {
      const [to, told, from] = [0, 1, 2].map((k) => element(names, k));
      return source.cholesky({ from, to, info: told("0u"), report: `report(${word(0)}, ${first});` });
    },
    ...check && { fault: told((i, order) => notDefinite(x.shape, i, order)) },
  });
};

interface Elimination {
  readonly refuses: string;
  readonly isDouble?: boolean;
}

const lu: Kernel<Elimination> = (gpu, inputs, outputs, { refuses, isDouble }) => {
  if (isDouble) return doubleLu(gpu, inputs, outputs, null);
  const [x] = inputs, [factors, pivots, info] = outputs;
  const [m, n] = x.shape.slice(-2);
  run(gpu, {
    op: "lu",
    extents: [m, n, 0],
    views: [[factors, 2], [pivots, 1], [info, 0], [x, 2]],
    written: 3,
    body(names): string {
      const [to, place, told, from] = [0, 1, 2, 3].map((k) => element(names, k));
      const last = `${told("0u")} = i32(bad); if (bad > 0u) { report(${word(0)}, ${first}); }`;
      return source.elimination(from, (k) => `${place(k)} = i32(best) + 1;`) +
        source.stored(to, last);
    },
    ...refuses !== "" && { fault: told((i, pivot) => singular(refuses, x.shape, i, pivot)) },
  });
};

interface Triangular {
  readonly upper: boolean;
  readonly unit: boolean;
  readonly left: boolean;
}

const triangularSolve: Kernel<Triangular> = (gpu, [t, b], [x], { upper, unit, left }) => {
  const n = t.shape.at(-1)!, columns = b.shape.at(left ? -1 : -2)!;
  if (b.shape.includes(0)) return;
  run(gpu, {
    op: "triangularSolve",
    key: `${upper}${unit}${left}`,
    extents: [n, n, columns],
    views: [[x, 2], [t, 2], [b, 2]],
    written: 1,
    body(names): string {
      const [to, matrix, from] = [0, 1, 2].map((k) => element(names, k));
      const turned = (of: typeof to): typeof to => left ? of : (i, j) => of(j!, i);
      const triangle = { isTurned: !left, isUpper: upper === left, unit };
      return source.loaded(matrix) +
        source.eachColumn([turned(from), turned(to)], source.substitution(triangle));
    },
  });
};

const luSolve: Kernel<{ readonly adjoint: boolean }> = (gpu, [, factors, pivots, b], [x], { adjoint }) => {
  const n = factors.shape.at(-1)!, columns = b.shape.at(-1)!;
  if (b.shape.includes(0)) return;
  run(gpu, {
    op: "luSolve",
    key: String(adjoint),
    extents: [n, n, columns],
    views: [[x, 2], [factors, 2], [pivots, 1], [b, 2]],
    written: 1,
    body(names): string {
      const [to, matrix, place, from] = [0, 1, 2, 3].map((k) => element(names, k));
      const lower = { isTurned: adjoint, isUpper: adjoint, unit: true };
      const upper = { isTurned: adjoint, isUpper: !adjoint, unit: false };
      const exchanged = source.exchanged((i) => `u32(${place(i)} - 1)`, adjoint);
      const steps = adjoint
        ? [source.substitution(upper), source.substitution(lower), exchanged]
        : [exchanged, source.substitution(lower), source.substitution(upper)];
      return source.loaded(matrix) + source.eachColumn([from, to], steps.join("\n"));
    },
  });
};

const luPermutation: Kernel<{ readonly rows: number }> = (gpu, [pivots], [order, places], { rows }) => {
  const count = pivots.shape.at(-1)!;
  run(gpu, {
    op: "luPermutation",
    extents: [count, rows, 0],
    views: [[order, 1], [places, 1], [pivots, 1]],
    written: 2,
    body(names): string {
      const [to, back, place] = [0, 1, 2].map((k) => element(names, k));
      return source.permutation(place, {
        to,
        back,
        report: `report(${word(0)}, bitcast<u32>(k + 1));`,
      });
    },
    fault: (word) => noRow(word | 0, rows),
  });
};

/** The kernels by the names of ops; they are asked for small matrices alone. */
export const smallMatrices: Readonly<Record<string, Kernel<never>>> = {
  cholesky,
  lu,
  triangularSolve,
  luSolve,
  luPermutation,
};
