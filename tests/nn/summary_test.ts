import {
  conv2d,
  memory,
  noGrad,
  randomState,
  scope,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import { Dropout, Flatten, Linear, Module, Sequential, summary, Tanh } from "@tapegrad/nn";
import { assertEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

/** Counts its calls in a buffer, draws, and convolves. */
class Odd extends Module {
  readonly weight = variable([[[[1, 2], [3, 4]]]]);
  readonly calls: Tensor = zeros([]);
  readonly shared = new Linear(4, 4);
  readonly never = new Linear(9, 9);

  override forward(x: Tensor): Tensor {
    noGrad(() => this.calls.assign(this.calls.add(1)));
    const y = conv2d(x, this.weight).reshape([x.shape[0], 4]);
    return this.shared.forward(this.shared.forward(y));
  }
}

Deno.test("a summary counts what each module did itself, and rows add up", () => {
  const model = new Sequential(new Odd(), new Dropout(), new Flatten(0), new Tanh());
  const table = summary(model, [2, 1, 3, 3]);
  const row = (name: string) => table.rows.find((row) => row.name === name)!;
  assertEquals(table.rows.map(({ name }) => name), ["", "0", "0.shared", "0.never", "1", "2", "3"]);
  // Each of 2 images has 2 x 2 windows of 2 x 2; the layer is 4 x 4 for each of 2 rows, twice.
  assertEquals([row("0").multiplyAdds, row("0.shared").multiplyAdds], [2 * 4 * 4, 2 * 2 * 16]);
  assertEquals([row("0").parameters, row("0.shared").parameters, row("0.never").parameters], [4, 20, 90]);
  assertEquals([row("0.shared").calls, row("0.never").calls], [2, 0]);
  assertEquals([row("0.shared").outputBytes, row("2").outputBytes, row("3").outputBytes], [2 * 32, 0, 32]);
  assertEquals([row("2").outputs, table.inputs], [[[8]], [[2, 1, 3, 3]]]);
  assertEquals([table.parameters, table.multiplyAdds, table.outputBytes], [114, 96, 96]);
  assertEquals(table.stateBytes, 115 * 4);
  assertEquals(
    String(table).split("\n")[3],
    "    shared: Linear(4, 4) ×2      [2, 4]          20             64    64 B",
  );
  assertEquals(String(table).split("\n")[4].includes("not called"), true);
  assertEquals(Deno.inspect(table), String(table));
});

Deno.test("a summary changes nothing", async () => {
  const odd = new Odd(), model = new Sequential(odd, new Dropout());
  odd.shared.eval();
  model.forward(zeros([1, 1, 3, 3])).sum().backward();
  const gradient = odd.weight.grad, state = randomState(), modes = model.modules().map((m) => m.training);
  summary(model, [2, 1, 3, 3]);
  assertEquals([await odd.calls.item(), odd.weight.grad === gradient], [1, true]);
  assertEquals([randomState(), model.modules().map((m) => m.training)], [state, modes]);
  assertEquals(Object.hasOwn(odd, "forward"), false);
});

Deno.test("a summary leaves no memory behind", () => {
  const model = new Sequential(new Linear(2, 3), new Dropout(), new Tanh()), before = memory();
  scope(() => void summary(model, [2, 2]));
  assertEquals(memory(), before);
});

Deno.test("inputs are a shape, shapes, tensors or what else forward takes", () => {
  class Pair extends Module<readonly [Tensor, readonly Tensor[], number]> {
    override forward(x: Tensor, [y]: readonly Tensor[], n: number): Tensor {
      return x.matmul(y).mul(n);
    }
  }
  const table = summary(new Pair(), [[2, 3], [zeros([3, 4])], 7]);
  assertEquals([table.multiplyAdds, table.inputs], [24, [[2, 3], [3, 4]]]);
  assertEquals(summary(new Tanh(), tensor([1, 2])).rows[0].outputs, [[2]]);
  assertEquals(summary(new Linear(2, 1), [1, 2]).outputBytes, 4);
  assertThrows(() => summary(new Tanh(), 3 as never), TypeError, "Cannot sum up a model for 3");
  assertThrows(() => summary(new Linear(2, 1), [1, 3]), RangeError, "the last extent must be 2");
});

Deno.test("where a model fails, it is as before", () => {
  const model = new Sequential(new Linear(2, 1), new Linear(2, 1));
  assertThrows(() => summary(model, [1, 2]), RangeError, "Cannot apply 1: Linear(2, 1) to [1, 1]");
  assertEquals([model.training, Object.hasOwn(model, "forward")], [true, false]);
});
