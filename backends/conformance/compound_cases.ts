/** Expressions of several functions, dtypes and inputs. */
import * as kernels from "./kernels.ts";
import { type DType, e, type Expr, input, isFloating, typesOf } from "@tapegrad/core";
import { kernelCase } from "./kernel_case.ts";
import { plain, plainRoom } from "./layouts.ts";
import { type Draft, dtypesOf, type Session } from "./session.ts";
import { whole } from "./values.ts";

interface Compound {
  readonly detail: string;
  readonly expr: Expr;
  readonly types: readonly DType[];
  /** How far the result may be off, in ULP of numbers around 1; exact unless said. */
  readonly ulp?: number;
}

const [x, y, z] = [input(0), input(1), input(2)];

function overDtype(dtype: DType): readonly Compound[] {
  const t = e.add(x, 1), deep = Array.from({ length: 200 }, (_, i) => i % 5).reduce((r, c) => e.sub(c, r), x);
  const twelve = Array.from({ length: 12 }, (_, i) => e.mul(input(i), i + 1)).reduce((a, b) => e.add(a, b));
  const one = (detail: string, expr: Expr, count: number): Compound => ({
    detail,
    expr,
    types: Array(count).fill(dtype),
  });
  return [
    one("shared terms", e.add(e.mul(t, t), e.sub(t, y)), 2),
    one("200 nodes deep", deep, 1),
    one("twelve inputs", twelve, 12),
    one("last inputs unused", e.maximum(x, 0), 4),
    one("middle inputs unused", e.minimum(x, input(3)), 4),
    one("no input used", e.cast(e.constant(1), dtype), 2),
  ];
}

const float: readonly Compound[] = [
  {
    detail: "rounding of the middle of a chain",
    expr: e.tanh(e.add(e.mul(x, y), z)),
    types: ["f32", "f32", "f32"],
    ulp: 16,
  },
  {
    detail: "nested choices",
    expr: e.select(e.lt(x, y), e.select(e.eq(y, z), x, -1), z),
    types: ["f32", "f32", "f32"],
  },
  { detail: "there and back", expr: e.sub(x, e.cast(e.cast(x, "i32"), "f32")), types: ["f32"] },
  { detail: "special constants", expr: e.select(x, Infinity, e.select(y, -0, NaN)), types: ["bool", "bool"] },
  { detail: "a float as condition", expr: e.select(x, y, z), types: ["f32", "i32", "i32"] },
];

const mixed: readonly Compound[] = [
  { detail: "i32 + f32", expr: e.add(x, y), types: ["i32", "f32"] },
  { detail: "u32 · f32", expr: e.mul(x, y), types: ["u32", "f32"] },
  { detail: "bool · u32", expr: e.mul(x, y), types: ["bool", "u32"] },
  { detail: "f32 - bool", expr: e.sub(x, y), types: ["f32", "bool"] },
  { detail: "i32 < f32", expr: e.lt(x, y), types: ["i32", "f32"] },
  { detail: "f16 · f32", expr: e.mul(x, y), types: ["f16", "f32"] },
  { detail: "f32 + f64", expr: e.add(x, y), types: ["f32", "f64"] },
  { detail: "select of i32 and f32", expr: e.select(x, y, z), types: ["bool", "i32", "f32"] },
  { detail: "i32 · 0.5", expr: e.mul(x, 0.5), types: ["i32"] },
  { detail: "bool + 2", expr: e.add(x, 2), types: ["bool"] },
  { detail: "u32 + (2³² - 1)", expr: e.add(x, 2 ** 32 - 1), types: ["u32"] },
  { detail: "u32 - 1 below 0", expr: e.add(x, -1), types: ["u32"] },
  { detail: "i32 + 2³¹", expr: e.add(x, 2 ** 31), types: ["i32"] },
  { detail: "a product that wraps", expr: e.add(e.mul(x, 1103515245), 12345), types: ["i32"] },
  { detail: "a product that wraps", expr: e.add(e.mul(x, 1103515245), 12345), types: ["u32"] },
  { detail: "bits of i32", expr: e.bitXor(e.shiftLeft(x, 29), e.shiftRight(x, 1)), types: ["i32"] },
  { detail: "bits of u32", expr: e.bitXor(e.shiftLeft(x, 29), e.shiftRight(x, 1)), types: ["u32"] },
  {
    detail: "truth values",
    expr: e.or(e.and(e.gt(x, 0), e.not(e.isNaN(y))), e.eq(x, y)),
    types: ["f32", "f32"],
  },
  {
    detail: "truth values counted",
    expr: e.add(e.cast(e.lt(x, y), "i32"), e.cast(e.eq(x, y), "i32")),
    types: ["i32", "i32"],
  },
];

/** Cases of `map` with expressions of more than one function. */
export function compoundCases(session: Session): readonly Draft[] {
  const arithmetic = dtypesOf(session).filter((dtype) => dtype !== "bool");
  const has = ({ expr, types }: Compound) =>
    [...types, ...typesOf(expr, types).values()].every((dtype) => session.backend.dtypes.has(dtype));
  return [...arithmetic.flatMap(overDtype), ...[...float, ...mixed].filter(has)].map(caseOf);
}

function caseOf({ detail, expr, types, ulp = 0 }: Compound): Draft {
  const result = typesOf(expr, types).get(expr)!, shape = [34];
  return kernelCase("map", result, detail, () => ({
    inputs: types.map((dtype, i) => plain(dtype, shape, numbersOf(dtype, i))),
    output: plainRoom(result, shape),
    call: (backend, inputs, output) => kernels.map(backend, expr, inputs, output),
    elementwise: true,
    allowance: { ulp, floor: ulp > 0 ? 1 : 0 },
  }));
}

function numbersOf(dtype: DType, seed: number): readonly number[] {
  const at = whole(dtype, seed), scale = isFloating(dtype) ? 0.5 : 1;
  return Array.from({ length: 34 }, (_, i) => at(i) * scale);
}
