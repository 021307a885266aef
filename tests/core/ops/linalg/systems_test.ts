import "@tapegrad/backends";
import {
  eye,
  fromArray,
  grad,
  jvp,
  linalg as l,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  variable,
  vmap,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { precise, precision, within } from "../../../backend_traits.ts";

const singular = (): Tensor => precise([[[1, 2], [3, 4]], [[1, 2], [2, 4]]]);

async function assertNear(x: Tensor, wanted: Tensor): Promise<void> {
  assertEquals(x.shape, wanted.shape);
  const off = await x.sub(wanted).abs().max().item();
  assert(off <= within(1e-12, 1e-4), `${off} off`);
}

Deno.test("a singular matrix is an error that says which, and what to call instead", async () => {
  const one = precise([[1], [1]]);
  for (
    const [name, run] of [["inv", l.inv], ["luFactor", (x: Tensor) => l.luFactor(x).LU], [
      "solve",
      (x: Tensor) => l.solve(x, one),
    ]] as const
  ) {
    await assertRejects(
      async () => await run(singular()).data(),
      Error,
      `Cannot ${name} [2, 2, 2]: the matrix at [1] is singular, pivot 2 of its elimination is 0; ${name}Ex() tells instead`,
    );
  }
});

Deno.test("Ex tells of singular matrices, and leaves the others of the batch alone", async () => {
  const { inverse, info } = l.invEx(singular());
  assertEquals(await info.array(), [0, 2]);
  await assertNear(inverse.slice(0), precise([[-2, 1], [1.5, -0.5]]));
  const { result, info: told } = l.solveEx(singular(), precise([[1], [1]]));
  assertEquals(await told.array(), [0, 2]);
  await assertNear(result.slice(0), precise([[-1], [1]]));
  assertEquals(await l.luFactorEx(singular()).info.array(), [0, 2]);
});

Deno.test("empty matrices and batches", async () => {
  const none = zeros([0, 0]), batch = zeros([2, 0, 0]);
  assertEquals([await l.det(none).item(), await l.logdet(none).item()], [1, 0]);
  assertEquals(await l.slogdet(batch).sign.array(), [1, 1]);
  assertEquals([l.inv(none).shape, l.matrixExp(batch).shape], [[0, 0], [2, 0, 0]]);
  assertEquals(l.solve(batch, zeros([2, 0, 3])).shape, [2, 0, 3]);
  assertEquals(l.solve(eye(2), zeros([2, 0])).shape, [2, 0]);
  assertEquals(l.lu(zeros([0, 3])).U.shape, [0, 3]);
  assertEquals(l.det(zeros([0, 3, 3])).shape, [0]);
});

Deno.test("determinants of singular matrices have their gradients, also mapped and in forward mode", async () => {
  const x = precise([[[1, 2, 3], [2, 4, 6], [0.5, -1, 0.25]], [[1, 2, 3], [2, 4, 6], [-1, -2, -3]]]);
  const wanted = precise([[[7, 2.5, -4], [-3.5, -1.25, 2], [0, 0, 0]], [[0, 0, 0], [0, 0, 0], [0, 0, 0]]]);
  await assertNear(grad((a: Tensor) => sum(l.det(a)))(x), wanted);
  await assertNear(vmap(grad((a: Tensor) => l.det(a)))(x), wanted);
  const [, slope] = jvp(l.det, [x], [x.mul(0).add(1)]);
  await assertNear(slope, precise([2.75, 0]));
});

Deno.test("logarithms of determinants neither overflow nor underflow", async () => {
  const x = eye(400, undefined, { dtype: precision }).mul(1e-3), found = l.slogdet(x);
  assertEquals([await found.sign.item(), await l.det(x).item()], [1, 0]);
  assert(Math.abs(await found.logabsdet.item() / (400 * Math.log(1e-3)) - 1) < within(1e-14, 1e-6));
  assertEquals(await l.logdet(precise([[0, 1], [1, 0]])).item(), NaN);
  assertEquals(await l.logdet(precise([[0, 0], [0, 1]])).item(), -Infinity);
});

Deno.test("systems mapped over a batch are those of the batch", async () => {
  const a = precise([[[4, 1], [1, 3]], [[2, 0], [1, 5]]]), b = precise([[1, 2], [3, 4]]);
  await assertNear(vmap(l.solve)(a, b), l.solve(a, b));
  await assertNear(vmap((x: Tensor) => l.inv(x))(a), l.inv(a));
  await assertNear(vmap((x: Tensor) => l.lu(x).L)(a), l.lu(a).L);
  const loss = (x: Tensor) => sum(l.solve(x, precise([1, 2])));
  await assertNear(vmap(grad(loss))(a), grad((x: Tensor) => sum(l.solve(x, precise([[1, 2], [1, 2]]))))(a));
});

Deno.test("what does not fit is refused", () => {
  const square = eye(2), column = zeros([3, 1]);
  assertThrows(
    () => l.solve(square, column),
    ShapeError,
    "Cannot linalg.solve [2, 2] and [3, 1]: inner extents are 2 and 3",
  );
  assertThrows(() => l.inv(column), ShapeError, "square matrices are needed");
  assertThrows(() => l.tensorinv(zeros([2, 3, 4]), 1), ShapeError, "2 and 12 elements");
  assertThrows(() => l.tensorinv(square, 0), RangeError, "a positive integer is needed");
  assertThrows(() => l.det(tensor([[1]], { dtype: "f16" })), TypeError, "f32 or f64 is needed");
  const { LU } = l.luFactor(square);
  assertThrows(() => l.luSolve(LU, tensor([1], { dtype: "i32" }), square), ShapeError, "pivots are 2");
});

Deno.test("options that are none, and a triangle that is not said, are refused", () => {
  const x = eye(2), { LU, pivots } = l.luFactor(x);
  const none: readonly unknown[] = [null, 3, { lower: true }, { upper: "yes", left: "no", axes: 4 }];
  const calls: readonly ((options: never) => unknown)[] = [
    (options) => l.cholesky(x, options),
    (options) => l.choleskyEx(x, options),
    (options) => l.choleskySolve(x, x, options),
    (options) => l.choleskyInverse(x, options),
    (options) => l.solveTriangular(x, x, options),
    (options) => l.luSolve(LU, pivots, x, options),
    (options) => l.solve(x, x, options),
    (options) => l.solveEx(x, x, options),
    (options) => l.tensorsolve(x, x.slice(0), options),
  ];
  for (const call of calls) {
    for (const options of none) {
      const error = assertThrows(() => call(options as never), TypeError);
      assert(error.message.startsWith("Cannot "), error.message);
    }
  }
  assertThrows(() => l.solveTriangular(x, x, {} as never), TypeError, "say which triangle counts");
  assertThrows(() => l.matrixPower(x, 0.5), RangeError, "it must be an integer");
  assertThrows(() => l.cholesky([[1]] as never), TypeError, "Cannot linalg.cholesky");
});

Deno.test("second derivatives solve with the same factors", async () => {
  const a = variable([[3, 1], [1, 2]]), b = fromArray(Float32Array.of(1, 1), [2]);
  const curved = grad((x: Tensor) => sum(grad((y: Tensor) => sum(l.solve(y, b)))(x)));
  const found = await curved(a).array() as number[][];
  const h = 1e-3, slope = grad((y: Tensor) => sum(l.solve(y, b)));
  const at = async (d: number) =>
    await sum(slope(a.detach().add(fromArray(Float32Array.of(d, 0, 0, 0), [2, 2])))).item();
  assert(Math.abs(found[0][0] - (await at(h) - await at(-h)) / (2 * h)) < 1e-3);
});
