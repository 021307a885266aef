import { assert, assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import { BufferPool } from "../../../backends/common/pool.ts";

const MEGABYTE = 2 ** 20;

interface Made {
  readonly number: number;
}

function counting(): {
  pool: BufferPool<Made>;
  take: (length: number, dtype?: "f32" | "i32") => Made;
  made: () => number;
} {
  const pool = new BufferPool<Made>();
  let made = 0;
  const take = (length: number, dtype: "f32" | "i32" = "f32") =>
    pool.take(`${dtype}${length}`, length * 4, () => ({ number: made++ }));
  return { pool, take, made: () => made };
}

Deno.test("a large buffer that was given back is taken again for the same dtype and length alone", () => {
  const { pool, take } = counting(), first = take(100_000);
  pool.give(first, 400_000);
  assertNotEquals(take(100_001).number, first.number);
  assertNotEquals(take(100_000, "i32").number, first.number);
  assertStrictEquals(take(100_000), first);
  assertNotEquals(take(100_000).number, first.number);
});

Deno.test("of buffers that are kept one that is wished for is taken, else the last", () => {
  const { pool, take } = counting(), all = [1, 2, 3].map(() => take(100_000));
  const wish = (...wished: Made[]) => pool.take("f32100000", 400_000, () => ({ number: -1 }), wished);
  for (const one of all) pool.give(one, 400_000);
  assertStrictEquals(wish({ number: 9 }, all[0]), all[0]);
  assertStrictEquals(wish(all[0]), all[2]);
  assertStrictEquals(wish(), all[1]);
  assertEquals(wish(all[1]).number, -1);
});

Deno.test("small buffers are not kept", () => {
  const { pool, take, made } = counting();
  pool.give(take(16), 64);
  take(16);
  assertEquals(made(), 2);
});

Deno.test("what is kept has a bound", () => {
  const { pool, take, made } = counting(), size = 16 * MEGABYTE;
  const taken = Array.from({ length: 100 }, () => take(size / 4));
  for (const buffer of taken) pool.give(buffer, size);
  for (let i = 0; i < 100; i++) take(size / 4);
  const kept = 200 - made();
  assert(kept > 0 && kept * size <= 256 * MEGABYTE, `${kept} buffers were kept`);
});

Deno.test("memory counts what is taken and not given back, small or large, kept or not", () => {
  const { pool, take } = counting(), small = take(8), large = take(100_000);
  assertEquals(pool.memory(), { buffers: 2, bytes: 400_032 });
  pool.give(small, 32);
  assertEquals(pool.memory(), { buffers: 1, bytes: 400_000 });
  pool.give(large, 400_000);
  assertEquals(pool.memory(), { buffers: 0, bytes: 0 });
  take(100_000);
  assertEquals(pool.memory(), { buffers: 1, bytes: 400_000 });
});

Deno.test("clear lets go of what is kept", () => {
  const { pool, take, made } = counting();
  pool.give(take(100_000), 400_000);
  pool.clear();
  take(100_000);
  assertEquals(made(), 2);
});
