/** What is dropped, and what is drawn: by keys, of whole channels, and with the moments that are kept. */
import {
  alphaDropout,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  type DropoutOp,
  DtypeError,
  featureAlphaDropout,
  grad,
  key,
  keyTensor,
  normal,
  ones,
  read,
  rrelu,
  ShapeError,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "@tapegrad/core";
import { AlphaDropout, Dropout1d, FeatureAlphaDropout, RReLU } from "@tapegrad/nn";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { floats, testWith } from "../backend_traits.ts";

/** α·λ of SELU. */
const SATURATION = 1.7580993408473766;

async function distinct(x: Tensor): Promise<number[]> {
  const [values] = await read([x]);
  return [...new Set([...values].map((v) => Number(v.toPrecision(5))))].sort((a, b) => a - b);
}

const channels: readonly [name: string, drop: DropoutOp, shape: readonly number[], together: number][] = [
  ["dropout1d", dropout1d, [40, 5, 3], 3],
  ["dropout1d of one vector", dropout1d, [40, 3], 3],
  ["dropout2d", dropout2d, [40, 5, 2, 3], 6],
  ["dropout2d of three axes", dropout2d, [40, 5, 3], 3],
  ["dropout3d", dropout3d, [40, 5, 2, 1, 3], 6],
  ["dropout3d of one volume", dropout3d, [40, 2, 1, 3], 6],
  ["featureAlphaDropout", featureAlphaDropout, [40, 5, 2, 3], 6],
];

for (const [name, drop, shape, together] of channels) {
  Deno.test(`${name} drops whole channels, and each by itself`, async () => {
    const y = drop(ones(shape), { p: 0.25, training: true, key: key(2) }), [values] = await read([y]);
    const firsts = Array.from({ length: values.length / together }, (_, i) => values[i * together]);
    values.forEach((v, i) => assertEquals(v, firsts[Math.floor(i / together)]));
    const least = Math.min(...firsts), dropped = firsts.filter((v) => v === least).length / firsts.length;
    assert(Math.abs(dropped - 0.25) < 0.2, `${dropped} were dropped`);
  });
}

Deno.test("the same key drops the same, in any dtype and from a tensor", async () => {
  const by = { p: 0.5, key: key(7) }, x = ones([64]);
  const masks = floats.map((dtype) => dropout(x.to(dtype), by)).concat(
    dropout(x, { p: 0.5, key: keyTensor(key(7)) }),
  );
  const [first, ...others] = (await read(masks)).map((values) => [...values]);
  for (const other of others) assertEquals(other, first);
  assertNotEquals([...(await read([dropout(x, { p: 0.5, key: key(8) })]))[0]], first);
});

Deno.test("what stays is scaled, and so is its gradient; what goes is 0 whatever it was", async () => {
  const x = tensor(Array.from({ length: 32 }, (_, i) => i % 2 ? Infinity : NaN)),
    by = { p: 0.75, key: key(1) };
  const [values, slopes] = await read([
    dropout(x, by),
    grad((x: Tensor) => dropout(x, by).sum())(ones([32])),
  ]);
  assertEquals([...new Set(slopes)].sort(), [0, 4]);
  values.forEach((v, i) => assert(slopes[i] === 0 ? v === 0 : !Number.isFinite(v)));
});

Deno.test("alphaDropout gives SELU's least value, and keeps mean and variance", async () => {
  const p = 0.4, a = 1 / Math.sqrt((SATURATION ** 2 * p + 1) * (1 - p)), b = a * p * SATURATION;
  const y = alphaDropout(ones([100]), { p, training: true, key: key(3) });
  assertEquals(await distinct(y), [-SATURATION * a + b, a + b].map((v) => Number(v.toPrecision(5))));
  const layer = new AlphaDropout(p, { key: key(4) }), x = normal([50_000], { key: key(5) });
  const [[mean], [deviation]] = await read([layer.forward(x).mean(), layer.forward(x).std()]);
  assertAlmostEquals(mean, 0, 0.02);
  assertAlmostEquals(deviation, 1, 0.02);
});

Deno.test("rrelu draws a slope for each element in training, and takes their middle else", async () => {
  const x = tensor([-8, 0, 2]), layer = new RReLU({ lower: 0.25, upper: 0.5, key: key(1) });
  const slopes = await rrelu(ones([1000]).neg(), { training: true, key: key(6) }).neg().data();
  assert(slopes.every((v) => v >= 1 / 8 - 1e-7 && v <= 1 / 3 + 1e-7) && new Set(slopes).size > 900);
  const [first, second, evaluated] = await read([
    layer.forward(x),
    layer.forward(x),
    layer.eval().forward(x),
  ]);
  assertNotEquals(first[0], second[0]);
  assert([first, second].every(([low, zero, high]) => low <= -2 && low >= -4 && zero === 0 && high === 2));
  assertEquals([...evaluated], [-3, 0, 2]);
});

Deno.test("out of training, and with a probability of 0, it is x itself and no key is drawn", async () => {
  const x = ones([2, 3, 4]),
    layer = new FeatureAlphaDropout(0.5, { key: key(1) }),
    before = await layer.key!.array();
  for (const drop of [dropout, dropout1d, dropout2d]) assertStrictEquals(drop(x, { training: false }), x);
  for (const drop of [alphaDropout, featureAlphaDropout]) assertStrictEquals(drop(x), x);
  assertStrictEquals(dropout1d(x, { p: 0 }), x);
  assertStrictEquals(layer.eval().forward(x), x);
  assertEquals(await layer.key!.array(), before);
  const all = await alphaDropout(x, { p: 1, training: true }).abs().sum().item();
  assertEquals(all, 0);
});

Deno.test("each element of a batch draws by itself under vmap", async () => {
  const layer = new Dropout1d(0.5, { key: key(1) });
  const [a, b] = await vmap((x: Tensor) => layer.forward(x))(ones([2, 64, 2])).array() as number[][][];
  assertNotEquals(a, b);
});

Deno.test("what cannot be dropped is told", () => {
  assertThrows(
    () => dropout1d(zeros([3])),
    ShapeError,
    "Cannot dropout1d [3]: [batch, channels, length] is needed, or",
  );
  assertThrows(() => dropout2d(zeros([3, 4])), ShapeError, "[batch, channels, height, width] is needed");
  assertThrows(() => dropout3d(zeros([3, 4, 5]), { training: false }), ShapeError, "depth, height, width");
  assertThrows(
    () => featureAlphaDropout(zeros([3]), { training: true }),
    ShapeError,
    "[batch, channels, ...] is needed",
  );
  assertThrows(
    () => dropout(zeros([3]), { p: 2 }),
    RangeError,
    "a probability of 2: it must be a number from 0 to 1",
  );
  assertThrows(() => dropout(zeros([3], { dtype: "i32" })), DtypeError, "dropout of i32");
  assertThrows(() => dropout(zeros([3]), { rate: 0.5 } as never), TypeError, 'an option "rate"');
  assertThrows(() => rrelu(zeros([3]), { lower: 0.5, upper: 0.25 }), RangeError, "a number from 0.5");
  assertThrows(() => new RReLU({ lower: 2 }), RangeError, "largest slope");
});

testWith({ f16: true }, "halves are drawn for as finely as others", async () => {
  const y = dropout1d(ones([2 ** 15, 2], { dtype: "f16" }), { p: 1e-3, key: key(1) });
  const dropped = (await y.data()).filter((v) => v === 0).length / 2;
  assert(dropped > 10 && dropped < 60, `${dropped}`);
});
