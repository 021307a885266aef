/** What becomes of a device that goes away: what was on it is gone, its name opens a new one. */
import * as tg from "@tapegrad/core";
import { BackendError, DeviceLostError, tensor, variable } from "@tapegrad/core";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openFar } from "../../backends/far_backend.ts";

Deno.test("a lost backend is opened anew, by name and where it was the one in use", async () => {
  const first = await openFar("comes back");
  await tg.useBackend("comes back", { byFlag: true });
  try {
    first.lose("the plug was pulled");
    for (const ask of [() => tg.backendNamed("comes back"), () => tensor([1]), tg.currentBackend]) {
      const error = assertThrows(ask, DeviceLostError);
      assertEquals(
        error.message,
        'Cannot use backend "comes back": its device was lost (the plug was pulled), ' +
          'call await useBackend("comes back") to open it again',
      );
      assert(error instanceof BackendError);
      assertEquals(error.name, "DeviceLostError");
    }
    const second = await tg.useBackend("comes back", { byFlag: true });
    assert(second !== first);
    assertEquals(await tensor([1]).add(1).array(), [2]);
    assertEquals(await tg.openBackend("comes back"), second);
  } finally {
    await tg.useBackend("cpu", { byFlag: true });
  }
});

Deno.test("a backend that is made at once is made again at once", () => {
  const made: { lost?: string }[] = [];
  tg.registerBackend({
    name: "quick",
    create: () => {
      const backend = Object.create(tg.backendNamed("cpu"), { lost: { value: undefined, writable: true } });
      made.push(backend);
      return backend;
    },
  });
  const first = tg.backendNamed("quick");
  made[0].lost = "it fell asleep";
  assert(tg.backendNamed("quick") !== first);
  assertEquals(made.length, 2);
});

Deno.test("tensors of a lost device do not move, and meet no others", async () => {
  const device = await openFar("mortal"), x = variable([1, 2], { backend: device });
  device.lose("the plug was pulled");
  const again = await tg.openBackend("mortal"), y = tensor([3, 4], { backend: again });
  for (const target of ["cpu", "mortal"]) {
    assertThrows(
      () => x.to(target),
      DeviceLostError,
      "Cannot move a tensor from mortal: its device was lost",
    );
  }
  const lost = "of which one was on a device that was lost (the plug was pulled): load what was saved before";
  assertThrows(() => x.add(y), DeviceLostError, `Cannot add tensors ${lost}`);
  assertThrows(() => tg.noGrad(() => x.assign(y)), DeviceLostError, `Cannot assign tensors ${lost}`);
  const error = await assertRejects(
    () => x.array(),
    DeviceLostError,
    "Cannot read from mortal: its device was lost (the plug was pulled), load what was saved before",
  );
  assertEquals((error.cause as Error).message, "the plug was pulled");
  assertThrows(() => x.arraySync(), DeviceLostError, "its device was lost");
  await assertRejects(() => tg.read([y, x]), DeviceLostError);
  assertEquals(String(x), "tensor(<on mortal: read it with await x.array()>, f32 [2], requiresGrad)");
  tg.noGrad(() => x.setData(y));
  assertEquals(await x.mul(2).array(), [6, 8]);
});
