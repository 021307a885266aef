/** Products store what a map makes of them, where the backend has a kernel for it. */
import { compile, noGrad, read, Scalar, type Tensor, uniform, variable } from "@tapegrad/core";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { backend } from "../../../backend_traits.ts";
import { assertClose, type Fn, type Passed, passedOn } from "./passing.ts";

const passed = (fn: Fn, ...args: Tensor[]): Promise<Passed> => passedOn(backend, fn, args);
const fuses = backend.kernels.has("mappedMatmul");

const layer = (x: Tensor, w: Tensor, bias: Tensor, rest: Tensor): Tensor =>
  x.matmul(w).add(bias).tanh().sub(rest);

// Sums by teams of threads and by tiles, with columns that are no fours, in slices, and with rows of a batch.
const sizes = [[7, 5, 9], [64, 200, 72], [130, 64, 71], [16, 4096, 16], [100, 2, 64], [1, 8, 1]];

for (const [m, k, n] of sizes) {
  Deno.test(`[${m}, ${k}] × [${k}, ${n}] with a bias, an activation and a rest`, async () => {
    const { after } = await passed(layer, uniform([m, k]), uniform([k, n]), uniform([n]), uniform([m, n]));
    assertEquals(after.length, fuses ? 1 : 2);
    if (fuses) assertStringIncludes(after[0], "matmul, add, tanh, sub(in0, in1, in2");
  });
  Deno.test(`[${m}, ${k}] × [${n}, ${k}]ᵀ with columns of its own beside`, async () => {
    const { after } = await passed(
      (x, w, rest) => x.matmul(w.t()).mul(rest.t()).relu(),
      uniform([m, k]),
      uniform([n, k]),
      uniform([n, m]),
    );
    assertEquals(after.length, fuses ? 1 : 2);
  });
}

Deno.test("rows of a batch are rows of one product, and products of a batch stay right", async () => {
  const one = await passed(layer, uniform([2, 3, 5]), uniform([5, 4]), uniform([4]), uniform([2, 3, 4]));
  assertEquals(one.after.length, fuses ? 1 : 2);
  await passed(layer, uniform([2, 3, 5]), uniform([2, 5, 4]), uniform([4]), uniform([2, 3, 4]));
});

Deno.test("what is read elsewhere or of another order stays apart, and numbers may be part of it", async () => {
  const args = [uniform([3, 5]), uniform([5, 4])];
  const read = await passed((x, w) => [x.matmul(w), x.matmul(w).tanh()], ...args);
  assertEquals(read.after.length, 2);
  const turned = await passed((x, w) => x.matmul(w).t().tanh().contiguous(), ...args);
  assertEquals(turned.after.length, 2);
  const scaled = await passed((x, w) => x.matmul(w).mul(0.3), ...args);
  assertEquals(scaled.after.length, fuses ? 1 : 2);
});

Deno.test("gradients pass through a layer in a product's kernel", async () => {
  const v = variable([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]]);
  await passed((x) => {
    v.setGrad(null);
    const loss = x.matmul(v).tanh().matmul(v.t()).tanh().sum();
    loss.backward();
    return [loss.detach(), v.grad!.add(0)];
  }, uniform([4, 2]));
});

Deno.test("numbers of a product's kernel are followed by compiled functions", async () => {
  const rate = new Scalar("rate", 0.5),
    fn = (x: Tensor, w: Tensor, by: number) => x.matmul(w).mul(by).add(rate);
  const compiled = compile(fn), [x, w] = [uniform([5, 3]), uniform([3, 4])];
  for (let i = 0; i < 8; i++) {
    rate.value = 0.5 + i % 3;
    const [found, expected] = await read([compiled(x, w, 2 + i), fn(x, w, 2 + i)]);
    assertClose(found, expected);
  }
  assertEquals(compiled.programs.length, 1);
});

Deno.test("a copy of a turned factor is none", async () => {
  const { before, after, notes } = await passed(
    (x, w) => x.t().contiguous().matmul(w),
    uniform([5, 3]),
    uniform([5, 4]),
  );
  assertEquals([before.length, after], [2, ["v1 f32 [3, 4] = matmul(in0{[3, 5] by [1, 3]}, in1)"]]);
  assertStringIncludes(notes, "matmul reads what was copied for it where it lies");
});

Deno.test("a copy of what changes before it is read stays", async () => {
  const w = variable([[1, 2], [3, 4]]);
  const { after } = await passed((x) => {
    const turned = w.detach().t().contiguous();
    noGrad(() => w.assign(w.mul(2)));
    return turned.matmul(x);
  }, uniform([2, 2]));
  assertEquals(after.length, 3);
});
