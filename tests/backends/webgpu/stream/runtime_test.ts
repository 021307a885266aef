import * as kernels from "../../../../backends/conformance/kernels.ts";
import {
  BackendError,
  DeviceLostError,
  e,
  fromArray,
  read,
  registerBackend,
  scope,
  type Tensor,
  tensor,
  useBackend,
  zeros,
} from "@tapegrad/core";
import { openWebGpu, type WebGpu } from "@tapegrad/backends";
import { Linear, MSELoss } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { use, webGpuTest } from "../open.ts";

await webGpuTest(
  "ops are batched and reads see them in order, also when they are awaited together",
  async (device) => {
    await use(device);
    const x = tensor([1, 2, 3]);
    const reads = Array.from({ length: 20 }, (_, i) => x.mul(i).data());
    const found = await Promise.all(reads);
    assertEquals(found.map((v) => [...v]), Array.from({ length: 20 }, (_, i) => [i, 2 * i, 3 * i]));
  },
);

await webGpuTest(
  "a read gives the elements of its moment, whatever is changed before it is awaited",
  async (device) => {
    await use(device);
    const x = tensor([1, 2, 3]), before = x.data();
    x.assign(x.mul(10));
    const after = x.data();
    x.dispose();
    tensor([7, 7, 7]);
    assertEquals([[...await before], [...await after]], [[1, 2, 3], [10, 20, 30]]);
  },
);

await webGpuTest("more commands than a batch or the arena holds come out right", async (device) => {
  await use(device);
  let x = tensor(Array.from({ length: 8 }, (_, i) => i));
  await scope(async () => {
    for (let i = 0; i < 1500; i++) x = x.add(tensor([1, 1, 1, 1, 1, 1, 1, 1]));
    assertEquals([...await x.data()], Array.from({ length: 8 }, (_, i) => i + 1500));
  });
});

await webGpuTest("f64 is refused where the tensor is made, naming what there is", async (device) => {
  await use(device);
  assertThrows(() => zeros([2], { dtype: "f64" }), TypeError, "it has f32");
});

await webGpuTest("freed memory is used again, and counted", async (device) => {
  await use(device);
  const make = () =>
    scope(() => {
      for (let i = 0; i < 10; i++) zeros([1000]).add(i).add(-0);
    });
  make(); // The numbers are kept as constants from now on.
  const before = device.memory();
  make();
  assertEquals(device.memory(), before);
});

await webGpuTest("a tensor that no buffer holds is refused with the limit", async (device) => {
  await use(device);
  const most = device.device.limits.maxBufferSize;
  assertThrows(() => device.allocate("f32", most), BackendError, `at most ${Math.floor(most / 4) * 4}`);
});

await webGpuTest("an error of the device comes back at the next read, once, in our words", async (device) => {
  await use(device);
  const code = "@compute @workgroup_size(1) fn main() { let x: i32 = 1.5; }";
  device.device.createComputePipeline({
    layout: "auto",
    compute: { module: device.device.createShaderModule({ code }), entryPoint: "main" },
  });
  const x = tensor([1, 2]);
  await assertRejects(() => x.data(), BackendError, "Cannot run");
  assertEquals([...await x.data()], [1, 2]);
});

await webGpuTest("debugging, an error names the kernel that caused it", async (device) => {
  await use(device);
  const x = tensor([1, 2]), foreign = await openWebGpu();
  const theirs = foreign.allocate("f32", 2);
  foreign.write(theirs, new Float32Array(2));
  const view = { buffer: theirs, dtype: "f32" as const, shape: [2], strides: [1], offset: 0 };
  const output = { ...view, buffer: device.allocate("f32", 2) };
  // Buffers of another device are what core would have refused.
  const failing = async () => {
    kernels.map(device, e.tanh(e.input(0)), [view], output);
    await x.data();
  };
  await assertRejects(failing, Error, "tanh(x0)");
  foreign[Symbol.dispose]();
}, { debug: true });

await webGpuTest("a disposed device says so", async (device) => {
  await use(device);
  const x = tensor([1, 2]);
  device[Symbol.dispose]();
  await assertRejects(() => x.data(), DeviceLostError, "disposed");
});

/** A line through points, by gradient descent. */
class Fit {
  readonly model = new Linear(1, 1);
  readonly optimizer = new GD(this.model.parameters(), { learningRate: 0.1 });
  readonly #x: Tensor = tensor([[0], [1], [2]]);
  readonly #y: Tensor = tensor([[1], [3], [5]]);

  step(): void {
    scope(() => {
      this.optimizer.zeroGrad();
      new MSELoss().forward(this.model.forward(this.#x), this.#y).backward();
      this.optimizer.step();
    });
  }
}

await webGpuTest(
  "training goes on after the device was lost, from the parameters that were saved",
  async (first) => {
    registerBackend({ name: "webgpu", open: () => openWebGpu() });
    await use(first);
    let fit = new Fit();
    for (let i = 0; i < 50; i++) fit.step();
    const [weight, bias] = await read(fit.model.parameters());
    const pending = fit.model.weight.data();
    first.device.destroy();
    await assertRejects(() => pending, DeviceLostError, 'await useBackend("webgpu")');
    assertThrows(() => fit.step(), DeviceLostError);

    registerBackend({ name: "webgpu", open: () => openWebGpu() });
    using again = await useBackend("webgpu", { byFlag: true }) as WebGpu;
    assert(again !== first);
    fit = new Fit();
    fit.model.loadStateDict({ weight: fromArray(weight, [1, 1]), bias: fromArray(bias, [1]) });
    for (let i = 0; i < 250; i++) fit.step();
    assertAlmostEquals(await fit.model.weight.item(), 2, 1e-4);
    assertAlmostEquals(await fit.model.bias!.item(), 1, 1e-4);
  },
);
