import * as tg from "@tapegrad/core";
import { BackendError, noGrad, ShapeError, type Tensor, tensor, variable, zeros } from "@tapegrad/core";
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { backend, testWith } from "../../backend_traits.ts";
import { nodeOf, slotOf, storageOf } from "../../../core/tensor/internals.ts";

const i32 = { dtype: "i32" } as const;

Deno.test("JavaScript's operators are refused", () => {
  const x: unknown = tensor([1, 2]);
  const message =
    "Cannot use JavaScript operators on a tensor: write x.add(y), x.less(y), or read it with item()";
  const uses = [
    () => x as number + 1,
    () => 2 * (x as number),
    () => (x as number) < 1,
    () => -(x as number),
  ];
  for (const use of uses) assertThrows(use, TypeError, message);
});

Deno.test("a disposed tensor and its views cannot be used, and say so", async () => {
  const x = tensor([1, 2, 3, 4]), view = x.reshape([2, 2]);
  x.label = "table";
  x.dispose();
  x.dispose();
  const message =
    'Cannot read "table": it was disposed or its scope has ended; return it from the scope or keep() it';
  await assertRejects(() => x.data(), BackendError, message);
  assertThrows(() => view.add(1), BackendError, message);
  assertThrows(() => view.sum(), BackendError, message);
  assertThrows(() => x.assign(0), BackendError, message);
  await assertRejects(() => x.data(), BackendError, message);
});

Deno.test("a number shared by many tensors outlives the disposal of one", async () => {
  const a = variable([1, 2]), b = variable([1, 2]);
  a.sum().backward();
  b.sum().backward();
  a.grad!.dispose();
  assertEquals(await b.grad!.array(), [1, 1]);
});

Deno.test("using disposes at the end of the block", async () => {
  let escaped: Tensor;
  {
    using x = tensor([1]);
    escaped = x;
  }
  await assertRejects(() => escaped.item(), BackendError, "disposed");
});

Deno.test("iteration gives rows, as views on the tape", async () => {
  const x = variable([[1, 2], [3, 4]]), [first, second] = x;
  assertEquals(await Promise.all([first, second].map((row) => row.array())), [[1, 2], [3, 4]]);
  assertStrictEquals(storageOf(first), storageOf(x));
  first.mul(second).sum().backward();
  assertEquals(await x.grad!.array(), [[3, 4], [1, 2]]);
  assertEquals([...zeros([0, 3])].length, 0);
});

Deno.test("reading is the same in all its forms", async () => {
  const x = tensor([[1, 2], [3, 4]]), flags = tensor([true, false]);
  assertEquals(await x.array(), [[1, 2], [3, 4]]);
  assertEquals(await x.data(), Float32Array.of(1, 2, 3, 4));
  assertEquals(await x.slice(1, 0).item(), 3);
  assertEquals([await flags.array(), await flags.data()], [[true, false], Uint8Array.of(1, 0)]);
  assertEquals([await tensor(5).array(), await zeros([2, 0]).array(), await zeros([0, 2]).array()], [
    5,
    [[], []],
    [],
  ]);
});

testWith({ synchronous: true }, "reading at once is the same in all its forms", () => {
  const x = tensor([[1, 2], [3, 4]]), flags = tensor([true, false]);
  assertEquals([x.arraySync(), x.slice(1, 0).itemSync()], [[[1, 2], [3, 4]], 3]);
  assertEquals(x.dataSync(), Float32Array.of(1, 2, 3, 4));
  assertEquals([flags.arraySync(), flags.dataSync()], [[true, false], Uint8Array.of(1, 0)]);
});

Deno.test("assign writes through views, converts, and reads overlapping elements first", async () => {
  const x = zeros([2, 3]);
  x.slice(1).assign(5);
  x.slice(0, [null, null, -1]).assign(tensor([1, 2, 3]));
  assertEquals(await x.array(), [[3, 2, 1], [5, 5, 5]]);
  x.assign(x.flip());
  assertEquals(await x.array(), [[5, 5, 5], [1, 2, 3]]);
  assertEquals(await zeros([2], i32).assign(tensor([1.7, -1.7])).array(), [1, -1]);
  assertEquals(
    await zeros([3], { dtype: "bool" }).assign(tensor([0, 0.5, NaN])).data(),
    Uint8Array.of(0, 1, 1),
  );
});

Deno.test("assign to part of a leaf, inside noGrad", async () => {
  const w = variable([1, 2, 3]);
  noGrad(() => w.slice([1]).assign(0));
  assertEquals([await w.array(), w.requiresGrad], [[1, 0, 0], true]);
});

Deno.test("to() gives the tensor itself where nothing changes", () => {
  const x = tensor([1]);
  assertStrictEquals(x.to("f32"), x);
  assertStrictEquals(x.to(backend.name), x);
  assert(x.to("i32") !== x);
});

Deno.test("an error carries the op and the shapes", () => {
  const error = assertThrows(() => zeros([4, 2]).matmul(zeros([4, 2])), ShapeError);
  assertEquals(error.detail, { op: "matmul", shapes: [[4, 2], [4, 2]] });
  assert(error instanceof RangeError && error.name === "ShapeError");
});

Deno.test("operands without a shape of their own broadcast and stay weak", () => {
  const x = tensor([1, 2], i32);
  assertEquals([x.add(1).dtype, x.add(1.5).dtype, x.add(true).dtype], ["i32", "f32", "i32"]);
  assertEquals([tg.add(1, 2).dtype, tg.add(1, 2).shape], ["f32", []]);
});

testWith({ f64: true }, "a scalar tensor is weak beside a wider precision, a vector is not", () => {
  assertEquals(tensor([1], { dtype: "f32" }).mul(tensor(2, { dtype: "f64" })).dtype, "f32");
  assertEquals(tensor([1], { dtype: "f32" }).mul(tensor([2], { dtype: "f64" })).dtype, "f64");
});

Deno.test("what core alone may know of a tensor is not in its type, and there all the same", () => {
  type Shown = Extract<keyof Tensor, "node" | "slot" | "storage"> | Extract<keyof typeof Tensor, "of">;
  const none: [Shown] extends [never] ? true : false = true;
  const x = variable([1]), y = x.mul(2);
  assertEquals([none, nodeOf(y)!.parents, slotOf(y)], [true, [nodeOf(x), null], 0]);
  assertStrictEquals(tg.memoryOf(y.reshape([1, 1])), storageOf(y));
  assertThrows(() => tg.memoryOf([1] as never), TypeError, "a tensor is needed");
});
