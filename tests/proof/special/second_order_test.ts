/** Second derivatives where the first has a kink, a zero factor or a tail; the answers are PyTorch's. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import "@tapegrad/backends";
import * as c from "@tapegrad/core";
import { huberLoss, smoothL1Loss } from "@tapegrad/nn";
import { currentBackend, grad, hessian, type Tensor, tensor } from "@tapegrad/core";

const dtype = currentBackend().dtypes.has("f64") ? "f64" : "f32";
const [relative, denormal] = dtype === "f64" ? [1e-14, 0] : [1e-4, 2 ** -126];

type Fn = (x: Tensor) => Tensor;

async function second(fn: Fn, at: readonly number[]): Promise<number[]> {
  const slope = grad((x: Tensor) => fn(x).sum());
  return [...await grad((x: Tensor) => slope(x).sum())(tensor(at, { dtype })).data()];
}

function assertClose(actual: number, wanted: number, what: string, floor = denormal): void {
  const bound = Math.max(relative * Math.abs(wanted), floor);
  assert(actual === wanted || Math.abs(actual - wanted) <= bound, `${what}: ${actual}, wanted ${wanted}`);
}

const points = [0, 1, -1, -40, 100, -100];
const slope = 0.19661193324148185, bend = 0.09085774767294841; // σ'(1) and σ''(-1)

/** By op, second derivatives at {@link points}, and what they may be off absolutely. */
const curves: Readonly<Record<string, readonly [fn: Fn, wanted: readonly number[], floor?: number]>> = {
  sigmoid: [c.sigmoid, [0, -bend, bend, 4.248354255291589e-18, 0, 3.7200759760208356e-44]],
  softplus: [c.softplus, [0.25, slope, slope, 4.248354255291589e-18, 0, 3.7200759760208356e-44]],
  // The slope next to 1 is y(1 - y) of a y that is 1.
  logSigmoid: [c.logSigmoid, [-0.25, -slope, -slope, -4.248354255291589e-18, 0, 0], 1e-17],
  tanh: [c.tanh, [0, -0.6397000084492246, 0.6397000084492246, 0, 0, 0]],
  silu: [c.silu, [
    0.5,
    0.3023661188100153,
    0.3023661188100153,
    -1.6143746170108038e-16,
    0,
    -3.6456744565004186e-42,
  ]],
  // The slope at 0 is that of the branch below, the curvature that of the one above.
  elu: [c.elu, [0, 0, 0.36787944117144233, 4.248354255291589e-18, 0, 3.720075976020836e-44]],
  celu: [(x) => c.celu(x, 0.5), [0, 0, 0.2706705664732254, 3.6097027756908306e-35, 0, 2.767793053473475e-87]],
  selu: [c.selu, [0, 0, 0.646768603034814, 7.46902881591429e-18, 0, 6.540263121344393e-44]],
  hardswish: [c.hardswish, [1 / 3, 1 / 3, 1 / 3, 0, 0, 0]],
  asinh: [
    c.asinh,
    [
      0,
      -0.35355339059327373,
      0.35355339059327373,
      0.0006244145199301204,
      -9.998500187478128e-05,
      9.998500187478128e-05,
    ],
  ],
  sinc: [c.sinc, [-(Math.PI ** 2) / 3, 2, 2, -0.00125, -0.0002, -0.0002]],
  gelu: [c.gelu, [0.7978845608028654, 0.24197072451914337, 0.24197072451914337, 0, 0, 0]],
  softsign: [
    c.softsign,
    [0, -0.25, 0.25, 2.9018731591242243e-5, -1.9411802958552995e-6, 1.9411802958552995e-6],
  ],
  relu: [c.relu, [0, 0, 0, 0, 0, 0]],
  abs: [c.abs, [0, 0, 0, 0, 0, 0]],
  square: [c.square, [2, 2, 2, 2, 2, 2]],
  reciprocal: [c.reciprocal, [Infinity, 2, -2, -2 / 40 ** 3, 2 / 100 ** 3, -2 / 100 ** 3]],
};

for (const [name, [fn, wanted, floor]] of Object.entries(curves)) {
  Deno.test(`the second derivative of ${name}`, async () => {
    const found = await second(fn, points);
    wanted.forEach((w, i) => assertClose(found[i], w, `${name}'' at ${points[i]}`, floor));
  });
}

const atBounds: Readonly<Record<string, readonly [fn: Fn, at: number, slope: number]>> = {
  "hardswish at 3": [c.hardswish, 3, 1.5],
  "hardswish at -3": [c.hardswish, -3, -0.5],
  "elu at 0": [(x) => c.elu(x, 0.5), 0, 0.5],
  "celu at 0": [(x) => c.celu(x, 0.5), 0, 1],
  "huberLoss at δ": [(x) => huberLoss(x, x.zerosLike(), { reduction: "sum" }), 1, 1],
  "huberLoss at -δ": [(x) => huberLoss(x, x.zerosLike(), { reduction: "sum" }), -1, -1],
  "smoothL1Loss at β": [(x) => smoothL1Loss(x, x.zerosLike(), { reduction: "sum", beta: 0.5 }), 0.5, 1],
};

for (const [name, [fn, at, wanted]] of Object.entries(atBounds)) {
  Deno.test(`the slope of ${name} is the curve's, and it has no curvature there`, async () => {
    const [found] = await grad((x: Tensor) => fn(x).sum())(tensor([at], { dtype })).data();
    assertEquals([found, ...await second(fn, [at])], [wanted, 0]);
  });
}

const powers: Readonly<Record<string, readonly [number, number, number]>> = {
  "1 at 0": [0, 0, 0],
  "x at 0": [1, 0, 0],
  "x² at 0": [2, 0, 2],
  "x³ at 0": [3, 0, 0],
  "x³ at 2": [3, 2, 12],
  "x^2.5 at 0": [2.5, 0, 0],
  "√x at 0": [0.5, 0, -Infinity],
  "√x at 2": [0.5, 2, -0.08838834764831845],
};

for (const [name, [exponent, at, wanted]] of Object.entries(powers)) {
  Deno.test(`the second derivative of ${name}, the exponent a number or a tensor`, async () => {
    const fixed = await second((x) => x.pow(exponent), [at]);
    const free = await second((x) => x.pow(tensor(exponent, { dtype })), [at]);
    for (const [found] of [fixed, free]) assertClose(found, wanted, name);
  });
}

Deno.test("where no cotangent leads, none is multiplied by an infinite slope", async () => {
  const a = tensor([1e10], { dtype: "f32" }), b = tensor([1e-30], { dtype: "f32" });
  const gradients = (x: Tensor, y: Tensor) => c.vjp(c.div, x, y)[1](x.onesLike());
  const slope = grad((y: Tensor) => gradients(a, y)[0].sum())(b);
  assertEquals([...await slope.data()], [-Infinity]);
});

function power(x: Tensor): Tensor {
  return c.pow(x.slice(0), x.slice(1));
}

function angle(x: Tensor): Tensor {
  return c.atan2(x.slice(0), x.slice(1));
}

type Matrix = readonly (readonly number[])[];
const third = 1 / 3;

const hessians: Readonly<Record<string, readonly [Fn, readonly number[], Matrix]>> = {
  // Mathematics before PyTorch, which has 0 above the diagonal.
  "a power at an exponent of 0": [power, [23, 0], [[0, 1 / 23], [1 / 23, Math.log(23) ** 2]]],
  "a square at 0": [power, [0, 2], [[2, 0], [0, 0]]],
  "a cube at 0": [power, [0, 3], [[0, 0], [0, 0]]],
  "1 to the power of 0": [power, [1, 0], [[0, 1], [1, 0]]],
  "the angle of a point": [angle, [3, 4], [[-0.0384, -0.0112], [-0.0112, 0.0384]]],
  "‖x‖ away from 0": [(x) => c.norm(x), [3, 4], [[0.128, -0.096], [-0.096, 0.072]]],
  "a product with one zero": [(x) => x.prod(), [0, 2, 3], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]],
  // PyTorch has 0 where two factors vanish; the derivative to those two is the product of the rest.
  "a product with two zeros": [(x) => x.prod(), [0, 0, 3], [[0, 3, 0], [3, 0, 0], [0, 0, 0]]],
  "running products with a zero": [
    (x) => c.cumprod(x, 0).sum(),
    [0, 2, 3],
    [[0, 4, 2], [4, 0, 0], [2, 0, 0]],
  ],
  "logSumExp of large numbers": [(x) => c.logSumExp(x), [1000, 1000], [[0.25, -0.25], [-0.25, 0.25]]],
  "a saturated softmax": [(x) => c.softmax(x).slice(0), [1000, 0], [[0, 0], [0, 0]]],
  "the variance": [
    (x) => c.variance(x),
    [1, 2, 4],
    [[2 * third, -third, -third], [-third, 2 * third, -third], [-third, -third, 2 * third]],
  ],
  "a tie of max": [(x) => x.max(), [2, 2, 1], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]],
};

for (const [name, [fn, at, wanted]] of Object.entries(hessians)) {
  Deno.test(`the Hessian of ${name}`, async () => {
    const found = hessian(fn)(tensor(at, { dtype }));
    assertEquals(found.shape, [at.length, at.length]);
    const flat = [...await found.data()];
    wanted.flat().forEach((w, i) => assertAlmostEquals(flat[i], w, dtype === "f64" ? 1e-14 : 1e-5));
  });
}
