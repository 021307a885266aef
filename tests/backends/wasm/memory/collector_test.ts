import { ones } from "@tapegrad/core";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { assertEquals, assertThrows } from "@std/assert";

const length = 2 ** 18;

Deno.test("a loop without scopes that reads what it computes does not fill memory", async () => {
  const backend = createWasmBackend({ memoryBytes: 2 ** 28 }), x = ones([length], { backend });
  for (let i = 0; i < 400; i++) assertEquals(await x.add(i).slice([0, 1]).item(), 1 + i);
});

Deno.test("a loop that neither has scopes nor reads is told what fills memory, and the mend", () => {
  const backend = createWasmBackend({ memoryBytes: 2 ** 25 }), x = ones([length], { backend });
  assertThrows(
    () => {
      for (let i = 0; i < 200; i++) x.add(i);
    },
    RangeError,
    "are held by 31 tensors (31457280 in 30 of add, 1048576 in 1 of tensor)",
  );
});
