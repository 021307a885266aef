/** Products where matrices lie, which threads share where there are many, or where they are large. */
import type { Job } from "../../threads/job.ts";
import { pieceOf } from "../pieces.ts";
import type { Matrix, Means, Product } from "./multiply.ts";
import type { InPlace } from "./products.ts";
import { costOf } from "./strips.ts";

type Tell = (run: InPlace, product: Product, job: Job, places?: InRoom) => void;

/** What of a product is in the room of a job. */
export interface InRoom {
  readonly left?: boolean;
  readonly output?: boolean;
}

function movedOf({ left, output }: InRoom, outputAt: number): number {
  return Number(left ?? false) + (output ? 1 << outputAt : 0);
}

const nowhere: InRoom = {};

const calls: Readonly<Record<keyof InPlace, Tell>> = {
  direct({ direct }, { a, b, c, m, n, k }, job, places = nowhere): void {
    const args = [a.pointer, a.row, a.column, b.pointer, b.row, c.pointer, c.row, m, n, k];
    job.call(direct, args, movedOf(places, 5));
  },
  dot({ dot }, { a, b, c, m, n, k }, job, places = nowhere): void {
    const args = [a.pointer, a.row, b.pointer, b.column, c.pointer, c.row, m, n, k];
    job.call(dot, args, movedOf(places, 4));
  },
  row({ row }, { a, b, c, m, n, k }, job, places = nowhere): void {
    for (let i = 0; i < m; i++) {
      const args = [a.pointer + i * a.row, a.column, b.pointer, b.row, c.pointer + i * c.row, n, k];
      job.call(row, args, movedOf(places, 4));
    }
  },
};

/** Tells a job the calls of a product, of which some is in its room. */
export function tellInPlace(
  run: InPlace,
  way: keyof InPlace,
  product: Product,
  job: Job,
  places: InRoom,
): void {
  calls[way](run, product, job, places);
}

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
