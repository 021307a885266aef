import { copy, limit } from "../../bench/peers/bounds.ts";
import { quick } from "../../bench/harness/measure.ts";
import { work as compiling } from "../../bench/works/compile_network.ts";
import { work as layernorm } from "../../bench/works/layernorm.ts";
import { work as sgemm } from "../../bench/works/sgemm.ts";
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";

Deno.test("the bound of what reads and writes is how memory is copied", async () => {
  const [bound] = copy(layernorm, layernorm.cases[0]),
    [twice] = copy(layernorm, {
      ...layernorm.cases[0],
      bytes: 2 * layernorm.cases[0].bytes!,
    });
  assert(bound.isBound);
  const [once, both] = [bound, twice].map(async (one) => await (await one.prepare()).measure(quick));
  const rate = layernorm.cases[0].bytes! / await once / 1e6;
  assertGreater(rate, 0.1);
  assertLess(rate, 1000);
  assertGreater(await both, 0);
  assertEquals(copy(sgemm, sgemm.cases[0]), []);
});

Deno.test("what may take so long is beside that", async () => {
  const [bound] = limit(compiling, compiling.cases[0]);
  assertEquals(await (await bound.prepare()).measure(quick), 50);
  assertEquals(limit(sgemm, sgemm.cases[0]), []);
});
