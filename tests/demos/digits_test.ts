import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { memory } from "@tapegrad/tapegrad";
import { runDigits } from "../../demos/experiments/digits.ts";
import { settledMemory } from "../proof/memory/collect.ts";
import { settings } from "./runs.ts";

Deno.test("digits are learned: two epochs suffice for most, and a seed learns the same each time", async () => {
  const run = async (seed: number) => (await runDigits(settings[0], { seed, seeds: 1, epochs: 2 })).result;
  const [first, again, other] = [await run(3), await run(3), await run(4)],
    [{ epochs, ...rest }] = first.runs;
  assertEquals(first, again);
  assertNotEquals(first.runs[0].epochs, other.runs[0].epochs);
  assert(first.mean > 0.85 && epochs[1].loss < epochs[0].loss, `${first.mean}`);
  assertEquals([rest.learned, rest.held, rest.filters.length], [1438, 359, 16]);
  const { confusion, misread } = rest, total = confusion.flat().reduce((a, b) => a + b, 0);
  const right = confusion.reduce((sum, row, i) => sum + row[i], 0);
  assertEquals([total, total - right, right / total], [359, misread.length, epochs[1].accuracy]);
  for (const { image, label, answer, sure } of misread) {
    assert(label !== answer && sure > 0.1 && sure <= 1);
    assertEquals(image.map((row) => row.length), new Array(8).fill(8));
  }
});

Deno.test("digits leave no buffer behind", async () => {
  const run = () => runDigits(settings[0], { seeds: 1, epochs: 1 });
  await run();
  const { buffers } = await settledMemory();
  await run();
  assertEquals(memory().buffers, buffers);
});
