import {
  apply,
  defineComposite,
  jvp,
  noGrad,
  type Primitive,
  registerKernel,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  type TensorLike,
  where,
  zeros,
} from "@tapegrad/core";
import { cpuElements } from "@tapegrad/backends/cpu";
import { assertEquals, assertThrows } from "@std/assert";
import { precise, precision, testWith, within } from "../../backend_traits.ts";
import { assertClose, leaf } from "./values.ts";

Deno.test("jvp gives the value and its derivative in a direction", async () => {
  const [y, dy] = jvp((x: Tensor) => x.sin(), [precise([0, 1])], [precise([2, 3])]);
  await assertClose(y, [0, Math.sin(1)]);
  await assertClose(dy, [2, 3 * Math.cos(1)]);
});

Deno.test("jvp takes trees and several arguments, and gives trees", async () => {
  const fn = (p: { w: Tensor; b: Tensor; n: number }, x: Tensor) => ({
    out: [p.w.mul(x).add(p.b)],
    n: p.n,
  });
  const [y, dy] = jvp(
    fn,
    [{ w: precise([1, 2]), b: precise(3), n: 7 }, precise([4, 5])],
    [{ w: precise([1, 0]), b: precise(10), n: 7 }, precise([0, 1])],
  );
  await assertClose(y.out[0], [7, 13]);
  await assertClose(dy.out[0], [14, 12]);
  assertEquals([y.n, dy.n], [7, 7]);
});

Deno.test("jvp of scalar and empty inputs", async () => {
  await assertClose(jvp((x: Tensor) => x.mul(x), [precise(3)], [precise(1)])[1], 6);
  const empty = zeros([0, 2], { dtype: precision });
  const [y, dy] = jvp((x: Tensor) => x.mul(x), [empty], [empty]);
  assertEquals([y.shape, dy.shape], [[0, 2], [0, 2]]);
  await assertClose(jvp((x: Tensor) => x.sum(), [empty], [empty])[1], 0);
});

Deno.test("results that do not move have a tangent of zeros", async () => {
  const [y, dy] = jvp((x: Tensor) => [precise([1, 2]), x.detach(), x.floor(), x.less(2)], [
    precise([1.5, 2.5]),
  ], [
    precise([1, 1]),
  ]);
  for (const [i, t] of dy.entries()) {
    assertEquals([t.shape, t.dtype], [y[i].shape, y[i].dtype]);
    assertEquals([...await t.data()], [0, 0]);
  }
});

Deno.test("a tensor passed twice, or used by closure, moves only where its tangent says", async () => {
  const x = precise(3);
  await assertClose(jvp((a: Tensor, b: Tensor) => a.mul(b), [x, x], [precise(1), precise(0)])[1], 3);
  await assertClose(jvp((a: Tensor) => a.mul(x), [x], [precise(1)])[1], 3);
});

Deno.test("tangents of another shape or number are refused with the shapes", () => {
  const fn = (x: Tensor) => x.mul(2);
  assertThrows(() => jvp(fn, [precise([1, 2])], [precise([1, 2, 3])]), ShapeError, "[3] forward from [2]");
  assertThrows(() => jvp(fn, [precise([1, 2])], [] as unknown as [Tensor]), ShapeError, "[2]");
});

Deno.test("an asynchronous function is refused", () => {
  assertThrows(
    () => jvp((x: Tensor) => Promise.resolve(x), [precise(1)], [precise(1)]),
    TapeError,
    "promise",
  );
});

const families: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  map: (x) => x.mul(x).add(precise([[1], [2]])),
  "map with a number": (x) => x.add(1),
  "map that broadcasts": (x) => x.slice(0).add(zeros([4, 3], { dtype: precision })),
  choice: (x) => where(x.greater(0), x.mul(3), x),
  sum: (x) => x.sum(0),
  prod: (x) => x.prod(1),
  max: (x) => x.max(1),
  mean: (x) => x.mean(),
  matmul: (x) => x.matmul(x.transpose()),
  reshape: (x) => x.reshape([3, 2]).mul(x.reshape([3, 2])),
  "reshape of a view": (x) => x.transpose().reshape([6]),
  expand: (x) => x.expand([2, 2, 3]),
  slice: (x) => x.slice(null, [null, null, -2]),
  unfold: (x) => x.unfold(1, 2),
  cumulate: (x) => x.cumsum(1).add(x.cumprod(0)),
  gather: (x) => x.gather(1, tensor([[2, 0], [1, 1]], { dtype: "i32" })),
  cast: (x) => x.to("f32").to(precision).mul(2),
  softmax: (x) => x.softmax(),
};

const point = (): Tensor => precise([[0.5, -1, 2], [1.5, 0.25, -0.75]]);
const along = (): Tensor => precise([[1, 2], [-1, 0.5], [0.25, 3]]).transpose();

for (const [name, fn] of Object.entries(families)) {
  Deno.test(`jvp through ${name} agrees with differences`, async () => {
    const step = within(1e-6, 2 ** -8), x = point(), v = along();
    const [y, dy] = jvp(fn, [x], [v]);
    const differences = fn(x.add(v.mul(step))).sub(fn(x.sub(v.mul(step)))).div(2 * step);
    assertEquals([dy.shape, dy.dtype], [y.shape, y.dtype]);
    // A cast of f64 to f32 has no room for such a step; f32 has room for a longer one.
    const tolerance = within(name === "cast" ? 1 : 1e-8, 3e-4);
    assertEquals(await dy.sub(differences).abs().max().item() < tolerance, true);
  });
}

testWith({ f64: true }, "a tangent has the dtype of its value where precisions mix", async () => {
  const one = (x: TensorLike) => (a: Tensor): Tensor => a.add(x);
  const [y, dy] = jvp(one(precise([1, 2])), [tensor([1, 2])], [tensor([1, 1])]);
  assertEquals([y.dtype, dy.dtype], ["f64", "f64"]);
  const cast = jvp((x: Tensor) => x.to("f32"), [precise([1])], [precise([2])])[1];
  assertEquals([cast.dtype, await cast.item()], ["f32", 2]);
  const total = jvp((x: Tensor) => x.to("f32").sum(), [precise([1, 2])], [precise([2, 3])])[1];
  assertEquals([total.dtype, await total.item()], ["f32", 5]);
});

Deno.test("jvp is recorded, so that backward goes through value and derivative", async () => {
  const x = leaf([1, 2]);
  const [, dy] = jvp((t: Tensor) => t.pow(3), [x], [precise([1, 1])]);
  dy.sum().backward();
  await assertClose(x.grad!, [6, 12]);
  const v = leaf([1, 1]);
  jvp((t: Tensor) => t.prod(), [precise([3, 5])], [v])[1].backward();
  await assertClose(v.grad!, [5, 3]);
});

Deno.test("a backend's kernel for a composite does not hide it from forward mode", async () => {
  const options = { backend: "cpu" };
  const op = defineComposite({
    name: "sumOfCubes",
    infer: ([x]) => ({ shape: [], dtype: x.dtype, backend: x.backend }),
    decompose: ([x]) => [x.pow(3).sum()],
  });
  const cubes = (x: Tensor) => apply(op, [x], null);
  registerKernel("cpu", "sumOfCubes", ([x], [output]) => {
    cpuElements(output)[0] = Array.from(cpuElements(x)).reduce((total, v) => total + v ** 3, 0);
  });
  const x = tensor([1, 2], options);
  await assertClose(cubes(x), 9);
  const [y, dy] = jvp(cubes, [x], [tensor([1, 10], options)]);
  await assertClose(y, 9);
  await assertClose(dy, 123);
});

testWith({ f64: true }, "a tangent of another precision is converted to that of its value", async () => {
  const weights = precise([[1, 2], [3, 4]]);
  const dy = jvp((x: Tensor) => x.matmul(weights), [precise([[1, 2]])], [tensor([[1, 10]])])[1];
  assertEquals(dy.dtype, "f64");
  await assertClose(dy, [[31, 42]]);
});

Deno.test("noGrad stops reverse mode only, detach both", async () => {
  const [x, one] = [precise(3), precise(1)];
  await assertClose(jvp((t: Tensor) => noGrad(() => t.mul(t)), [x], [one])[1], 6);
  await assertClose(jvp((t: Tensor) => t.detach().mul(t), [x], [one])[1], 3);
});

Deno.test("an op without a gradient rule is refused, not taken for a constant", async () => {
  const halve: Primitive<null> = {
    name: "halveWithoutRule",
    infer: ([x]) => x,
    host: ([x]) => [x.mul(0.5)],
    batch: ([x], axes) => ({ outputs: [x.mul(0.5)], axes }),
  };
  const fn = (x: Tensor): Tensor => apply(halve, [x], null);
  assertEquals(await fn(precise(3)).item(), 1.5);
  assertThrows(() => jvp(fn, [precise(3)], [precise(1)]), TapeError, "Cannot differentiate halveWithoutRule");
  assertThrows(() => fn(leaf(3)).backward(), TapeError, "Cannot differentiate halveWithoutRule");
});
