import {
  customGradient,
  detectAnomaly,
  div,
  grad,
  jvp,
  log,
  sqrt,
  sum,
  TapeError,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { precise, testWith } from "../../backend_traits.ts";
import { assertClose, leaf } from "./values.ts";

// It looks at every value as it is made.
const needs = { synchronous: true } as const;

function messageOf(fn: () => unknown): string {
  return assertThrows(() => detectAnomaly(fn), TapeError).message;
}

/** The line of this file that calls it. */
function here(offset = 0): string {
  const line = new Error().stack!.split("\n")[2];
  const [, number] = /anomaly_test\.ts:(\d+)/.exec(line)!;
  return `anomaly_test.ts:${Number(number) + offset}`;
}

testWith(needs, "the first op that makes a non-finite value is named, with shapes, element and line", () => {
  const line = here(1);
  const message = messageOf(() => log(precise([[1, 2], [3, 0]])).mul(2).sum());
  assertMatch(
    message,
    /^Found -Infinity at \[1, 1\] of \[2, 2\]: log of \[2, 2\] made it from finite inputs/,
  );
  assert(message.includes(line), message);
});

testWith(needs, "all shapes of the inputs are named", () => {
  assertMatch(
    messageOf(() => div(precise([[1], [0]]), precise([0, 1]))),
    /at \[0, 0\] of \[2, 2\]: div of \[2, 1\] and \[2\]/,
  );
});

testWith(needs, "a scalar has no element to name", () => {
  assertMatch(messageOf(() => sqrt(precise(-1))), /^Found NaN at \[\] of \[\]: sqrt of \[\]/);
});

testWith(needs, "in backward the line that recorded the op is named too", () => {
  const x = leaf([1, 0]);
  let recorded = "";
  const message = messageOf(() => {
    recorded = here(1);
    const y = sqrt(x);
    sum(y).backward();
  });
  assertMatch(message, /^Found Infinity at \[1\] of \[2\]: sqrt backward of /);
  assertMatch(message, /during backward of sqrt, recorded at /);
  assert(message.includes(recorded), message);
});

testWith(needs, "an op recorded before says so", () => {
  const y = sqrt(leaf(0));
  assertMatch(messageOf(() => y.backward()), /during backward of sqrt, recorded outside anomaly mode/);
});

testWith(needs, "values that are not finite at the input are nobody's fault", async () => {
  const result = detectAnomaly(() => precise([Infinity, NaN, 1]).mul(2).sum());
  assertEquals(await result.item(), NaN);
  assertEquals(await detectAnomaly(() => tensor([1, 2], { dtype: "i32" }).mul(3)).array(), [3, 6]);
});

testWith(needs, "a sound function gives its result", async () => {
  await assertClose(detectAnomaly(() => grad((x: Tensor) => x.pow(3))(precise(2))), 12);
});

testWith(needs, "the fault is found inside transforms", () => {
  assertMatch(messageOf(() => grad((x: Tensor) => log(x))(precise(0))), /log of \[\]/);
  assertMatch(messageOf(() => jvp((x: Tensor) => sqrt(x), [precise(0)], [precise(1)])), /sqrt tangent/);
});

testWith(needs, "a fault in backward does not colour what is found later", () => {
  const x = leaf(0);
  messageOf(() => sqrt(x).backward());
  const message = messageOf(() => log(precise(0)));
  assert(!message.includes("during backward"), message);
  const fails = customGradient((t) => ({
    value: t.exp(),
    gradient: () => {
      throw new Error("a rule of the caller's");
    },
  }));
  assertThrows(() => fails(leaf(1)).backward(), Error, "a rule of the caller's");
  assert(!messageOf(() => log(precise(0))).includes("during backward"));
});

Deno.test("an asynchronous function is refused", () => {
  assertThrows(() => detectAnomaly(() => Promise.reject(new Error("late"))), TapeError, "promise");
});
