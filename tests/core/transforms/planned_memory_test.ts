/** A compiled step keeps less memory than the same step by the tape. */
import { full } from "../../../bench/harness/measure.ts";
import { held } from "../../../bench/harness/held.ts";
import { prepareBlock } from "../../../bench/works/block.ts";
import type { Block } from "../../../bench/works/work.ts";
import { assertLess } from "@std/assert";
import "../../backend_traits.ts";

async function most(block: Block, compiled: boolean): Promise<number> {
  return await prepareBlock(block, { by: held, compiled }).measure(full);
}

Deno.test("the gradients of a transformer block take 0.6 of the buffers that they take eagerly at most", async () => {
  const block = { batch: 2, length: 64, width: 64, heads: 2, hidden: 256 };
  const eager = await most(block, false), compiled = await most(block, true);
  assertLess(compiled, 0.6 * eager);
});
