/**
 * What part of the 128-bit peak products of matrices in wasm reach, by each form of tile: a block of tiles alone, and the
 * whole product with its packing. In turns, by the processor's time, the least and the median:
 * `deno run -A bench/tiles.ts [EXTENT]`.
 */
import process from "node:process";
import { Heap } from "../backends/wasm/memory/heap.ts";
import { formsOf } from "../backends/wasm/kernels/matmul/forms.ts";
import { multiply } from "../backends/wasm/kernels/matmul/multiply.ts";
import { productsOf } from "../backends/wasm/kernels/matmul/products.ts";
import type { TileForm } from "../backends/wasm/kernels/matmul/tile.ts";
import { median } from "./harness/measure.ts";
import { FLOPS, loops } from "./peers/registers.ts";

const ROUNDS = 60, SIZE = 4, DEPTH = 256;
/** Milliseconds until all is compiled well, and turns of the loop that sets the bound. */
const WARM = 300, TURNS = 50_000;

/** What is measured, and how many operations it takes. */
interface Measured {
  readonly name: string;
  readonly flops: number;
  readonly run: () => void;
}

const n = Number(Deno.args[0] ?? 512), heap = new Heap(), products = productsOf(heap, "f32");
const [a, b, c] = [0, 1, 2].map(() => heap.allocate(Math.max(n, DEPTH) ** 2 * SIZE));
for (const pointer of [a, b]) heap.array("f32").fill(0.5, pointer / SIZE, pointer / SIZE + n * n);

const bound: Measured = { name: "registers", flops: FLOPS * TURNS, run: () => loops().products(TURNS) };

function nameOf({ height, vectors, factors }: TileForm): string {
  return `${height} × ${4 * vectors} ${factors}`;
}

function wholeBy(form: TileForm): Measured {
  const [left, right, output] = [a, b, c].map((pointer) => ({ pointer, row: n * SIZE, column: SIZE }));
  const product = { a: left, b: right, c: output, m: n, n, k: n };
  const run = () => multiply({ products, heap, form }, product, "packed");
  return { name: `${nameOf(form)}: product of ${n}`, flops: 2 * n ** 3, run };
}

// Whole tiles of factors that are packed already.
function blockBy(form: TileForm): Measured {
  const { block, width } = products.packed(form), { height } = form, step = width * SIZE;
  const rows = Math.floor(Math.min(n, 192) / height) * height, columns = Math.floor(n / width) * width;
  const depth = Math.min(n, DEPTH), left = [a, depth * SIZE, SIZE], right = [b, step * depth, step];
  const run = () => block(...left, ...right, depth, c, n * SIZE, SIZE, rows, columns, 1, c);
  return { name: `${nameOf(form)}: block of ${rows}`, flops: 2 * rows * columns * depth, run };
}

// In nanoseconds of a processor, which may be shared.
function timeOf({ flops, run }: Measured): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return 1000 * (user + system) / flops;
}

const all = [bound, ...formsOf(products).flatMap((form) => [blockBy(form), wholeBy(form)])];
for (const one of all) for (const end = performance.now() + WARM; performance.now() < end;) one.run();
const times: number[][] = all.map(() => []);
for (let round = 0; round < ROUNDS; round++) all.forEach((one, i) => times[i].push(timeOf(one)));
const [least, middle] = [times.map((own) => Math.min(...own)), times.map(median)];
console.log(
  `registers: ${(1 / least[0]).toFixed(1)} GFLOP/s, ${(1 / middle[0]).toFixed(1)} in the middle`,
);
console.table(Object.fromEntries(
  all.slice(1).map(({ name }, i) => {
    const part = (of: readonly number[]) => Number((of[0] / of[i + 1]).toFixed(3));
    return [name, { least: part(least), middle: part(middle) }];
  }),
));
