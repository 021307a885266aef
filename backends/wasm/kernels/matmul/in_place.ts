/** Products where matrices lie, which threads share where there are many, or where they are large. */
import type { Job } from "../../threads/job.ts";
import { pieceOf } from "../pieces.ts";
import type { Matrix, Means, Product } from "./multiply.ts";
import type { InPlace } from "./products.ts";
import { costOf } from "./strips.ts";

const calls: Readonly<Record<keyof InPlace, (run: InPlace, product: Product, job: Job) => void>> = {
  direct({ direct }, { a, b, c, m, n, k }, job): void {
    job.call(direct, [a.pointer, a.row, a.column, b.pointer, b.row, c.pointer, c.row, m, n, k]);
  },
  dot({ dot }, { a, b, c, m, n, k }, job): void {
    job.call(dot, [a.pointer, a.row, b.pointer, b.column, c.pointer, c.row, m, n, k]);
  },
  row({ row }, { a, b, c, m, n, k }, job): void {
    for (let i = 0; i < m; i++) {
      job.call(row, [a.pointer + i * a.row, a.column, b.pointer, b.row, c.pointer + i * c.row, n, k]);
    }
  },
};

/** About how many nanoseconds a call takes, and how many times as long as in panels the rest. */
const CALL = 50, SLOW = 4;

/** Computes products that are alike but for where their matrices are, of which no two write to the same place. */
export function multiplyInPlace(
  { products, heap }: Means,
  way: keyof InPlace,
  all: readonly Product[],
): void {
  const call = calls[way], each = CALL + SLOW * costOf(all[0], products.size), cost = each * all.length;
  if (!heap.isShared(cost)) return all.forEach((product) => call(products.inPlace, product, heap.job));
  const parts = all.length === 1 ? cut(all[0], cost) : all, together = pieceOf(parts.length, cost);
  heap.parallel(cost, 0, (job) => {
    parts.forEach((part, i) => {
      call(products.inPlace, part, job);
      if ((i + 1) % together === 0) job.next();
    });
  });
}

// Some rows each: of columns a piece would read less than a page of each row.
function cut(product: Product, cost: number): readonly Product[] {
  const { a, c, m } = product, most = pieceOf(m, cost), parts: Product[] = [];
  for (let i = 0; i < m; i += most) {
    parts.push({ ...product, a: moved(a, i * a.row), c: moved(c, i * c.row), m: Math.min(most, m - i) });
  }
  return parts;
}

function moved({ pointer, ...steps }: Matrix, bytes: number): Matrix {
  return { ...steps, pointer: pointer + bytes };
}
