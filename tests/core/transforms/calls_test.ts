/** Transforms are called in one manner each, and an error of another manner shows it. */
import {
  checkpoint,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  matmul,
  sum,
  type Tensor,
  valueAndGrad,
  vmap,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { precise } from "../../backend_traits.ts";

const cubes = (x: Tensor): Tensor => x.pow(3).sum();
const x = precise([1, 2]), v = precise([3, 4]);

Deno.test("hvp is called as jvp is, and with the vector by itself", async () => {
  for (const product of [hvp(cubes, [x], [v]), hvp(cubes, [x], v), matmul(hessian(cubes)(x), v)]) {
    assertEquals(await product.array(), [18, 48]);
  }
});

Deno.test("hvp of several arguments takes a vector of the first, alone or in a list, or of each", async () => {
  const f = (x: Tensor, k: Tensor): Tensor => x.square().mul(k).sum(), k = precise([5, 6]);
  for (const vectors of [v, [v]] as const) {
    assertEquals(await hvp(f, [x, k], vectors).array(), [30, 48]);
  }
  // The gradient is 2·k·x: its derivative along (v, w) is 2·(k·v + x·w).
  assertEquals(await hvp(f, [x, k], [v, precise([1, 1])]).array(), [32, 52]);
});

Deno.test("hvp of trees takes a vector of the tree, alone or in a list", async () => {
  const pair = (p: readonly Tensor[]): Tensor => sum(p[0].mul(p[1]));
  const named = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => sum(a.mul(b));
  const one = (p: readonly Tensor[]): Tensor => cubes(p[0]);
  const w = precise([5, 6]);
  for (const vectors of [[v, w], [[v, w]]]) {
    const product = hvp(pair, [[x, x]], vectors as [Tensor, Tensor]);
    assertEquals(await Promise.all(product.map((t) => t.array())), [[5, 6], [3, 4]]);
  }
  for (const vectors of [{ a: v, b: w }, [{ a: v, b: w }]] as const) {
    const product = hvp(named, [{ a: x, b: x }], vectors);
    assertEquals([await product.a.array(), await product.b.array()], [[5, 6], [3, 4]]);
  }
  for (const vectors of [[v], [[v]]]) {
    assertEquals(await hvp(one, [[x]], vectors as [Tensor])[0].array(), [18, 48]);
  }
});

const calls: readonly [shown: string, call: (f: never, x: never) => unknown][] = [
  ["jvp(f, [x], [v])", (f, x) => jvp(f, x, x)],
  ["jvp(f, [x], [v])", (f, x) => jvp(f, [x] as never, x)],
  ["jvp(f, [x], [v])", (f) => jvp(f, undefined as never, undefined as never)],
  ["hvp(f, [x], [v])", (f, x) => hvp(f, x, x)],
  ["hvp(f, [x], [v])", (f) => hvp(f, undefined as never, undefined as never)],
  ["hessian(f)(x)", (f, x) => hessian(f, x)],
  ["hessian(f)(x)", (f, x) => hessian(f, [x] as never)],
  ["jacobian(f)(x)", (f, x) => jacobian(f, x)],
  ["grad(f)(x)", (f, x) => grad(f, x)],
  ["grad(f)(x)", (f, x) => grad(f, [x] as never)],
  ["valueAndGrad(f)(x)", (f, x) => valueAndGrad(f, x)],
  ["vmap(f)(x)", (f, x) => vmap(f, x)],
  ["checkpoint(f)(x)", (f, x) => checkpoint(f, x)],
];

for (const [shown, call] of calls) {
  Deno.test(`another manner is refused by ${shown}, in ${call}`, () => {
    assertThrows(() => call(cubes as never, x as never), TypeError, `as in ${shown}`);
  });
}
