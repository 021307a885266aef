/** The values that the first issue names, one test each. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  abs,
  argmax,
  argmin,
  cumprod,
  full,
  gather,
  IndexError,
  jacobian,
  max,
  maximum,
  minimum,
  type Nested,
  norm,
  pow,
  prod,
  read,
  relu,
  sigmoid,
  silu,
  softplus,
  tanh,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/core";
import { assertRefuses, backend, floats } from "../../backend_traits.ts";
import { type Column, ulps } from "./compare.ts";

function testIn(name: string, run: (dtype: Column) => Promise<void>): void {
  for (const dtype of floats) Deno.test(`${name}, ${dtype}`, () => run(dtype));
}

/** The gradients of the sum of `fn` to each of its inputs. */
async function gradients(
  dtype: Column,
  fn: (...inputs: Tensor[]) => Tensor,
  ...data: Nested[]
): Promise<number[][]> {
  const inputs = data.map((x) => variable(x, { dtype }));
  fn(...inputs).sum().backward();
  return (await read(inputs.map((x) => x.grad!))).map((values) => [...values]);
}

testIn("softplus(100) = 100", async (dtype) => {
  assertEquals(await softplus(tensor(100, { dtype })).item(), 100);
});

testIn("sigmoid'(-90) = 8.2e-40", async (dtype) => {
  const [[slope]] = await gradients(dtype, sigmoid, -90);
  assert(
    backend.ieee ? Math.abs(slope - 8.194e-40) < 1e-43 : slope >= 0 && slope < 1e-38,
    `${slope}`,
  );
});

testIn("silu'(-100) is 0 or next to it", async (dtype) => {
  const [[slope]] = await gradients(dtype, silu, -100);
  assert(Math.abs(slope) < 1e-41, `${slope}`);
});

const squares: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "x.mul(x)": (x) => x.mul(x),
  "x.square()": (x) => x.square(),
  "pow(x, 2)": (x) => pow(x, 2),
  "pow(x, tensor)": (x) => pow(x, tensor(2, { dtype: x.dtype })),
};

for (const [name, square] of Object.entries(squares)) {
  testIn(`the gradient of x² at 0 is 0 as ${name}`, async (dtype) => {
    assertEquals(await gradients(dtype, square, [0, -0, 3]), [[0, 0, 6]]);
  });
}

testIn("the gradient of x² at 0 is 0 with an exponent that has a gradient too", async (dtype) => {
  const [base, exponent] = await gradients(dtype, pow, [0, 3], [2, 2]);
  assertEquals([...base, exponent[0]], [0, 6, 0]);
  assertAlmostEquals(exponent[1], 9 * Math.log(3), 1e-6);
});

testIn("the gradient of prod [0, 2, 3] is [6, 0, 0]", async (dtype) => {
  assertEquals(await gradients(dtype, (x) => prod(x), [0, 2, 3]), [[6, 0, 0]]);
});

testIn("the gradient of the sum of cumprod [0, 2, 3] is [9, 0, 0]", async (dtype) => {
  assertEquals(await gradients(dtype, (x) => cumprod(x, 0), [0, 2, 3]), [[9, 0, 0]]);
});

testIn("relu'(0) = abs'(0) = 0", async (dtype) => {
  assertEquals(await gradients(dtype, relu, [0, -0]), [[0, 0]]);
  assertEquals(await gradients(dtype, abs, [0, -0]), [[0, 0]]);
});

testIn("the gradient of ‖x‖ at 0 is 0", async (dtype) => {
  assertEquals(await gradients(dtype, (x) => norm(x), [0, 0]), [[0, 0]]);
});

testIn("the gradient of max [2, 2, 1] is [½, ½, 0]", async (dtype) => {
  assertEquals(await gradients(dtype, (x) => max(x), [2, 2, 1]), [[0.5, 0.5, 0]]);
});

testIn("maximum and minimum share the gradient of a tie", async (dtype) => {
  assertEquals(await gradients(dtype, maximum, [2, 1], [2, 0]), [[0.5, 1], [0.5, 0]]);
  assertEquals(await gradients(dtype, minimum, [2, 1], [2, 0]), [[0.5, 0], [0.5, 1]]);
});

testIn("tanh(1e-6) is within 1 ulp of 1e-6 - 1e-18/3", async (dtype) => {
  const x = dtype === "f32" ? Math.fround(1e-6) : 1e-6;
  const y = await tanh(tensor(x, { dtype })).item();
  assert(ulps(y, x - x ** 3 / 3, dtype) <= 1, `${y}`);
});

testIn("argmax and argmin of [1, NaN, 2] are 1", async (dtype) => {
  const x = tensor([1, NaN, 2], { dtype });
  const [largest, smallest] = await read([argmax(x), argmin(x)]);
  assertEquals([largest[0], smallest[0]], [1, 1]);
});

const MANY = 10_000_000;

testIn("the sum of 10⁷ times 0.1 is 1,000,000", async (dtype) => {
  const x = full([MANY], 0.1, { dtype });
  const sums = [
    x.sum(),
    x.flip().sum(),
    x.slice([null, null, 2]).sum().mul(2),
    x.reshape([100, -1]).sum(1).sum(),
  ];
  for (const [sum] of await read(sums)) assertAlmostEquals(sum, 1e6, dtype === "f32" ? 1 : 1e-6);
  x.dispose();
});

testIn("the sums of 20 columns of 5·10⁵ times 0.1 are 50,000", async (dtype) => {
  const x = full([MANY / 20, 20], 0.1, { dtype });
  for (const sum of await x.sum(0).data()) assertAlmostEquals(sum, 5e4, dtype === "f32" ? 0.05 : 5e-8);
  x.dispose();
});

Deno.test("gather out of range is an IndexError that names the index", async () => {
  const x = tensor([1, 2, 3]);
  for (const at of [3, -1]) {
    const index = tensor([0, at], { dtype: "i32" });
    await assertRefuses(() => gather(x, 0, index), IndexError, `index ${at}`);
  }
});

testIn("the Jacobian of a function of a matrix", async (dtype) => {
  const x = tensor([[1, 2], [3, 4]], { dtype }), j = jacobian((a: Tensor) => a.mul(a).sum(1))(x);
  assertEquals(await j.array(), [[[2, 4], [0, 0]], [[0, 0], [6, 8]]]);
  assertEquals(j.shape, [2, 2, 2]);
  const whole = jacobian((a: Tensor) => a.matmul(a))(x);
  assertEquals(whole.shape, [2, 2, 2, 2]);
  // d(A²)₀₁/dA = [[A₀₁, A₀₀ + A₁₁], [0, A₀₁]].
  assertEquals(await whole.slice(0, 1).array(), [[2, 5], [0, 2]]);
});
