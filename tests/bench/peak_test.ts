import { clock, peak } from "../../bench/peers/peak.ts";
import { moduleOf } from "../../bench/peers/registers.ts";
import { quick } from "../../bench/harness/measure.ts";
import { work } from "../../bench/works/sgemm.ts";
import { work as onDevice } from "../../bench/works/device_matmul.ts";
import { validates } from "../../backends/wasm/features.ts";
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";

Deno.test("the loop from registers is a module, fused and not", () => {
  for (const fused of [false, validates("relaxed")]) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleOf(fused)));
    const { products, additions } = exports as Record<string, (...numbers: number[]) => number>;
    assertEquals(products(10), 0); // all sums are positive
    assertGreater(additions(10, 3), -1 - 2 ** 31);
  }
});

Deno.test("the bound of a product is what its operations take at the peak", async () => {
  const [bound] = peak(work, work.cases[0]);
  assert(bound.isBound);
  const milliseconds = await (await bound.prepare()).measure(quick),
    rate = work.cases[0].flops! / milliseconds / 1e6;
  assertGreater(rate, 0.5);
  assertLess(rate, 1000);
  assertEquals(peak(onDevice, onDevice.cases[0]), []);
});

Deno.test("the clock is that of a processor", () => {
  const ghz = clock(20);
  assertGreater(ghz, 0.1);
  assertLess(ghz, 10);
});
