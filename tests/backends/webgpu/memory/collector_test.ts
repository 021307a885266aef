/** A device that is gone goes to the collector, with its megabytes on the host. */
import * as tg from "@tapegrad/core";
import { Scalar, tensor, variable } from "@tapegrad/core";
import { openWebGpu, type WebGpu } from "@tapegrad/backends";
import { assertEquals } from "@std/assert";
import { survivors } from "../../../proof/memory/collect.ts";
import { webGpuTest } from "../open.ts";

const cell = new Scalar("cell", 0.5);

const uses: Readonly<Record<string, (backend: WebGpu) => unknown>> = {
  nothing: () => {},
  "another tensor": (backend) => tensor([1, 2], { backend }).add(tensor([3, 4], { backend })).data(),
  "a number": (backend) => tensor([1, 2], { backend }).add(0.5).data(),
  "negative zero": (backend) => tensor([1, 2], { backend }).add(-0).data(),
  "more numbers than are kept": (backend) => {
    for (let i = 0; i < 1500; i++) tensor([1], { backend }).add(i);
  },
  "a cell that lives on": (backend) => tensor([1, 2], { backend }).add(cell).data(),
  "a cell and more numbers than are kept": (backend) => {
    const x = tensor([1], { backend });
    x.add(cell);
    for (let i = 0; i < 1500; i++) x.add(i);
  },
  "a gradient that is kept": (backend) => {
    const x = variable([1, 2], { backend });
    x.mul(2).sum().backward();
    return tg.keep(x.grad!).data();
  },
  "random numbers": (backend) => tg.normal([3], { backend }).data(),
  indices: async (backend) => {
    const index = tensor([5], { backend, dtype: "i32" });
    await tensor([1, 2], { backend }).gather(0, index).data().catch(() => {});
  },
  "a copy": (backend) => tensor([1, 2], { backend }).mul(3).to("cpu").data(),
  "a profile": (backend) => tg.profile(() => tensor([1, 2], { backend }).mul(3).data()),
};

const ends: Readonly<Record<string, (backend: WebGpu) => void>> = {
  disposed: (backend) => backend[Symbol.dispose](),
  destroyed: (backend) => backend.device.destroy(),
};

for (const [how, end] of Object.entries(ends)) {
  await webGpuTest(`a device that was ${how} is collected, whatever it was used for`, async () => {
    for (const [what, use] of Object.entries(uses)) {
      const alive = await survivors(3, async () => {
        const backend = await openWebGpu();
        await use(backend);
        end(backend);
        return backend;
      });
      assertEquals(alive, 0, what);
    }
  });
}
