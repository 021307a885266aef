import {
  add,
  DtypeError,
  grad,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { precise, precision, testWith } from "../../backend_traits.ts";
import { assertClose } from "./values.ts";

const squares = (x: Tensor): Tensor => x.mul(x).sum();

Deno.test("grad takes an input of any shape", async () => {
  await assertClose(grad(squares)(precise(3)), 6);
  await assertClose(grad(squares)(precise([1, -2])), [2, -4]);
  await assertClose(grad(squares)(precise([[1], [2]])), [[2], [4]]);
  assertEquals(grad(squares)(zeros([2, 0], { dtype: precision })).shape, [2, 0]);
  assertEquals(await grad((x: Tensor) => x.mul(x).reshape([1, 1]))(precise(3)).item(), 6);
});

Deno.test("grad has the dtype of its input", () => {
  assertEquals(grad(squares)(tensor([1, 2])).dtype, "f32");
  assertEquals(grad((x: Tensor) => x.to(precision).mul(2).sum())(tensor([1, 2])).dtype, "f32");
});

Deno.test("grad of a function that ignores its input is zero", async () => {
  await assertClose(grad((_x: Tensor) => precise(5))(precise([1, 2])), [0, 0]);
  await assertClose(grad((x: Tensor) => x.detach().sum())(precise([1, 2])), [0, 0]);
});

interface Model {
  layers: { w: Tensor; b: Tensor }[];
  scale: Tensor;
  name: string;
  size: number;
  nothing: null;
  steps: number[];
}

function model(): Model {
  return {
    layers: [{ w: precise([[1, 2], [3, 4]]), b: precise([1, -1]) }, {
      w: precise([[0.5, -1], [2, 1]]),
      b: precise([0, 2]),
    }],
    scale: precise(2),
    name: "two layers",
    size: 2,
    nothing: null,
    steps: [1, 2],
  };
}

function run({ layers, scale }: Model, x: Tensor): Tensor {
  return layers.reduce((h, { w, b }) => h.matmul(w).add(b), x).sum().mul(scale);
}

Deno.test("grad gives the structure of nested objects and arrays, other values unchanged", async () => {
  const gradient = grad(run)(model(), precise([1, 1]));
  await assertClose(gradient.layers[1].w, [[10, 10], [10, 10]]);
  await assertClose(gradient.layers[1].b, [2, 2]);
  await assertClose(gradient.layers[0].w, [[-1, 6], [-1, 6]]);
  await assertClose(gradient.layers[0].b, [-1, 6]);
  await assertClose(gradient.scale, 14.5);
  assertEquals([gradient.name, gradient.size, gradient.nothing], ["two layers", 2, null]);
  assertEquals(gradient.steps, [1, 2]);
});

Deno.test("integer tensors in a tree ride along with zeros", async () => {
  const index = tensor([1, 0], { dtype: "i32" });
  const gradient = grad((p: { x: Tensor; index: Tensor }) =>
    p.x.gather(0, p.index).mul(precise([3, 5])).sum()
  )({
    x: precise([1, 2]),
    index,
  });
  await assertClose(gradient.x, [5, 3]);
  assertEquals([gradient.index.dtype, gradient.index.shape], ["i32", [2]]);
});

Deno.test("a class instance in an argument is handed through as it is", async () => {
  const setting = new (class Setting {
    factor = 3;
  })();
  const gradient = grad((p: { x: Tensor; setting: { factor: number } }) => p.x.mul(p.setting.factor))({
    x: precise(1),
    setting,
  });
  await assertClose(gradient.x, 3);
  assertStrictEquals(gradient.setting, setting);
});

Deno.test("the argument option chooses what is differentiated", async () => {
  const fn = (x: Tensor, n: number, y: Tensor): Tensor => x.pow(n).mul(y).sum();
  const [x, y] = [precise([2, 3]), precise([5, 7])];
  await assertClose(grad(fn)(x, 2, y), [20, 42]);
  await assertClose(grad(fn, { argument: 0 })(x, 2, y), [20, 42]);
  await assertClose(grad(fn, { argument: 2 })(x, 2, y), [4, 9]);
  const [value, gradient] = valueAndGrad(fn, { argument: 2 })(x, 2, y);
  await assertClose(value, 83);
  await assertClose(gradient, [4, 9]);
});

Deno.test("one tensor as two arguments is differentiated as one of them", async () => {
  const x = precise(3);
  await assertClose(grad((a: Tensor, b: Tensor) => a.mul(a).mul(b))(x, x), 18);
  const both = grad((p: Tensor[]) => p[0].mul(p[0]).mul(p[1]))([x, x]);
  await assertClose(both[0], 18);
  await assertClose(both[1], 9);
});

Deno.test("valueAndGrad gives the value off the tape", async () => {
  const [value, gradient] = valueAndGrad(squares)(precise([1, 2]));
  await assertClose(value, 5);
  await assertClose(gradient, [2, 4]);
  assertEquals([value.requiresGrad, gradient.requiresGrad], [false, false]);
});

Deno.test("vjp takes several arguments and gives trees", async () => {
  const fn = (x: Tensor, y: Tensor): { sum: Tensor; parts: Tensor[]; label: string } => ({
    sum: add(x, y),
    parts: [x.mul(y), x],
    label: "out",
  });
  const [out, pull] = vjp(fn, precise([1, 2]), precise(3));
  await assertClose(out.sum, [4, 5]);
  assertEquals(out.label, "out");
  const [dx, dy] = pull({ sum: precise([1, 1]), parts: [precise([1, 0]), precise([0, 10])], label: "ct" });
  await assertClose(dx, [4, 11]);
  await assertClose(dy, 3);
});

Deno.test("a pullback can be called again", async () => {
  const [, pull] = vjp((x: Tensor) => x.exp().mul(x), precise([0, 1]));
  const first = pull(precise([1, 1]))[0];
  await assertClose(first, [1, 2 * Math.E]);
  await assertClose(pull(precise([1, 1]))[0], first);
  await assertClose(pull(precise([0, 2]))[0], [0, 4 * Math.E]);
});

Deno.test("vjp of the identity hands the cotangent back", async () => {
  const [y, pull] = vjp((x: Tensor) => x, precise([1, 2]));
  await assertClose(y, [1, 2]);
  await assertClose(pull(precise([3, 4]))[0], [3, 4]);
});

Deno.test("a function that returns one tensor twice gets both cotangents", async () => {
  const [, pull] = vjp((x: Tensor) => {
    const y = x.mul(2);
    return [y, y];
  }, precise(1));
  await assertClose(pull([precise(3), precise(4)])[0], 14);
});

Deno.test("an output of several elements is refused with its shape", () => {
  const error = assertThrows(() => grad((x: Tensor) => x.mul(2))(precise([1, 2])), ShapeError, "returns [2]");
  assertEquals(error.detail.shapes, [[2]]);
});

Deno.test("an output that is no tensor is refused", () => {
  const wrong = (result: unknown) => (_x: Tensor): Tensor => result as Tensor;
  assertThrows(() => grad(wrong(5))(precise(1)), TypeError, "returns 5");
  assertThrows(() => grad(wrong(undefined))(precise(1)), TypeError, "returns nothing");
  assertThrows(() => grad(wrong(null))(precise(1)), TypeError, "must return a tensor");
  assertThrows(() => grad(wrong([precise(1)]))(precise(1)), TypeError, "must return a tensor");
  assertThrows(() => grad(wrong(Promise.resolve(precise(1))))(precise(1)), TapeError, "promise");
});

Deno.test("an output of integers is refused", () => {
  assertThrows(() => grad((x: Tensor) => x.argmax())(precise([1, 2])), DtypeError, "i32");
});

Deno.test("inputs without floats are refused", () => {
  const index = tensor([1, 2], { dtype: "i32" });
  assertThrows(() => grad((x: Tensor) => x.sum())(index), TapeError, "without floating tensors");
  assertThrows(() => grad((n: number) => precise(n))(3), TapeError, "without floating tensors");
  assertThrows(
    () => grad((x: Tensor) => x, { argument: 1 })(precise(1)),
    TapeError,
    "without floating tensors",
  );
});

Deno.test("cotangents of another shape are refused with the shapes", () => {
  const [, pull] = vjp((x: Tensor) => x.mul(2), precise([1, 2, 3]));
  const error = assertThrows(() => pull(precise([1, 2])), ShapeError, "[2]");
  assert(error.message.includes("[3]"));
  assertThrows(() => pull([precise([1, 2, 3]), precise(1)] as unknown as Tensor), ShapeError, "[3]");
});

Deno.test("an asynchronous function is refused", () => {
  assertThrows(() => vjp((x: Tensor) => Promise.resolve(x), precise(1)), TapeError, "promise");
});

testWith({ f64: true }, "a cotangent of another precision is converted to that of the result", async () => {
  const [, pull] = vjp((x: Tensor) => x.matmul(precise([[1, 2], [3, 4]])), precise([[1, 2]]));
  const [gradient] = pull(tensor([[1, 10]]));
  assertEquals(gradient.dtype, "f64");
  await assertClose(gradient, [[21, 43]]);
});

testWith({ f64: true }, "where precisions meet, each input has a gradient of its own", async () => {
  const gradients = grad((p: Tensor[]) => p[0].mul(p[1]).sum())([tensor([1, 2]), precise([3, 4])]);
  assertEquals(gradients.map((g) => g.dtype), ["f32", "f64"]);
  assertEquals(await Promise.all(gradients.map((g) => g.array())), [[3, 4], [1, 2]]);
});
