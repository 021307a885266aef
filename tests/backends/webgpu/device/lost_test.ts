/** A device that is gone is told of as that, whoever asks, whenever and however. */
import * as tg from "@tapegrad/core";
import { DeviceLostError, type Tensor, tensor, variable } from "@tapegrad/core";
import { openWebGpu, type WebGpu } from "@tapegrad/backends";
import { Linear } from "@tapegrad/nn";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { webGpuTest } from "../open.ts";

/** What is done to a tensor of the device, to one that is on its way from there to the cpu, and to a parameter. */
type Act = (x: Tensor, coming: Tensor, w: Tensor) => unknown;

/** They fail whether the loss comes just before or just after the call. */
const reads: Readonly<Record<string, Act>> = {
  data: (x) => x.data(),
  array: (x) => x.array(),
  item: (x) => x.slice(0).item(),
  read: (x) => tg.read([x]),
  "read beside the cpu's": (x) => tg.read([tensor([1], { backend: "cpu" }), x]),
  "read beside what is coming": (x, coming) => tg.read([coming, x]),
  "a view's": (x) => x.slice([1, 2]).data(),
  "strided": (x) => x.flip().data(),
  "nothing's": (x) => x.slice([0, 0]).data(),
  "a scope's": (x) => tg.scope(() => x.slice([0, 1])).array(),
  "a row's": (x) => [...x][0].item(),
  "of another op": (x) => x.mul(2).sum().item(),
  "of a parameter": (_x, _coming, w) => w.data(),
  "of a gradient": (_x, _coming, w) => w.grad!.data(),
  "of a new gradient": (x) => tg.grad((v: Tensor) => v.square().sum())(x).data(),
  "of a checkpoint": (x) => tg.checkpoint((v: Tensor) => v.exp())(x).data(),
  "of a state": async () => await tg.read(Object.values(new Linear(3, 1).stateDict())),
  "to the cpu": (x) => x.to("cpu").data(),
  "to the cpu and on": (x) => x.to("cpu").mul(2).sum().item(),
  "to the cpu, ready": (x) => tg.ready(x.to("cpu")),
  "to the cpu, ready and at once": async (x) => (await tg.ready(x.to("cpu"))).arraySync(),
  "there and back": (x) => x.to("cpu").to("webgpu").data(),
  "coming": (_, coming) => coming.data(),
  "coming, in an op": (_, coming) => coming.add(1).array(),
  "coming, in a view": (_, coming) => coming.reshape([3, 1]).array(),
  "coming, ready": (_, coming) => tg.ready(coming),
  "coming, ready in an object": (_, coming) => tg.ready({ list: [coming] }),
  "coming, in a gradient": (_, coming) =>
    tg.grad((v: Tensor) => v.mul(coming).sum())(tg.ones([3], { backend: "cpu" })).data(),
  "in a profile": (x) => tg.profile(() => x.data()),
  "in a profile, to the cpu": (x) => tg.profile(() => x.to("cpu").data()),
  synchronize: (x) => x.backend.synchronize(),
};

/** They fail once the device is gone. */
const others: Readonly<Record<string, Act>> = {
  "at once": (x) => x.dataSync(),
  "at once, of what is coming": (_, coming) => coming.arraySync(),
  "an op": (x) => x.mul(2),
  "a change in place": (x) => void x.assign(1),
  "a new tensor": (x) => tg.zeros([2], { backend: x.backend }),
  "backward": (_x, _coming, w) => w.square().sum().backward(),
  "a profile": (x) => tg.profile(() => x.mul(2)),
};

async function onDevice(run: (device: WebGpu, given: Parameters<Act>) => Promise<void>): Promise<void> {
  tg.registerBackend({ name: "webgpu", open: () => openWebGpu() });
  const device = await tg.openBackend("webgpu") as WebGpu;
  await tg.useBackend("webgpu", { byFlag: true });
  const x = tensor([1, 2, 3]), w = variable([1, 2, 3]);
  w.square().sum().backward();
  await run(device, [x, x.mul(2).to("cpu"), w]);
  device.device.destroy();
}

const losses: Readonly<Record<string, (device: WebGpu) => unknown>> = {
  destroyed: ({ device }) => device.destroy(),
  "destroyed a while ago": async ({ device }) => {
    device.destroy();
    await new Promise((resolve) => setTimeout(resolve, 5));
  },
  "destroyed by another": ({ device }) => GPUDevice.prototype.destroy.call(device),
  disposed: (device) => device[Symbol.dispose](),
};

for (const [how, lose] of Object.entries(losses)) {
  await webGpuTest(`every read of a device that was ${how} is a DeviceLostError`, async () => {
    const all = how === "destroyed by another" ? reads : { ...reads, ...others };
    for (const [name, act] of Object.entries(all)) {
      await onDevice(async (device, given) => {
        await lose(device);
        await assertRejects(async () => void await act(...given), DeviceLostError, undefined, name);
      });
    }
  });
}

await webGpuTest("every read that is under way when the device is destroyed is one too", async () => {
  for (const [name, act] of Object.entries(reads)) {
    await onDevice(async ({ device }, given) => {
      const asked = (async () => void await act(...given))();
      device.destroy();
      await assertRejects(() => asked, DeviceLostError, "it was destroyed", name);
    });
  }
});

await webGpuTest("straight after it was destroyed, its name opens a new device", async () => {
  for (const ask of [(name: string) => tg.useBackend(name, { byFlag: true }), tg.openBackend]) {
    await onDevice(async (device, [x]) => {
      device.device.destroy();
      assertEquals(device.lost, "it was destroyed");
      using again = await ask("webgpu");
      assert(again !== device);
      assertEquals(await tensor([1, 2], { backend: again }).add(1).array(), [2, 3]);
      await assertRejects(() => x.data(), DeviceLostError);
    });
  }
});
