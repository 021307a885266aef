/** Numbers that integers cannot hold: refused by name and range, but where mathematics has an answer. */
import "@tapegrad/backends";
import * as tg from "@tapegrad/core";
import {
  defineElementwise,
  defineUpdate,
  e,
  noGrad,
  type Tensor,
  tensor,
  type TensorLike,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";

const i32 = { dtype: "i32" as const }, u32 = { dtype: "u32" as const }, bool = { dtype: "bool" as const };
const LEAST = -(2 ** 31), LARGEST = 2 ** 31 - 1, MOST = 2 ** 32 - 1;

/** Beyond i32, u32 or both; NaN and infinities among them. */
const beyond = [2 ** 32, 2 ** 32 + 5, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), 1e300, -1e300];
const nowhere = [NaN, Infinity, -Infinity];

function assertRefused(call: () => unknown, value: number, dtype = "i32"): void {
  const [least, most] = dtype === "i32" ? [LEAST, LARGEST] : [0, MOST];
  const error = assertThrows(call, RangeError, `${dtype} holds the integers from ${least} to ${most}`);
  assertEquals(error.message.includes(` ${value}:`), true, `${error.message} does not name ${value}`);
}

const x = tensor([5, -7], i32), n = tensor([5, 7], u32), truth = tensor([true, false]);
const at = tensor([0], i32);

type Use = (value: number, on: Tensor) => unknown;

const uses: Readonly<Record<string, Use>> = {
  tensor: (value, { dtype }) => tensor([[1], [value]], { dtype }),
  "tensor of one": (value, { dtype }) => tensor(value, { dtype }),
  fromArray: (value, { dtype }) => tg.fromArray(Float64Array.of(value), [1], { dtype }),
  full: (value, { dtype }) => tg.full([2], value, { dtype }),
  fullLike: (value, on) => tg.fullLike(on, value),
  where: (value, on) => tg.where(truth, on, value),
  "where, the number first": (value, on) => tg.where(truth, value, on),
  maskedFill: (value, on) => tg.maskedFill(on, truth, value),
  pad: (value, on) => tg.pad(on, [[1, 1]], value),
  scatter: (value, on) => tg.scatter(on, 0, at, value),
  scatterAdd: (value, on) => tg.scatterAdd(on, 0, at, value),
  assign: (value, on) => on.zerosLike().assign(value),
  asTensor: (value, on) => tg.asTensor(value, on),
};

for (const [name, use] of Object.entries(uses)) {
  Deno.test(`${name}: a number beyond the integers is refused`, () => {
    for (const value of beyond) {
      assertRefused(() => use(value, x), value);
      assertRefused(() => use(value, n), value, "u32");
    }
    assertRefused(() => use(2 ** 31, x), 2 ** 31);
    assertRefused(() => use(-1, n), -1, "u32");
    for (const value of [LEAST, LARGEST]) use(value, x);
    for (const value of [0, MOST]) use(value, n);
  });
}

const promoting = new Set(["where", "where, the number first", "maskedFill"]);

Deno.test("NaN and infinities go into no integer, unless the op promotes", async () => {
  for (const [name, use] of Object.entries(uses)) {
    if (promoting.has(name)) continue;
    for (const value of nowhere) assertRefused(() => use(value, x), value);
  }
  assertEquals(tg.where(truth, x, Infinity).dtype, "f32");
  assertEquals(await tg.add(x, 0.5).array(), [5.5, -6.5]);
});

Deno.test("arithmetic with a number that the tensor cannot hold is refused", () => {
  for (const op of [tg.add, tg.sub, tg.mul, tg.pow, tg.remainder, tg.floorDivide, tg.fmod]) {
    assertRefused(() => op(x, 2 ** 40), 2 ** 40);
    assertRefused(() => op(2 ** 40, x), 2 ** 40);
    assertRefused(() => op(n, -1), -1, "u32");
    assertRefused(() => op(tensor([true]), 2 ** 40), 2 ** 40);
  }
  for (const op of [tg.bitwiseAnd, tg.bitwiseOr, tg.bitwiseXor, tg.shiftLeft]) {
    assertRefused(() => op(n, -1), -1, "u32");
    assertRefused(() => op(x, MOST), MOST);
  }
  assertThrows(() => tg.add(x, 2 ** 40), RangeError, "Cannot add with 1099511627776: i32 holds");
});

Deno.test("an op whose result is floating takes every number", async () => {
  const close = async (y: Tensor, wanted: number[]) => assertEquals(await y.array(), wanted.map(Math.fround));
  await close(tg.div(x, 2 ** 40), [5 / 2 ** 40, -7 / 2 ** 40]);
  await close(tg.div(n, -2), [-2.5, -3.5]);
  assertEquals(tg.hypot(x, 2 ** 40).dtype, "f32");
});

const comparisons: readonly [
  string,
  (a: TensorLike, b: TensorLike) => Tensor,
  (a: number, b: number) => boolean,
][] = [
  ["equal", tg.equal, (a, b) => a === b],
  ["notEqual", tg.notEqual, (a, b) => a !== b],
  ["less", tg.less, (a, b) => a < b],
  ["lessEqual", tg.lessEqual, (a, b) => a <= b],
  ["greater", tg.greater, (a, b) => a > b],
  ["greaterEqual", tg.greaterEqual, (a, b) => a >= b],
];

/** Ends of ranges, their neighbours, and numbers between integers that f32 cannot tell apart. */
const ends = [
  ...[LEAST, LEAST + 1, -16777217, -1, 0, 1, 5, 16777217, LARGEST - 1, LARGEST].flatMap((
    v,
  ) => [v - 0.5, v, v + 0.5]),
  ...[LARGEST + 1, LEAST - 1, MOST - 1, MOST, 2 ** 32, 2 ** 32 + 5, 1e300, -1e300, -0, ...nowhere],
];

for (const [name, op, wanted] of comparisons) {
  Deno.test(`${name} of integers and a number is what mathematics says`, async () => {
    const signed = [LEAST, LEAST + 1, -16777217, -1, 0, 5, 16777217, LARGEST - 1, LARGEST];
    const unsigned = [0, 1, 5, 16777217, 2 ** 31, MOST - 1, MOST];
    for (const [values, options] of [[signed, i32], [unsigned, u32], [[0, 1], bool]] as const) {
      const t = tensor(values, options);
      const found = await tg.read(ends.flatMap((v) => [op(t, v), op(v, t)]));
      ends.forEach((v, k) => {
        const story = `${name} of ${options.dtype} and ${v}`;
        assertEquals([...found[2 * k]], values.map((a) => Number(wanted(a, v))), story);
        assertEquals([...found[2 * k + 1]], values.map((a) => Number(wanted(v, a))), `${story}, turned`);
      });
    }
  });
}

Deno.test("clamp, maximum and minimum take bounds beyond the range where the result is within", async () => {
  assertEquals(await tg.clamp(x, 0, 2 ** 31).array(), [5, 0]);
  assertEquals(await tg.clamp(x, -(2 ** 40), 2 ** 40).array(), [5, -7]);
  assertEquals(await tg.clamp(n, -1, 6).array(), [5, 6]);
  assertEquals(await tg.clamp(x, 2 ** 40, 3).array(), [3, 3]);
  assertEquals(await tg.hardtanh(x, -1, 2 ** 40).array(), [5, -1]);
  for (const op of [tg.minimum, tg.fmin]) {
    assertEquals(await op(x, 2 ** 40).array(), [5, -7]);
    assertEquals(await op(2 ** 40, n).array(), [5, 7]);
    assertRefused(() => op(n, -1), -1, "u32");
  }
  for (const op of [tg.maximum, tg.fmax]) {
    assertEquals(await op(x, -(2 ** 40)).array(), [5, -7]);
    assertEquals(await op(n, -1).array(), [5, 7]);
    assertRefused(() => op(x, 2 ** 31), 2 ** 31);
  }
  assertRefused(() => tg.clamp(x, 2 ** 40, 2 ** 41), 2 ** 40);
  assertRefused(() => tg.clamp(x, 0, -(2 ** 40)), -(2 ** 40));
  assertEquals(tg.clamp(x, 0, Infinity).dtype, "f32");
});

Deno.test("a number is true unless it is 0, whatever the dtype can hold", async () => {
  assertEquals(await tg.logicalAnd(x, 2 ** 32).array(), [true, true]);
  assertEquals(await tg.logicalXor(n, -(2 ** 32)).array(), [false, false]);
  assertEquals(await tg.logicalOr(tensor([0, 1], i32), 0.25).array(), [true, true]);
  assertEquals(await tg.where(2 ** 32, x, 0).array(), [5, -7]);
  assertEquals(await tensor([256, 0, 2 ** 32, NaN], bool).array(), [true, false, true, true]);
  assertEquals(await tg.arange(255, 258, bool).array(), [true, true, true]);
  assertEquals(await tg.fromArray(Float32Array.of(256, 0.5, 0), [3], bool).array(), [true, true, false]);
});

Deno.test("ranges and identities fit in their dtype, or say that they do not", async () => {
  assertRefused(() => tg.arange(2 ** 31 - 1, 2 ** 31 + 1, i32), 2 ** 31);
  assertRefused(() => tg.arange(-1, 1, u32), -1, "u32");
  assertRefused(() => tg.linspace(0, 2 ** 33, { count: 3, ...i32 }), 2 ** 32);
  assertRefused(() => tg.linspace(0, NaN, { count: 2, ...i32 }), NaN);
  assertEquals(await tg.arange(2 ** 32 - 2, 2 ** 32, u32).array(), [2 ** 32 - 2, MOST]);
  assertEquals(await tg.eye(2, 2, u32).array(), [[1, 0], [0, 1]]);
});

Deno.test("fromArray converts elements that fit, and none that do not", async () => {
  assertRefused(() => tg.fromArray(Uint32Array.of(1, MOST), [2], i32), MOST);
  assertRefused(() => tg.fromArray(Int32Array.of(1, -1), [2], u32), -1, "u32");
  assertRefused(() => tensor(Float32Array.of(NaN), i32), NaN);
  assertEquals(await tg.fromArray(Uint32Array.of(1, LARGEST), [2], i32).array(), [1, LARGEST]);
});

Deno.test("random integers lie within their dtype, up to its ends", async () => {
  const key = tg.key(1), shape = [50];
  assertRefused(() => tg.randint(2 ** 31 - 2, 2 ** 31 + 1, { shape, key }), 2 ** 31);
  assertRefused(() => tg.randint(-1, 2, { shape, key, ...u32 }), -1, "u32");
  const drawn = await tg.randint(MOST - 1, MOST + 1, { shape, key, ...u32 }).data();
  assertEquals([Math.min(...drawn), Math.max(...drawn)], [MOST - 1, MOST]);
  const most = await tg.randint(LARGEST, LARGEST + 1, { shape: [2], key }).array();
  assertEquals(most, [LARGEST, LARGEST]);
});

Deno.test("changes in place refuse numbers that their target cannot hold", async () => {
  const raise = defineUpdate("raise", (target, by) => e.add(target, by));
  const t = tensor([1, 2], i32);
  assertRefused(() => noGrad(() => raise(t, 2 ** 31)), 2 ** 31);
  assertThrows(() => t.assign("3" as never), TypeError, "a number is needed");
  assertThrows(() => t.assign([3, 4] as never), TypeError, "an array of 2");
  noGrad(() => raise(t, LARGEST - 2));
  assertEquals(await t.array(), [LARGEST - 1, LARGEST]);
});

Deno.test("an op of one's own is held to the same", async () => {
  const twice = defineElementwise("addTwice", (a, b) => e.add(a, e.add(b, b)));
  assertRefused(() => twice(x, 2 ** 33), 2 ** 33);
  assertEquals(await twice(x, 3).array(), [11, -1]);
});

Deno.test("constants of an expression that meet integers are held to the same", async () => {
  const compared = [e.lt, e.le, e.gt, e.ge, e.eq, e.ne].map((build, k) =>
    defineElementwise(`comparedWithConstant${k}`, (v) => build(v, 2 ** 31))
  );
  const most = tensor([LARGEST], i32);
  const found = await tg.read(compared.map((op) => op(most)));
  assertEquals(found.map(([v]) => v), [1, 1, 0, 0, 0, 1]);
  const far = defineElementwise("farFromIntegers", (v) => e.select(e.gt(v, -(2 ** 40)), v, 0));
  assertEquals(await far(x).array(), [5, -7]);
  const raised = defineElementwise("raisedByConstant", (v) => e.add(v, 2 ** 40));
  assertRefused(() => raised(x), 2 ** 40);
  assertEquals(await raised(tensor([0])).array(), [2 ** 40]);
});

Deno.test("a cast is asked for, and wraps", async () => {
  assertEquals(await tensor([-1], i32).to("u32").array(), [MOST]);
  assertEquals(await tensor([MOST], u32).to("i32").array(), [-1]);
});
