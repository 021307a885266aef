/** Transposes of convolutions image by image, which threads share: what each sends back is added up in its own frame. */
import { bytesPerElement, sameShape, sizeOf } from "@tapegrad/core/backend";
import { ALIGNMENT } from "../../memory/blocks.ts";
import type { Run } from "../../modules.ts";
import type { Job } from "../../threads/job.ts";
import { FROM_ROOM, tellClear, tellCopy } from "../copy.ts";
import type { Operand } from "../kernel.ts";
import type { Means, Product } from "../matmul/multiply.ts";
import { costOf } from "../matmul/strips.ts";
import { type ToldProducts, toldProducts } from "../matmul/told.ts";
import { contiguousAt, part } from "./grid.ts";
import type { Block } from "./spread.ts";
import type { Frame, Patches } from "./windows.ts";

/** What is sent back, and where to. */
export interface SpreadImages {
  readonly means: Means;
  /** `[groups · channels taken, channels made · taps]` and `[batch, groups · channels taken, …places]`, contiguous. */
  readonly weights: number;
  readonly slopes: number;
  readonly batch: number;
  readonly groups: number;
  readonly taken: number;
  readonly made: number;
  readonly patches: Patches;
  readonly frame: Frame;
  readonly table: number;
  /** Contiguous. */
  readonly output: Operand;
  readonly blocks: readonly Block[];
  /** What adds rows to where their taps are. */
  readonly add: Run;
}

/** Adding up takes so many times as long as the products alone. */
const ADDING = 3;
/** Which arguments of adding are in the room: the rows, and where they go. */
const ROWS = 1, TARGET = 1 << 4;

/** Sends all images back. */
export function spreadImages(all: SpreadImages): void {
  const { means, batch, groups, taken, output, patches, frame } = all, { heap, products: { size } } = means;
  const depth = sizeOf(patches.taps.extents), places = sizeOf(patches.places.extents);
  const most = all.blocks.reduce((most, { lines, n }) => Math.max(most, lines * n), 0);
  const [, channels, ...given] = output.shape, framed = sizeOf([channels, ...frame.extents]) * size;
  const isFramed = !sameShape(frame.extents, given), apart = isFramed ? aligned(framed) : 0;
  const told = new Map(
    all.blocks.map((block) => [block.lines * block.n, toldProducts(means, productOf(all, block, 0, 0, 0))]),
  );
  const rows = aligned(depth * most * size),
    room = Math.max(0, ...[...told.values()].map(({ room }) => room));
  const cost = costOf({ m: depth, n: places, k: taken }, size) * groups * batch * ADDING;
  heap.parallel(cost, apart + rows + room, (job, start) => {
    for (let image = 0; image < batch; image++) {
      const at = output.pointer + image * output.strides[0] * bytesPerElement(output.dtype);
      const to = isFramed ? start : at;
      tellClear(heap, job, to, framed, Number(isFramed));
      for (let group = 0; group < groups; group++) {
        tellGroup(all, job, {
          image,
          group,
          to,
          isFramed,
          rows: start + apart,
          start: start + apart + rows,
          told,
        });
      }
      if (isFramed) tellImage(all, job, start, at);
      job.next();
    }
  });
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

interface Group {
  readonly image: number;
  readonly group: number;
  readonly to: number;
  readonly isFramed: boolean;
  readonly rows: number;
  readonly start: number;
  readonly told: ReadonlyMap<number, ToldProducts>;
}

function tellGroup(
  all: SpreadImages,
  job: Job,
  { image, group, to, isFramed, rows, start, told }: Group,
): void {
  const { patches, table, made, add, means: { products: { size } } } = all, { taps, places } = patches;
  const depth = sizeOf(taps.extents), step = places.steps.at(-1)! * size;
  const first = to + (patches.start + group * made * taps.steps[0]) * size;
  for (const block of all.blocks) {
    const { at, lines, n, next } = block, row = lines * n * size;
    told.get(lines * n)!.tell(job, start, productOf(all, block, image, group, rows), { output: true });
    const args = [rows, row, table, depth, first + at * size, lines, n * size, next * size, n, step];
    job.call(add, args, ROWS + (isFramed ? TARGET : 0));
  }
}

function productOf(
  { means: { products: { size } }, weights, slopes, groups, taken, patches }: SpreadImages,
  { first, lines, n }: Block,
  image: number,
  group: number,
  to: number,
): Product {
  const depth = sizeOf(patches.taps.extents), all = sizeOf(patches.places.extents);
  return {
    a: { pointer: weights + group * taken * depth * size, row: size, column: depth * size },
    b: {
      pointer: slopes + ((image * groups + group) * taken * all + first) * size,
      row: all * size,
      column: size,
    },
    c: { pointer: to, row: lines * n * size, column: size },
    ...{ m: depth, n: lines * n, k: taken },
  };
}

// What is within the edges of a frame.
function tellImage(
  { means: { heap }, output, frame }: SpreadImages,
  job: Job,
  from: number,
  at: number,
): void {
  const [, channels, ...given] = output.shape, { dtype } = output;
  const whole = contiguousAt(from, dtype, [channels, ...frame.extents]);
  const inner = frame.begins.reduce((x, first, i) => part(x, 1 + i, first, given[i]), whole);
  tellCopy(heap, job, inner, contiguousAt(at, dtype, [channels, ...given]), FROM_ROOM);
}
