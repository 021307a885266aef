import {
  type Builder,
  castNumber,
  type DType,
  e,
  type Expr,
  hostArray,
  input,
  type ScalarFunction,
  scalarFunctions,
  typesOf,
} from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import { webGpuTest } from "../open.ts";
import { type Column, floats, mapped, queued } from "./mapped.ts";
import { fromBits, samples } from "./samples.ts";

const builders = e as unknown as Readonly<Record<string, Builder | undefined>>;
const words = [0, 1, 2, 3, 7, 13, 31, 32, 33, 255, 65535, 65537, 123456789, 2 ** 30, 2 ** 31 - 1]
  .flatMap((n) => [n, -n]).concat(-(2 ** 31), 2 ** 31 - 2);
const operands: Readonly<Record<string, readonly number[]>> = {
  i32: words,
  u32: words.map((n) => n >>> 0),
  bool: [0, 1],
};
const names =
  "add sub mul neg abs sign maximum minimum clamp floorDivide remainder fmod pow floor ceil trunc " +
  "round bitAnd bitOr bitXor shiftLeft shiftRight shiftRightLogical lt le gt ge eq ne and or xor not select " +
  "isNaN isFinite fmax fmin";
const functions = scalarFunctions().filter((fn) => names.split(" ").includes(fn.name));

function column(dtype: DType, values: readonly number[]): Column {
  const data = hostArray(dtype, values.length);
  values.forEach((v, i) => data[i] = v);
  return { dtype, data };
}

/** All tuples of values, operand by operand. */
function tuples(values: readonly number[], arity: number): number[][] {
  let lists: number[][] = [[]];
  for (let i = 0; i < arity; i++) lists = lists.flatMap((head) => values.map((v) => [...head, v]));
  return lists[0].map((_, i) => lists.map((list) => list[i]));
}

/** The value in 32-bit arithmetic. */
function valueOf(fn: ScalarFunction, dtype: DType, args: readonly number[]): number {
  if (fn.name === "shiftRight" && dtype === "u32") return args[0] >>> args[1];
  const value = (fn.evaluateInteger ?? fn.evaluate)(...args);
  return castNumber(value, fn.result === "bool" ? "bool" : dtype);
}

await webGpuTest("functions of integers and truth values are those of 32-bit arithmetic", async (device) => {
  const tried = functions.flatMap((fn) =>
    (["i32", "u32", "bool"] as const).map((dtype) => {
      const lists = tuples(fn.arity === 3 ? operands[dtype].slice(0, 12) : operands[dtype], fn.arity);
      return { fn, dtype, columns: lists.map((list) => column(dtype, list)) };
    })
  );
  const views = tried.map(({ fn, dtype, columns }) => {
    const expr = builders[fn.name]!(...columns.map((_, i) => input(i)));
    return queued(device, expr, columns, fn.result === "bool" ? "bool" : dtype);
  });
  const results = await device.read(views);
  tried.forEach(({ fn, dtype, columns }, k) => {
    const found = [...results[k]];
    const wanted = found.map((_, i) => valueOf(fn, dtype, columns.map(({ data }) => data[i])));
    const at = found.findIndex((v, i) => v !== wanted[i]);
    const args = columns.map(({ data }) => data[at]);
    assertEquals(found[at], wanted[at], `${fn.name}(${args}) of ${dtype}`);
  });
});

const odd = [2 ** 31, 2 ** 31 + 256, 3e9, 2 ** 32, 2 ** 32 + 1024, 6e9, 2 ** 53, 1e20, 0.99999994, 1.9, 254.5]
  .flatMap((x) => [x, -x]);

await webGpuTest("casts wrap, truncate and keep NaN true, as castNumber", async (device) => {
  const sources: Readonly<Record<string, Column>> = {
    f32: floats([...odd, ...samples(4096, 9)]),
    i32: column("i32", words.concat(16777217, 33554433, -16777217)),
    u32: column(
      "u32",
      operands.u32.concat(16777217, 2 ** 32 - 129, 2 ** 32 - 128, 2 ** 31 + 128, 2 ** 31 + 384),
    ),
    bool: column("bool", operands.bool),
  };
  for (const from of Object.keys(sources) as DType[]) {
    for (const to of Object.keys(sources) as DType[]) {
      const found = await mapped(device, e.cast(input(0), to), [sources[from]], to);
      const wanted = [...sources[from].data].map((x) => castNumber(x, to));
      const at = wanted.findIndex((v, i) => !Object.is(v, found[i]));
      assertEquals(found[at], wanted[at], `${from} ${sources[from].data[at]} to ${to}`);
    }
  }
});

await webGpuTest("halves are rounded to even, also between", async (device) => {
  const x = floats([
    ...odd,
    65504,
    65519.99,
    65520,
    2 ** -24,
    2 ** -25,
    3 * 2 ** -26,
    2049,
    2051,
    1e-7,
    ...samples(4096, 5),
  ]);
  const found = await mapped(device, e.cast(input(0), "f16"), [x], "f32");
  for (let i = 0; i < found.length; i++) assertEquals(found[i], castNumber(x.data[i], "f16"), `${x.data[i]}`);
});

/** An expression of two inputs, their dtypes, what they hold, and the result. */
type Mixed = readonly [
  expr: Expr,
  dtypes: readonly [DType, DType],
  values: readonly [number, number],
  result: number,
];

const [a, b] = [input(0), input(1)];
const mixed: readonly Mixed[] = [
  [e.add(a, b), ["i32", "f32"], [-3, 0.5], -2.5],
  [e.add(a, b), ["bool", "i32"], [1, 41], 42],
  [e.add(a, b), ["bool", "bool"], [1, 1], 1],
  [e.sub(a, b), ["bool", "u32"], [0, 1], 2 ** 32 - 1],
  [e.mul(a, 0.5), ["i32", "i32"], [3, 0], 1.5],
  [e.mul(a, 3), ["bool", "bool"], [1, 0], 3],
  [e.add(a, -1), ["u32", "u32"], [0, 0], 2 ** 32 - 1],
  [e.sub(a, -(2 ** 31)), ["i32", "i32"], [-1, 0], 2 ** 31 - 1],
  [e.div(a, b), ["i32", "i32"], [7, 2], 3.5],
  [e.div(a, b), ["i32", "i32"], [-7, 0], -Infinity],
  [e.sqrt(a), ["u32", "u32"], [9, 0], 3],
  [e.lt(a, b), ["i32", "f32"], [2, 2.5], 1],
  [e.lt(a, 2.5), ["i32", "i32"], [2, 0], 1],
  [e.lt(a, b), ["bool", "bool"], [0, 1], 1],
  [e.eq(a, 1), ["bool", "bool"], [1, 0], 1],
  [e.ge(a, b), ["u32", "u32"], [2 ** 31, 1], 1],
  [e.select(a, b, 7), ["f32", "i32"], [NaN, 5], 5],
  [e.select(a, b, 7.5), ["i32", "bool"], [0, 1], 7.5],
  [e.and(a, b), ["f32", "u32"], [1e-40, 2], 1],
  [e.xor(a, b), ["f32", "i32"], [-0, -1], 1],
  [e.maximum(a, NaN), ["f32", "f32"], [1, 0], NaN],
  [e.minimum(a, -Infinity), ["f32", "f32"], [1, 0], -Infinity],
  [e.mul(a, -0), ["f32", "f32"], [1, 0], -0],
  [e.copysign(a, b), ["f32", "i32"], [2, -1], -2],
  [e.cast(e.mul(e.cast(a, "i32"), e.cast(b, "i32")), "f32"), ["f32", "f32"], [65536.5, 65537.5], 65536],
  [e.shiftRightLogical(a, b), ["i32", "i32"], [-1, 33], 2 ** 31 - 1],
];

await webGpuTest("operands are converted to the dtype in which they meet", async (device) => {
  for (const [expr, dtypes, values, result] of mixed) {
    const columns = dtypes.map((dtype, i) => column(dtype, [values[i]]));
    const dtype = typesOf(expr, dtypes).get(expr)!;
    const found = await mapped(device, expr, columns, dtype);
    assertEquals(found[0], result, `${expr} of ${dtypes}: ${values}`);
  }
});

await webGpuTest("numbers reach the device as they are", async (device) => {
  const bits = [
    0x7fc00000,
    0x7f800000,
    0xff800000,
    0x80000000,
    1,
    0x807fffff,
    0x00800000,
    0x7f7fffff,
    0x3dcccccd,
  ];
  for (const number of bits.map(fromBits)) {
    const expr = e.select(input(0), number, 2);
    assertEquals((await mapped(device, expr, [column("bool", [1])], "f32"))[0], number);
  }
});
