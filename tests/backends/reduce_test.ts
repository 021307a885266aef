import * as kernels from "../../backends/conformance/kernels.ts";
import * as tg from "@tapegrad/core";
import { type Backend, type DType, registerBackend, type Tensor, tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { laidOut, layouts, sampled } from "./layouts.ts";

const plain = createCpuBackend({ name: "cpu-plain", codegen: false });
const generated = createCpuBackend({ name: "cpu-generated", codegen: true });
const both: readonly Backend[] = [plain, generated];
for (const backend of both) registerBackend({ name: backend.name, create: () => backend });

const kinds = ["sum", "prod", "max", "min", "any", "all"] as const;
const allAxes = [[], [0], [1], [0, 1]];

function bits(x: Tensor): string[] {
  return [...x.dataSync()].map((v) => Object.is(v, -0) ? "-0" : String(v));
}

Deno.test("generated reductions equal interpreted ones for every kind, dtype, layout and axes", () => {
  for (const dtype of tg.dtypes) {
    for (const name of Object.keys(layouts)) {
      for (const axes of allAxes) {
        for (const kind of kinds) {
          const [a, b] = both.map((on) => tg[kind](laidOut(name, on, { dtype }), axes));
          assertEquals(
            [b.dtype, ...bits(b)],
            [a.dtype, ...bits(a)],
            `${kind} of ${dtype}, ${name}, [${axes}]`,
          );
        }
        if (axes.length !== 1) continue;
        for (const kind of ["argmax", "argmin"] as const) {
          const [a, b] = both.map((on) => tg[kind](laidOut(name, on, { dtype }), axes[0]));
          assertEquals(bits(b), bits(a), `${kind} of ${dtype}, ${name}, [${axes}]`);
        }
      }
    }
  }
});

const exact: Record<typeof kinds[number], (v: readonly number[]) => number> = {
  sum: (v) => v.reduce((a, b) => a + b, 0),
  prod: (v) => v.reduce((a, b) => a * b, 1),
  max: (v) => v.some(Number.isNaN) ? NaN : Math.max(...v),
  min: (v) => v.some(Number.isNaN) ? NaN : Math.min(...v),
  any: (v) => Number(v.some((x) => x !== 0)),
  all: (v) => Number(v.every((x) => x !== 0)),
};

/** A [rows, columns] of integers with a NaN and infinities here and there. */
function table(rows: number, columns: number, rough: boolean): number[][] {
  const value = (i: number) => !rough || i % 97 ? (i * 31) % 7 - 3 : [NaN, Infinity, -Infinity, 0][i % 4];
  return Array.from(
    { length: rows },
    (_, i) => Array.from({ length: columns }, (_, j) => value(i * columns + j)),
  );
}

function columnsOf(rows: readonly (readonly number[])[]): number[][] {
  return rows[0].map((_, j) => rows.map((row) => row[j]));
}

for (
  const [rows, columns] of [[3, 600], [600, 3], [15, 300], [300, 16], [129, 17], [700, 40], [1, 16], [
    2000,
    1,
  ]]
) {
  Deno.test(`rows and columns of [${rows}, ${columns}] are reduced right`, () => {
    for (const backend of both) {
      for (const kind of kinds) {
        const data = table(rows, columns, kind !== "sum" && kind !== "prod");
        // Products of many integers would round.
        const cells = kind === "prod"
          ? data.map((row, i) => row.map((v, j) => (i + j) % 150 ? 1 : v || 2))
          : data;
        const x = tensor(cells, { dtype: "f64", backend });
        const down = columnsOf(cells).map(exact[kind]), across = cells.map(exact[kind]);
        const told = `${kind} on ${backend.name}`;
        assertEquals([...tg[kind](x, 0).dataSync()], down, `${told} over rows`);
        assertEquals([...tg[kind](x, 1).dataSync()], across, `${told} over columns`);
        assertEquals([...tg[kind](x.transpose(), 0).dataSync()], across, `${told}, transposed, over rows`);
        assertEquals([...tg[kind](x.flip(0), 1).dataSync()], across.toReversed(), `${told}, flipped`);
        assertEquals([...tg[kind](x).dataSync()], [exact[kind](cells.flat())], `${told} over all`);
      }
    }
  });
}

Deno.test("the first of equals is the position, and a NaN is the extremum", () => {
  for (const backend of both) {
    const x = tensor([[2, 5, 5, 1], [NaN, 9, NaN, 0], [-Infinity, -Infinity, -1, -1]], { backend });
    assertEquals(tg.argmax(x, 1).arraySync(), [1, 0, 2]);
    assertEquals(tg.argmin(x, 1).arraySync(), [3, 0, 0]);
    assertEquals(tg.argmax(x, 0).arraySync(), [1, 1, 1, 0]);
    assertEquals(tg.argmax(x).itemSync(), 4);
    assertEquals(tg.argmax(x, 1, { keepDims: true }).shape, [3, 1]);
    const tall = tensor(columnsOf([[0, 7, 7, 2]]), { backend }).expand([4, 20]);
    assertEquals(tg.argmax(tall, 0).arraySync(), new Array(20).fill(1));
  }
});

/** How far the sum of `n` tenths is from n/10, relatively. */
function drift(x: Tensor, n: number): number {
  return Math.abs(x.itemSync() - n / 10) / (n / 10);
}

const tenths = new Float64Array(1_000_000).fill(0.1);

Deno.test("sums of 10⁶ elements do not drift, whichever way they lie", () => {
  const n = tenths.length;
  for (const backend of both) {
    const x = tg.fromArray(tenths, [n], { backend });
    const ways: Record<string, Tensor> = {
      "in a row": x.sum(),
      backward: x.flip().sum(),
      "in columns": x.reshape([n / 20, 20]).sum(0).slice(7).mul(20),
      "in few columns": x.reshape([n / 4, 4]).sum(0).slice(2).mul(4),
      "in short rows": x.reshape([n / 4, 2, 2]).sum([0, 2]).slice(1).mul(2),
      "one element": tensor(0.1, { dtype: "f64", backend }).expand([n]).sum(),
      fused: x.norm(0, { order: 1 }),
    };
    for (const [way, total] of Object.entries(ways)) {
      // Pairs within a row, blocks of 128 otherwise; one by one it would be 1e-11.
      const bound = 5e-13;
      assert(drift(total, n) < bound, `${way} on ${backend.name}: ${drift(total, n)}`);
    }
  }
});

Deno.test("pairwise sums of a row are right to a few ulp, and f32 sums to one", () => {
  const x = tg.fromArray(tenths, [tenths.length], { backend: generated });
  assert(drift(x.sum(), tenths.length) < 5e-15, String(drift(x.sum(), tenths.length)));
  const f32 = tg.full([tenths.length], 0.1, { backend: generated });
  assertEquals(f32.sum().itemSync(), Math.fround(tenths.length * Math.fround(0.1)));
});

Deno.test("integers wrap when they are summed and multiplied, and bools are counted", () => {
  const wide = (v: bigint, dtype: DType) =>
    Number(dtype === "i32" ? BigInt.asIntN(32, v) : BigInt.asUintN(32, v));
  for (const backend of both) {
    for (const dtype of ["i32", "u32"] as const) {
      const x = sampled(backend, dtype, [40, 24]), values = [...x.dataSync()].map(BigInt);
      const odd = x.mul(2).add(1), odds = [...odd.dataSync()].map(BigInt);
      assertEquals(x.sum().itemSync(), wide(values.reduce((a, b) => a + b), dtype));
      assertEquals(odd.prod().itemSync(), wide(odds.reduce((a, b) => a * b), dtype));
      const column = odds.filter((_, i) => i % 24 === 5);
      assertEquals(odd.prod(0).slice(5).itemSync(), wide(column.reduce((a, b) => a * b), dtype));
      assertEquals(odd.sum(0).slice(5).itemSync(), wide(column.reduce((a, b) => a + b), dtype));
    }
    const flags = sampled(backend, "bool", [300, 20]), count = [...flags.dataSync()].filter(Boolean).length;
    assertEquals([flags.sum().dtype, flags.sum().itemSync()], ["i32", count]);
    assertEquals([flags.max().dtype, flags.max(0).dtype], ["bool", "bool"]);
  }
});

Deno.test("a product with a zero in it is 0 though the others overflow", () => {
  const data = Array.from({ length: 400 }, (_, i) => i === 0 ? 0 : 1e200);
  for (const backend of both) {
    const x = tensor(data, { dtype: "f64", backend });
    assertEquals(x.prod().itemSync(), 0);
    assertEquals(x.unsqueeze(1).expand([400, 20]).contiguous().prod(0).arraySync(), new Array(20).fill(0));
    assertEquals(x.reshape([200, 1, 2]).expand([200, 3, 2]).prod([0, 2]).arraySync(), [0, 0, 0]);
  }
});

Deno.test("reductions of nothing", () => {
  for (const backend of both) {
    const x = tg.zeros([3, 0], { backend }), wide = tg.zeros([0, 20], { backend });
    assertEquals([x.sum(1), x.prod(1), x.any(1), x.all(1)].map((t) => [...t.dataSync()]), [
      [0, 0, 0],
      [1, 1, 1],
      [0, 0, 0],
      [1, 1, 1],
    ]);
    assertEquals(wide.prod(0).arraySync(), new Array(20).fill(1));
    assertEquals(wide.sum(1).arraySync(), []);
    assertEquals([x.sum().itemSync(), x.mean().itemSync()], [0, NaN]);
    assertEquals(tg.max(wide, 1).shape, [0]);
  }
});

Deno.test("a reduction reads the input that its expression names", () => {
  const [a, b] = [1, 2].map((v) => Float64Array.of(v, v, v));
  const view = (buffer: Float64Array, shape: number[]) => ({
    buffer,
    dtype: "f64" as const,
    ...tg.contiguousLayout(shape),
  });
  for (const backend of both) {
    const out = new Float64Array(1);
    kernels.reduce(backend, "sum", tg.e.input(1), [view(a, [3]), view(b, [3])], [0], view(out, []));
    assertEquals(out[0], 6);
  }
});
