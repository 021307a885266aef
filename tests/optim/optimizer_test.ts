import { memory, noGrad, scope, ShapeError, TapeError, type Tensor, tensor, variable } from "@tapegrad/core";
import { GD, type Optimizable, Optimizer, type OptimizerOptions } from "@tapegrad/optim";
import "@tapegrad/backends";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { countEachBuffer } from "../proof/memory/unseen.ts";

await countEachBuffer();

const rate = { learningRate: 0.1 };

function descend(x: Tensor, optimizer: GD, steps: number): void {
  for (let i = 0; i < steps; i++) {
    scope(() => {
      optimizer.zeroGrad();
      x.square().sum().backward();
      optimizer.step();
    });
  }
}

Deno.test("parameters come in a list, an iterator, a module, modules or groups", () => {
  const a = variable([1, 2]), b = variable(3);
  const module = { parameters: () => [a, b] };
  const sources: Optimizable<OptimizerOptions>[] = [
    [a, b],
    new Set([a, b]),
    module,
    [{ parameters: () => [a] }, { parameters: () => [b] }],
    [{ parameters: [a] }, { parameters: [b] }],
    [{ parameters: module }],
  ];
  for (const source of sources) {
    const { groups } = new GD(source, rate);
    assertEquals(groups.flatMap((group) => group.parameters.map((p) => p.shape)), [[2], []]);
  }
});

Deno.test("a group has its own settings and takes the others from the optimizer", async () => {
  const a = variable(1), b = variable(1);
  const optimizer = new GD([{ parameters: [a] }, { parameters: [b], learningRate: 1, momentum: 0.9 }], rate);
  assertEquals(optimizer.groups.map((g) => [g.learningRate, g.options.momentum]), [[0.1, 0], [1, 0.9]]);
  a.add(b).backward();
  optimizer.step();
  assertEquals([await a.item(), await b.item()], [Math.fround(0.9), 0]);
  optimizer.learningRate = 0.5;
  assertEquals(optimizer.groups.map((g) => g.learningRate), [0.5, 0.5]);
});

Deno.test("a change of settings that is refused changes nothing", () => {
  const [group] = new GD([variable(1)], rate).groups;
  assertThrows(() => group.change({ momentum: 0.9, weightDecay: -1 }), RangeError);
  assertEquals([group.options.momentum, group.options.weightDecay], [0, 0]);
});

Deno.test("what cannot be optimised is refused by name", () => {
  const x = variable([1, 2]);
  x.label = "encoder.weight";
  const made = (parameters: unknown) => () => new GD(parameters as Tensor[], rate);
  assertThrows(made([]), TypeError, "list of parameters is empty");
  assertThrows(made(x), TypeError, "pass a list, [tensor]");
  assertThrows(made(3), TypeError, "number");
  assertThrows(made([x, 3]), TypeError, "parameter 1, which is 3: a tensor is needed");
  assertThrows(
    made([x, x]),
    TypeError,
    'parameter 1 "encoder.weight" of shape [2]: it is parameter 0 already',
  );
  assertThrows(made([{ parameters: [x] }, { parameters: [x] }]), TypeError, "already");
  assertThrows(made([tensor([1])]), TapeError, "requires no gradients");
  assertThrows(made([x.mul(2)]), TapeError, "it was made by mul");
});

Deno.test("a parameter without a gradient stays as it is", async () => {
  const a = variable(1), b = variable(1);
  const optimizer = new GD([a, b], { learningRate: 1, weightDecay: 1, momentum: 0.9 });
  a.mul(2).backward();
  optimizer.step();
  assertEquals([await a.item(), await b.item()], [-2, 1]);
  assertEquals(optimizer.stateDict().state.map(Object.keys), [["velocity"], []]);
});

Deno.test("zeroGrad forgets gradients, and without it they add up", async () => {
  const x = variable(1), optimizer = new GD([x], rate);
  for (let i = 0; i < 2; i++) x.mul(3).backward();
  assertEquals(await x.grad!.item(), 6);
  optimizer.zeroGrad();
  assertStrictEquals(x.grad, null);
});

Deno.test("a step between forward and backward is an error that names the parameter", () => {
  const x = variable([1, 2]), optimizer = new GD([x], rate);
  x.label = "weight";
  x.mul(x).sum().backward();
  const y = x.mul(x).sum();
  optimizer.step();
  assertThrows(() => y.backward(), TapeError, '"weight"');
});

Deno.test("training in a scope leaves no memory behind, with momentum or without", () => {
  for (const momentum of [0, 0.9]) {
    const x = variable([3, 4]), optimizer = new GD([x], { learningRate: 0.1, momentum });
    descend(x, optimizer, 1);
    const before = memory();
    scope(() => descend(x, optimizer, 10));
    assertEquals(memory(), before);
    scope(() => optimizer.step());
    assertEquals(memory(), before);
  }
});

Deno.test("dispose releases what was remembered and nothing else", async () => {
  const x = variable([3, 4]), before = memory();
  {
    using optimizer = new GD([x], { learningRate: 0.1, momentum: 0.9 });
    descend(x, optimizer, 3);
    scope(() => optimizer.zeroGrad());
    assertEquals(memory().buffers, before.buffers + 1);
  }
  assertEquals(memory(), before);
  assertEquals((await x.data()).length, 2);
});

Deno.test("a state dict goes on where the other optimizer stood", async () => {
  const options = { learningRate: 0.1, momentum: 0.9 };
  const a = variable([3, 4]), first = new GD([a], options);
  descend(a, first, 3);
  const b = variable(a), second = new GD([b], rate);
  second.loadStateDict(first.stateDict());
  assertEquals(second.groups[0].options, first.groups[0].options);
  descend(a, first, 3);
  descend(b, second, 3);
  assertEquals(await b.array(), await a.array());
  first.dispose();
  descend(b, second, 1);
});

Deno.test("a state dict that does not fit is refused and changes nothing", () => {
  const a = variable([3, 4]), b = variable(1);
  const first = new GD([a], { learningRate: 0.5, momentum: 0.9 });
  descend(a, first, 1);
  const two = new GD([a, b], rate), other = new GD([b], rate);
  assertThrows(
    () => two.loadStateDict(first.stateDict()),
    RangeError,
    "groups of 2 parameters and the state of 1",
  );
  assertThrows(() => other.loadStateDict(first.stateDict()), ShapeError, "its velocity is [2]");
  assertEquals(other.learningRate, 0.1);
});

Deno.test("an optimizer of one's own remembers what it keeps", async () => {
  type Count = { steps?: number };
  class Slowing extends Optimizer<OptimizerOptions, Count> {
    protected override update(p: Tensor, gradient: Tensor, options: OptimizerOptions, state: Count): void {
      state.steps = (state.steps ?? 0) + 1;
      p.assign(p.sub(gradient.mul(options.learningRate / state.steps)));
    }
  }
  const x = variable(0), optimizer = new Slowing([x], { learningRate: 1 });
  x.neg().backward();
  optimizer.step();
  optimizer.step();
  assertEquals(await noGrad(() => x.mul(1)).item(), 1.5);
  assertEquals(optimizer.stateDict().state, [{ steps: 2 }]);
});
