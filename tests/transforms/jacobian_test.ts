import {
  grad,
  hessian,
  hvp,
  jacobian,
  type JacobianOptions,
  matmul,
  TapeError,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import { assertEquals, assertThrows } from "@std/assert";
import { assertClose, f64 } from "./values.ts";

const modes: readonly JacobianOptions[] = [{}, { mode: "reverse" }, { mode: "forward" }];

for (const options of modes) {
  const name = options.mode ?? "the mode of fewer passes";

  Deno.test(`jacobian by ${name}: shapes are those of the result, then of the argument`, () => {
    const x = f64([[1, 2, 3], [4, 5, 6]]);
    const rows = jacobian((t: Tensor) => t.mul(t).sum(1), options)(x);
    assertClose(rows, [[[2, 4, 6], [0, 0, 0]], [[0, 0, 0], [8, 10, 12]]]);
    const wide = jacobian((t: Tensor) => matmul(t, f64([[1], [10], [100]])), options)(x);
    assertEquals(wide.shape, [2, 1, 2, 3]);
    assertClose(wide.slice(1, 0), [[0, 0, 0], [1, 10, 100]]);
    const square = jacobian((t: Tensor) => t.mul(t), options)(x);
    assertEquals(square.shape, [2, 3, 2, 3]);
    assertClose(square.reshape([6, 6]).sum(0), [2, 4, 6, 8, 10, 12]);
  });

  Deno.test(`jacobian by ${name}: scalars`, () => {
    assertClose(jacobian((t: Tensor) => t.pow(3), options)(f64(2)), 12);
    assertClose(jacobian((t: Tensor) => t.sum(), options)(f64([1, 2])), [1, 1]);
    assertClose(jacobian((t: Tensor) => t.mul(f64([3, 4])), options)(f64(2)), [3, 4]);
  });

  Deno.test(`jacobian by ${name}: trees in and out`, () => {
    const fn = (p: { a: Tensor; b: [Tensor]; n: number }) => ({
      product: p.a.mul(p.b[0]),
      list: [p.b[0].sum().mul(p.n)],
    });
    const j = jacobian(fn, options)({ a: f64(3), b: [f64([1, 2])], n: 5 });
    assertClose(j.product.a, [1, 2]);
    assertClose(j.product.b[0], [[3, 0], [0, 3]]);
    assertEquals(j.product.n, 5);
    assertClose(j.list[0].a, 0);
    assertClose(j.list[0].b[0], [5, 5]);
  });

  Deno.test(`jacobian by ${name}: further arguments are constants`, () => {
    assertClose(jacobian((x: Tensor, n: number) => x.mul(n), options)(f64([1, 2]), 4), [[4, 0], [0, 4]]);
  });

  Deno.test(`jacobian by ${name}: empty argument and empty result`, () => {
    const none = zeros([0, 2], { dtype: "f64" });
    assertEquals(jacobian((x: Tensor) => x.sum(0), options)(none).shape, [2, 0, 2]);
    assertEquals(jacobian((x: Tensor) => x.slice([0, 0]), options)(f64([1, 2])).shape, [0, 2]);
  });

  Deno.test(`jacobian by ${name}: a result that does not depend on the argument`, () => {
    assertClose(jacobian((_x: Tensor) => f64([1, 2]), options)(f64([1, 2, 3])), [[0, 0, 0], [0, 0, 0]]);
  });

  Deno.test(`jacobian by ${name}: nests under grad`, () => {
    const fn = (x: Tensor): Tensor => jacobian((t: Tensor) => t.pow(3), options)(x).sum();
    assertClose(grad(fn)(f64([1, 2])), [6, 12]);
  });
}

Deno.test("jacobian refuses integers", () => {
  const index = tensor([1, 2], { dtype: "i32" });
  assertThrows(() => jacobian((x: Tensor) => x.mul(2))(index), TapeError, "floating tensors only");
});

Deno.test("hessian of an input of any shape", () => {
  assertClose(hessian((x: Tensor) => x.pow(4))(f64(2)), 48);
  assertClose(hessian((x: Tensor) => x.prod())(f64([2, 3, 5])), [[0, 5, 3], [5, 0, 2], [3, 2, 0]]);
  const matrix = hessian((x: Tensor) => x.slice(0).mul(x.slice(1)).sum())(f64([[1, 2], [3, 4]]));
  assertEquals(matrix.shape, [2, 2, 2, 2]);
  assertClose(matrix.reshape([4, 4]), [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]);
  assertEquals(hessian((x: Tensor) => x.sum())(zeros([0], { dtype: "f64" })).shape, [0, 0]);
});

Deno.test("hessian of a nested object has the structure twice over", () => {
  interface Point {
    x: Tensor;
    rest: { y: Tensor }[];
  }
  const fn = (p: Point): Tensor => p.x.mul(p.x).mul(p.rest[0].y.sum());
  const h = hessian(fn)({ x: f64(3), rest: [{ y: f64([1, 2]) }] });
  assertClose(h.x.x, 6);
  assertClose(h.x.rest[0].y, [6, 6]);
  assertClose(h.rest[0].y.x, [6, 6]);
  assertClose(h.rest[0].y.rest[0].y, [[0, 0], [0, 0]]);
});

Deno.test("hvp is the hessian times a vector", () => {
  const fn = (x: Tensor): Tensor => x.prod().add(x.pow(3).sum());
  const [x, v] = [f64([2, 3, 5]), f64([1, -1, 2])];
  assertClose(hvp(fn, [x], v), matmul(hessian(fn)(x), v));
  const tree = hvp((p: { a: Tensor; b: Tensor }) => p.a.mul(p.a).mul(p.b), [{ a: f64(2), b: f64(3) }], {
    a: f64(1),
    b: f64(10),
  });
  assertClose(tree.a, 46);
  assertClose(tree.b, 4);
});

Deno.test("hvp takes further arguments", () => {
  assertClose(hvp((x: Tensor, k: Tensor) => x.pow(3).mul(k).sum(), [f64([1, 2]), f64(2)], f64([1, 1])), [
    12,
    24,
  ]);
});
