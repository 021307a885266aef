import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
} from "@std/assert";

class Point {
  constructor(readonly x: number, readonly y: number) {}
}

/** The message of the AssertionError that `fn` throws, without colours, or "passed". */
function outcome(fn: () => void): string {
  try {
    fn();
  } catch (error) {
    if (!(error instanceof AssertionError) || error.name !== "AssertionError") throw error;
    // deno-lint-ignore no-control-regex
    return error.message.replaceAll(/\x1b\[\d+m/g, "");
  }
  return "passed";
}

function expectOutcome(fn: () => void, message: string): void {
  const found = outcome(fn);
  if (found !== message) throw new Error(`Expected the message ${message}, found ${found}`);
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;
const otherCycle: { self?: unknown } = {};
otherCycle.self = otherCycle;

const same: [unknown, unknown][] = [
  [1, 1],
  [0, -0],
  [NaN, NaN],
  [[1, [2, NaN]], [1, [2, NaN]]],
  [{ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }],
  [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })],
  [new Map([["a", [1]]]), new Map([["a", [1]]])],
  [new Set([[1], [2]]), new Set([[2], [1]])],
  [new Date(5), new Date(5)],
  [/a/g, /a/g],
  [new Float32Array([1, NaN]), new Float32Array([1, NaN])],
  [new Point(1, 2), new Point(1, 2)],
  [cycle, otherCycle],
];

const different: [unknown, unknown][] = [
  [1, 2],
  [1, "1"],
  [null, undefined],
  [{}, null],
  [[1], [1, 2]],
  [{ a: undefined }, {}],
  [{ a: undefined }, { b: undefined }],
  [{ x: 1, y: 2 }, new Point(1, 2)],
  [new Map([["a", 1]]), new Map([["a", 2]])],
  [new Set([1, 2]), new Set([1, 3])],
  [new Date(5), new Date(6)],
  [/a/g, /a/i],
  [new Float32Array([1]), new Float64Array([1])],
  [new Float32Array([1, 2]), new Float32Array([1, 3])],
  [[0, 1], { 0: 0, 1: 1 }],
];

Deno.test("equal compares deeply", () => {
  for (const [a, b] of same) if (!equal(a, b)) throw new Error(Deno.inspect([a, b]));
  for (const [a, b] of different) if (equal(a, b)) throw new Error(Deno.inspect([a, b]));
});

Deno.test("assertEquals and assertNotEquals follow equal", () => {
  for (const [a, b] of same) {
    assertEquals(a, b);
    assertMatch(outcome(() => assertNotEquals(a, b)), /^Expected actual: /);
  }
  for (const [a, b] of different) {
    assertNotEquals(a, b);
    assertMatch(outcome(() => assertEquals(a, b)), /^Values are not equal\./);
  }
});

Deno.test("assertEquals shows what differs", () => {
  const message = outcome(() => assertEquals({ a: 1, b: 2 }, { a: 1, b: 3 }, "numbers"));
  for (
    const part of ["Values are not equal: numbers", "Actual / Expected", "a: 1", "-     b: 2", "+     b: 3"]
  ) {
    assertStringIncludes(message, part);
  }
});

Deno.test("assertNotEquals names both", () => {
  expectOutcome(() => assertNotEquals(1, 1), "Expected actual: 1 not to be: 1.");
  expectOutcome(() => assertNotEquals(1, 1, "why"), "Expected actual: 1 not to be: 1: why");
});

Deno.test("assert takes truthy values", () => {
  assert(1);
  expectOutcome(() => assert(0), "");
  expectOutcome(() => assert(null, "why"), "why");
});

Deno.test("assertStrictEquals tells 0 from -0 and one object from another", () => {
  assertStrictEquals(NaN, NaN);
  assertMatch(outcome(() => assertStrictEquals(0, -0)), /^Values are not strictly equal\./);
  assertMatch(
    outcome(() => assertStrictEquals([1], [1])),
    /^Values have the same structure but are not reference-equal\./,
  );
});

Deno.test("assertAlmostEquals has a relative tolerance by default", () => {
  assertAlmostEquals(0.1 + 0.2, 0.3);
  assertAlmostEquals(1000.0001, 1000);
  assertAlmostEquals(Infinity, Infinity);
  assertAlmostEquals(1, 1.5, 0.5);
  assertMatch(outcome(() => assertAlmostEquals(NaN, 1)), /^Expected actual: "NaN" to be close to "1"/);
  expectOutcome(
    () => assertAlmostEquals(1, 2),
    'Expected actual: "1" to be close to "2": delta "1" is greater than "2e-7".',
  );
});

Deno.test("the order assertions compare", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(2, 2);
  assertLess(1, 2);
  assertLessOrEqual(2, 2);
  expectOutcome(() => assertGreater(1, 1), "Expect 1 > 1");
  expectOutcome(() => assertGreaterOrEqual(0, 1), "Expect 0 >= 1");
  expectOutcome(() => assertLess(1, 1), "Expect 1 < 1");
  expectOutcome(() => assertLessOrEqual(1, 0), "Expect 1 <= 0");
  expectOutcome(() => assertLess(NaN, 1, "why"), "why");
});

Deno.test("the text assertions quote both", () => {
  assertStringIncludes("tape", "ap");
  assertMatch("tape", /^t/);
  expectOutcome(() => assertStringIncludes("tape", "x"), 'Expected actual: "tape" to contain: "x".');
  expectOutcome(() => assertMatch("tape", /x/, "why"), 'Expected actual: "tape" to match: "/x/": why');
});

Deno.test("assertExists, assertInstanceOf, assertArrayIncludes and fail", () => {
  assertExists(0);
  assertInstanceOf(new RangeError(), Error);
  assertArrayIncludes([[1], [2], [3]], [[3], [1]]);
  expectOutcome(() => assertExists(null), 'Expected actual: "null" to not be null or undefined.');
  expectOutcome(
    () => assertInstanceOf(new Error(), RangeError),
    'Expected object to be an instance of "RangeError" but was "Error".',
  );
  assertStringIncludes(outcome(() => assertArrayIncludes([1, 2], [2, 3])), "missing: [");
  expectOutcome(() => fail(), "Failed assertion.");
  expectOutcome(() => fail("why"), "Failed assertion: why");
});

const thrower = (error: unknown) => () => {
  throw error;
};

Deno.test("assertThrows returns the error", () => {
  const error: RangeError = assertThrows(thrower(new RangeError("too far")), RangeError, "far");
  assertEquals(error.message, "too far");
  assertEquals(assertThrows(thrower(5)), 5);
});

Deno.test("assertThrows says what is wrong", () => {
  expectOutcome(() => assertThrows(() => 1), "Expected function to throw.");
  expectOutcome(() => assertThrows(() => 1, "why"), "Expected function to throw: why");
  expectOutcome(() => assertThrows(() => 1, Error, "text", "why"), "Expected function to throw: why");
  expectOutcome(() => assertThrows(thrower(5), Error), "A non-Error object was thrown.");
  expectOutcome(
    () => assertThrows(thrower(new Error("a")), RangeError),
    'Expected error to be instance of "RangeError", but was "Error".',
  );
  expectOutcome(
    () => assertThrows(thrower(new Error("a")), Error, "b"),
    'Expected error message to include "b", but got "a".',
  );
});

Deno.test("assertRejects resolves to the reason", async () => {
  const reject = (reason: unknown) => () => Promise.reject(reason);
  const error: RangeError = await assertRejects(reject(new RangeError("too far")), RangeError, "far");
  assertEquals(error.message, "too far");
  assertEquals(await assertRejects(reject(5)), 5);
});

Deno.test("assertRejects says what is wrong", async () => {
  const message = async (run: () => Promise<unknown>): Promise<string> => {
    try {
      await run();
    } catch (error) {
      return outcome(thrower(error));
    }
    return "passed";
  };
  const early = "Function throws when expected to reject.";
  assertEquals(await message(() => assertRejects(() => Promise.resolve())), "Expected function to reject.");
  assertEquals(await message(() => assertRejects(thrower(new Error()))), early);
  assertEquals(await message(() => assertRejects(() => 5 as unknown as Promise<number>)), early);
  assertEquals(
    await message(() => assertRejects(() => Promise.reject(5), Error)),
    "A non-Error object was rejected.",
  );
});
