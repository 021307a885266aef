/** Approximations in f32, at numbers all over its range. */
import { assert, assertEquals } from "@std/assert";
import {
  approximationOf,
  e,
  evaluate,
  implementationOf,
  input,
  legalize,
  scalarFunctions,
  topological,
} from "@tapegrad/core/backend";
import { compiled } from "./compiled.ts";
import { unitOf, unitsApart } from "./distance.ts";

/** How far each may be from values in double precision, in units of the last place of f32. */
const bounds: Readonly<Record<string, number>> = {
  exp: 1.1,
  exp2: 1.2,
  expm1: 1.4,
  sinh: 1.7,
  cosh: 1.5,
  tanh: 1.3,
  sigmoid: 1.7,
  silu: 2.3,
  log: 0.9,
  log2: 1.4,
  log10: 1.2,
  log1p: 1,
  sin: 1.6,
  cos: 1.6,
  asin: 2,
  acos: 1.7,
  atan: 1.5,
  erf: 1.4,
  sinc: 2.1,
  // In f64.
  tan: 0.6,
  erfc: 0.6,
  erfinv: 0.6,
  normalDensity: 0.6,
  normalCdf: 0.6,
  gelu: 0.6,
  asinh: 0.6,
  acosh: 0.6,
  atanh: 0.6,
  atanSlope: 0.6,
  atanhSlope: 0.6,
  lgamma: 0.6,
  digamma: 0.6,
  mish: 0.6,
  tanhshrink: 0.6,
  geluTanh: 0.6,
  // Of two operands.
  pow: 0.6,
  lerp: 0.6,
  atan2: 1.9,
  hypot: 0.6,
  logaddexp: 0.6,
  floorDivide: 0.6,
  fmod: 0,
  remainder: 0.6,
};

const words = new Int32Array(1), floats = new Float32Array(words.buffer);
// What is computed in f64 takes long where it is fused, and is next to exact.
const STRIDE = 40009, STRIDE_IN_DOUBLE = 800011;

/** The largest distance over samples, and where it is. */
function furthest(
  found: (x: number) => number,
  wanted: (x: number) => number,
  stride: number,
): [number, string] {
  let most = -1, at = 0;
  for (let bits = -(2 ** 31); bits < 2 ** 31; bits += stride) {
    words[0] = bits;
    const x = floats[0], apart = unitsApart(found(x), wanted(x), "f32");
    if (apart > most) [most, at] = [apart, x];
  }
  return [most, `${found(at)} for ${wanted(at)} at ${at}`];
}

const special = [0, 2 ** -149, 2 ** -126, 2 ** -30, 0.5, 1, 2, 100, 3.4028234663852886e38, Infinity];
const edges = [NaN, ...special.flatMap((x) => [x, -x])];

/** Pairs of numbers, all over the range and where functions of them are not at their ends. */
function pairs(): readonly [number, number][] {
  const some = Array.from({ length: 150 }, (_, i) => {
    words[0] = Math.imul(i + 1, 0x9e3779b1);
    return i % 2 === 0 ? floats[0] : Math.fround((i - 75) * 0.37);
  });
  return [...some, ...edges].flatMap((a) =>
    [...some, ...edges, 2.5, -3].map((b): [number, number] => [a, b])
  );
}

const functions = scalarFunctions().filter((fn) => approximationOf(fn, "f32"));
const [ofOne, ofTwo] = [1, 2].map((arity) => functions.filter((fn) => fn.arity === arity));

for (const fn of ofOne) {
  const expr = approximationOf(fn, "f32")!(input(0)), wanted = implementationOf(fn, "f64");
  const stride = topological(expr).some(({ dtype }) => dtype === "f64") ? STRIDE_IN_DOUBLE : STRIDE;
  for (const rounding of ["fused", "unfused"] as const) {
    Deno.test(`${fn.name} in f32, ${rounding}, is within its bound, and right at its edges`, () => {
      const found = compiled(expr, "f32", rounding), [most, where] = furthest(found, wanted, stride);
      assert(most <= bounds[fn.name], `it is ${most} units off, with ${where}`);
      for (const x of edges) {
        const apart = unitsApart(found(x), wanted(x), "f32");
        assert(apart <= bounds[fn.name], `it is ${apart} off, with ${found(x)} for ${wanted(x)} at ${x}`);
      }
    });
  }
}

for (const fn of ofTwo) {
  const expr = approximationOf(fn, "f32")!(input(0), input(1)), wanted = implementationOf(fn, "f64");
  for (const rounding of ["fused", "unfused"] as const) {
    Deno.test(`${fn.name} in f32, ${rounding}, is within its bound at pairs of numbers`, () => {
      const found = compiled(expr, "f32", rounding);
      for (const [a, b] of pairs()) {
        const apart = unitsApart(found(a, b), wanted(a, b), "f32");
        assert(
          apart <= bounds[fn.name],
          `it is ${apart} off, with ${found(a, b)} for ${wanted(a, b)} at ${a}, ${b}`,
        );
      }
    });
  }
}

Deno.test("lerp in f32 is rounded once but where its terms cancel, and has its ends at weights of 0 and 1", () => {
  const lerp = scalarFunctions().find(({ name }) => name === "lerp")!;
  const found = compiled(approximationOf(lerp, "f32")!(input(0), input(1), input(2)), "f32", "unfused");
  for (const [a, b] of pairs().filter(([a, b]) => Math.abs(a) < 1e9 && Math.abs(b) < 1e9)) {
    assertEquals([found(a, b, 0), found(a, b, 1)], [a, b]);
    const wanted = lerp.evaluate(a, b, 0.375), apart = Math.abs(found(a, b, 0.375) - wanted);
    assert(
      apart <= 0.51 * unitOf(wanted, "f32") + 2 ** -52 * Math.max(Math.abs(a), Math.abs(b)),
      `${a}, ${b}`,
    );
  }
});

Deno.test("bounds are stated for the functions that there are", () => {
  assertEquals(functions.map(({ name }) => name).sort(), Object.keys(bounds).sort());
});

Deno.test("a backend that knows no exponential expands it as it says", () => {
  const knows = {
    backend: "pocket",
    has: ({ name }: { name: string }) => !["exp", "sigmoid"].includes(name),
    expands: approximationOf,
  };
  const legal = legalize(e.sigmoid(input(0)), ["f32"], knows);
  assert(!topological(legal).some(({ fn }) => fn?.name === "exp" || fn?.name === "sigmoid"));
  assert(unitsApart(compiled(legal, "f32", "fused")(0.3), evaluate(e.sigmoid(input(0)), [0.3]), "f32") < 2);
});

Deno.test("f16 is computed in f32", () => {
  const [exp] = functions.filter(({ name }) => name === "exp");
  assertEquals(approximationOf(exp, "f16")!(input(0)), approximationOf(exp, "f32")!(e.cast(input(0), "f32")));
  assertEquals(approximationOf(exp, "i32"), undefined);
});
