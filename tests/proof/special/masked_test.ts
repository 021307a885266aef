/** Gradients where a factor of 0 meets an infinity: which of them vanish, and which are PyTorch's NaN. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as c from "@tapegrad/core";
import { grad, hessian, type Tensor, tensor, where } from "@tapegrad/core";
import { precise, precision, within } from "../../backend_traits.ts";

type Fn = (x: Tensor) => Tensor;

/** The gradient where the second element is masked. */
async function maskedGradient(fn: Fn, at: readonly [number, number]): Promise<number[]> {
  const kept = (x: Tensor) => where(tensor([true, false]), fn(x), 0).sum();
  return [...await grad(kept)(precise([...at])).data()];
}

const vanishing: Readonly<Record<string, readonly [fn: Fn, at: readonly [number, number], kept: number]>> = {
  "xlogy by its first operand": [(x) => c.xlogy(x, precise([0.5, 0])), [0.3, 0.7], Math.log(0.5)],
  "xlog1py by its first operand": [(x) => c.xlog1py(x, precise([0.5, -1])), [0.3, 0.7], Math.log(1.5)],
  "a maximum": [(x) => c.maximum(x, 0), [0.5, NaN], 1],
  "a softplus": [(x) => c.softplus(x), [0, Infinity], 0.5],
  "a norm": [(x) => c.norm(x.reshape([2, 1]), 1), [0.5, 0], 1],
};

for (const [name, [fn, at, kept]] of Object.entries(vanishing)) {
  Deno.test(`a gradient that is masked vanishes behind ${name}`, async () => {
    const [first, second] = await maskedGradient(fn, at);
    assertAlmostEquals(first, kept, within(1e-15, 1e-6));
    assertEquals(Math.abs(second), 0);
  });
}

const spoilt: Readonly<Record<string, readonly [fn: Fn, at: number]>> = {
  "log": [c.log, 0],
  "log2": [c.log2, 0],
  "log1p": [c.log1p, -1],
  "sqrt": [c.sqrt, 0],
  "rsqrt": [c.rsqrt, 0],
  "reciprocal": [c.reciprocal, 0],
  "a quotient": [(x) => c.div(1, x), 0],
  "pow": [(x) => c.pow(x, 0.5), 0],
  "acos": [c.acos, 1],
  "atanh": [c.atanh, 1],
  "erfinv": [c.erfinv, 1],
  "xlogy by its second operand": [(x) => c.xlogy(1, x), 0],
  "xlogy of one with itself": [(x) => c.xlogy(x, x), 0],
  "atan2 at the origin": [(x) => c.atan2(x, x.zerosLike()), 0],
};

for (const [name, [fn, at]] of Object.entries(spoilt)) {
  Deno.test(`a gradient that is masked is PyTorch's NaN behind ${name}`, async () => {
    const [first, second] = await maskedGradient(fn, [0.5, at]);
    assertEquals([Number.isFinite(first), second], [true, NaN]);
  });
}

// A number of which a product of two overflows.
const big = precision === "f64" ? 1e200 : Math.fround(1e20);

const products: Readonly<Record<string, readonly [fn: Fn, at: number[], wanted: number[]]>> = {
  "prod, two zeros": [(x) => x.prod(), [big, big, 0, 0, big], [0, 0, 0, 0, 0]],
  "prod, one zero": [(x) => x.prod(), [big, big, 0, big], [0, 0, Infinity, 0]],
  "prod, one zero beside one large factor": [(x) => x.prod(), [big, 0, 2], [0, 2 * big, 0]],
  "prod, the zero first": [(x) => x.prod(), [0, big, -big, 3], [-Infinity, 0, 0, 0]],
  "prod over rows": [(x) => x.reshape([2, 3]).prod(0).sum(), [big, 0, 1, 0, big, 2], [0, big, 2, big, 0, 1]],
  "cumprod, two zeros": [(x) => c.cumprod(x, 0).sum(), [big, big, 0, 0, big], [big, big, Infinity, 0, 0]],
  "cumprod, its last product": [(x) => c.cumprod(x, 0).slice(3), [big, big, 0, 3], [0, 0, Infinity, 0]],
};

for (const [name, [fn, at, wanted]] of Object.entries(products)) {
  Deno.test(`factors of 0 are stronger than those that overflow: ${name}`, async () => {
    const found = [...await grad((x: Tensor) => fn(x))(precise(at)).data()];
    assertEquals(found.map((x) => x + 0), wanted.map((x) => precision === "f64" ? x : Math.fround(x)));
  });
}

Deno.test("factors of 0 are stronger than those that overflow, at second order too", async () => {
  const two = hessian((x: Tensor) => x.prod())(precise([big, big, 0, 0, big]));
  const wanted = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
  wanted[2][3] = wanted[3][2] = Infinity;
  assertEquals(await two.array(), wanted);
  const one = hessian((x: Tensor) => x.prod())(precise([big, 0, 2]));
  assertEquals(await one.array(), [[0, 2, 0], [2, 0, big], [0, big, 0]]);
  const running = hessian((x: Tensor) => c.cumprod(x, 0).slice(2))(precise([big, 0, 2]));
  assertEquals(await running.array(), [[0, 2, 0], [2, 0, big], [0, big, 0]]);
});

Deno.test("a recurrence is ended by a factor of 0, also where it has overflowed", async () => {
  const a = precise([1, big, big, 0, 2]), b = precise([1, 0, 0, 3, 1]);
  const found = await c.linearRecurrence(a, b, 0).array();
  assertEquals(found, [1, big, Infinity, 3, 7]);
  const slopes = await grad((x: Tensor) => c.linearRecurrence(x, b, 0).slice(4))(a).data();
  assertEquals([...slopes], [0, 0, 0, Infinity, 3]);
});
