import {
  castNumber,
  defineScalar,
  type DType,
  dtypes,
  e,
  evaluate,
  type Expr,
  hostArray,
  input,
  scalarFunctions,
  typeOf,
} from "@tapegrad/core";
import "@tapegrad/backends";
import { rarely } from "@tapegrad/core/backend";
import { assertEquals } from "@std/assert";
import { call } from "../../../../core/expr/expr.ts";
import { hasInstructions } from "../../../../backends/wasm/expr/knows.ts";
import { simds, validates } from "../../../../backends/wasm/features.ts";
import { valuesOf } from "./elements.ts";

const own = [0, -0, 1, -1, 0.5, -2.5, 1.5, 3, -7, 0.1, Infinity, -Infinity, NaN];
const edges: Readonly<Record<DType, readonly number[]>> = {
  f32: [
    ...own,
    2 ** -149,
    1.5 * 2 ** -126,
    3.4e38,
    2 ** 31,
    -(2 ** 32) - 1024,
    1e20,
    65520,
    2 ** -25,
    3 * 2 ** -26,
  ],
  f64: [
    ...own,
    5e-324,
    1e-310,
    1e300,
    2 ** 31,
    2 ** 32 + 1.5,
    1e20,
    65519.99999999,
    2 ** -25,
    1.0000001 * 2 ** -25,
  ],
  f16: [...own, 65504, 6e-8, -1e-5],
  i32: [0, 1, -1, 2, -7, 7, 3, 33, 2 ** 31 - 1, -(2 ** 31), 100],
  u32: [0, 1, 2, 7, 3, 33, 2 ** 31, 2 ** 32 - 1, 100],
  bool: [0, 1],
};
// Rounded by another path than in double precision, in the last place.
const rounded = new Set(["rsqrt", "mulAdd"]);

function elementOf(x: number, dtype: DType): number {
  const array = hostArray(dtype, 1);
  array[0] = x;
  return array[0];
}

function rowsOf(types: readonly DType[]): number[][] {
  const most = types.length > 2 ? 13 : 30;
  return types.reduce<number[][]>(
    (rows, dtype) =>
      rows.flatMap((row) => edges[dtype].slice(0, most).map((x) => [...row, elementOf(x, dtype)])),
    [[]],
  );
}

// Zeros of either sign are equal otherwise.
function shown(x: number): number | string {
  return Object.is(x, -0) ? "-0" : x;
}

function assertAsEvaluated(expr: Expr, types: readonly DType[], simd: typeof simds[number]): void {
  const rows = rowsOf(types), output = typeOf(expr, types);
  const wanted = rows.map((row) => [...row, shown(elementOf(evaluate(expr, row, types), output))]);
  const found = valuesOf({ expr, dtypes: types, simd }, rows).map((y, i) => [...rows[i], shown(y)]);
  assertEquals(found, wanted, `${expr} of ${types} in ${simd}`);
}

for (const simd of simds.filter(validates)) {
  for (const dtype of dtypes) {
    Deno.test(`functions with instructions have the cpu's bits: ${dtype}, ${simd}`, () => {
      for (const fn of scalarFunctions()) {
        if (!hasInstructions(fn.name, dtype, false) || rounded.has(fn.name)) continue;
        const types = new Array<DType>(fn.arity).fill(dtype);
        if (fn.result === "select") types[0] = "bool";
        assertAsEvaluated(call(fn, types.map((_, i) => input(i))), types, simd);
      }
    });

    Deno.test(`casts have the cpu's bits: ${dtype}, ${simd}`, () => {
      const values = edges[dtype].map((x) => elementOf(x, dtype));
      for (const to of dtypes) {
        const found = valuesOf({ expr: e.cast(input(0), to), dtypes: [dtype], simd }, values.map((x) => [x]));
        assertEquals(found.map(shown), values.map((x) => shown(castNumber(x, to))), `${dtype} to ${to}`);
      }
    });
  }

  Deno.test(`operands of several dtypes meet as on the cpu: ${simd}`, () => {
    const [x, y, z] = [input(0), input(1), input(2)];
    for (
      const [a, b] of [["f64", "f32"], ["f32", "i32"], ["f64", "u32"], ["bool", "f64"], [
        "i32",
        "bool",
      ]] as const
    ) {
      assertAsEvaluated(e.add(x, y), [a, b], simd);
      assertAsEvaluated(e.select(e.lt(x, y), x, y), [a, b], simd);
      assertAsEvaluated(e.select(x, y, z), [a, b, b], simd);
      assertAsEvaluated(e.and(x, e.not(y)), [a, b], simd);
      assertAsEvaluated(e.xor(e.lt(x, 1), e.gt(y, 0)), [a, b], simd);
      assertAsEvaluated(e.select(e.lt(x, y), e.gt(x, 1), e.ge(y, 2)), [a, b], simd);
      assertAsEvaluated(e.maximum(e.cast(e.ne(x, 0), "f64"), y), [a, b], simd);
    }
  });

  Deno.test(`constants are of the dtype that they meet: ${simd}`, () => {
    const x = input(0);
    for (const c of [0, -0, 3, -2.5, NaN, Infinity, -Infinity]) {
      for (const dtype of ["f32", "f64"] as const) {
        for (const expr of [e.maximum(x, c), e.minimum(c, x), e.clamp(x, c, 2), e.select(e.lt(x, c), x, c)]) {
          assertAsEvaluated(expr, [dtype], simd);
        }
      }
    }
    const chosen = e.select(e.gt(x, 0), 0.1, e.select(e.lt(x, -1), 1e300, 1 / 3));
    for (const dtype of ["f32", "f64"] as const) {
      for (const factor of [chosen, e.neg(chosen), e.mul(chosen, e.sub(1, chosen))]) {
        assertAsEvaluated(e.mul(factor, e.cast(x, "f64")), [dtype], simd);
      }
    }
    for (const c of [0, 1, 5, 31, 33]) assertAsEvaluated(e.shiftRight(e.shiftLeft(x, c), c), ["u32"], simd);
    for (const c of [-1, 2 ** 40, -Infinity]) {
      for (const dtype of ["i32", "u32"] as const) {
        for (const expr of [e.lt(x, c), e.ge(x, c), e.ne(c, x)]) assertAsEvaluated(expr, [dtype], simd);
      }
    }
  });

  Deno.test(`a function of a stranger is called for each element: ${simd}`, () => {
    const name = `twiceAndOne_${simd}`, evaluateIt = (x: number, y: number) => 2 * x + y;
    const own = defineScalar({ name, arity: 2, result: "same", evaluate: evaluateIt, vjp: [null, null] });
    for (const dtype of dtypes) {
      if (dtype !== "bool") assertAsEvaluated(own(input(0), input(1)), [dtype, dtype], simd);
    }
  });

  Deno.test(`what seldom is wanted is computed where any element wants it: ${simd}`, () => {
    const calls: number[] = [], name = `seen_${simd}`;
    const seen = defineScalar({
      name,
      arity: 1,
      result: "same",
      evaluate: (x) => (calls.push(x), -x),
      vjp: [null],
    });
    const x = input(0), twice = e.add(x, x), expr = rarely(e.gt(x, 4), e.mul(seen(twice), twice), twice);
    assertEquals(valuesOf({ expr, dtypes: ["f32"], simd }, [[1], [2], [3], [4]]), [2, 4, 6, 8]);
    assertEquals(calls, []);
    assertEquals(valuesOf({ expr, dtypes: ["f32"], simd }, [[1], [2], [5], [4]]), [2, 4, -100, 8]);
    assertEquals(calls.includes(10), true);
  });
}
