/** Memory that is needed for a time, placed where it overlaps with nothing that is needed then. */
import { arenaOf, bytesPerElement, type PlanMemory, slotsOf } from "@tapegrad/core/backend";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";

const memory = fc.record({
  kind: fc.constantFrom("inner", "inner", "inner", "given"),
  dtype: fc.constantFrom("f32", "f64", "bool", "f16"),
  length: fc.nat(50),
  first: fc.nat(20),
  span: fc.nat(6),
}).map(({ span, ...one }): PlanMemory => ({ ...one, last: one.first + span }));

function pairs(memories: readonly PlanMemory[], see: (i: number, j: number) => void): void {
  memories.forEach((a, i) =>
    memories.forEach((b, j) => {
      if (i < j && a.kind === "inner" && b.kind === "inner" && a.first <= b.last && b.first <= a.last) {
        see(i, j);
      }
    })
  );
}

const sizeOf = ({ dtype, length }: PlanMemory): number => length * bytesPerElement(dtype);

Deno.test("what is in use in one step overlaps nowhere in an arena, is aligned and inside", () => {
  fc.assert(fc.property(fc.array(memory), fc.constantFrom(4, 8, 256), (memories, alignment) => {
    const { offsets, bytes } = arenaOf(memories, alignment);
    memories.forEach((one, i) => {
      if (one.kind !== "inner") return assertEquals(offsets[i], -1);
      assertEquals(offsets[i] % alignment, 0);
      assert(offsets[i] + sizeOf(one) <= bytes);
    });
    pairs(memories, (i, j) => {
      const [a, b] = [offsets[i], offsets[j]];
      assert(a + sizeOf(memories[i]) <= b || b + sizeOf(memories[j]) <= a);
    });
  }));
});

/** Each placed where it fits lowest beside all that it meets, compared one by one. */
function placedOneByOne(memories: readonly PlanMemory[], alignment: number): number[] {
  const up = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
  const offsets = memories.map(() => -1), placed: number[] = [];
  const order = memories.flatMap(({ kind }, i) => kind === "inner" ? [i] : []);
  order.sort((i, j) => sizeOf(memories[j]) - sizeOf(memories[i]) || memories[i].first - memories[j].first);
  for (const i of order) {
    const { first, last } = memories[i];
    const taken = placed.filter((j) => memories[j].first <= last && first <= memories[j].last)
      .toSorted((a, b) => offsets[a] - offsets[b]);
    offsets[i] = taken.reduce(
      ({ at, isFound }, j) =>
        isFound || offsets[j] - at >= up(sizeOf(memories[i]))
          ? { at, isFound: true }
          : { at: Math.max(at, offsets[j] + up(sizeOf(memories[j]))), isFound },
      { at: 0, isFound: false },
    ).at;
    placed.push(i);
  }
  return offsets;
}

const brief = memory.map((one): PlanMemory => ({ ...one, first: one.first * 19, last: one.first * 19 + 6 }));
const long = fc.tuple(memory, fc.nat(380), fc.nat(380)).map(([one, a, b]): PlanMemory => (
  { ...one, first: Math.min(a, b), last: Math.max(a, b) }
));

Deno.test("each is where it fits lowest beside those that are larger, in programs of hundreds of steps too", () => {
  const memories = fc.array(fc.oneof(memory, brief, long), { maxLength: 60, size: "max" });
  fc.assert(fc.property(memories, fc.constantFrom(4, 64), (memories, alignment) => {
    assertEquals(arenaOf(memories, alignment).offsets, placedOneByOne(memories, alignment));
  }));
});

Deno.test("a buffer is shared by none that are in use in one step, nor by dtypes unless they may mix", () => {
  fc.assert(fc.property(fc.array(memory), fc.boolean(), (memories, mixed) => {
    const { slots, largest } = slotsOf(memories, { mixed });
    memories.forEach((one, i) => {
      if (one.kind !== "inner") return assertEquals(slots[i], -1);
      const room = memories[largest[slots[i]]];
      assert(sizeOf(one) <= sizeOf(room) && (mixed || room.dtype === one.dtype));
    });
    pairs(memories, (i, j) => assert(slots[i] !== slots[j]));
  }));
});

Deno.test("a chain of equal memories takes two, however long it is", () => {
  const chain = Array.from({ length: 50 }, (_, i): PlanMemory => (
    { kind: "inner", dtype: "f32", length: 10, first: i, last: i + 1 }
  ));
  assertEquals(arenaOf(chain).bytes, 80);
  assertEquals(slotsOf(chain).largest.length, 2);
});
