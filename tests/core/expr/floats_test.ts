import { castNumber, type DType, e, evaluate, type Expr, isFloating, typesOf } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";
import { kernelNumber } from "./kernel_number.ts";
import { assert, assertEquals } from "@std/assert";

const [x, y, z] = [0, 1, 2].map(e.input);
const generating = createCpuBackend(), interpreting = createCpuBackend({ codegen: false });

/** The value on all three ways there are on the host, which agree. */
function valueOf(expr: Expr, values: readonly number[], dtypes: readonly DType[]): number {
  const result = typesOf(expr, dtypes).get(expr)!;
  const round = (v: number): number => isFloating(result) ? castNumber(v, result) : v;
  const got = round(evaluate(expr, values, dtypes));
  for (const backend of [generating, interpreting]) {
    assertEquals(kernelNumber(backend, expr, values, dtypes), got, `${expr} of ${values}`);
  }
  return got;
}

Deno.test("bits are those of the number in f32, whatever dtype it comes in, and lead back to it", () => {
  const rows: [number, number][] = [[0, 0], [-0, -(2 ** 31)], [1, 0x3f800000], [-2.5, -0x3fe00000], [
    2 ** -149,
    1,
  ]];
  for (const [value, bits] of rows) {
    for (const dtype of ["f32", "f64"] as const) {
      assertEquals(valueOf(e.bitcastI32(x), [value], [dtype]), bits);
      assertEquals(valueOf(e.bitcastU32(x), [value], [dtype]), bits >>> 0);
    }
    assertEquals(valueOf(e.bitcastF32(x), [bits], ["i32"]), value);
    assertEquals(valueOf(e.bitcastF32(x), [bits >>> 0], ["u32"]), value);
    assertEquals(valueOf(e.bitcastF32(e.bitcastU32(x)), [value], ["f32"]), value);
  }
  assertEquals(valueOf(e.bitcastI32(x), [0.1], ["f64"]), 0x3dcccccd);
  assertEquals(valueOf(e.bitcastI32(x), [3], ["i32"]), 0x40400000);
  assertEquals(valueOf(e.bitAnd(e.bitcastI32(x), 0x7fffffff), [-1], ["f32"]), 0x3f800000);
});

Deno.test("bit casts fix the dtype of the result, also of a constant", () => {
  for (const dtype of ["f16", "f32", "f64", "i32", "u32", "bool"] as const) {
    const types = [e.bitcastI32(x), e.bitcastU32(x), e.bitcastF32(x)].map((f) => typesOf(f, [dtype]).get(f));
    assertEquals(types, ["i32", "u32", "f32"]);
  }
  const constant = e.bitcastI32(1);
  assertEquals([typesOf(constant, []).get(constant), evaluate(constant, [])], ["i32", 0x3f800000]);
});

/** n 2^p as a rounded number of `bits` bits, none below 2^least. */
function rounded(n: bigint, p: number, bits: number, least: number): number {
  const size = n < 0n ? -n : n, cut = Math.max(size.toString(2).length - bits, least - p, 0);
  let kept = size >> BigInt(cut);
  const rest = size - (kept << BigInt(cut)), half = cut > 0 ? 1n << BigInt(cut - 1) : 1n;
  if (rest > half || (rest === half && (kept & 1n) === 1n && cut > 0)) kept++;
  return (n < 0n ? -1 : 1) * Number(kept) * 2 ** Math.max(p + cut, -1000) * 2 ** Math.min(0, p + cut + 1000);
}

/** x as n 2^-1100. */
function whole(value: number): bigint {
  let power = 0, n = value;
  for (; !Number.isInteger(n); power++) n *= 2;
  return BigInt(n) << BigInt(1100 - power);
}

function exactFma(a: number, b: number, c: number, dtype: "f32" | "f64"): number {
  const n = whole(a) * whole(b) + (whole(c) << 1100n);
  return dtype === "f32" ? rounded(n, -2200, 24, -149) : rounded(n, -2200, 53, -1074);
}

Deno.test("fma is rounded once, in f32 and f64, also where its terms cancel", () => {
  let seed = 7, separate = 0;
  const next = (): number => ((seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5) * 4;
  for (const dtype of ["f32", "f64"] as const) {
    const f = (v: number): number => castNumber(v, dtype);
    for (let i = 0; i < 400; i++) {
      const a = f(next()), b = f(next() * 2 ** (i % 40));
      const c = f([next(), -a * b, -a * b * (1 + 2 ** -22), next() * 2 ** -30, a * b * 2 ** 25][i % 5]);
      const found = valueOf(e.fma(x, y, z), [a, b, c], [dtype, dtype, dtype]);
      assertEquals(found, exactFma(a, b, c, dtype) + 0, `${a} ${b} ${c} in ${dtype}`);
      if (found !== f(f(a * b) + c)) separate++;
    }
  }
  assert(separate > 200);
  const ends: [number[], number][] = [
    [[Infinity, 0, 1], NaN],
    [[2, Infinity, 1], Infinity],
    [[0, 3, -0], 0],
    [
      [1, 1, NaN],
      NaN,
    ],
    [[-0, 3, -0], -0],
  ];
  for (const [at, wanted] of ends) assertEquals(valueOf(e.fma(x, y, z), at, ["f32", "f32", "f32"]), wanted);
  assertEquals(valueOf(e.fma(x, y, z), [65537, 65537, -7], ["i32", "i32", "i32"]), 131066);
});

Deno.test("exponents are those of the dtype, subnormal numbers included", () => {
  const rows: [number, number][] = [[1, 0], [-7.9, 2], [0.1, -4], [0, -Infinity], [-Infinity, Infinity], [
    NaN,
    NaN,
  ]];
  for (const dtype of ["f16", "f32", "f64"] as const) {
    for (const [at, wanted] of rows) assertEquals(valueOf(e.exponentOf(x), [at], [dtype]), wanted);
  }
  assertEquals(valueOf(e.exponentOf(x), [2 ** -149], ["f32"]), -149);
  assertEquals(valueOf(e.exponentOf(x), [5e-324], ["f64"]), -1074);
  assertEquals(valueOf(e.exponentOf(e.cast(x, "f32")), [1 - 2 ** -30], ["f64"]), 0);
});

Deno.test("scaling by a power of two rounds once, at either end", () => {
  const scaled = (v: number, n: number, dtype: DType): number =>
    valueOf(e.scaleByPower(x, y), [v, n], [dtype, dtype]);
  assertEquals([scaled(3, 4, "f32"), scaled(3, -1.9, "f32"), scaled(-3, 200, "f32")], [48, 1.5, -Infinity]);
  assertEquals(scaled(1 + 2 ** -52, -1074, "f64"), 5e-324);
  assertEquals(scaled(1.5 + 2 ** -52, -1074, "f64"), 1e-323);
  assertEquals(scaled(5e-324, 2000, "f64"), 5e-324 * 2 ** 1000 * 2 ** 1000);
  assertEquals(scaled(5e-324, 1074, "f64"), 1);
  assertEquals([scaled(0, Infinity, "f64"), scaled(1, -Infinity, "f64"), scaled(-0, 3, "f64")], [0, 0, -0]);
  assertEquals([scaled(NaN, 1, "f32"), scaled(1, NaN, "f32"), scaled(Infinity, -900, "f32")], [
    NaN,
    NaN,
    Infinity,
  ]);
});

const least = { f16: 2 ** -24, f32: 2 ** -149, f64: 5e-324 },
  unit = { f16: 2 ** -10, f32: 2 ** -23, f64: 2 ** -52 };
const most = { f16: 65504, f32: 3.4028234663852886e38, f64: Number.MAX_VALUE };

Deno.test("the next number is that of the dtype", () => {
  for (const dtype of ["f16", "f32", "f64"] as const) {
    const next = (a: number, b: number): number => valueOf(e.nextAfter(x, y), [a, b], [dtype, dtype]);
    const tiny = least[dtype], eps = unit[dtype], max = most[dtype];
    assertEquals([next(1, 2), next(1, 0), next(-1, 0), next(-1, -9)], [
      1 + eps,
      1 - eps / 2,
      eps / 2 - 1,
      -1 - eps,
    ]);
    assertEquals([next(0, 1), next(-0, -1), next(tiny, 0), next(-tiny, 1)], [tiny, -tiny, 0, -0]);
    assertEquals([next(max, Infinity), next(Infinity, 0), next(-Infinity, 0)], [Infinity, max, -max]);
    assertEquals([next(0, -0), next(-0, 0), next(3, 3)], [-0, 0, 3]);
    assertEquals([next(NaN, 1), next(1, NaN)], [NaN, NaN]);
    const normal = tiny / eps;
    assertEquals([next(normal, 0), next(normal, 1)], [normal - tiny, normal + tiny]);
  }
});
