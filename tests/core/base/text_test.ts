/** Names of others in our texts: nothing in them breaks a line or steers a terminal. */
import "@tapegrad/backends";
import * as tg from "@tapegrad/core";
import { quoted, tensor, variable, visible } from "@tapegrad/core";
import { Linear, Module, Sequential } from "@tapegrad/nn";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { map } from "../../../core/primitives/map.ts";
import { described, listed } from "../../../core/base/text.ts";

// deno-lint-ignore no-control-regex
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\ufeff]/;
const evil = "w\u001b[2J\r\u0007\u009b31m\u202eb\u2028c\u0000";

function assertClean(text: string): void {
  assert(!UNSEEN.test(text), JSON.stringify(text));
}

Deno.test("control and format characters are written out, letters of all scripts stay", () => {
  assertEquals(
    visible("a\nb\tc\u001b[31m\u009b\u202e\ud800"),
    "a\\u{a}b\\u{9}c\\u{1b}[31m\\u{9b}\\u{202e}\\u{d800}",
  );
  assertEquals(visible("naïve 重み 🙂 ∂x"), "naïve 重み 🙂 ∂x");
  assertEquals(quoted("x".repeat(300)), `"${"x".repeat(200)}…"`);
});

Deno.test("values are described in a word", () => {
  const cases: [unknown, string][] = [
    [undefined, "nothing"],
    [null, "null"],
    [NaN, "NaN"],
    ["a\n", '"a\\u{a}"'],
    [1n, "1n"],
    [Symbol(evil), "a symbol"],
    [() => 1, "a function"],
    [[1, 2], "an array of 2"],
    [new Date(0), "a Date"],
    [Int8Array.of(1), "an Int8Array"],
    [Object.create(null), "a bare object"],
    [tensor(1), "a Tensor"],
  ];
  for (const [value, wanted] of cases) assertEquals(described(value), wanted);
  assertEquals(listed(new Array(2)), "[nothing, nothing]");
  assertEquals(listed([[1, "2"], []]), '[[1, "2"], []]');
  assertEquals(listed(new Array(100).fill(0)).length < 80, true);
});

const messages: Readonly<Record<string, () => unknown>> = {
  "a disposed tensor": () => {
    const x = tensor([1]);
    x.label = evil;
    x.dispose();
    return x.add(1);
  },
  "a changed one": () => {
    const x = variable([1]);
    x.label = evil;
    const y = x.square();
    tg.noGrad(() => x.assign(2));
    y.backward();
  },
  "an op": () => tg.defineElementwise(`op${evil}`, (v) => v),
  "a dtype": () => tensor([1], { dtype: evil as never }),
  "a target": () => tensor([1]).to(evil),
  "an equation": () => tg.einsum(evil, tensor([1])),
  "a backend": () => tg.zeros([1], { backend: evil }),
  "an axis": () => tensor([1]).sum(evil as never),
  "an element": () => tensor([evil as never]),
  "a parameter": () => new Linear(1, 1).loadStateDict({ [evil]: tensor([1]) }),
  "an option": () => tg.meshgrid([], { indexing: evil as never }),
};

for (const [name, run] of Object.entries(messages)) {
  Deno.test(`what an error says of ${name} steers no terminal`, () => {
    const error = assertThrows(run, Error);
    assertClean((error as Error).message);
  });
}

Deno.test("summaries and profiles steer no terminal", async () => {
  class Odd extends Module {
    readonly parts = { [evil]: new Sequential(new Linear(1, 1)) };
    override forward(x: tg.Tensor): tg.Tensor {
      return x;
    }
  }
  assertClean(String(new Odd()));
  const odd = { name: evil, exprs: [tg.e.neg(tg.e.input(0))] };
  const table = await tg.profile(() => tg.apply(map, [tensor([1])], odd));
  assertClean(String(table));
});
