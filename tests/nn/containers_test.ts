import { IndexError, type Tensor, tensor, zeros } from "@tapegrad/core";
import { Identity, Linear, Module, ModuleDict, ModuleList, ReLU, Sequential, Tanh } from "@tapegrad/nn";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

const names = (module: Module<readonly never[], unknown>) => [...module.namedParameters().keys()];

Deno.test("a Sequential grows, shrinks, is sliced, and takes another module at a place", () => {
  const relu = new ReLU(), model = new Sequential(new Linear(2, 3), relu);
  assertStrictEquals(model.append(new Linear(3, 1)), model);
  assertEquals(model.forward(zeros([5, 2])).shape, [5, 1]);
  model.insert(1, new Linear(3, 3)).insert(-1, new Tanh());
  assertEquals(model.length, 5);
  assertEquals([...model].map((m) => m.constructor.name), ["Linear", "Linear", "ReLU", "Tanh", "Linear"]);
  assertEquals(names(model), ["0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias"]);
  assertStrictEquals(model.pop(2), relu);
  assertEquals(Object.keys(model), ["0", "1", "2", "3"]);
  assertEquals([model.slice(1, 3).length, model.slice(-1)[0] === model.at(-1)], [2, true]);
  model[3] = new Linear(3, 7);
  assertEquals(model.forward(zeros([5, 2])).shape, [5, 7]);
  assertEquals(model.extend([new Tanh(), new Tanh()]).length, 6);
  assertThrows(() => model.at(6), IndexError, "Cannot take module 6 of a Sequential: it has 6");
  assertThrows(() => new Sequential().pop(), IndexError);
  assertThrows(() => model.append(3 as never), TypeError, "a module is needed");
});

Deno.test("modules in a Sequential may have names", () => {
  const first = new Linear(2, 3, { bias: false });
  const model = new Sequential({ first, act: new ReLU(), last: new Linear(3, 1) });
  assertEquals(names(model), ["first.weight", "last.weight", "last.bias"]);
  assertEquals([...model.namedModules().keys()], ["", "first", "act", "last"]);
  assertStrictEquals(model[0], first);
  assertStrictEquals(model.getSubmodule("first"), first);
  assertEquals(names(model.append(new Linear(1, 1))).slice(-2), ["3.weight", "3.bias"]);
  assertEquals(names(model.slice(2)), ["last.weight", "last.bias", "1.weight", "1.bias"]);
  assertEquals(names(new Sequential(new Map([["a", first]]))), ["a.weight"]);
  assertThrows(() => new Sequential({ "a.b": first }), TypeError, "without dots");
  assertThrows(
    () => model.forward(zeros([1])),
    RangeError,
    "Cannot apply first: Linear(2, 3, no bias) to [1]",
  );
});

Deno.test("a ModuleList is a list that computes nothing", () => {
  const list = new ModuleList<Module>([new Linear(2, 2)]);
  assertEquals([list.append(new Tanh()).length, names(list)], [2, ["0.weight", "0.bias"]]);
  assertEquals([...list.slice(1)].length, 1);
  assertThrows(() => list.forward(), TypeError, "Cannot call a ModuleList: call the modules in it");
  assertEquals(String(new Sequential(new Identity(), list as never)).split("\n").at(-1), "    1: Tanh");
});

Deno.test("a ModuleDict is a Map of modules", () => {
  const left = new Linear(1, 1), dict = new ModuleDict<Module>([["left", left]]);
  dict.set("forward", new Tanh()).update({ right: new Linear(1, 2) });
  assertEquals([...dict.keys()], ["left", "forward", "right"]);
  assertEquals([dict.size, dict.get("left") === left, dict.has("up"), dict.get("up")], [
    3,
    true,
    false,
    undefined,
  ]);
  assertEquals(names(dict), ["left.weight", "left.bias", "right.weight", "right.bias"]);
  assertEquals([dict.delete("left"), dict.delete("left"), [...dict.values()].length], [true, false, 2]);
  assertEquals([...dict].map(([name]) => name), ["forward", "right"]);
  assertEquals(dict.eval().get("forward")!.training, false);
  for (const name of ["", "a.b", 3]) {
    assertThrows(() => dict.set(name as string, left), TypeError, "without dots");
  }
  assertThrows(() => dict.set("x", {} as never), TypeError, 'put "x" into a ModuleDict: a module is needed');
  dict.clear();
  assertThrows(() => dict.forward(), TypeError);
  assertEquals(names(dict), []);
});

Deno.test("children, modules, apply and paths", () => {
  const model = new Sequential(new Linear(2, 2), new Sequential(new Tanh(), new Linear(2, 1)));
  const inner = model[1] as Sequential;
  assertEquals([...model.namedChildren().keys()], ["0", "1"]);
  assertEquals([model.children(), model.modules().length], [[model[0], inner], 5]);
  const seen: unknown[] = [];
  assertStrictEquals(model.apply((module) => seen.push(module)), model);
  assertEquals(seen, [model[0], inner[0], inner[1], inner, model]);
  assertStrictEquals(model.getSubmodule("1.1"), inner[1]);
  assertStrictEquals(model.getSubmodule(""), model);
  assertStrictEquals(model.getParameter("1.1.bias"), (inner[1] as Linear).bias);
  assertThrows(
    () => model.getSubmodule("1.2"),
    TypeError,
    'the module "1.2" of Sequential: it has "0", "1", "1.0"',
  );
  assertThrows(() => model.getBuffer("0.mean"), TypeError, "it has none");
});

Deno.test("a shared module is had by each of its paths, and applied once", () => {
  const shared = new Linear(2, 2), model = new Sequential(shared, new Tanh(), shared);
  assertStrictEquals(model.getParameter("2.weight"), shared.weight);
  let calls = 0;
  model.apply((module) => calls += Number(module === shared));
  assertEquals(calls, 1);
});

Deno.test("requireGrad freezes what are parameters, and thaws those alone", () => {
  const model = new Sequential(new Linear(2, 2), new Linear(2, 1)),
    constant = model.registerBuffer("c", zeros([1]));
  assertStrictEquals(model[0].requireGrad(false), model[0]);
  assertEquals(names(model), ["1.weight", "1.bias"]);
  assertEquals(Object.keys(model.stateDict()).length, 5);
  model.forward(zeros([1, 2])).sum().backward();
  assertEquals([(model[0] as Linear).weight.grad, constant.requiresGrad], [null, false]);
  model.requireGrad();
  assertEquals([names(model).length, constant.requiresGrad], [4, false]);
  assertThrows(() => model.requireGrad(0 as never), TypeError);
});

Deno.test("a buffer that is not saved moves and is found, and is no part of the state", () => {
  class Masked extends Module {
    readonly mask: Tensor = this.registerBuffer("mask", tensor([1, 0]), { persistent: false });
    readonly mean: Tensor = this.registerBuffer("mean", zeros([2]));

    override forward(x: Tensor): Tensor {
      return x.mul(this.mask).sub(this.mean);
    }
  }
  const module = new Masked(), model = new Sequential(module);
  assertEquals([...model.namedBuffers().keys()], ["0.mask", "0.mean"]);
  assertEquals(Object.keys(model.stateDict()), ["0.mean"]);
  assertEquals(model.loadStateDict({ "0.mean": tensor([1, 2]) }), { missing: [], unexpected: [] });
  assertEquals(model.to("f16").forward(zeros([2], { dtype: "f16" })).dtype, "f16");
  assertEquals(module.mask.dtype, "f16");
  module.registerBuffer("mask", module.mask);
  assertEquals(Object.keys(module.stateDict()), ["mask", "mean"]);
  assertEquals(module.registerBuffer("none", null), null);
  for (const name of ["", "a.b", 1]) {
    assertThrows(() => module.registerBuffer(name as string, null), TypeError);
  }
  assertThrows(() => module.registerBuffer("x", 3 as never), TypeError, "register a buffer in Masked");
});
