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
import { precise, precision } from "../../backend_traits.ts";
import { assertClose } from "./values.ts";

const modes: readonly JacobianOptions[] = [{}, { mode: "reverse" }, { mode: "forward" }];

for (const options of modes) {
  const name = options.mode ?? "the mode of fewer passes";

  Deno.test(`jacobian by ${name}: shapes are those of the result, then of the argument`, async () => {
    const x = precise([[1, 2, 3], [4, 5, 6]]);
    const rows = jacobian((t: Tensor) => t.mul(t).sum(1), options)(x);
    await assertClose(rows, [[[2, 4, 6], [0, 0, 0]], [[0, 0, 0], [8, 10, 12]]]);
    const wide = jacobian((t: Tensor) => matmul(t, precise([[1], [10], [100]])), options)(x);
    assertEquals(wide.shape, [2, 1, 2, 3]);
    await assertClose(wide.slice(1, 0), [[0, 0, 0], [1, 10, 100]]);
    const square = jacobian((t: Tensor) => t.mul(t), options)(x);
    assertEquals(square.shape, [2, 3, 2, 3]);
    await assertClose(square.reshape([6, 6]).sum(0), [2, 4, 6, 8, 10, 12]);
  });

  Deno.test(`jacobian by ${name}: scalars`, async () => {
    await assertClose(jacobian((t: Tensor) => t.pow(3), options)(precise(2)), 12);
    await assertClose(jacobian((t: Tensor) => t.sum(), options)(precise([1, 2])), [1, 1]);
    await assertClose(jacobian((t: Tensor) => t.mul(precise([3, 4])), options)(precise(2)), [3, 4]);
  });

  Deno.test(`jacobian by ${name}: trees in and out`, async () => {
    const fn = (p: { a: Tensor; b: [Tensor]; n: number }) => ({
      product: p.a.mul(p.b[0]),
      list: [p.b[0].sum().mul(p.n)],
    });
    const j = jacobian(fn, options)({ a: precise(3), b: [precise([1, 2])], n: 5 });
    await assertClose(j.product.a, [1, 2]);
    await assertClose(j.product.b[0], [[3, 0], [0, 3]]);
    assertEquals(j.product.n, 5);
    await assertClose(j.list[0].a, 0);
    await assertClose(j.list[0].b[0], [5, 5]);
  });

  Deno.test(`jacobian by ${name}: further arguments are constants`, async () => {
    await assertClose(jacobian((x: Tensor, n: number) => x.mul(n), options)(precise([1, 2]), 4), [[4, 0], [
      0,
      4,
    ]]);
  });

  Deno.test(`jacobian by ${name}: empty argument and empty result`, () => {
    const none = zeros([0, 2], { dtype: precision });
    assertEquals(jacobian((x: Tensor) => x.sum(0), options)(none).shape, [2, 0, 2]);
    assertEquals(jacobian((x: Tensor) => x.slice([0, 0]), options)(precise([1, 2])).shape, [0, 2]);
  });

  Deno.test(`jacobian by ${name}: a result that does not depend on the argument`, async () => {
    await assertClose(jacobian((_x: Tensor) => precise([1, 2]), options)(precise([1, 2, 3])), [[0, 0, 0], [
      0,
      0,
      0,
    ]]);
  });

  Deno.test(`jacobian by ${name}: nests under grad`, async () => {
    const fn = (x: Tensor): Tensor => jacobian((t: Tensor) => t.pow(3), options)(x).sum();
    await assertClose(grad(fn)(precise([1, 2])), [6, 12]);
  });
}

Deno.test("jacobian refuses integers", () => {
  const index = tensor([1, 2], { dtype: "i32" });
  assertThrows(() => jacobian((x: Tensor) => x.mul(2))(index), TapeError, "floating tensors only");
});

Deno.test("hessian of an input of any shape", async () => {
  await assertClose(hessian((x: Tensor) => x.pow(4))(precise(2)), 48);
  await assertClose(hessian((x: Tensor) => x.prod())(precise([2, 3, 5])), [[0, 5, 3], [5, 0, 2], [3, 2, 0]]);
  const matrix = hessian((x: Tensor) => x.slice(0).mul(x.slice(1)).sum())(precise([[1, 2], [3, 4]]));
  assertEquals(matrix.shape, [2, 2, 2, 2]);
  await assertClose(matrix.reshape([4, 4]), [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]);
  assertEquals(hessian((x: Tensor) => x.sum())(zeros([0], { dtype: precision })).shape, [0, 0]);
});

Deno.test("hessian of a nested object has the structure twice over", async () => {
  interface Point {
    x: Tensor;
    rest: { y: Tensor }[];
  }
  const fn = (p: Point): Tensor => p.x.mul(p.x).mul(p.rest[0].y.sum());
  const h = hessian(fn)({ x: precise(3), rest: [{ y: precise([1, 2]) }] });
  await assertClose(h.x.x, 6);
  await assertClose(h.x.rest[0].y, [6, 6]);
  await assertClose(h.rest[0].y.x, [6, 6]);
  await assertClose(h.rest[0].y.rest[0].y, [[0, 0], [0, 0]]);
});

Deno.test("hvp is the hessian times a vector", async () => {
  const fn = (x: Tensor): Tensor => x.prod().add(x.pow(3).sum());
  const [x, v] = [precise([2, 3, 5]), precise([1, -1, 2])];
  await assertClose(hvp(fn, [x], v), matmul(hessian(fn)(x), v));
  const tree = hvp(
    (p: { a: Tensor; b: Tensor }) => p.a.mul(p.a).mul(p.b),
    [{ a: precise(2), b: precise(3) }],
    {
      a: precise(1),
      b: precise(10),
    },
  );
  await assertClose(tree.a, 46);
  await assertClose(tree.b, 4);
});

Deno.test("hvp takes further arguments", async () => {
  await assertClose(
    hvp((x: Tensor, k: Tensor) => x.pow(3).mul(k).sum(), [precise([1, 2]), precise(2)], precise([1, 1])),
    [
      12,
      24,
    ],
  );
});
