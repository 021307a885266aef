/** f16: half the memory, computed in more and rounded once. */
import * as tg from "@tapegrad/core";
import { DtypeError, full, tensor } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends";
import { GD } from "@tapegrad/optim";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { nearestHalf } from "../../../core/base/half.ts";
import { precision, testWith } from "../../backend_traits.ts";

function halfOf(bits: number): number {
  return new Float16Array(Uint16Array.of(bits).buffer)[0];
}

Deno.test("rounding without Math.f16round is exact at, between and beside all numbers of half precision", () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const here = halfOf(bits), next = halfOf((bits + 1) % 2 ** 16);
    for (const part of [0, 0.25, 0.5, 0.5 - 1e-9, 0.5 + 1e-9]) {
      const x = here + (next - here) * part;
      assert(Object.is(nearestHalf(x), Math.f16round(x)), `${x}: ${nearestHalf(x)}`);
    }
  }
  for (const x of [65519.99, 65520, -65520, 1e300, 2 ** -25, 2 ** -25 * 1.01, -1e-9, -Infinity]) {
    assert(Object.is(nearestHalf(x), Math.f16round(x)), `${x}: ${nearestHalf(x)}`);
  }
});

testWith(
  { f16: true },
  "elements round to the nearest, overflow to infinity, and take two bytes",
  async () => {
    const before = tg.memory().bytes;
    const x = tg.scope(() => {
      const made = tensor([1.1, 2049, 65520, 1e-8, NaN], { dtype: "f16" });
      assertEquals(tg.memory().bytes, before + 10);
      return made;
    });
    assertEquals(await x.array(), [1.099609375, 2048, Infinity, 0, NaN]);
    assert(await x.data() instanceof Float16Array);
    x.dispose();
    assertEquals(tensor(Float16Array.of(0.5, 2)).dtype, "f16");
  },
);

testWith({ f16: true, synchronous: true }, "f16 prints as other floats", () => {
  assertEquals(String(tensor([1, 2.5], { dtype: "f16" })), "tensor([1.0000, 2.5000], f16 [2])");
});

testWith({ f16: true }, "casts go both ways, rounding on the way down", async () => {
  const wide = tensor([0.1, -3, 1e6]);
  assertEquals(await wide.to("f16").array(), [0.0999755859375, -3, Infinity]);
  assertEquals(wide.to("f16").to(precision).dtype, precision);
  assertEquals(await tensor([7, -2], { dtype: "i32" }).to("f16").array(), [7, -2]);
  assertEquals(await tensor([1.9, 0], { dtype: "f16" }).to("i32").array(), [1, 0]);
});

testWith(
  { f16: true },
  "sums, means, norms and softmax of many do not overflow or stop growing on the way",
  async () => {
    const x = full([100_000], 3, { dtype: "f16", requiresGrad: true });
    assertEquals(await x.mean().item(), 3);
    assertEquals(await x.std().item(), 0);
    assertEquals(await full([2 ** 15], 1, { dtype: "f16" }).sum().item(), 2 ** 15);
    assertEquals(await x.norm().item(), Math.f16round(Math.sqrt(900_000)));
    assertEquals(await x.logSumExp().item(), Math.f16round(3 + Math.log(1e5)));
    assertEquals(await full([4096], 9, { dtype: "f16" }).softmax().slice(0).item(), 2 ** -12);
    x.mean().backward();
    assertEquals([x.grad!.dtype, await x.grad!.slice(0).item()], ["f16", Math.f16round(1e-5)]);
  },
);

testWith({ f16: true }, "gradients are of the dtype of what they are for, and a step keeps it", async () => {
  const w = tg.variable([[0.5, -1], [2, 0.25]], { dtype: "f16" }), x = tensor([[1, 2]], { dtype: "f16" });
  x.matmul(w).tanh().square().sum().backward();
  assertEquals(w.grad!.dtype, "f16");
  new GD([w], { learningRate: 0.5, momentum: 0.9 }).step();
  assertEquals(w.dtype, "f16");
  const wide = tg.variable([1, 2]);
  wide.to("f16").mul(3).sum().backward();
  assertEquals([wide.grad!.dtype, await wide.grad!.array()], ["f32", [3, 3]]);
});

testWith({ f16: true }, "random numbers of f16 lie where they should", async () => {
  const key = tg.key(3), many = { dtype: "f16", key } as const;
  const u = tg.uniform([20_000], many).to("f32"), z = tg.normal([20_000], many).to("f32");
  assert(await u.min().item() >= 0 && await u.max().item() < 1);
  assertAlmostEquals(await u.mean().item(), 0.5, 0.01);
  assertAlmostEquals(await z.mean().item(), 0, 0.03);
  assertAlmostEquals(await z.std().item(), 1, 0.03);
});

testWith({ f16: true }, "it can be the default dtype", () => {
  try {
    tg.setDefaultDtype("f16");
    assertEquals([tg.zeros([1]).dtype, tensor(1.5).dtype, tg.arange(3).dtype], ["f16", "f16", "f16"]);
  } finally {
    tg.setDefaultDtype("f32");
  }
});

Deno.test("a runtime without Float16Array has no f16 and says so", () => {
  const host = globalThis as { Float16Array?: Float16ArrayConstructor }, kept = host.Float16Array;
  try {
    delete host.Float16Array;
    assertThrows(
      () => tensor([1], { dtype: "f16" }),
      DtypeError,
      "this runtime has no Float16Array, use f32",
    );
    const backend = createCpuBackend();
    assertEquals([...backend.dtypes], ["f32", "f64", "i32", "u32", "bool"]);
    const x = tensor([1], { backend });
    assertThrows(() => x.to("f16"), DtypeError, "Cannot make a tensor of f16 on cpu: it has f32, f64, i32");
    assertEquals(tensor(new Uint8Array(2)).dtype, "i32");
  } finally {
    host.Float16Array = kept;
  }
});
