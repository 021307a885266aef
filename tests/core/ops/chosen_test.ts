import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tg from "@tapegrad/core";
import "@tapegrad/backends";
import { backend } from "../../backend_traits.ts";

const matrix = () => tg.tensor([[0, 5, 0], [7, 0, 9]]);

Deno.test("nonzero gives rows of indices, of a scalar rows of none, of nothing none", async () => {
  assertEquals(await (await tg.nonzero(matrix())).array(), [[0, 1], [1, 0], [1, 2]]);
  assertEquals((await tg.nonzero(tg.tensor(3))).shape, [1, 0]);
  assertEquals((await tg.nonzero(tg.tensor(0))).shape, [0, 0]);
  assertEquals((await tg.nonzero(tg.zeros([0, 3]))).shape, [0, 2]);
  assertEquals((await tg.nonzero(tg.tensor([NaN]))).shape, [1, 1]);
});

Deno.test("a size that is given leaves out what is beyond and fills up what is missing", async () => {
  assertEquals(await tg.nonzero(matrix(), { size: 2 }).array(), [[0, 1], [1, 0]]);
  assertEquals(await tg.nonzero(matrix(), { size: 4, fill: 9 }).slice(3).array(), [9, 9]);
  const x = tg.tensor([3, 1, 2]), mask = x.greater(1);
  assertEquals(await tg.maskedSelect(x, mask, { size: 1 }).array(), [3]);
  assertEquals(await tg.maskedSelect(x, mask, { size: 3, fill: -1 }).array(), [3, 2, -1]);
  assertEquals(await tg.maskedSelect(tg.zeros([0]), tg.zeros([0]), { size: 2, fill: 4 }).array(), [4, 4]);
  const { values, counts } = tg.unique(x, { size: 2 });
  assertEquals([await values.array(), await counts.array()], [[1, 2], [1, 1]]);
  assertThrows(() => tg.nonzero(x, { size: -1 }), RangeError, "size");
});

Deno.test("unique rows are in order of their columns, along any axis", async () => {
  const x = tg.tensor([[2, 1], [1, 3], [2, 1], [1, 2]]);
  const { values, inverse, counts } = await tg.unique(x, { axis: 0 });
  assertEquals(await values.array(), [[1, 2], [1, 3], [2, 1]]);
  assertEquals([await inverse.array(), await counts.array()], [[2, 1, 2, 0], [1, 1, 2]]);
  const columns = await tg.unique(tg.tensor([[1, 1, 0], [5, 5, 4]]), { axis: -1 });
  assertEquals(await columns.values.array(), [[0, 1], [4, 5]]);
});

Deno.test("unique keeps every NaN, tells -0 from 0 not, and takes nothing", async () => {
  const { values, counts } = await tg.unique(tg.tensor([NaN, 0, -0, NaN, 1]));
  assertEquals([await values.array(), await counts.array()], [[0, 1, NaN, NaN], [2, 1, 1, 1]]);
  assertEquals((await tg.unique(tg.zeros([0]))).values.shape, [0]);
  assertEquals((await tg.uniqueConsecutive(tg.tensor([[1, 1], [2, 1]]))).inverse.shape, [2, 2]);
});

Deno.test("what is to be read at once is refused where elements have to be awaited", async () => {
  if (backend.readSync) {
    assertEquals(tg.nonzeroSync(matrix()).shape, [3, 2]);
    assertEquals(tg.uniqueSync(matrix()).values.shape, [4]);
    assertEquals(tg.maskedSelectSync(matrix(), matrix()).shape, [3]);
  } else assertThrows(() => tg.nonzeroSync(matrix()), tg.BackendError);
  await assertRejects(async () => await tg.maskedSelect(matrix(), tg.zeros([4])), tg.ShapeError);
});

Deno.test("modes are the smallest of the most frequent, gradients go to the place that is told", async () => {
  const x = tg.variable([[2, 1, 2, 1], [3, 3, 3, 0]]), { values, indices } = tg.mode(x, { keepDims: true });
  assertEquals([await values.array(), await indices.array()], [[[1], [3]], [[3], [2]]]);
  values.sum().backward();
  assertEquals(await x.grad!.array(), [[0, 0, 0, 1], [0, 0, 1, 0]]);
});
