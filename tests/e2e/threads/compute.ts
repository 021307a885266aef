/** What a page and its worker compute on several threads, which a test calls and reads. */
import "@tapegrad/backends";
import { fromArray, registerBackend, scope, type Tensor, useBackend } from "@tapegrad/core";
import { createWasmBackend } from "../../../backends/wasm/mod.ts";
import { Heap } from "../../../backends/wasm/memory/heap.ts";
import { KernelModule } from "../../../backends/wasm/modules.ts";

/** What came of it. */
export interface Computed {
  readonly isolated: boolean;
  readonly description: string;
  /** A sum of the bits of each result. */
  readonly sums: readonly number[];
  /** How many threads ran a piece of a job. */
  readonly threads: number;
}

declare global {
  /** Computes on so many threads at most. */
  var compute: (threads: number) => Promise<Computed>;
}

const kernels: readonly ((x: Tensor) => Tensor)[] = [
  (x) => x.mul(2).tanh(),
  (x) => x.matmul(x.transpose()),
  (x) => x.sum(0),
  (x) => x.softmax(-1),
  (x) => x.reshape([1, 25, 100, 100]).conv2d(x.slice([0, 4], [0, 225]).reshape([4, 25, 3, 3])),
];

const numbers = Float32Array.from({ length: 250_000 }, (_, i) => Math.sin(i * 12.9898) * 3);

function sumOf(bits: Uint32Array): number {
  return bits.reduce((sum, word) => Math.imul(sum, 31) + word | 0, 7);
}

globalThis.compute = async (threads) => {
  const name = `on ${threads} threads`, backend = createWasmBackend({ threads, small: 0, name });
  registerBackend({ name, create: () => backend });
  await useBackend(name);
  const x = fromArray(numbers, [500, 500]), sums: number[] = [];
  for (const kernel of kernels) {
    const run = () => scope(() => kernel(x).dataSync()) as Float32Array;
    run();
    await new Promise((resolve) => setTimeout(resolve, 20)); // workers begin while nothing is computed
    sums.push(sumOf(new Uint32Array(run().buffer)));
  }
  const description = backend.description!,
    computed = await countThreads(/ on \d+ threads$/.test(description) ? threads : 1);
  backend[Symbol.dispose]();
  return { isolated: globalThis.crossOriginIsolated, description, sums, threads: computed };
};

const PIECES = 64, TURNS = 300;

// Each thread writes where its own room is.
async function countThreads(threads: number): Promise<number> {
  const heap = new Heap({ threads }), kernel = new KernelModule(), places = heap.allocate(4 * PIECES);
  const define = kernel.module.define(["i32", "i32", "i32"], null, (body, [place, room, work]) => {
    const left = body.keep(work);
    body.while(left, () => body.advance(left, -1));
    body.store("i32.store", place, room);
  });
  const run = kernel.only(define, heap.memory), rooms = new Set<number>();
  for (let turn = 0; turn < TURNS && rooms.size < threads; turn++) {
    heap.parallel(1e9, 64, (job, room) => {
      for (let k = 0; k < PIECES; k++) {
        job.call(run, [places + 4 * k, room, 100_000], 0b10);
        job.next();
      }
    });
    for (const room of heap.array("i32").subarray(places / 4, places / 4 + PIECES)) rooms.add(room);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  heap.end();
  return rooms.size;
}
