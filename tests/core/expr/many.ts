/**
 * Run with `--v8-flags=--expose-gc`: evaluates 100,000 distinct expressions, and some of them with kernels of the cpu,
 * as many a job as the argument says; prints as JSON by how many thousand bytes the heap grew, how many values were
 * wrong, and how many ids were given twice or nodes lost that were held.
 */
import * as kernels from "../../../backends/conformance/kernels.ts";
import { type Buffer, e, evaluate, type Expr, typesOf, type View } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";
import { tangentExpr } from "../../../core/expr/derivative.ts";

const { gc } = globalThis as unknown as { gc(): void };
const COUNT = 100_000, perJob = Number(Deno.args[0]);
const backend = createCpuBackend(), x = e.input(0);

function view(...values: number[]): View {
  const buffer = Float64Array.from(values) as unknown as Buffer;
  return { buffer, dtype: "f64", shape: [values.length], strides: [1], offset: 0 };
}

const one = view(3), two = view(3, 5), single = view(0), pair = view(0, 0), sum = { ...view(0), shape: [] };

function build(i: number): Expr {
  return e.sub(e.mul(x, i + 0.5), i);
}

function wrong(i: number): boolean {
  const expr = build(i), value = evaluate(expr, [3]), type = typesOf(expr, ["f64"]).get(expr);
  return value !== 3 * (i + 0.5) - i || type !== "f64" || (i % 25 === 0 && kernelsWrong(expr, i));
}

function kernelsWrong(expr: Expr, i: number): boolean {
  kernels.map(backend, expr, [one], single);
  kernels.map(backend, expr, [two], pair);
  kernels.reduce(backend, "sum", expr, [two], [0], sum);
  kernels.map(backend, tangentExpr(expr, [true])!, [one, two].map((v) => ({ ...v, shape: [1] })), single);
  const [a, b] = [3, 5].map((v) => v * (i + 0.5) - i), got = pair.buffer as unknown as Float64Array;
  const [total] = sum.buffer as unknown as Float64Array, [slope] = single.buffer as unknown as Float64Array;
  return got[0] !== a || got[1] !== b || total !== a + b || slope !== 3 * (i + 0.5);
}

async function settledHeap(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    gc();
  }
  return Deno.memoryUsage().heapUsed / 1000;
}

const kept = build(-1), ids = new Set<number>();
let failed = 0, again = 0;
for (let i = 0; i < 20_000; i++) wrong(COUNT + i);
const before = await settledHeap();
for (let i = 0; i < COUNT; i++) {
  if (wrong(i)) failed++;
  if (i % 100 === 0) {
    const { id } = build(i);
    if (ids.has(id)) again++;
    ids.add(id);
  }
  if (i % perJob === perJob - 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
// Long evicted by now, and made again.
for (let i = 0; i < 100; i++) if (wrong(i)) failed++;
if (build(-1) !== kept) again++;
const grown = Math.round(await settledHeap() - before);
console.log(JSON.stringify({ grown, failed, again }));
