/** Attention whose heads threads share: each is a piece of a job, with scores in room of its own. */
import { sizeOf } from "@tapegrad/core/backend";
import { ALIGNMENT } from "../../memory/blocks.ts";
import type { Heap } from "../../memory/heap.ts";
import type { Run } from "../../modules.ts";
import type { Job } from "../../threads/job.ts";
import type { Operand } from "../kernel.ts";
import type { InRoom } from "../matmul/in_place.ts";
import { isTurned, type Means, type Product } from "../matmul/multiply.ts";
import { costOf } from "../matmul/strips.ts";
import { type ToldProducts, toldProducts } from "../matmul/told.ts";
import { type Block, blocksOf, eachHead, type Heads, rowsArguments } from "./blocks.ts";

/** With fewer heads threads share each of them. */
const FEW = 4;
/** Weights of scores take so many times as long as their products. */
const WEIGHING = 2;

/** Whether heads are pieces. */
export function areMany(heap: Heap, { batch }: Heads): boolean {
  return heap.multiplier === undefined && sizeOf(batch) >= FEW;
}

/** Where a block of a head is, and where scores of it are that are in the room. */
export interface Site {
  readonly at: readonly number[];
  readonly block: Block;
  /** Which block of the head it is. */
  readonly turn: number;
  /** Room for scores, and as much again for each further one. */
  readonly scores: readonly number[];
  /** Room for rows of a gradient. */
  readonly part: number;
}

/** What is done with a block, told step by step. */
export interface Steps {
  /** Tells a product that is alike for all heads; `key` names it among those of a block. */
  multiply(key: string, product: Product, places: InRoom): void;
  /** Tells what goes through rows, of whose places some are in the room. */
  runRows(run: Run, maskAt: number, places: readonly number[], moved: number): void;
  readonly job: Job;
}

/** A call, head by head. */
export interface ByHeads {
  readonly heap: Heap;
  readonly means: Means;
  readonly heads: Heads;
  readonly operands: readonly Operand[];
  /** How many scores there are of a block, and how many elements of a part. */
  readonly rooms: number;
  readonly part: number;
  /** Tells a block. */
  tell(steps: Steps, site: Site): void;
}

/** Which argument of what goes through rows is the first of its places. */
const PLACES = 8;

/** Products of the blocks of a head, by what they are called. */
type Told = readonly Map<string, ToldProducts>[];

// Each product once, to know how much room it needs: null where one is turned, whose factors would change places.
function triedOnce(
  { means, heads: { size }, operands, tell }: ByHeads,
  blocks: readonly Block[],
  siteOf: (at: readonly number[], block: Block, turn: number, start: number) => Site,
): Told | null {
  const at = operands.map(({ pointer }) => pointer), job: Job = { call: () => {}, next: () => {} };
  const told = blocks.map((): Map<string, ToldProducts> => new Map());
  let suits = true;
  blocks.forEach((block, turn) =>
    tell({
      job,
      runRows: () => {},
      multiply(key, product): void {
        suits &&= !isTurned(product, size);
        told[turn].set(key, toldProducts(means, product));
      },
    }, siteOf(at, block, turn, 0))
  );
  return suits ? told : null;
}

/** Tells all heads to a job; false, where nothing has happened, if a product is better turned. */
export function runByHeads(call: ByHeads): boolean {
  const { heap, heads, operands, rooms, part, tell } = call;
  const { size, rows, apart } = heads, blocks = blocksOf(heads);
  const scores = aligned(rows * apart * size), first = rooms * scores + aligned(part * size);
  const tried = triedOnce(call, blocks, siteOf);
  if (tried === null) return false;
  const told = tried;
  const most = Math.max(...told.flatMap((byKey) => [...byKey.values()].map(({ room }) => room)));
  heap.parallel(costOfAll(heads, blocks), first + most, (job, start) => {
    eachHead(heads, operands, (at) => {
      blocks.forEach((block, turn) => tell(stepsOf(job, turn, block, start), siteOf(at, block, turn, start)));
      job.next();
    });
  });
  return true;

  function siteOf(at: readonly number[], block: Block, turn: number, start: number): Site {
    const all = Array.from({ length: rooms }, (_, i) => start + i * scores);
    return { at, block, turn, scores: all, part: start + rooms * scores };
  }

  function stepsOf(job: Job, turn: number, block: Block, start: number): Steps {
    return {
      job,
      multiply: (key, product, places) => told[turn].get(key)!.tell(job, start + first, product, places),
      runRows: (run, maskAt, places, moved) =>
        job.call(run, [...rowsArguments(heads, block, maskAt), ...places], moved << PLACES),
    };
  }
}

function costOfAll({ batch, features, columns, size }: Heads, blocks: readonly Block[]): number {
  const one = blocks.reduce(
    (sum, { rows, shown }) => sum + costOf({ m: rows, n: shown, k: features + columns }, size),
    0,
  );
  return one * WEIGHING * sizeOf(batch);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
