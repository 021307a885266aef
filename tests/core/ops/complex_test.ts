/** Complex numbers at the edges: what overflows only on the way, zeros, cuts, and PyTorch's gradients there. */
import { complex, ShapeError, type Tensor, tensor, vjp, zeros } from "@tapegrad/core";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { precise, precision, testWith, within } from "../../backend_traits.ts";

type Pair = readonly [re: number, im: number];

async function assertNear(found: Tensor, wanted: readonly number[], about = ""): Promise<void> {
  const elements = await found.data();
  assertEquals(elements.length, wanted.length, about);
  wanted.forEach((x, i) => {
    const tolerance = within(4e-16, 3e-7) * Math.max(Math.abs(x), 1e-300);
    if (Number.isFinite(x)) assertAlmostEquals(elements[i], x, tolerance, about);
    else assertEquals(elements[i], x, about);
  });
}

const e = Math.E;
const values: readonly (readonly [keyof typeof complex, Pair, readonly number[]])[] = [
  ["exp", [1, 0], [e, 0]],
  ["exp", [-Infinity, 0], [0, 0]],
  ["log", [e, 0], [1, 0]],
  ["log", [0, 0], [-Infinity, 0]],
  ["log", [-1, 0], [0, Math.PI]],
  ["sqrt", [-4, 0], [0, 2]],
  ["sqrt", [-3, 4], [1, 2]],
  ["sqrt", [-3, -4], [1, -2]],
  ["sqrt", [0, 0], [0, 0]],
  ["sgn", [0, 0], [0, 0]],
  ["sgn", [3, -4], [0.6, -0.8]],
  ["abs", [0, 0], [0]],
  ["abs", [-3, 4], [5]],
  ["angle", [0, 0], [0]],
  ["angle", [-1, 0], [Math.PI]],
  ["angle", [0, -2], [-Math.PI / 2]],
  ["reciprocal", [0, 2], [0, -0.5]],
];

for (const [name, z, wanted] of values) {
  Deno.test(`complex.${name} of ${z[0]} and ${z[1]}i`, async () => {
    await assertNear((complex[name] as complex.ComplexOp)(precise([...z])), wanted);
  });
}

testWith({ f64: true }, "nothing overflows, or is lost, that the result can hold", async () => {
  const large = tensor([1e300, -3e300], { dtype: "f64" }), small = tensor([3e-200, 4e-200], { dtype: "f64" });
  await assertNear(complex.abs(large), [1e300 * Math.hypot(1, 3)]);
  await assertNear(complex.abs(small), [5e-200]);
  await assertNear(complex.div(large, large), [1, 0]);
  await assertNear(complex.div(small, small), [1, 0]);
  await assertNear(complex.sqrt(tensor([1e308, 1e308], { dtype: "f64" })), [
    1e154 * Math.sqrt((1 + Math.SQRT2) / 2),
    1e154 * Math.sqrt((Math.SQRT2 - 1) / 2),
  ]);
  // |z|² - 1 is 2e-9 + 1e-18: its digits would be gone from the root.
  await assertNear(complex.log(tensor([1, Math.sqrt(2e-9)], { dtype: "f64" })).slice(0), [
    Math.log1p(2e-9) / 2,
  ]);
});

testWith({ f64: true }, "signs of zeros tell the sides of a cut", async () => {
  const below = tensor([-4, -0], { dtype: "f64" });
  assertEquals(await complex.sqrt(below).array(), [0, -2]);
  assertEquals(await complex.angle(below).item(), -Math.PI);
  const nothing = tensor([[-0, 0], [-0, -0]], { dtype: "f64" });
  assertEquals(await complex.angle(nothing).array(), [Math.PI, -Math.PI]);
});

// As torch.autograd.grad gives them for cotangents of 1.
const gradients: readonly (readonly [keyof typeof complex, Pair, Pair])[] = [
  ["abs", [0, 0], [0, 0]],
  ["abs", [3, 4], [0.6, 0.8]],
  ["angle", [0, 0], [0, 0]],
  ["angle", [0, 2], [-0.5, 0]],
  ["sgn", [0, 0], [0, 0]],
  ["exp", [0, 0], [1, 1]],
  ["log", [0, 1], [-1, 1]],
  ["sqrt", [0, 2], [0, 0.5]],
  ["sqrt", [-4, 0], [-0.25, 0.25]],
  ["conj", [1, 2], [1, -1]],
];

for (const [name, z, wanted] of gradients) {
  Deno.test(`the gradient of complex.${name} at ${z[0]} and ${z[1]}i`, async () => {
    const [y, pull] = vjp(complex[name] as complex.ComplexOp, precise([...z]));
    const [found] = [pull(y.mul(0).add(1))].flat() as Tensor[];
    await assertNear(found, wanted);
  });
}

Deno.test("numbers of two dtypes meet in one, integers as floats", () => {
  const whole = tensor([1, 2], { dtype: "i32" }), single = tensor([[3, 4]], { dtype: precision });
  assertEquals(complex.mul(whole, single).dtype, precision);
  assertEquals(complex.mul(whole, single).shape, [1, 2]);
  assertEquals(complex.abs(whole).dtype, "f32");
  assertEquals(complex.fromParts(zeros([3, 1]), zeros([4])).shape, [3, 4, 2]);
});

Deno.test("what is no pair is refused", () => {
  assertThrows(
    () => complex.abs(zeros([3])),
    ShapeError,
    "Cannot complex.abs [3]: complex numbers are pairs",
  );
  assertThrows(() => complex.conj(zeros([])), ShapeError, "complex.fromReal() makes them of real ones");
  assertThrows(() => complex.mul(zeros([2]), zeros([2, 3])), ShapeError, "Cannot complex.mul [2, 3]");
  assertThrows(() => complex.mul(zeros([3, 2]), zeros([4, 2])), ShapeError);
  assertThrows(
    () => complex.matmul(zeros([3, 4, 2]), zeros([3, 4, 2])),
    ShapeError,
    "[…, k, n, 2] are needed",
  );
  assertThrows(() => complex.fromReal(1 as unknown as Tensor), TypeError);
  assertThrows(() => complex.mul(tensor([1, 2]), [1, 2] as unknown as Tensor), TypeError);
});
