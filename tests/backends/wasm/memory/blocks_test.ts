import { assert, assertEquals } from "@std/assert";
import { Blocks } from "../../../../backends/wasm/memory/blocks.ts";

/** Blocks of a memory of so many bytes that grows by 1024 at a time, and how large it is. */
function blocksOf(most: number): { readonly blocks: Blocks; readonly memory: { size: number } } {
  const memory = { size: 1024 };
  const blocks = new Blocks((end, grow) => {
    while (grow && memory.size < Math.min(end, most)) memory.size += 1024;
    return end <= memory.size;
  });
  return { blocks, memory };
}

Deno.test("blocks are aligned, apart from each other, and none is at 0", () => {
  const { blocks } = blocksOf(2 ** 20), taken: [number, number][] = [];
  for (const bytes of [0, 1, 256, 257, 1000, 5000, 3]) taken.push([blocks.take(bytes)!, bytes]);
  for (const [start] of taken) assertEquals([start > 0, start % 64], [true, 0]);
  const sorted = taken.toSorted(([a], [b]) => a - b);
  for (const [i, [start, bytes]] of sorted.slice(0, -1).entries()) assert(start + bytes <= sorted[i + 1][0]);
});

Deno.test("a block that was given back is the next one of its class", () => {
  const { blocks, memory } = blocksOf(2 ** 20), first = blocks.take(1000)!;
  blocks.take(1000);
  blocks.give(first, 1000);
  const { size } = memory;
  assertEquals([blocks.take(1024), memory.size], [first, size]);
  assertEquals(blocks.free, 0);
});

Deno.test("before memory grows, neighbours that are free become one", () => {
  const { blocks, memory } = blocksOf(2 ** 16), starts = [0, 1, 2, 3].map(() => blocks.take(1024)!);
  const fence = blocks.take(256)!, { size } = memory;
  for (const start of starts) blocks.give(start, 1024);
  assertEquals(blocks.take(2048), starts[0]);
  assertEquals(blocks.take(2048), starts[2]);
  assertEquals([memory.size, blocks.free], [size, 0]);
  blocks.give(fence, 256);
  assertEquals([blocks.used, blocks.free], [4096, 256]);
});

Deno.test("what is free at the end is taken for what is larger, and the rest of a span stays free", () => {
  const { blocks } = blocksOf(8192), a = blocks.take(2048)!, b = blocks.take(2048)!;
  blocks.give(b, 2048);
  assertEquals(blocks.take(5120), b);
  blocks.give(a, 2048);
  const small = blocks.take(1024)!;
  assertEquals([small, blocks.take(1024)], [a, a + 1024]);
});

Deno.test("without room there is no block", () => {
  const { blocks } = blocksOf(4096);
  assertEquals([blocks.take(5000), blocks.used, blocks.free], [null, 0, 0]);
  const all = [blocks.take(1024), blocks.take(1024), blocks.take(1024)];
  assertEquals(blocks.take(1024), null);
  blocks.give(all[1]!, 1024);
  assertEquals([blocks.take(2048), blocks.take(1024)], [null, all[1]]);
});
