import { TapeError, type Tensor, tensor, variable, zeros } from "@tapegrad/core";
import { collectParameters, Dropout, Linear, Module, Sequential, Tanh } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";

/** Holds whatever it is given under `held`. */
class Holder<T> extends Module {
  constructor(readonly held: T) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return x;
  }
}

/** What module.namedParameters() calls its parameters. */
function names(module: Module): string[] {
  return [...module.namedParameters().keys()];
}

Deno.test("parameters are found in properties, arrays, maps and plain objects", () => {
  const p = () => variable(1);
  const module = new Holder({
    list: [p(), [p()]],
    map: new Map<unknown, unknown>([["key", p()], [7, { deep: p() }]]),
    layer: new Linear(2, 1),
    bare: Object.assign(Object.create(null), { x: p() }),
  });
  assertEquals(names(module), [
    "held.list.0",
    "held.list.1.0",
    "held.map.key",
    "held.map.7.deep",
    "held.layer.weight",
    "held.layer.bias",
    "held.bare.x",
  ]);
});

Deno.test("what is no container of parameters is passed over", () => {
  class Stranger {
    readonly weight = variable(1);
  }
  const odd = [null, undefined, 1, "x", Symbol("s"), () => variable(1), new Date(), new Float32Array(3)];
  assertEquals(names(new Holder([...odd, new Stranger(), new Set([variable(1)])])), []);
});

Deno.test("a private property is not walked", () => {
  class Secret extends Module {
    readonly #weight = variable(2);

    override forward(x: Tensor): Tensor {
      return x.mul(this.#weight);
    }
  }
  assertEquals(new Secret().parameters(), []);
});

Deno.test("tensors are parameters, buffers, or neither if made by a recorded op", () => {
  const weight = variable([1, 2]), mean = zeros([2]);
  const module = new Holder({ weight, mean, cache: weight.mul(2) });
  assertEquals([...module.namedParameters()], [["held.weight", weight]]);
  assertEquals([...module.namedBuffers()], [["held.mean", mean]]);
  assertStrictEquals(module.buffers()[0], mean);
  assertEquals(Object.keys(module.stateDict()), ["held.weight", "held.mean"]);
  weight.requiresGrad = false;
  assertEquals([...module.namedBuffers().keys()], ["held.weight", "held.mean"]);
});

Deno.test("what is shared is counted once, under its first name", () => {
  const shared = new Linear(2, 2), weight = variable(1);
  const module = new Sequential(shared, new Holder([weight, weight]), shared);
  assertEquals(names(module), ["0.weight", "0.bias", "1.held.0"]);
  assertEquals([...module.namedModules().keys()], ["", "0", "1"]);
  assertEquals(module.parameters().length, 3);
});

Deno.test("cycles in the object graph end", () => {
  const list: unknown[] = [variable(1)];
  list.push(list);
  const module = new Holder({ list, parent: null as unknown });
  module.held.parent = module;
  assertEquals(names(module), ["held.list.0"]);
  assertEquals(String(module), "Holder, 1 parameter");
});

Deno.test("names that would be the same are an error", () => {
  const module = new Holder({ "a.b": variable(1), a: { b: variable(2) } });
  assertThrows(() => module.parameters(), TypeError, '"held.a.b"');
});

Deno.test("collectParameters takes anything", () => {
  const weight = variable(1), layer = new Linear(2, 1);
  assertEquals(collectParameters(weight), [weight]);
  assertEquals(collectParameters([layer, { weight, again: layer }]).length, 3);
  assertEquals(collectParameters(null), []);
  assertEquals(collectParameters(tensor(1)), []);
});

Deno.test("a parameter is called by its path from the outermost module", () => {
  const inner = new Sequential(new Linear(2, 1)), outer = new Sequential(new Tanh(), inner);
  outer.parameters();
  assertEquals(outer.parameters().map((p) => p.label), ["1.0.weight", "1.0.bias"]);
  inner.parameters();
  assertEquals(inner.parameters()[0].label, "1.0.weight");
  const named = variable(1);
  named.label = "temperature";
  new Holder(named).parameters();
  assertEquals(named.label, "temperature");
});

Deno.test("the tape names a parameter that changed between forward and backward", () => {
  const model = new Sequential(new Linear(2, 2), new Linear(2, 1));
  const y = model.forward(zeros([1, 2]));
  model.loadStateDict(model.stateDict());
  assertThrows(() => y.backward(), TapeError, '"1.weight"');
});

Deno.test("train and eval reach every module", () => {
  const model = new Sequential(new Dropout(), new Sequential(new Dropout()));
  const modes = () => [...model.namedModules().values()].map((m) => m.training);
  assertEquals(modes(), [true, true, true, true]);
  assertStrictEquals(model.eval(), model);
  assertEquals(modes(), [false, false, false, false]);
  assertEquals(model.train().training, true);
  model.train(false);
  assertEquals(modes(), [false, false, false, false]);
});

Deno.test("zeroGrad forgets the gradients of all parameters", () => {
  const model = new Sequential(new Linear(2, 2), new Linear(2, 1));
  model.forward(zeros([1, 2])).backward();
  assert(model.parameters().every((p) => p.grad !== null));
  model.zeroGrad();
  assert(model.parameters().every((p) => p.grad === null));
});

Deno.test("the summary is a tree with the number of elements in parameters", () => {
  const model = new Sequential(
    new Linear(100, 20),
    new Holder({ inner: new Linear(2, 1, { bias: false }) }),
    new Dropout(0.1),
    new Sequential(),
  );
  assertEquals(
    String(model),
    [
      "Sequential, 2,022 parameters",
      "  0: Linear(100, 20), 2,020 parameters",
      "  1: Holder, 2 parameters",
      "    held.inner: Linear(2, 1, no bias), 2 parameters",
      "  2: Dropout(0.1)",
      "  3: Sequential",
    ].join("\n"),
  );
  assertEquals(Deno.inspect(model), String(model));
});

Deno.test("forward may take and give anything", async () => {
  class Split
    extends Module<readonly [x: Tensor, scale: number], { readonly low: Tensor; readonly high: Tensor }> {
    override forward(x: Tensor, scale: number): { low: Tensor; high: Tensor } {
      return { low: x.mul(-scale), high: x.mul(scale) };
    }
  }
  const split = new Split();
  assertEquals(await split.forward(tensor(1), 2).low.item(), -2);
  assertEquals([...new Holder(split).namedModules().values()].length, 2);
});

Deno.test("a state that was not waited for is told as such", () => {
  const state = Promise.resolve({}) as never;
  assertThrows(() => new Linear(1, 1).loadStateDict(state), TypeError, "Cannot load a Promise into Linear");
});
