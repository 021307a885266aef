import * as tg from "@tapegrad/core";
import {
  key,
  type KeyWords,
  normal,
  randint,
  randomBits,
  read,
  splitKey,
  type Tensor,
  tensor,
  uniform,
} from "@tapegrad/core";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { erfinv } from "../../../core/expr/special.ts";
import { backend, floats, precision } from "../../backend_traits.ts";
import { ulps } from "../../proof/special/compare.ts";

type Pair = readonly [number, number];

const mask = 0xffffffffn;

/** Threefry-2x32 of 20 rounds as its paper has it, in big integers. */
function threefry([k0, k1]: Pair, [c0, c1]: Pair): Pair {
  const keys = [BigInt(k0), BigInt(k1), BigInt(k0) ^ BigInt(k1) ^ 0x1bd11bdan];
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  let a = (BigInt(c0) + keys[0]) & mask, b = (BigInt(c1) + keys[1]) & mask;
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8];
    a = (a + b) & mask;
    b = (((b << r) | (b >> (32n - r))) & mask) ^ a;
    if (round % 4 !== 3) continue;
    const turn = (round + 1) / 4;
    a = (a + keys[turn % 3]) & mask;
    b = (b + keys[(turn + 1) % 3] + BigInt(turn)) & mask;
  }
  return [Number(a), Number(b)];
}

Deno.test("the reference of these tests has the published vectors of Random123", () => {
  const ones: Pair = [0xffffffff, 0xffffffff];
  assertEquals(threefry([0, 0], [0, 0]), [0x6b200159, 0x99ba4efe]);
  assertEquals(threefry(ones, ones), [0x1cb996fc, 0xbb002be7]);
  assertEquals(threefry([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]), [0xc4923a9c, 0x483df7a0]);
});

const keys: readonly KeyWords[] = [
  key(0),
  key(42),
  key(2 ** 53 - 1),
  { high: 0xffffffff, low: 0xffffffff },
  { high: 0x13198a2e, low: 0x03707344 },
];

Deno.test("splitKey is Threefry of the key at counters (0, i)", () => {
  assertEquals(splitKey(key(0), 1), [{ high: 0x6b200159, low: 0x99ba4efe }]);
  for (const from of keys) {
    const wanted = [0, 1, 2, 3].map((i) => threefry([from.high, from.low], [0, i]));
    assertEquals(splitKey(from, 4), wanted.map(([high, low]) => ({ high, low })));
  }
});

function words(from: KeyWords, n: number): Pair[] {
  return Array.from({ length: n }, (_, i) => threefry([from.high, from.low], [0, i]));
}

Deno.test("random words are both words of Threefry together, whatever the shape", async () => {
  for (const from of keys) {
    const wanted = words(from, 60).map(([a, b]) => (a ^ b) >>> 0);
    const found = await read([[60], [3, 4, 5], []].map((shape) => randomBits(shape, { key: from })));
    assertEquals(found.map((bits) => [...bits]), [wanted, wanted, wanted.slice(0, 1)]);
  }
});

Deno.test("uniform numbers are the high bits of a word, 24 in f32 and 53 in f64", async () => {
  const from = key(9), pairs = words(from, 50);
  const single = pairs.map(([a, b]) => ((a ^ b) >>> 8) * 2 ** -24);
  const double = pairs.map(([a, b]) => ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53);
  assertEquals([...await uniform([50], { key: from }).data()], single);
  if (precision !== "f64") return;
  assertEquals([...await uniform([50], { key: from, dtype: "f64" }).data()], double);
});

Deno.test("normal numbers of key 0 are JAX's", async () => {
  // jax.random.normal(jax.random.key(0), 5) with partitionable Threefry.
  const theirs = [1.6226422, 2.0252647, -0.43359444, -0.07861735, 0.1760909];
  (await normal([5], { key: key(0) }).data()).forEach((v, i) => assertAlmostEquals(v, theirs[i], 1e-6));
});

Deno.test("normal numbers are √2·erfinv in the middle of each step, so that none is infinite", async () => {
  const from = key(31), single = words(from, 200).map(([a, b]) => (((a ^ b) >>> 9) + 0.5) * 2 ** -22 - 1);
  for (const on of [backend.name, "cpu"]) {
    const x = await normal([200], { key: from, backend: on }).data();
    // Where erfinv is computed in f32, it and the product are rounded.
    const units = on === "cpu" ? 0 : 8;
    single.forEach((u, i) => assert(ulps(x[i], Math.fround(Math.SQRT2 * erfinv(u)), "f32") <= units));
  }
});

/** Mean, variance, skewness and excess kurtosis. */
async function moments(x: Tensor): Promise<number[]> {
  const data = [...await x.data()], n = data.length, mean = data.reduce((a, b) => a + b) / n;
  const central = (p: number) => data.reduce((a, v) => a + (v - mean) ** p, 0) / n;
  const variance = central(2);
  return [mean, variance, central(3) / variance ** 1.5, central(4) / variance ** 2 - 3];
}

async function assertMoments(x: Tensor, expected: readonly number[], message: string): Promise<void> {
  (await moments(x)).forEach((m, i) =>
    assertAlmostEquals(m, expected[i], 0.03, `moment ${i + 1} of ${message}`)
  );
}

Deno.test("the moments of uniform and normal numbers", async () => {
  for (const dtype of floats) {
    const options = { key: key(3), dtype };
    await assertMoments(uniform([100_000], options), [0.5, 1 / 12, 0, -1.2], `uniform ${dtype}`);
    await assertMoments(normal([100_000], options), [0, 1, 0, 0], `normal ${dtype}`);
    await assertMoments(
      normal([100_000], { ...options, mean: -2, std: 0.5 }),
      [-2, 0.25, 0, 0],
      `normal ${dtype}`,
    );
  }
});

Deno.test("uniform numbers stay in their range", async () => {
  const unit = uniform([100_000], { key: key(5) }),
    wide = uniform([10_000], { key: key(5), low: -3, high: 7 });
  const [[least], [most], [low], [high]] = await read([unit, wide].flatMap((x) => [x.min(), x.max()]));
  assert(least >= 0 && least < 1e-4 && most < 1 && most > 0.9999, `${least} to ${most}`);
  assert(low >= -3 && low < -2.99 && high < 7 && high > 6.99, `${low} to ${high}`);
});

Deno.test("normal numbers are finite and symmetric at both ends", async () => {
  for (const dtype of floats) {
    const x = normal([200_000], { key: key(8), dtype });
    assertEquals(await x.isFinite().all().item(), 1);
    const far = await x.abs().greater(4).sum().item();
    assert(far > 1 && far < 40, `${far} of 200,000 are beyond 4`);
  }
});

// Pearson's statistic has mean `cells - 1` and variance twice that.
function isEven(counts: readonly number[]): boolean {
  const n = counts.reduce((a, b) => a + b), each = n / counts.length;
  const statistic = counts.reduce((a, c) => a + (c - each) ** 2 / each, 0);
  return statistic <= counts.length - 1 + 5 * Math.sqrt(2 * (counts.length - 1));
}

async function counted(x: Tensor, low: number, cells: number): Promise<number[]> {
  const counts = new Array<number>(cells).fill(0);
  for (const v of await x.data()) counts[v - low]++;
  return counts;
}

Deno.test("randint draws every integer of its range about as often, and no other", async () => {
  for (const [low, high] of [[0, 3], [-5, 2], [10, 11], [0, 1000], [-3, 97]]) {
    const drawn = randint(low, high, { shape: [200_000], key: key(low + 50) });
    const counts = await counted(drawn, low, high - low);
    assertEquals(counts.length, high - low);
    assert(counts.every((c) => c > 0) && isEven(counts), `${low} to ${high}: ${counts.slice(0, 8)}`);
  }
  const wide = randint(-(2 ** 30), 2 ** 30 - 1, { shape: [10_000], key: key(1) }),
    bins = new Array<number>(16).fill(0);
  for (const v of await wide.data()) bins[Math.floor((v + 2 ** 30) / 2 ** 27)]++;
  assert(isEven(bins), String(bins));
  assertEquals([wide.dtype as string, randint(0, 9, { shape: [2], dtype: "u32" }).dtype], ["i32", "u32"]);
  assertThrows(() => randint(3, 3, { shape: [1] }), RangeError, "Cannot draw integers from 3 up to 3");
});

Deno.test("bernoulli draws 1 with its probability, of a tensor's shape or of a given one", async () => {
  const p = [0, 0.1, 0.5, 0.9, 1], drawn = tg.bernoulli(tensor(p).expand([20_000, 5]), { key: key(6) });
  (await drawn.mean(0).data()).forEach((m, i) => assertAlmostEquals(m, p[i], 0.02));
  assertEquals([await drawn.slice(null, 0).sum().item(), await drawn.slice(null, 4).mean().item()], [0, 1]);
  assertEquals(tg.bernoulli(0.3, { shape: [2, 3], dtype: "bool" }).dtype, "bool");
});

Deno.test("a permutation has every index once, and each order is about as likely", async () => {
  for (const n of [0, 1, 2, 1000]) {
    const p = tg.permutation(n, { key: key(n) });
    assertEquals(p.dtype, "i32");
    assertEquals([...await p.data()].toSorted((a, b) => a - b), Array.from({ length: n }, (_, i) => i));
  }
  const orders = new Map<string, number>();
  const drawn = splitKey(key(77), backend.synchronous ? 3000 : 600).map((k) => tg.permutation(3, { key: k }));
  for (const order of (await read(drawn)).map(String)) orders.set(order, (orders.get(order) ?? 0) + 1);
  assert(orders.size === 6 && isEven([...orders.values()]), [...orders].join(" "));
});

Deno.test("choice takes slices, without replacement each once", async () => {
  const x = tg.arange(20).reshape([10, 2]);
  const rows = (await tg.choice(x, 10, { replace: false, key: key(4) }).array()) as number[][];
  assertEquals(rows.toSorted((a, b) => a[0] - b[0]), await x.array());
  const many = tg.choice(tensor([1, 2]), 1000, { key: key(4) });
  assertAlmostEquals(await many.mean().item(), 1.5, 0.06);
  assertThrows(() => tg.choice(x, 11, { replace: false }), tg.ShapeError, "Cannot choose 11 of 10");
  assertThrows(() => tg.choice(tg.zeros([0]), 1), tg.ShapeError, "Cannot choose 1 of 0: there are none");
});

Deno.test("a seed starts the same sequence again, and its state can be kept", async () => {
  const draw = () => read([uniform([3]), normal([2]), randint(0, 100, { shape: [4] }), tg.permutation(5)]);
  tg.manualSeed(123);
  const first = await draw(), state = tg.randomState(), second = await draw();
  assertNotEquals(first, second);
  tg.setRandomState(state);
  assertEquals(await draw(), second);
  tg.manualSeed(123);
  assertEquals(await draw(), first);
  tg.manualSeed(124);
  assertNotEquals(await draw(), first);
});

Deno.test("a key given draws nothing from the sequence", () => {
  tg.manualSeed(1);
  const state = tg.randomState();
  uniform([3], { key: key(2) });
  tg.permutation(3, { key: key(2) });
  assertEquals(tg.randomState(), state);
});

Deno.test("keys are of whole seeds up to 2⁵³ - 1, and differ", () => {
  for (const seed of [-1, 0.5, 2 ** 53, NaN]) {
    assertThrows(() => key(seed), RangeError, "Cannot make a key of seed");
  }
  assertEquals(key(2 ** 32 + 5), { high: 1, low: 5 });
  const all = splitKey(key(0), 1000).map(({ high, low }) => `${high},${low}`);
  assertEquals(new Set(all).size, 1000);
});

Deno.test("numbers of one key and of different keys do not move together", async () => {
  const [a, b] = splitKey(key(15)).map((k) => normal([50_000], { key: k, dtype: precision }));
  assertAlmostEquals(await a.mul(b).mean().item(), 0, 0.02);
  assertAlmostEquals(await a.slice([1]).mul(a.slice([0, -1])).mean().item(), 0, 0.02);
});
