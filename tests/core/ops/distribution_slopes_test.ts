/** Slopes of what is drawn, on any backend: by the formula of each distribution at the very numbers that were drawn. */
import { fromArray, type Key, key, random, read, type Tensor, tensor, vjp } from "@tapegrad/core";
import { assert } from "@std/assert";
import { keysOf } from "../../../core/ops/distributions/drawing.ts";
import { backend, precision as dtype, within } from "../../backend_traits.ts";

const from = { key: key(15), dtype };

/** Numbers that were drawn and the parameters, as elements in f64. */
type Slopes = (y: number, ...parameters: number[]) => readonly number[];

/** By the name: what draws, parameters, and the slope in each. */
interface Case {
  readonly draws: (...parameters: Tensor[]) => Tensor;
  readonly parameters: readonly number[][];
  readonly slopes: Slopes;
}

const free = [-1.5, -0.3, 0, 0.4, 1.7, -2], wide = [0.5, 0.9, 1.3, 1.9, 0.7, 1.1];
const ofNormal = (mean: number, std: number, y: number): number[] => [1, (y - mean) / std];

// φ(t)/φ(y), of normal densities, where a truncated number has a share u of the chance between both ends.
const density = (t: number, y: number): number => Math.exp((y * y - t * t) / 2);

// Simpson's rule over normal densities relative to that of y, which has no digits to lose here.
function chance(from: number, to: number, y: number): number {
  const n = 400, h = (to - from) / n;
  let sum = density(from, y) + density(to, y);
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * density(from + i * h, y);
  return sum * h / 3;
}

const cases: Readonly<Record<string, Case>> = {
  normal: {
    draws: (m, s) => random.normal(m, s, from),
    parameters: [free, wide],
    slopes: (y, m, s) => ofNormal(m, s, y),
  },
  logNormal: {
    draws: (m, s) => random.logNormal(m, s, from),
    parameters: [free, wide],
    slopes: (y, m, s) => ofNormal(m, s, Math.log(y)).map((slope) => y * slope),
  },
  exponential: { draws: (r) => random.exponential(r, from), parameters: [wide], slopes: (y, r) => [-y / r] },
  laplace: {
    draws: (m, s) => random.laplace(m, s, from),
    parameters: [free, wide],
    slopes: (y, m, s) => ofNormal(m, s, y),
  },
  cauchy: {
    draws: (m, s) => random.cauchy(m, s, from),
    parameters: [free, wide],
    slopes: (y, m, s) => ofNormal(m, s, y),
  },
  gumbel: {
    draws: (m, s) => random.gumbel(m, s, from),
    parameters: [free, wide],
    slopes: (y, m, s) => ofNormal(m, s, y),
  },
  truncatedNormal: {
    draws: (low, high) => random.truncatedNormal(low, high, from),
    parameters: [free, wide.map((x) => 2 * x + 1)],
    slopes: (y, low, high) => {
      const share = chance(low, y, y) / chance(low, high, y);
      return [density(low, y) * (1 - share), density(high, y) * share];
    },
  },
  gamma: { draws: (r) => random.gamma(1.5, r, from), parameters: [wide], slopes: (y, r) => [-y / r] },
};

const given = (values: readonly number[]): Tensor => tensor([...values], { dtype });

// Cancelling terms are of the size of the parameters.
const close = within(1e-9, 2e-5);

async function check(
  name: string,
  found: readonly Tensor[],
  expected: readonly (readonly number[])[],
): Promise<void> {
  const elements = await read([...found]);
  expected.forEach((slopes, k) =>
    slopes.forEach((slope, i) => {
      const off = Math.abs(elements[k][i] - slope);
      assert(
        off <= close * (4 + Math.abs(slope)),
        `${name}, parameter ${k}, ${i}: ${elements[k][i]}, not ${slope}`,
      );
    })
  );
}

for (const [name, { draws, parameters, slopes }] of Object.entries(cases)) {
  Deno.test(`slopes of random.${name} are those of the numbers that were drawn`, async () => {
    const inputs = parameters.map(given), [[drawn], pull] = vjp((...x: Tensor[]) => [draws(...x)], ...inputs);
    const found = pull([given(free.map(() => 1))]);
    const [y, ...at] = (await read([drawn, ...inputs])).map((elements) => [...elements]);
    const rows = y.map((value, i) => slopes(value, ...at.map((x) => x[i])));
    await check(name, found, parameters.map((_, k) => rows.map((row) => row[k])));
  });
}

// Gamma distributed numbers and their slopes, as another distribution draws them by one of its keys.
function gammas(a: Tensor, keyed: Key): [x: Tensor, slope: Tensor] {
  const [[x], pull] = vjp((a: Tensor) => [random.gamma(a, 1, { key: keyed, dtype })], a);
  return [x, pull([x.mul(0).add(1)])[0]];
}

const shapes = [0.6, 0.9, 1.5, 3, 8, 11];

Deno.test("slopes of random.beta are those of the gamma distributed numbers that it is made of", async () => {
  const a = given(shapes), b = given(shapes.toReversed());
  const [first, second] = keysOf(from, { shape: [], dtype, backend }, 2);
  const [[drawn], pull] = vjp((a: Tensor, b: Tensor) => [random.beta(a, b, from)], a, b);
  const [toA, toB] = pull([given(shapes.map(() => 1))]),
    [x, dx] = gammas(a, first),
    [z, dz] = gammas(b, second);
  const [y, xs, dxs, zs, dzs] = await read([drawn, x, dx, z, dz]);
  const rows = [...y].map((y, i) => [y * (1 - y) * dxs[i] / xs[i], -y * (1 - y) * dzs[i] / zs[i]]);
  [...y].forEach((y, i) => assert(Math.abs(y - xs[i] / (xs[i] + zs[i])) < close));
  await check("beta", [toA, toB], [0, 1].map((k) => rows.map((row) => row[k])));
});

Deno.test("slopes of random.dirichlet are those of the gamma distributed numbers that it is made of", async () => {
  const a = given(shapes), ct = [1, -2, 0.5, 3, 0, 1];
  const [[drawn], pull] = vjp((a: Tensor) => [random.dirichlet(a, from)], a), [found] = pull([given(ct)]);
  const [x, dx] = gammas(a, from.key), [y, xs, dxs] = await read([drawn, x, dx]);
  const mean = ct.reduce((sum, c, i) => sum + c * y[i], 0);
  await check("dirichlet", [found], [ct.map((c, i) => y[i] * (c - mean) * dxs[i] / xs[i])]);
});

Deno.test("slopes of random.studentT are those of the gamma distributed numbers that it divides by", async () => {
  const df = given(shapes.map((a) => 2 * a)), [, second] = keysOf(from, { shape: [], dtype, backend }, 2);
  const [[drawn], pull] = vjp((df: Tensor) => [random.studentT(df, from)], df),
    [found] = pull([given(shapes.map(() => 1))]);
  const [g, dg] = gammas(given(shapes), second), [y, gs, dgs] = await read([drawn, g, dg]);
  await check("studentT", [found], [shapes.map((half, i) => y[i] / 4 * (1 / half - dgs[i] / gs[i]))]);
});

Deno.test("what is compared with are numbers of the backend in use", async () => {
  const drawn = random.normal(fromArray(new Float32Array(4), [4]), 1, { key: key(1) });
  assert(drawn.backend === backend && (await drawn.data()).length === 4);
});
