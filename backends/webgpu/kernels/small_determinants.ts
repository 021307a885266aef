/** Determinants of many small matrices, and what their gradients need: a workgroup a matrix. */
import { element, type Kernel, run } from "./matrix_batch.ts";
import * as source from "./doubles_source.ts";
import { THREADS } from "./small_matrices_source.ts";

const determinant: Kernel<null> = (gpu, [x], [det]) => {
  const n = x.shape.at(-1)!;
  run(gpu, {
    op: "determinant",
    extents: [n, n, 0],
    views: [[det, 0], [x, 2]],
    written: 1,
    room: source.room,
    body(names): string {
      const [to, from] = [0, 1].map((k) => element(names, k));
      return source.elimination(from, false) + source.determinant(to("0u"));
    },
  });
};

const pivotOrder: Kernel<null> = (gpu, [x], [rows, columns, sign, last]) => {
  const n = x.shape.at(-1)!;
  run(gpu, {
    op: "pivotOrder",
    extents: [n, n, 0],
    views: [[rows, 1], [columns, 1], [sign, 0], [last, 0], [x, 2]],
    written: 4,
    room: source.room,
    body(names): string {
      const [row, column, side, pivot, from] = [0, 1, 2, 3, 4].map((k) => element(names, k));
      return `${source.elimination(from, true)}
  for (var i = thread; i < n; i += ${THREADS}u) {
    ${row("i")} = i32(rows[i]);
    ${column("i")} = i32(order[i]);
  }
  if (thread == 0u) {
    ${side("0u")} = select(1f, -1f, odd == 1u);
    let at = max(n, 3u) - 3u;
    ${pivot("0u")} = select(1f, a[at * (n + 1u)].x * back, n > 2u);
  }`;
    },
  });
};

/** The kernel of `lu` where it is asked for in double precision, and tells of pivots that are 0. */
export const doubleLu: Kernel<unknown> = (gpu, [x], [factors, pivots, info]) => {
  const [m, n] = x.shape.slice(-2);
  run(gpu, {
    op: "lu",
    key: "double",
    extents: [m, n, 0],
    views: [[factors, 2], [pivots, 1], [info, 0], [x, 2]],
    written: 3,
    room: source.room,
    body(names): string {
      const [to, place, told, from] = [0, 1, 2, 3].map((k) => element(names, k));
      return `${source.elimination(from, false, (k) => `${place(k)} = i32(best.x) + 1;`)}
  for (var e = thread; e < m * n; e += ${THREADS}u) {
    let i = e / n;
    let j = e % n;
    ${to("i", "j")} = a[e].x * select(back, 1f, i > j);
  }
  if (thread == 0u) { ${told("0u")} = i32(bad); }`;
    },
  });
};

/** The kernels by the names of ops; they are asked for small matrices alone. */
export const smallDeterminants: Readonly<Record<string, Kernel<never>>> = { determinant, pivotOrder };
