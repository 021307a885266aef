import { assertEquals } from "@std/assert";
import { Furthest } from "./furthest.ts";

Deno.test("the furthest of numbers is found in units of the last place of what they should be", () => {
  const most = new Furthest((x) => x * (1 + 2 ** -24));
  most.see(Float32Array.of(1, 1.5, -4), Float32Array.of(1, 1.5 + 2 ** -22, -4));
  assertEquals([most.units, most.at], [1.25, 1.5]);
  most.see(Float32Array.of(2), Float32Array.of(2 - 2 ** -20));
  assertEquals([most.units, most.at], [4.5, 2]);
});

Deno.test("a number that is none, or has another sign, is as far as can be", () => {
  for (const [x, found] of [[1, NaN], [NaN, 1], [0, -0], [-1, 1], [Infinity, 1]]) {
    const most = new Furthest((x) => x);
    most.see(Float32Array.of(x), Float32Array.of(found));
    assertEquals(most.units === Infinity, x !== Infinity);
  }
});
