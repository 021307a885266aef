import "@tapegrad/backends";
import { linalg as l, ShapeError, type Tensor, tensor, variable } from "@tapegrad/core";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";

const mixed = (): Tensor => tensor([[[9, 0], [0, 1]], [[1, 2], [2, 1]]]);

Deno.test("a matrix that is not positive definite is an error that says which", async () => {
  await assertRejects(
    async () => await l.cholesky(mixed()).data(),
    Error,
    "Cannot cholesky [2, 2, 2]: the matrix at [1] is not positive definite, its leading minor of order 2 is not " +
      "positive; choleskyEx() tells instead",
  );
  await assertRejects(
    async () => await l.cholesky(tensor([[NaN]])).data(),
    Error,
    "the matrix is not positive",
  );
});

Deno.test("choleskyEx tells, and leaves the other matrices of the batch alone", async () => {
  const { L, info } = l.choleskyEx(mixed());
  assertEquals(await L.array(), [[[3, 0], [0, 1]], [[NaN, 0], [NaN, NaN]]]);
  assertEquals(await info.array(), [0, 2]);
});

Deno.test("one triangle is read, and one given", async () => {
  const lower = tensor([[4, 99], [2, 10]]), upper = tensor([[4, 2], [99, 10]]);
  assertEquals(await l.cholesky(lower).array(), [[2, 0], [1, 3]]);
  assertEquals(await l.cholesky(upper, { upper: true }).array(), [[2, 1], [0, 3]]);
});

Deno.test("empty matrices and batches have factors", async () => {
  assertEquals(l.cholesky(tensor([]).reshape([0, 0])).shape, [0, 0]);
  const { L, info } = l.choleskyEx(tensor([]).reshape([0, 3, 3]));
  assertEquals([L.shape, info.shape], [[0, 3, 3], [0]]);
  assertEquals(await l.choleskyEx(tensor([]).reshape([2, 0, 0])).info.array(), [0, 0]);
});

Deno.test("gradients flow through factors, wherever they are computed", async () => {
  const x = variable([[4, 2], [2, 10]]);
  l.cholesky(x).sum().backward();
  const rounded = (await x.grad!.array() as number[][]).map((row) =>
    row.map((g) => Math.round(g * 6e5) / 1e5)
  );
  assertEquals(rounded, [[1, 1], [1, 1]]);
});

Deno.test("what is no square matrix of floats is refused", () => {
  assertThrows(
    () => l.cholesky(tensor([1, 2])),
    ShapeError,
    "Cannot linalg.cholesky [2]: matrices are needed",
  );
  assertThrows(() => l.cholesky(tensor([[1, 2]])), ShapeError, "square matrices are needed");
  assertThrows(() => l.cholesky(tensor([[1]], { dtype: "i32" })), TypeError, "a floating dtype is needed");
  const b = tensor([[1], [2], [3]]);
  assertThrows(
    () => l.choleskySolve(b, tensor([[1, 0], [0, 1]])),
    ShapeError,
    "Cannot linalg.choleskySolve [2, 2] and [3, 1]: inner extents are 2 and 3",
  );
});
