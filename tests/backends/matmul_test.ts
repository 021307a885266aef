import { type DType, matmul, read, slice, type Tensor, tensor } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { environmentVariable } from "../../core/base/environment.ts";
import { floats } from "../backend_traits.ts";

type Matrix = readonly (readonly number[])[];

/** Small integers, so that every sum is exact in f32 too. */
function integers(rows: number, columns: number, seed = 0): number[][] {
  return Array.from(
    { length: rows },
    (_, i) => Array.from({ length: columns }, (_, j) => (i * 7 + j * 13 + seed * 5) % 11 - 5),
  );
}

function product(a: Matrix, b: Matrix): number[][] {
  const columns = b[0].map((_, j) => b.map((row) => row[j]));
  return a.map((row) => columns.map((column) => row.reduce((sum, x, l) => sum + x * column[l], 0)));
}

/** Two matrices, and the tensors that they are. */
type Factors = readonly [a: Matrix, b: Matrix, x: Tensor, y: Tensor];

async function check(all: readonly Factors[]): Promise<void> {
  const products = await read(all.map(([, , x, y]) => matmul(x, y)));
  all.forEach(([a, b, { dtype }], k) => {
    const got = products[k], wanted = product(a, b).flat();
    const wrong = got.findIndex((v, i) => v !== wanted[i]);
    const told = `${dtype} ${a.length}×${b.length}×${b[0].length} at ${wrong}`;
    assert(wrong < 0 && got.length === wanted.length, `${told}: ${got[wrong]}, not ${wanted[wrong]}`);
  });
}

const edges = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17];
// One extent is around the depth of a panel or wide, the others around the edges of a tile.
const sizes = [
  ...edges.flatMap((m) => edges.flatMap((n) => [1, 4, 17].map((k) => [m, n, k]))),
  ...[255, 256, 257, 513].flatMap((k) => [[4, 4], [5, 7], [9, 8], [17, 16]].map(([m, n]) => [m, n, k])),
  ...[255, 256, 257].flatMap((long) => [[long, 9, 7], [7, long, 9], [6, long, 17], [long, 17, 5]]),
  // Several blocks both ways, with panels of several depths.
  [258, 261, 30],
  [261, 258, 257],
];

for (const dtype of [...floats, "i32"] as const) {
  Deno.test(`matmul is exact around the edges of tiles and panels in ${dtype}`, () =>
    check(sizes.map(([m, n, k]) => {
      const a = integers(m, k), b = integers(k, n, 1);
      return [a, b, tensor(a, { dtype }), tensor(b, { dtype })];
    })));
}

/** The same matrix in other places: transposed, backward, stepped, offset. */
const ways: Readonly<Record<string, (m: Matrix, dtype: DType) => Tensor>> = {
  transposed: (m, dtype) => tensor(m[0].map((_, j) => m.map((row) => row[j])), { dtype }).transpose(),
  backward: (m, dtype) => tensor(m.map((row) => row.toReversed()).toReversed(), { dtype }).flip(),
  "stepped and offset": (m, dtype) => {
    const wide = m.map((row) => [9, ...row.flatMap((v) => [v, 9])]);
    return slice(tensor([wide[0].map(() => 9), ...wide], { dtype }), [1], [1, null, 2]);
  },
};

for (const [name, way] of Object.entries(ways)) {
  Deno.test(`matmul reads ${name} operands in place, packed or not`, async () => {
    for (const dtype of [...floats, "u32"] as const) {
      const cases = [[3, 5, 4], [33, 30, 41], [19, 21, 300]].flatMap(([m, n, k]): Factors[] => {
        const unsigned = (x: Matrix) => x.map((row) => row.map(Math.abs));
        const a = unsigned(integers(m, k)), b = unsigned(integers(k, n, 1));
        return [[a, b, way(a, dtype), way(b, dtype)], [a, b, tensor(a, { dtype }), way(b, dtype)]];
      });
      await check(cases);
    }
  });
}

Deno.test("matmul reads operands that repeat", async () => {
  for (const [m, n, k] of [[3, 5, 4], [33, 30, 41]]) {
    const row = integers(1, k)[0], column = integers(n, 1)[0].concat(integers(1, n - 1)[0]);
    const a = Array.from({ length: m }, () => row), b = Array.from({ length: k }, () => column);
    await check([[a, b, tensor(row).expand([m, k]), tensor(column).expand([k, n])]]);
  }
});

Deno.test("matmul batches large matrices with broadcasting", async () => {
  const [m, n, k] = [25, 26, 24], many = [0, 1, 2].map((s) => integers(m, k, s)), b = integers(k, n);
  const out = matmul(tensor(many), tensor(b)), wanted = many.map((a) => product(a, b));
  assertEquals(out.shape, [3, m, n]);
  assertEquals(await out.array(), wanted);
  const turned = matmul(tensor(many).flip(0), tensor([b]).expand([3, k, n]));
  assertEquals(await turned.array(), wanted.toReversed());
});

Deno.test("integer products wrap as 32-bit words do", async () => {
  const a = [[2 ** 31 - 1, -(2 ** 31), 123456789], [65537, -65535, 1]],
    b = [[-2, 3], [2 ** 30, 7], [-987654321, 5]];
  const exact = a.map((row) =>
    [0, 1].map((j) => row.reduce((sum, x, l) => sum + BigInt(x) * BigInt(b[l][j]), 0n))
  );
  const signed = matmul(tensor(a, { dtype: "i32" }), tensor(b, { dtype: "i32" }));
  assertEquals(await signed.array(), exact.map((row) => row.map((v) => Number(BigInt.asIntN(32, v)))));
  const unsigned = matmul(tensor(a, { dtype: "i32" }).to("u32"), tensor(b, { dtype: "i32" }).to("u32"));
  assertEquals(await unsigned.array(), exact.map((row) => row.map((v) => Number(BigInt.asUintN(32, v)))));
});

Deno.test("an infinity or NaN stays in its row and column", async () => {
  for (const size of [3, 30]) {
    const ones = Array.from({ length: size }, () => new Array<number>(size).fill(1));
    const a = ones.map((row) => [...row]);
    a[0][0] = Infinity;
    a[size - 1][size - 1] = NaN;
    const out = matmul(tensor(a), tensor(ones));
    const first = out.slice(0), middle = out.slice([1, -1]), last = out.slice(-1);
    const right = [first.equal(Infinity), middle.equal(size), last.isNaN()].map((x) => x.all());
    assertEquals((await read(right)).map(([all]) => all), [1, 1, 1]);
  }
});

Deno.test("an empty inner extent gives zeros", async () => {
  for (const dtype of [...floats, "i32"] as const) {
    const a = tensor([[], [], []], { dtype }), b = tensor([[]], { dtype }).reshape([0, 4]);
    assertEquals(await matmul(a, b).array(), Array.from({ length: 3 }, () => [0, 0, 0, 0]));
  }
});

Deno.test({
  name: "the cpu sums f32 products in double precision",
  ignore: environmentVariable("TAPEGRAD_BLAS") !== undefined,
  fn: () => {
    const cpu = { backend: "cpu" };
    const big = Array.from({ length: 4097 }, (_, i) => i === 4096 ? 1 : i % 2 ? -1e8 : 1e8);
    const ones = big.map(() => 1);
    const rows = (row: number[]) => Array.from({ length: 5 }, () => row);
    assertEquals(matmul(tensor([big], cpu), tensor([ones], cpu).transpose()).arraySync(), [[1]]);
    const packed = matmul(tensor(rows(big), cpu), tensor(rows(ones), cpu).transpose());
    assertEquals(packed.arraySync(), rows([1, 1, 1, 1, 1]));
  },
});
