/** The namespace `random`: moments, tails, gradients, and the same numbers from the same key on every backend. */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { key, random, record, special, type Tensor, tensor, variable } from "@tapegrad/core";
import { backend, floats, precision } from "../../backend_traits.ts";
import { spacing } from "../../proof/special/compare.ts";

const COUNT = 40_000, dtype = precision;
type Draw = (options: random.DistributionOptions) => Tensor;

/** Draws with mean and variance, and a point with the chance of less. */
const rows: Readonly<
  Record<string, readonly [Draw, mean: number, variance: number, at: number, chance: number]>
> = {
  normal: [(o) => random.normal(3, 2, o), 3, 4, -1, 0.02275013194817921],
  logNormal: [(o) => random.logNormal(0, 0.5, o), Math.exp(0.125), 0.3646958540123865, 1, 0.5],
  exponential: [(o) => random.exponential(2, o), 0.5, 0.25, 1.5, 0.950212931632136],
  laplace: [(o) => random.laplace(1, 2, o), 1, 8, 5, 0.9323323583816936],
  cauchy: [(o) => random.cauchy(1, 2, o), NaN, NaN, 3, 0.75],
  gumbel: [(o) => random.gumbel(1, 2, o), 1 + 2 * 0.5772156649015329, 4 * Math.PI ** 2 / 6, 1, Math.exp(-1)],
  geometric: [(o) => random.geometric(0.25, o), 4, 12, 1.5, 0.25],
  truncatedNormal: [(o) => random.truncatedNormal(1, 4, o), 1.5246, 0.19788, 1.5, 0.5789],
  gamma: [(o) => random.gamma(2.5, 2, o), 1.25, 0.625, 1, 0.4505840486472198],
  "gamma below 1": [(o) => random.gamma(0.3, 1, o), 0.3, 0.3, 0.01, 0.2793],
  beta: [(o) => random.beta(2, 3, o), 0.4, 0.04, 0.2, 0.1808],
  studentT: [(o) => random.studentT(8, o), 0, 8 / 6, -1.859548, 0.05],
  "poisson of few": [(o) => random.poisson(3, o), 3, 3, 0.5, Math.exp(-3)],
  "poisson of many": [(o) => random.poisson(40, o), 40, 40, 30.5, 0.0617],
  "poisson of very many": [(o) => random.poisson(1e5, o), 1e5, 1e5, 99500.5, 0.05704],
  "binomial of few": [(o) => random.binomial(12, 0.25, o), 3, 2.25, 1.5, 0.158382],
  "binomial of many": [(o) => random.binomial(100, 0.3, o), 30, 21, 22.5, 0.047865],
  "binomial of most": [(o) => random.binomial(100, 0.95, o), 95, 4.75, 91.5, 0.063091],
  "binomial of very many": [(o) => random.binomial(20_000, 0.6, o), 12_000, 4800, 11900.5, 0.075572],
};

for (const [name, [draw, mean, variance, at, chance]] of Object.entries(rows)) {
  Deno.test(`random.${name} has its moments, and its tail`, async () => {
    const data = Float64Array.from(await draw({ shape: [COUNT], key: key(11), dtype }).data());
    const part = data.filter((x) => x < at).length / COUNT;
    assertAlmostEquals(part, chance, 5 * Math.sqrt(chance * (1 - chance) / COUNT) + 1e-4);
    if (Number.isNaN(mean)) return;
    const found = data.reduce((a, b) => a + b, 0) / COUNT;
    const spread = data.reduce((a, b) => a + (b - found) ** 2, 0) / COUNT;
    assertAlmostEquals(found, mean, 5 * Math.sqrt(variance / COUNT));
    assertAlmostEquals(spread, variance, 0.12 * variance);
  });
}

Deno.test("what is drawn has the shape in which parameters meet, and theirs must fit into one that is given", () => {
  const rate = tensor([[1], [2]]), other = tensor([1, 2, 3]);
  assertEquals(random.gamma(rate, other).shape, [2, 3]);
  assertEquals(random.normal(rate, 1, { shape: [5, 2, 2] }).shape, [5, 2, 2]);
  assertThrows(() => random.normal(rate, 1, { shape: [3] }), Error, "parameters of [2, 1]");
  assertEquals(random.poisson(3).shape, []);
});

Deno.test("the same key draws the same, another one other numbers", async () => {
  const [a, b, c] = await Promise.all(
    [1, 1, 2].map((seed) => random.beta(2, 2, { shape: [5], key: key(seed), dtype }).array()),
  );
  assertEquals(a, b);
  assertNotEquals(a, c);
});

Deno.test("Dirichlet's chances add up to 1 along the last axis, with means by the concentrations", async () => {
  const x = random.dirichlet(tensor([1, 2, 5], { dtype }), { shape: [COUNT, 3], key: key(3) });
  const totals = await x.sum(1).data(), means = await x.mean(0).data();
  assert(totals.every((total) => Math.abs(total - 1) < 1e-5));
  [1, 2, 5].forEach((c, i) => assertAlmostEquals(means[i], c / 8, 0.01));
});

Deno.test("slopes of gamma, beta and Student's t distributed numbers are those of means, and of points with one chance", async () => {
  const shape = { shape: [COUNT], key: key(5) };
  const a = variable(2.5, { dtype }), b = variable(1.5, { dtype }), df = variable(9, { dtype });
  random.gamma(a, 2, shape).mean().backward();
  assertAlmostEquals(await a.grad!.item(), 0.5, 0.01);
  random.beta(2, b, shape).mean().backward();
  // d/db of 2/(2 + b).
  assertAlmostEquals(await b.grad!.item(), -2 / 3.5 ** 2, 0.01);
  random.studentT(df, shape).square().mean().backward();
  // d/df of df/(df - 2).
  assertAlmostEquals(await df.grad!.item(), -2 / 49, 0.01);
});

Deno.test("the slope of an exponentially distributed number in its concentration is exact", async () => {
  // From x = -log(1 - P) and dx/da at a = 1, by differences of the inverse at 30 digits.
  const x = random.gamma(1, 1, { shape: [100], key: key(8), dtype });
  const a = variable(1, { dtype }), y = random.gamma(a, 1, { shape: [100], key: key(8), dtype });
  y.sum().backward();
  assertEquals(await x.array(), await y.array());
  assertAlmostEquals(await a.grad!.item() / 100, 1, 0.15);
});

Deno.test("categorical and multinomial draw by chances, never what has none", async () => {
  const chances = tensor([0.2, 0, 0.5, 0.3], { dtype });
  const drawn = await random.categorical(chances.log(), { shape: [COUNT], key: key(1) }).data();
  [0.2, 0, 0.5, 0.3].forEach((p, k) => {
    const part = drawn.filter((x) => x === k).length / COUNT;
    assertAlmostEquals(part, p, 5 * Math.sqrt(p * (1 - p) / COUNT));
  });
  const rows = tensor([[1, 0, 2, 3], [1, 1, 1, 1]], { dtype });
  const some = await random.multinomial(rows, 3, { key: key(2) }).array() as number[][];
  assertEquals([some[0].toSorted(), new Set(some[1]).size], [[0, 2, 3], 3]);
  const many = random.multinomial(rows, 1000, { replacement: true, key: key(2) });
  assertEquals(many.shape, [2, 1000]);
  assertAlmostEquals((await many.slice(0).data()).filter((x) => x === 3).length / 1000, 0.5, 0.08);
  assertThrows(() => random.multinomial(rows, 5), RangeError);
});

Deno.test("the slope of a gamma distributed number is that of the point with its chance", async () => {
  // From P(a, x) = const: dx/da = -(dP/da)/(dP/dx), by differences of P in double precision.
  const shapes = [0.1, 0.5, 0.9, 1, 1.5, 3, 8, 11, 13, 40, 300];
  const a = variable(shapes, { dtype }), x = random.gamma(a, 1, { key: key(6), dtype });
  x.sum().backward();
  const [found, slopes] = await Promise.all([x.data(), a.grad!.data()]);
  const fine = { dtype: "f64", backend: "cpu" } as const;
  for (const [i, shape] of shapes.entries()) {
    const step = 1e-5 * shape,
      [below, above] = [shape - step, shape + step].map((shape) =>
        special.gammainc(tensor(shape, fine), tensor(found[i], fine)).itemSync()
      );
    const at = variable(found[i], fine);
    special.gammainc(tensor(shape, fine), at).backward();
    const exact = -(above - below) / (2 * step) / at.grad!.itemSync();
    // On a device three digits are what is said.
    assertAlmostEquals(slopes[i] / exact, 1, dtype === "f64" ? 1e-6 : 3e-3, `at ${shape}`);
  }
});

Deno.test("beta's and Dirichlet's numbers of tiny parameters are 0 or 1, not NaN, and have slopes", async () => {
  const shape = { shape: [2000], key: key(3), dtype }, tiny = variable(1e-3, { dtype });
  const x = random.beta(tiny, 1e-3, shape), found = await x.data();
  assert(found.every((y) => y >= 0 && y <= 1));
  assertAlmostEquals(found.filter((y) => y > 0.5).length / 2000, 0.5, 0.06);
  x.mean().backward();
  // Of the mean, b/(a + b)².
  const slope = await tiny.grad!.item();
  assert(Number.isFinite(slope) && slope >= 0);
  const chances = await random.dirichlet(tensor([1e-3, 1e-3, 1e-3], { dtype }), { ...shape, shape: [500, 3] })
    .sum(1).data();
  assert(chances.every((total) => Math.abs(total - 1) < 1e-5));
});

Deno.test("parameters that no distribution has give NaN", async () => {
  const from = { key: key(1), dtype };
  assertEquals(await random.poisson(tensor([-1, NaN], { dtype }), from).array(), [NaN, NaN]);
  assertEquals(await random.gamma(tensor([-1, NaN], { dtype }), 1, from).array(), [NaN, NaN]);
  const bounds = [-40, -39].map((x) => tensor(x, { dtype }));
  assertEquals(await random.truncatedNormal(bounds[0], bounds[1], from).item() <= -39, true);
});

Deno.test("multinomial refuses what PyTorch does, and classes without a chance, where it can read them", async () => {
  const draw = (chances: number[] | number[][], count: number, replacement = false) =>
    random.multinomial(tensor(chances, { dtype }), count, { replacement, key: key(1) });
  if (!backend.readSync) {
    assertEquals(await draw([-1, 2, 0], 1).array(), [1]);
    return;
  }
  const message = "Cannot random.multinomial: row ";
  assertThrows(() => draw([-1, 2, 0], 1), RangeError, `${message}0 has -1 at 0, which is no chance`);
  assertThrows(() => draw([[1, 2], [1, NaN]], 1, true), RangeError, `${message}1 has NaN at 1`);
  assertThrows(() => draw([1, Infinity], 1), RangeError, `${message}0 has Infinity at 1`);
  assertThrows(() => draw([[1, 2], [0, 0]], 1, true), RangeError, `${message}1 has 0 classes with a chance`);
  assertThrows(() => draw([1, 0, 0], 2), RangeError, "1 classes with a chance, of which 2 are to be drawn");
  assertEquals(await draw([1, 0, 0], 2, true).array(), [0, 0]);
  assertEquals((await draw([0, 0], 0).array()) as number[], []);
  const [, program] = record(
    (chances: Tensor) => random.multinomial(chances, 1, { key: key(1) }),
    tensor([1, 2], { dtype }),
  );
  assertEquals(program.run(tensor([0, 1], { dtype })).shape, [1]);
});

Deno.test("binomial numbers are NaN where there is no chance, and all or none where it is certain", async () => {
  const p = tensor([-0.1, 0, 0.5, 1, 1.1, NaN], { dtype }),
    x = await random.binomial(20, p, { key: key(1) }).data();
  assertEquals([x[0], x[1], x[3], x[4], x[5]], [NaN, 0, 20, NaN, NaN]);
  assert(x[2] > 0 && x[2] < 20);
  assertEquals(await random.binomial(0, 0.5).item(), 0);
});

/** How many units of the last place, of numbers above a size, others may be off those that the cpu draws. */
const units: Readonly<Record<string, readonly [units: number, size: number]>> = {
  normal: [4, 4],
  logNormal: [16, 0],
  exponential: [2, 0],
  laplace: [2, 2],
  cauchy: [4, 2],
  gumbel: [2, 2],
  truncatedNormal: [8, 1],
  gamma: [64, 0],
  "gamma below 1": [64, 0],
  beta: [64, 0],
  studentT: [16, 0],
};

Deno.test({
  name:
    "what is drawn of one key is within its units of what the cpu draws, but where a candidate is nearly refused",
  ignore: backend.name === "cpu",
  fn: async () => {
    for (const [name, [draw]] of Object.entries(rows)) {
      const asked = { shape: [4000], key: key(4), dtype: "f32" } as const;
      const [ours, theirs] = await Promise.all(
        [{ ...asked }, { ...asked, backend: "cpu" }].map((options) => draw(options).data()),
      );
      const [count, size] = units[name] ?? [0, 0];
      const apart = [...ours].filter((x, i) => {
        return Math.abs(x - theirs[i]) > count * spacing(Math.max(Math.abs(theirs[i]), size), "f32");
      });
      // Whole numbers of very many tries are told apart by sums of large logarithms.
      const most = name.endsWith("very many") ? 40 : 2;
      assert(apart.length <= most, `${apart.length} of random.${name}`);
    }
  },
});

Deno.test("bits, uniform numbers, integers, truth values, orders and choices are the cpu's to the last bit", async () => {
  const p = [0, 0.1, 0.5, 0.99, 1], names = floats.filter((dtype) => backend.dtypes.has(dtype));
  for (const seed of [0, 7, 2 ** 40]) {
    const drawn = (backend?: string) => {
      const from = { key: key(seed), backend };
      return [
        random.bits([1001], from),
        random.integers(-3, 1000, { ...from, shape: [501] }),
        random.integers(0, 2 ** 31 - 1, { ...from, shape: [7, 9] }),
        random.permutation(333, from),
        random.choice(tensor([2, 3, 5, 7], { backend }), 100, { key: from.key, replace: true }),
        random.bernoulli(tensor(p, { backend }), { key: from.key, shape: [200, 5] }),
        ...names.map((dtype) => random.uniform([1001], { ...from, dtype })),
      ];
    };
    const [ours, theirs] = [drawn(), drawn("cpu")];
    for (let i = 0; i < ours.length; i++) {
      assertEquals([...await ours[i].data()], [...await theirs[i].data()]);
    }
  }
});
