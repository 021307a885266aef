import { Recent } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";

Deno.test("what was used last is kept, and no more than twice the capacity", () => {
  const recent = new Recent<number, number>(10);
  for (let i = 0; i < 1000; i++) {
    recent.set(i, -i);
    assertEquals(recent.get(0), -0);
    for (let k = Math.max(0, i - 4); k <= i; k++) assertEquals(recent.get(k), -k);
    assert(recent.size <= 20);
  }
  assertEquals(recent.get(500), undefined);
});

Deno.test("a key that is set again has its new value, also once it is old", () => {
  const recent = new Recent<string, number>(2);
  for (let i = 0; i < 9; i++) {
    recent.set("a", i);
    recent.set("b", i);
    assertEquals([recent.get("a"), recent.get("b")], [i, i]);
  }
  assertEquals(recent.size, 2);
});
