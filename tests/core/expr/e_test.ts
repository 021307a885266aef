import { type Builder, e, scalarFunctions } from "@tapegrad/core";
import { assertEquals, assertStrictEquals } from "@std/assert";

// Parts of derivative rules, which are tried as derivatives.
const ofRules = new Set(
  "asinSlope atanSlope asinhSlope acoshSlope atanhSlope cosine overSquares baseSlope exponentSlope".split(
    " ",
  ),
);

Deno.test("e offers every scalar function of core, which builds its calls", () => {
  const builders = new Map(Object.entries(e as unknown as Record<string, Builder>));
  // Those of namespaces, as "special_j0", are for programs that use them, which e is in all of.
  const own = scalarFunctions().filter(({ name }) => !/Test|_/.test(name) && !ofRules.has(name));
  assertEquals(own.filter(({ name }) => !builders.has(name)).map(({ name }) => name), []);
  for (const fn of own) {
    const call = builders.get(fn.name)!(...Array.from({ length: fn.arity }, (_, i) => e.input(i)));
    assertStrictEquals(call.fn, fn);
  }
});

Deno.test("e's functions are known to the types, with as many operands as they take", () => {
  assertEquals(String(e.softsign(e.input(0))), "softsign(x0)");
  assertEquals(String(e.lerp(0, e.input(0), 0.5)), "lerp(0, x0, 0.5)");
  // @ts-expect-error one operand is too few
  const few: (x: number) => void = (x) => void e.atan2(x);
  // @ts-expect-error there is no such function
  const none = e.softsine;
  assertEquals([typeof few, none], ["function", undefined]);
});
