import {
  defineScalar,
  e,
  evaluate,
  type Expr,
  legalize,
  type ScalarFunction,
  scalarFunctions,
  topological,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { gradientExprs, tangentExpr } from "../../../core/expr/derivative.ts";
import { call } from "../../../core/expr/expr.ts";

/** Where a function is smooth; a number stands for a function of one operand. */
type Points = readonly (number | readonly number[])[];

const everywhere = [-2.3, -0.7, 0.4, 1.6];
const positive = [0.2, 0.9, 1.7, 6];
const inside = [-0.8, -0.3, 0.1, 0.7];
const pairs = [[0.4, 1.7], [-1.3, 0.6], [2.2, -0.7], [-0.9, -1.8]];
const powers = [[0.4, 1.7], [1.3, -0.6], [2.2, 3], [2.5, 0.5], [23, 0]];
const triples = [[0.3, -1, 1], [-1.7, -1, 1.2], [1.9, -0.6, 1.4]];

/** Sample points of every scalar function; one that is missing here fails. */
const points: Readonly<Record<string, Points>> = {
  ...Object.fromEntries(
    ("not isNaN isFinite exp exp2 expm1 sin cos atan sinh cosh tanh asinh sinc erf erfc sigmoid " +
      "softsign softplus gelu geluTanh silu mish tanhshrink normalCdf normalDensity atanSlope asinhSlope neg abs sign reciprocal floor ceil trunc round")
      .split(" ")
      .map((name) => [name, everywhere]),
  ),
  ...Object.fromEntries(
    "log log2 log10 sqrt rsqrt lgamma digamma".split(" ").map((name) => [name, positive]),
  ),
  ...Object.fromEntries(
    "tan asin acos atanh erfinv log1p asinSlope atanhSlope".split(" ").map((name) => [name, inside]),
  ),
  ...Object.fromEntries(
    ("lt le gt ge eq ne and or xor atan2 logaddexp add sub mul div maximum minimum fmax fmin floorDivide " +
      "remainder fmod copysign hypot mulOrZero cosine overSquares").split(" ").map((name) => [name, pairs]),
  ),
  normalQuantile: [0.3, 0.4, 0.6, 0.7],
  acosh: [1.2, 2.5, 7],
  acoshSlope: [1.2, 2.5, 7],
  polygamma: [[1, 0.7], [2, 1.9], [3, 4.2]],
  xlog1py: [[0.4, 1.7], [-1.3, -0.6], [2.2, 3]],
  xlogy: [[0.4, 1.7], [-1.3, 0.6], [2.2, 3]],
  pow: powers,
  baseSlope: powers,
  exponentSlope: powers,
  select: [[1, 0.4, 2], [0, 0.4, 2]],
  clamp: triples,
  fma: triples,
  exponentOf: [1.2, -3.3, 0.3],
  scaleByPower: [[1.3, 2], [-0.7, -3]],
  nextAfter: pairs,
  lerp: [[0.3, -1, 0.2], [-1.7, 2, 0.8]],
};

// Of integers: they have no derivative, and evaluate() is held against the operators elsewhere.
const ofBits = [
  "bitcastI32",
  "bitcastU32",
  "bitcastF32",
  "bitAnd",
  "bitOr",
  "bitXor",
  "shiftLeft",
  "shiftRight",
  "shiftRightLogical",
];
// Operands that have no gradient though the function changes with them.
const fixed: Readonly<Record<string, number>> = { polygamma: 0, scaleByPower: 1 };

function tuplesOf(fn: ScalarFunction): number[][] {
  const found = points[fn.name];
  assert(found, `${fn.name} has no sample points: add a row`);
  return found.map((p) => typeof p === "number" ? [p] : [...p]);
}

// Functions of namespaces, as "special_j0", are held to values and slopes by the rows of their ops.
const functions = scalarFunctions().filter(({ name }) => !ofBits.includes(name) && !name.includes("_"));
const inputs = [0, 1, 2].map(e.input);

function callOf(fn: ScalarFunction): Expr {
  return call(fn, inputs.slice(0, fn.arity));
}

/** The central difference of fourth order. */
function slope(f: (x: number) => number, x: number): number {
  const h = 1e-3;
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

function assertClose(actual: number, expected: number, message: string): void {
  const error = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  assert(error < 1e-8, `${message}: ${actual}, not ${expected}`);
}

for (const fn of functions) {
  const root = callOf(fn);

  Deno.test(`${fn.name}: gradients of first and second order are its slopes`, () => {
    const gradients = gradientExprs([root], fn.arity, { readsOutputs: false }),
      reading = gradientExprs([root], fn.arity);
    const ct = e.input(fn.arity + 1);
    for (const at of tuplesOf(fn)) {
      for (let i = 0; i < fn.arity; i++) {
        if (fixed[fn.name] === i) continue;
        const along = (k: number, f: Expr) => (v: number) => evaluate(f, [...at.with(k, v), 0, 1]);
        const first = gradients[i];
        const value = first ? evaluate(first, [...at, 0, 1]) : 0;
        assertClose(value, slope(along(i, root), at[i]), `d ${fn.name}(${at}) / d x${i}`);
        assertEquals(first === null, reading[i] === null);
        if (!first) continue;
        // The saved output stands for the function itself, and the gradient is linear in the cotangent.
        const y = evaluate(root, at);
        assertClose(
          evaluate(reading[i]!, [...at, y, -3]),
          -3 * value,
          `d ${fn.name}(${at}) / d x${i} from y`,
        );
        const seconds = gradientExprs([first], fn.arity + 2, { readsOutputs: false });
        assertClose(evaluate(seconds[fn.arity + 1]!, [...at, 0, 1, 0, 1]), value, `${ct} of ${fn.name}`);
        for (let j = 0; j < fn.arity; j++) {
          if (fixed[fn.name] === j) continue;
          const second = seconds[j] ? evaluate(seconds[j]!, [...at, 0, 1, 0, 1]) : 0;
          assertClose(second, slope(along(j, first), at[j]), `d² ${fn.name}(${at}) / d x${i} d x${j}`);
        }
      }
    }
  });

  Deno.test(`${fn.name}: the tangent is the sum of the gradients`, () => {
    const gradients = gradientExprs([root], fn.arity, { readsOutputs: false });
    for (const at of tuplesOf(fn)) {
      for (let mask = 1; mask < 2 ** fn.arity; mask++) {
        const moving = at.map((_, i) => (mask >> i & 1) === 1);
        const tangent = tangentExpr(root, moving),
          moves = [0.3, -1.1, 2].slice(0, moving.filter(Boolean).length);
        let expected = 0, next = 0;
        moving.forEach((m, i) => {
          if (m) expected += evaluate(gradients[i] ?? e.constant(0), [...at, 0, moves[next++]]);
        });
        assertClose(
          tangent ? evaluate(tangent, [...at, ...moves]) : 0,
          expected,
          `${fn.name}(${at}), ${moving}`,
        );
      }
    }
  });
}

const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-9,
  -1e-9,
  5e-324,
  30,
  -30,
  800,
  -800,
  1e300,
  -1e300,
  Infinity,
  -Infinity,
  NaN,
];

const { abs, max } = Math;
// What a function in simpler ones is exact to a part of, where this is more than its value: an exponent of a size
// magnifies a rounding, or terms of a size cancel.
const bell = (y: number, x: number): number => abs(y) * (1 + x * x);
const sizes: Readonly<Record<string, (y: number, ...values: number[]) => number>> = {
  gelu: bell,
  normalCdf: bell,
  normalDensity: bell,
  geluTanh: (y, x) => abs(y) * (1 + abs(x) ** 3),
  tanhshrink: (_, x) => abs(x),
  lerp: (_, a, b, w) => max(abs(a), abs(b), abs(w * (b - a))),
  logaddexp: (_, a, b) => abs(max(a, b)),
};

for (const fn of functions.filter((f) => f.expand)) {
  Deno.test(`${fn.name}: its expansion has its values, at special ones too`, () => {
    const root = callOf(fn),
      expanded = legalize(root, Array(fn.arity).fill("f64"), { backend: "other", has: (f) => f !== fn });
    assert(topological(expanded).every((n) => n.fn !== fn));
    const at = fn.arity === 1
      ? special.map((v) => [v])
      : fn.arity === 2
      ? special.flatMap((a) => special.map((b) => [a, b]))
      : special.flatMap((a) => special.flatMap((b) => special.map((c) => [a, b, c])));
    for (const values of [...at, ...tuplesOf(fn)]) {
      const got = evaluate(expanded, values), wanted = evaluate(root, values);
      const size = max(abs(wanted), sizes[fn.name]?.(wanted, ...values) || 0);
      const near = abs(got - wanted) <= 4e-16 * size + 5e-324;
      assert(Object.is(got, wanted) || near, `${fn.name}(${values}) expands to ${got}, not ${wanted}`);
    }
  });
}

Deno.test("functions of integers agree with 32-bit arithmetic", () => {
  const words = [0, 1, -1, 7, -13, 31, 2 ** 31 - 1, -(2 ** 31), 65537, 123456789];
  const byName = new Map(scalarFunctions().map((fn) => [fn.name, fn]));
  const integer = (name: string, a: number, b: number) => byName.get(name)!.evaluateInteger!(a, b) | 0;
  const wide = (v: bigint) => Number(BigInt.asIntN(32, v));
  for (const a of words) {
    for (const b of words) {
      const [p, q] = [BigInt(a), BigInt(b)];
      assertEquals(integer("mul", a, b), wide(p * q));
      assertEquals(evaluate(e.bitAnd(a, b), []), wide(p & q));
      assertEquals(evaluate(e.bitOr(a, b), []), wide(p | q));
      assertEquals(evaluate(e.bitXor(a, b), []), wide(p ^ q));
      if (b >= 0 && b < 32) {
        assertEquals(evaluate(e.shiftLeft(a, b), []), wide(p << q));
        assertEquals(evaluate(e.shiftRight(a, b), []), wide(p >> q));
        assertEquals(evaluate(e.shiftRightLogical(a, b), []), Number(BigInt.asUintN(32, p) >> q));
        assertEquals(integer("pow", a, b), wide(p ** q));
      }
      const floor = b === 0 ? 0n : (p - (((p % q) + q) % q)) / q;
      assertEquals(integer("floorDivide", a, b), wide(floor), `${a} // ${b}`);
      assertEquals(integer("remainder", a, b), b === 0 ? 0 : wide(p - floor * q), `${a} mod ${b}`);
      assertEquals(integer("fmod", a, b), b === 0 ? 0 : wide(p % q), `${a} fmod ${b}`);
    }
  }
});

Deno.test("an integer to a negative power is rounded towards 0", () => {
  const pow = scalarFunctions().find((fn) => fn.name === "pow")!.evaluateInteger!;
  assertEquals([1, -1, -1, 2, -5, 0].map((a, i) => pow(a, i === 1 ? -3 : -2)), [1, -1, 1, 0, 0, 0]);
});

Deno.test("pow is C's", () => {
  const rows = [[1, NaN, 1], [NaN, 0, 1], [-1, Infinity, 1], [-1, -Infinity, 1], [0, -1, Infinity], [
    -8,
    1 / 3,
    NaN,
  ]];
  for (const [a, b, wanted] of rows) assertEquals(evaluate(e.pow(inputs[0], inputs[1]), [a, b]), wanted);
});

Deno.test("a scalar function from outside is differentiated like the others, and its name is taken", () => {
  const facts = { arity: 1, result: "float", evaluate: Math.cbrt } as const;
  const cbrt = defineScalar({
    name: "cbrtOfTheTest",
    ...facts,
    vjp: [(ct, y) => e.div(ct, e.mul(3, e.mul(y, y)))],
  });
  const [gradient] = gradientExprs([e.mul(2, cbrt(inputs[0]))], 1);
  assertClose(evaluate(gradient!, [8, 4, 1]), 1 / 6, "2·∛x");
  assertThrows(
    () => defineScalar({ name: "cbrtOfTheTest", ...facts, vjp: [null] }),
    Error,
    'Cannot define scalar function "cbrtOfTheTest": the name is taken',
  );
});
