/** Integers and truth values: what PyTorch leaves to C is defined here, and the same on every backend. */
import { assertEquals, assertThrows } from "@std/assert";
import * as c from "@tapegrad/core";
import { type Backend, DtypeError, type NestedArray, type Tensor, type TypedArray } from "@tapegrad/core";
import { testOn } from "./backends.ts";

const [LEAST, MOST, ALL] = [-(2 ** 31), 2 ** 31 - 1, 2 ** 32 - 1];

type Make = (...values: number[]) => Tensor;
type Case = readonly [dtype: c.DType, wanted: NestedArray, call: (a: Make) => Tensor];

const signed: Readonly<Record<string, Case>> = {
  "i32 sums wrap": ["i32", [LEAST, MOST], (a) => a(MOST, LEAST).add(a(1, -1))],
  "i32 differences wrap": ["i32", [MOST], (a) => a(LEAST).sub(1)],
  "i32 products keep their low 32 bits": [
    "i32",
    [1, 0, -67153019],
    (a) => a(MOST, 65536, 123456789).mul(a(MOST, 65536, 987654321)),
  ],
  "-(-2³¹) and |-2³¹| wrap": ["i32", [[LEAST], [LEAST]], (a) => c.stack([a(LEAST).neg(), a(LEAST).abs()])],
  "i32 squares wrap": ["i32", [0, -2147479015], (a) => a(65536, 46341).square()],
  "i32 powers wrap": ["i32", [9, LEAST, 1410065408], (a) => a(3, 2, 10).pow(a(2, 31, 10))],
  "i32 to a negative power is rounded to 0": [
    "i32",
    [0, -1, 1, 0],
    (a) => a(2, -1, 1, 0).pow(a(-1, -3, -2, -1)),
  ],
  "0⁰ is 1": ["i32", [1], (a) => a(0).pow(0)],
  "an i32 divided down by 0 is 0": ["i32", [0, 0, 0], (a) => a(7, -7, 0).floorDivide(0)],
  "i32 division rounds down": ["i32", [3, -4, -4, 3], (a) => a(7, -7, 7, -7).floorDivide(a(2, 2, -2, -2))],
  "-2³¹ divided down by -1 wraps": ["i32", [LEAST], (a) => a(LEAST).floorDivide(-1)],
  "an i32 remainder by 0 is 0": [
    "i32",
    [0, 0],
    (a) => c.stack([a(7).remainder(0), c.fmod(a(7), 0)]).flatten(),
  ],
  "an i32 remainder has the sign of the divisor": [
    "i32",
    [1, 2, -2, -1],
    (a) => a(7, -7, 7, -7).remainder(a(3, 3, -3, -3)),
  ],
  "an i32 fmod has the sign of the dividend": ["i32", [1, -1], (a) => c.fmod(a(7, -7), a(3, -3))],
  "i32 division gives floats": [
    "f32",
    [3.5, Infinity, -Infinity, NaN],
    (a) => a(7, 1, -1, 0).div(a(2, 0, 0, 0)),
  ],
  "the sum of i32 wraps": ["i32", 2147483645, (a) => a(MOST, MOST, MOST).sum()],
  "the sum of columns of i32 wraps": [
    "i32",
    Array(16).fill(-2),
    (a) => a(MOST).reshape([1, 1]).expand([2, 16]).contiguous().sum(0),
  ],
  "the sum of 2²³ + 1 large i32 keeps its low bits": [
    "i32",
    2139095039,
    (a) => a(MOST).expand([2 ** 23 + 1]).sum(),
  ],
  "the product of i32 wraps": ["i32", 3, (a) => a(MOST, MOST, 3).prod()],
  "running sums of i32 wrap": ["i32", [MOST, LEAST, LEAST + 1], (a) => c.cumsum(a(MOST, 1, 1), 0)],
  "the last of 2²³ + 1 running sums of i32 keeps its low bits": [
    "i32",
    2139095039,
    (a) => c.cumsum(a(MOST).expand([2 ** 23 + 1]), 0).slice(-1),
  ],
  "running products of i32 wrap": ["i32", [65536, 0, 0], (a) => c.cumprod(a(65536, 65536, 3), 0)],
  "inner products of i32 wrap": ["i32", 1, (a) => a(MOST, 65536).dot(a(MOST, 65536))],
  "i32 shifts drop bits and keep the sign": [
    "i32",
    [[LEAST, -2], [-1, -1]],
    (a) => c.stack([c.shiftLeft(a(1, MOST), a(31, 1)), c.shiftRight(a(LEAST, -1), a(31, 1))]),
  ],
  "floats are truncated to i32, NaN to 0": [
    "i32",
    [1, -1, 0, 0],
    (a) => a(19, -19, -5, 0).div(a(10, 10, 10, 0)).to("i32"),
  ],
};

const unsigned: Readonly<Record<string, Case>> = {
  "u32 sums and differences wrap": [
    "u32",
    [[0], [ALL]],
    (a) => c.stack([a(ALL).add(1), a(0).sub(1)]),
  ],
  "-1 as u32 wraps": ["u32", [ALL], (a) => a(1).neg()],
  "u32 products keep their low 32 bits": ["u32", [1, 0], (a) => a(ALL, 65536).mul(a(ALL, 65536))],
  "u32 powers wrap": ["u32", [1870418611], (a) => a(3).pow(a(21))],
  "u32 division and remainder are unsigned": [
    "u32",
    [[MOST, 0], [1, 0]],
    (a) => c.stack([a(ALL, 7).floorDivide(a(2, 0)), a(ALL, 7).remainder(a(2, 0))]),
  ],
  "u32 compares unsigned": ["bool", [false, true], (a) => a(ALL, 1).less(a(1, ALL))],
  "the sum of u32 wraps": ["u32", ALL - 1, (a) => a(ALL, ALL).sum()],
  "running sums of u32 wrap": ["u32", [ALL, 0], (a) => c.cumsum(a(ALL, 1), 0)],
  "the largest u32": ["u32", ALL, (a) => a(1, ALL).max()],
  "u32 shifts bring zeros in": ["u32", [1], (a) => c.shiftRight(a(ALL), a(31))],
  "u32 as a float": ["f32", [2 ** 32], (a) => a(ALL).to("f32")],
};

const truth: Readonly<Record<string, Case>> = {
  "a sum of two bools is their or": ["bool", [false, true, true], (a) => a(0, 1, 1).add(a(0, 0, 1))],
  "a product of bools is their and": ["bool", [false, false, true], (a) => a(0, 1, 1).mul(a(0, 0, 1))],
  "the sum of bools counts them": ["i32", 3, (a) => a(1, 1, 1, 0).sum()],
  "running sums of bools count them": ["i32", [1, 1, 2], (a) => c.cumsum(a(1, 0, 1), 0)],
  "the product of bools is an i32": ["i32", 0, (a) => a(1, 1, 0).prod()],
  "bool division gives floats": ["f32", [Infinity, 1], (a) => a(1, 1).div(a(0, 1))],
  "a bool and a number": ["i32", [3, 2], (a) => a(1, 0).add(2)],
  "the extrema of bools are bools": ["bool", [true, false], (a) => c.stack([a(0, 1).max(), a(0, 1).min()])],
  "bools have bits": ["bool", [false, true], (a) => c.bitwiseXor(a(1, 0), a(1, 1))],
  "bools sort": ["bool", [false, true, true], (a) => c.sort(a(1, 0, 1)).values],
  "NaN is true": ["bool", [true, true], (a) => a(0, 1).to("f32").mul(NaN).to("bool")],
};

for (const [dtype, cases] of Object.entries({ i32: signed, u32: unsigned, bool: truth })) {
  for (const [name, [result, wanted, call]] of Object.entries(cases)) {
    testOn(name, dtype as c.DType, async (backend) => {
      const y = call((...values) => c.tensor(values, { dtype: dtype as c.DType, backend }));
      assertEquals(y.dtype, result);
      assertEquals(await y.array(), wanted);
    });
  }
}

testOn("the mean of integers is refused", "i32", (backend: Backend) => {
  assertThrows(() => c.tensor([1, 2], { dtype: "i32", backend }).mean(), DtypeError, "mean of i32");
});

testOn("u32 and i32 do not mix", "u32", (backend: Backend) => {
  const [a, b]: TypedArray[] = [Uint32Array.of(1), Int32Array.of(1)];
  assertThrows(() => c.tensor(a, { backend }).add(c.tensor(b, { backend })), DtypeError, "Cannot mix");
});

testOn("bits of floats are refused", "f32", (backend: Backend) => {
  assertThrows(() => c.bitwiseAnd(c.tensor([1], { backend }), 1), DtypeError, "cast with to()");
});
