import { arange, noGrad, ones, tensor, useBackend, variable, zeros } from "@tapegrad/core";
import "@tapegrad/backends";
import { assertEquals } from "@std/assert";

// Elements are shown where they can be read at once.
await useBackend("cpu", { byFlag: true });

const shown: Record<string, [unknown, string]> = {
  "a scalar": [tensor(3.25), "tensor(3.2500, f32 [])"],
  "whole numbers": [tensor([1, -20, 300]), "tensor([  1., -20., 300.], f32 [3])"],
  "fractions": [tensor([-1.5, 2, 0.125]), "tensor([-1.5000,  2.0000,  0.1250], f32 [3])"],
  "magnitudes far apart": [tensor([1e-5, 1]), "tensor([1.0000e-5, 1.0000e+0], f32 [2])"],
  "large numbers": [tensor([1e10, 1]), "tensor([1.0000e+10,  1.0000e+0], f32 [2])"],
  "what is not finite": [
    tensor([NaN, Infinity, -Infinity, 1.5]),
    "tensor([   nan,    inf,   -inf, 1.5000], f32 [4])",
  ],
  "nothing finite": [tensor([NaN, -Infinity]), "tensor([ nan, -inf], f32 [2])"],
  "double precision": [tensor([0.1, 2], { dtype: "f64" }), "tensor([0.1000, 2.0000], f64 [2])"],
  "integers": [
    tensor([[1, -20], [300, 4]], { dtype: "i32" }),
    "tensor([[  1, -20],\n        [300,   4]], i32 [2, 2])",
  ],
  "unsigned integers": [tensor([4294967295], { dtype: "u32" }), "tensor([4294967295], u32 [1])"],
  "bools": [
    tensor([[true, false], [false, true]]),
    "tensor([[ true, false],\n        [false,  true]], bool [2, 2])",
  ],
  "nothing": [zeros([2, 0]), "tensor([], f32 [2, 0])"],
  "a leaf": [variable([1, 2]), "tensor([1., 2.], f32 [2], requiresGrad)"],
  "a result on the tape": [variable([1, 2]).mul(2), "tensor([2., 4.], f32 [2], requiresGrad)"],
  "a result off the tape": [noGrad(() => variable([1, 2]).mul(2)), "tensor([2., 4.], f32 [2])"],
  "a view": [
    arange(6).reshape([2, 3]).transpose().flip(0),
    "tensor([[2., 5.],\n        [1., 4.],\n        [0., 3.]], f32 [3, 2])",
  ],
  "a long vector": [arange(1001), "tensor([   0.,    1.,    2., …,  998.,  999., 1000.], f32 [1001])"],
  "a large matrix": [
    ones([600, 2]),
    "tensor([[1., 1.],\n        [1., 1.],\n        [1., 1.],\n        …,\n" +
    "        [1., 1.],\n        [1., 1.],\n        [1., 1.]], f32 [600, 2])",
  ],
  "a wide cube": [
    ones([2, 2, 600]),
    "tensor([[[1., 1., 1., …, 1., 1., 1.],\n         [1., 1., 1., …, 1., 1., 1.]],\n" +
    "        [[1., 1., 1., …, 1., 1., 1.],\n         [1., 1., 1., …, 1., 1., 1.]]], f32 [2, 2, 600])",
  ],
};

for (const [what, [value, text]] of Object.entries(shown)) {
  Deno.test(`printing ${what}`, () => {
    assertEquals(String(value), text);
  });
}

Deno.test("an axis of six is shown whole, one of seven by its edges", () => {
  const rows = (n: number) => String(ones([n, 200])).split("\n").length;
  assertEquals([rows(6), rows(7), String(ones([7, 200])).includes("…,\n")], [6, 7, true]);
  assertEquals(String(ones([6, 200])).includes("…,\n"), false);
});

Deno.test("a thousand elements are shown whole", () => {
  assertEquals(String(ones([1000])).split(",").length, 1001);
});

Deno.test("a disposed tensor prints as such", () => {
  const x = tensor([1, 2]);
  x.dispose();
  assertEquals(String(x), "tensor(<disposed>, f32 [2])");
});

Deno.test("Deno.inspect and templates show the same", () => {
  const x = tensor([[1, 2], [3, 4]]), text = "tensor([[1., 2.],\n        [3., 4.]], f32 [2, 2])";
  assertEquals(Deno.inspect(x), text);
  assertEquals(`${x}`, text);
  assertEquals(Deno.inspect({ x: tensor([1]) }), "{ x: tensor([1.], f32 [1]) }");
});

Deno.test("printing records nothing", () => {
  const x = variable([[1, 2], [3, 4]]);
  const text = String(x);
  x.sum().backward();
  assertEquals(x.grad!.arraySync(), [[1, 1], [1, 1]]);
  assertEquals(String(x), text);
});
