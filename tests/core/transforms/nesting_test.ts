import { grad, hessian, hvp, jvp, noGrad, type Tensor, valueAndGrad, vjp } from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import { precise } from "../../backend_traits.ts";
import { assertClose } from "./values.ts";

type Fn = (x: Tensor) => Tensor;

const reverse = (fn: Fn): Fn => grad(fn);
const forward = (fn: Fn): Fn => (x) => jvp(fn, [x], [x.onesLike()])[1];
const pulled = (fn: Fn): Fn => (x) => {
  const [y, pull] = vjp(fn, x);
  return pull(y.onesLike())[0];
};

const modes: Readonly<Record<string, (fn: Fn) => Fn>> = { grad: reverse, jvp: forward, vjp: pulled };

for (const [outerName, outer] of Object.entries(modes)) {
  for (const [innerName, inner] of Object.entries(modes)) {
    Deno.test(`${outerName} of ${innerName}: perturbations are not confused`, async () => {
      // d/dx [x · d/dy (x + y)] = 1
      await assertClose(outer((x) => x.mul(inner((y) => x.add(y))(precise(1))))(precise(1)), 1);
      await assertClose(outer((x) => x.mul(inner((y) => x.add(y))(x)))(precise(1)), 1);
      // d/dx [x · d/dy (x·y)] = 2x
      await assertClose(outer((x) => x.mul(inner((y) => x.mul(y))(precise(5))))(precise(3)), 6);
      // d/dx [x · (d/dy (x·y²))(y = x)] = d/dx 2x³
      await assertClose(outer((x) => x.mul(inner((y) => x.mul(y).mul(y))(x)))(precise(3)), 54);
    });

    Deno.test(`${outerName} of ${innerName}: second derivatives`, async () => {
      await assertClose(outer(inner((x) => x.pow(4)))(precise(2)), 48);
      await assertClose(outer(inner((x) => x.sin().exp()))(precise(0)), 1);
      await assertClose(outer(inner((x) => x.mul(x).prod().max()))(precise(3)), 2);
    });
  }
}

Deno.test("third and fourth derivatives in every mixture of modes", async () => {
  for (const a of Object.values(modes)) {
    for (const b of Object.values(modes)) {
      for (const c of Object.values(modes)) {
        await assertClose(a(b(c((x) => x.pow(5))))(precise(2)), 240);
        await assertClose(a(b(c(reverse((x) => x.exp().mul(x)))))(precise(0)), 4);
        await assertClose(a(b(c(forward((x) => x.pow(5)))))(precise(2)), 240);
      }
    }
  }
});

Deno.test("higher derivatives of vectors", async () => {
  const third = grad((x: Tensor) =>
    grad((y: Tensor) => grad((z: Tensor) => z.pow(4).sum())(y).sum())(x).sum()
  );
  await assertClose(third(precise([1, 2])), [24, 48]);
  const fn = (x: Tensor): Tensor => x.pow(3).sum();
  await assertClose(hvp((x: Tensor) => hvp(fn, [x], x).sum(), [precise([1, 2])], precise([1, 1])), [12, 12]);
  assertEquals(await hessian((x: Tensor) => hessian(fn)(x).sum())(precise([1, 2])).array(), [[0, 0], [0, 0]]);
});

Deno.test("derivatives of composites to third order agree between the modes", async () => {
  const composites: Fn[] = [
    (x) => x.softmax().slice(0),
    (x) => x.logSumExp(),
    (x) => x.prod(),
    (x) => x.cumprod(0).sum(),
    (x) => x.matmul(x.mul(x)),
    (x) => x.norm(),
    (x) => x.std(),
  ];
  for (const fn of composites) {
    const x = precise([0.5, -1.2, 0.8]), u = precise([1, 2, -1]);
    const along = (g: Fn): Fn => (t) => jvp(g, [t], [u])[1];
    const back = (g: Fn): Fn => (t) => grad(g)(t).mul(u).sum();
    await assertClose(back(back(back(fn)))(x), along(along(along(fn)))(x));
    await assertClose(back(along(back(fn)))(x), along(back(along(fn)))(x));
  }
});

Deno.test("an inner gradient with respect to a closure is part of the outer one", async () => {
  // d/dx (d/dy x²y³)(y = 2) = 2x·3·4
  await assertClose(
    grad((x: Tensor) => grad((y: Tensor) => x.mul(x).mul(y.pow(3)))(precise(2)))(precise(5)),
    120,
  );
  // A step of gradient descent on y, differentiated by its rate.
  const loss = (y: Tensor): Tensor => y.mul(y);
  const stepped = (rate: Tensor): Tensor => {
    const y = precise(3);
    return loss(y.sub(grad(loss)(y).mul(rate)));
  };
  await assertClose(grad(stepped)(precise(0.1)), -28.8);
});

Deno.test("the value of an inner valueAndGrad is differentiated too", async () => {
  const outer = grad((x: Tensor) => {
    const [value, gradient] = valueAndGrad((y: Tensor) => y.pow(3))(x);
    return value.add(gradient.mul(10));
  });
  await assertClose(outer(precise(2)), 132);
});

Deno.test("an inner result that is detached does not count", async () => {
  await assertClose(grad((x: Tensor) => x.mul(grad((y: Tensor) => y.pow(3))(x).detach()))(precise(2)), 12);
  await assertClose(
    jvp((x: Tensor) => x.mul(grad((y: Tensor) => y.pow(3))(x).detach()), [precise(2)], [precise(1)])[1],
    12,
  );
});

Deno.test("a pullback from outside is linear in its cotangent and is differentiated by it", async () => {
  const [, pull] = vjp((x: Tensor) => x.pow(3), precise([1, 2]));
  await assertClose(grad((ct: Tensor) => pull(ct)[0].mul(pull(ct)[0]).sum())(precise([1, 1])), [18, 288]);
  await assertClose(jvp((ct: Tensor) => pull(ct)[0], [precise([1, 1])], [precise([1, 10])])[1], [3, 120]);
});

Deno.test("transforms work inside noGrad", async () => {
  const nested = noGrad(() => grad((x: Tensor) => grad((y: Tensor) => y.pow(3))(x))(precise(2)));
  await assertClose(nested, 12);
  assertEquals(nested.requiresGrad, false);
  await assertClose(noGrad(() => jvp((x: Tensor) => x.prod(), [precise([2, 3])], [precise([1, 1])])[1]), 5);
});

Deno.test("noGrad inside cuts reverse mode as it does backward", async () => {
  await assertClose(grad((x: Tensor) => x.mul(noGrad(() => x.mul(x))))(precise(3)), 9);
});
