import { assertEquals, assertThrows } from "@std/assert";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { GrowingMemory } from "../../../../backends/wasm/memory/memory.ts";

const MEBIBYTE = 2 ** 20;

Deno.test("arrays are over the whole memory, and made anew when it grows", () => {
  const memory = new GrowingMemory(), before = memory.array("f32");
  before[0] = 7;
  assertEquals(memory.reaches(3 * MEBIBYTE, false), false);
  assertEquals(memory.array("f32"), before);
  assertEquals(memory.reaches(3 * MEBIBYTE, true), true);
  const after = memory.array("f32");
  assertEquals([before.length, after.length * 4 >= 3 * MEBIBYTE, after[0]], [0, true, 7]);
  assertEquals(memory.array("f64").buffer, after.buffer);
});

Deno.test("where so much cannot be reserved, a smaller maximum is tried", () => {
  const { Memory } = WebAssembly, tried: number[] = [];
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      tried.push(descriptor.maximum!);
      if (descriptor.maximum! > 5000) throw new RangeError("could not allocate memory");
      super(descriptor);
    }
  };
  try {
    const memory = new GrowingMemory();
    assertEquals(tried, [65536, 32768, 16384, 8192, 4096]);
    assertEquals([memory.most, memory.reaches(memory.most + 1, true)], [2 ** 28, false]);
  } finally {
    WebAssembly.Memory = Memory;
  }
});

Deno.test("scratch memory is a stack, and what is too large for it is a block of its own", () => {
  const heap = new Heap({ debug: true }), seen: number[] = [];
  const use = (bytes: number, then = () => {}): void =>
    heap.scratch(bytes, (pointer) => {
      seen.push(pointer);
      then();
    });
  use(100, () => use(1));
  use(100, () => use(MEBIBYTE));
  const [outer, inner, again, large] = seen;
  assertEquals([inner - outer, again, seen.every((pointer) => pointer % 64 === 0)], [128, outer, true]);
  use(MEBIBYTE);
  assertEquals(seen[4], large);
  assertThrows(() => heap.scratch(8, () => JSON.parse("{")), SyntaxError);
  use(8);
  assertEquals(seen[5], outer);
});

Deno.test("memory that is full says what is asked, what is held by what, and the mend", () => {
  const heap = new Heap({ memoryBytes: 2 * MEBIBYTE });
  for (const [op, bytes] of [["tanh", 1000], ["mul", 3000], ["tanh", 2500]] as const) {
    heap.holders.add({ op, bytes });
  }
  assertThrows(
    () => heap.allocate(2 * MEBIBYTE),
    RangeError,
    "Cannot allocate 2097152 bytes on wasm: of 2097152 bytes 6500 are held by 3 tensors (3500 in 2 of tanh, " +
      "3000 in 1 of mul)",
  );
  const pointer = heap.allocate(MEBIBYTE);
  heap.free(pointer, MEBIBYTE);
  assertEquals(heap.allocate(MEBIBYTE), pointer);
});

Deno.test("in debug a block is freed once, with the size it has", () => {
  const heap = new Heap({ debug: true }), pointer = heap.allocate(1000);
  assertThrows(() => heap.free(pointer, 2000), Error, "it was taken with 1024");
  heap.free(pointer, 1000);
  const error = assertThrows(() => heap.free(pointer, 1000), Error, "no block is taken there");
  assertEquals(String(error.cause), `Error: The block at ${pointer} was freed here`);
});

Deno.test("in debug what is free holds NaN, and a write to it is found when it is taken again", () => {
  const heap = new Heap({ debug: true }), pointer = heap.allocate(1000);
  heap.array("f32").fill(1, pointer / 4, pointer / 4 + 250);
  heap.free(pointer, 1000);
  assertEquals(heap.array("f32")[pointer / 4 + 3], NaN);
  heap.array("bool")[pointer + 5] = 1;
  const error = assertThrows(
    () => heap.allocate(1000),
    Error,
    "was written to after it was freed, at byte 5",
  );
  assertEquals(String(error.cause), `Error: The block at ${pointer} was freed here`);
});
