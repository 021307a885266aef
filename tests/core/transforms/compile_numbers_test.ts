/** Numbers among the arguments of what is compiled are followed where only ops take them. */
import {
  allClose,
  compile,
  CompileError,
  key,
  type KeyWords,
  manualSeed,
  Scalar,
  softmax,
  TapeError,
  type Tensor,
  tensor,
  uniform,
  variable,
} from "@tapegrad/core";
import "@tapegrad/backends";
import { Adam } from "@tapegrad/optim";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";

type Numbers = readonly unknown[];

/** Calls of a function, compiled and not, side by side on the same numbers. */
async function compared(
  fn: (x: Tensor, ...numbers: never[]) => Tensor,
  calls: readonly Numbers[],
): Promise<{ readonly count: number; readonly error: string }> {
  let count = 0, error = "";
  const compiled = compile((x: Tensor, ...numbers: never[]) => (count++, fn(x, ...numbers)));
  for (const numbers of calls) {
    const x = tensor([[1, 2], [3, 5]]);
    try {
      const found = compiled(x, ...numbers as never[]), expected = fn(x, ...numbers as never[]);
      assertEquals(found.shape, expected.shape, `on ${numbers}`);
      assert(
        await allClose(found, expected, { relative: 1e-6, absolute: 0, equalNaN: true }),
        `on ${numbers}`,
      );
    } catch (cause) {
      if (!(cause instanceof CompileError)) throw cause;
      error = cause.message;
      break;
    }
  }
  return { count, error };
}

/** Numbers that no one has written. */
const odd = (count: number, from = 1): number[] =>
  Array.from({ length: count }, (_, i) => from * 0.97 ** (i + 1) / 3);
const each = (numbers: readonly number[]): Numbers[] => numbers.map((number) => [number]);

Deno.test("a number that ops take is followed after three calls", async () => {
  const { count, error } = await compared((x, rate) => x.mul(rate).add(rate).add(0.5), each(odd(12)));
  assertEquals([count, error], [3, ""]);
});

Deno.test("a number that someone may have written is followed once a call has met it", async () => {
  const rates = [0.1, 0.01, 0.1, 0.01, 0.001, 0.001, 0.01, ...odd(6), 0.1, 2, 2, 2];
  const { count, error } = await compared((x, rate) => x.mul(rate), each(rates));
  assertEquals([count, error], [6, ""]);
});

const branches: Readonly<Record<string, (x: Tensor, k: number) => Tensor>> = {
  "a comparison": (x, k) => k > 0.5 ? x : x.mul(k),
  "a bound": (x, k) => x.mul(Math.max(k, 0.5)),
  arithmetic: (x, k) => x.mul(2 * k),
  "a sign": (x, k) => x.mul(-k),
  "a template": (x, k) => `${k}`.length > 17 ? x.mul(2) : x.mul(3),
  "a method": (x, k) => x.mul(Number(k.toFixed(2))),
  "JSON": (x, k) => x.mul(JSON.parse(JSON.stringify([k]))[0] ?? 0),
  "a key of an object": (x, k) => x.mul(k in { "0.25": 1 } ? 2 : 3),
  "a switch": (x, k) => {
    switch (k) {
      case 0.25:
        return x;
      default:
        return x.mul(k);
    }
  },
  "a number that it equals": (x, k) => k === 0.25 ? x : x.mul(k),
  "a list that has it": (x, k) => [0.25, 1].includes(k) ? x : x.mul(k),
  "a map that has it": (x, k) => new Map([[0.25, 7]]).has(k) ? x : x.mul(k),
  "whether it is there": (x, k) => k ? x.mul(k) : x,
  "what it is": (x, k) => typeof k === "number" ? x.mul(k) : x,
  "whether it is whole": (x, k) => Number.isInteger(k) ? x : x.mul(k),
  "whether it is a number": (x, k) => Number.isNaN(k) ? x : x.mul(k),
  // deno-lint-ignore eqeqeq
  "what it equals loosely": (x, k) => k == 0.25 ? x : x.mul(k),
};

for (const [name, fn] of Object.entries(branches)) {
  Deno.test(`JavaScript that decides by a number is right: ${name}`, async () => {
    const seldom = [...odd(4), 0.25, 0.25, 0.25, ...odd(4, 2), 1, 0, -0, NaN, 0.25, Infinity, -1, 0.75, 0.6];
    const repeated = seldom.flatMap((k) => [k, k, k]);
    for (const calls of [seldom, repeated, [...seldom].reverse(), [0.25, ...seldom], [1, 2, 3, ...seldom]]) {
      await compared(fn, each(calls));
    }
    await compared(fn, each(odd(40, 3)));
  });
}

Deno.test("a number that JavaScript computes with is told with its line", async () => {
  const { error } = await compared((x, rate: number) => x.mul(Math.max(rate, 0.2)), each(odd(40, 3)));
  assertMatch(
    error,
    /args\[1\] became 0\.\d+, and JavaScript computes with it: .*Scalar.*\n {4}at .*compile_numbers_test/s,
  );
  const { error: told } = await compared(
    (x, rate) => x.mul(typeof rate === "object" ? 1 : rate),
    each(odd(40, 3)),
  );
  assertMatch(told, /args\[1\] became .* JavaScript tells it from a Scalar/);
});

Deno.test("numbers that are axes, extents, indices and exponents are right for each value", async () => {
  const calls = each([0, 1, 0, 1, 0, 1, 1, 0, 0]);
  await compared((x, axis) => x.sum(axis), calls);
  await compared((x, axis) => softmax(x, axis), calls);
  await compared((x, i) => x.slice(i), calls);
  await compared((x, n: number) => x.reshape([n + 1, 4 / (n + 1)]), calls);
  await compared((x, n) => x.pow(n), each([2, 2, 2, 0.5, 0.5, 0.5, 3, 3, 3, 2, ...odd(6)]));
});

Deno.test("a number that seeds is right for each value", async () => {
  const reseeding = compile((x: Tensor, seed: number) => (manualSeed(seed), x.add(uniform([2]))));
  assertThrows(() => void reseeding(tensor([[1, 2]]), 3), TapeError, "seed outside");
  await compared((x, seed) => x.add(uniform([2], { key: key(seed) })), each([1, 1, 1, 2, 2, 2, 1, 3, 3, 3]));
  const words = (high: number): KeyWords => ({ high, low: 7 });
  await compared(
    (x, words) => x.add(uniform([2], { key: words })),
    [1, 2, 3, 4].map((high) => [words(high)]),
  );
});

Deno.test("numbers in lists and objects are followed, two of one value apart", async () => {
  const fn = (x: Tensor, { scale, shifts }: { scale: number; shifts: readonly number[] }) =>
    x.mul(scale).add(shifts[0]).mul(shifts[1]);
  const calls = odd(12).map((n, i) => [{ scale: n, shifts: i % 3 === 0 ? [n, n] : [n / 7, 2 + n] }]);
  const { count, error } = await compared(fn as never, calls);
  assertEquals(error, "");
  assert(count < 9, `called ${count} times`);
});

Deno.test("whether two numbers are the same is no secret to JavaScript", async () => {
  const fn = (x: Tensor, a: number, b: number) => a === b ? x : x.mul(a).add(b);
  const odds = odd(20);
  const calls = odds.map((n, i) => [n, i % 6 === 5 ? n : odds[(i + 7) % 20] + 1]);
  const { error } = await compared(fn as never, calls);
  assertEquals(error, "");
});

Deno.test("a number for integers is right whether it is whole or not", async () => {
  const fn = (_: Tensor, k: number) => tensor([1, 2, 3], { dtype: "i32" }).mul(k);
  await compared(fn as never, each([2, 2, 2, 3, 3, ...odd(5), 2, 3, 4, 5, 0.5, 0.5, ...odd(5, 9)]));
  const less = (_: Tensor, k: number) => tensor([0, 1, 2], { dtype: "i32" }).less(k);
  await compared(less as never, each([...odd(6, 2), ...odd(6, 5), 1, 2, 1, 2]));
});

Deno.test("a function is called once a call, whatever its numbers are", () => {
  const fns = Object.values(branches);
  for (const [i, fn] of fns.entries()) {
    let calls = 0, runs = 0;
    const compiled = compile((x: Tensor, k: number) => (calls++, fn(x, k)));
    for (const k of odd(8, 3)) {
      const before = calls;
      try {
        compiled(tensor([1]), k);
      } catch (error) {
        assert(error instanceof CompileError);
      }
      runs += calls - before > 1 ? 1 : 0;
    }
    assert(runs <= 1, `${Object.keys(branches)[i]}: ${runs} calls were two`);
  }
});

Deno.test("a call on numbers after one on cells finds parameters, moments, gradients and keys as before", async () => {
  const train = (isCompiled: boolean) => {
    manualSeed(3);
    const w = variable([1, 2]), optimizer = new Adam([w], { learningRate: 0.1 });
    const fn = (x: Tensor, rate: number) => {
      const loss = w.mul(x).add(uniform([2])).mul(typeof rate === "number" ? rate : 1).square().sum();
      loss.backward();
      optimizer.step();
      return loss;
    };
    return { w, step: isCompiled ? compile(fn) : fn };
  };
  const run = async (isCompiled: boolean) => {
    const { w, step } = train(isCompiled), found = [];
    for (const rate of odd(5).flatMap((rate) => [rate, rate])) {
      found.push(await step(tensor([1, 2]), rate).item());
    }
    return [found, await w.array(), await w.grad!.array()];
  };
  assertEquals(await run(true), await run(false));
});

Deno.test("a cell is followed from the second call, also one of whole numbers", async () => {
  const epoch = new Scalar("epoch", 1);
  let calls = 0;
  const compiled = compile((x: Tensor, epoch: Scalar) => (calls++, x.mul(epoch)));
  for (let i = 1; i < 9; i++) {
    epoch.value = i;
    assertEquals(await compiled(tensor(2), epoch).item(), 2 * i);
  }
  assertEquals(calls, 2);
});
