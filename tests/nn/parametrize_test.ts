/** How parameters come to be computed of others, and are parameters again, as PyTorch does it. */
import {
  DtypeError,
  memory,
  read,
  scope,
  ShapeError,
  type Tensor,
  tensor,
  variable,
  vmap,
  zeros,
} from "@tapegrad/core";
import { Linear, Module, parametrize, RNN, Sequential, StateDictError } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";

const { cached, isParametrized, registerParametrization, removeParametrizations } = parametrize;

class Doubled extends Module {
  calls = 0;

  override forward(x: Tensor): Tensor {
    this.calls++;
    return x.mul(2);
  }

  rightInverse(x: Tensor): Tensor {
    return x.div(2);
  }
}

class Shifted extends Module {
  readonly by = variable([1, 1]);

  override forward(x: Tensor): Tensor {
    return x.add(this.by);
  }
}

class Summed extends Module<readonly [Tensor, Tensor]> {
  override forward(a: Tensor, b: Tensor): Tensor {
    return a.add(b);
  }

  rightInverse(x: Tensor): Tensor[] {
    return [x.mul(0.25), x.mul(0.75)];
  }
}

class Flat extends Module {
  override forward(x: Tensor): Tensor {
    return x.reshape([-1]);
  }
}

function layer(): Linear {
  const made = new Linear(2, 1);
  made.loadStateDict({ weight: tensor([[4, 6]]), bias: tensor([1]) });
  return made;
}

Deno.test("what is computed is what was there, by parameters that an optimizer finds under PyTorch's names", async () => {
  const linear = layer(), { weight } = linear;
  assertStrictEquals(registerParametrization(linear, "weight", new Doubled()), linear);
  assertEquals(await linear.weight.array(), [[4, 6]]);
  assertEquals([...linear.namedParameters().keys()], ["bias", "parametrizations.weight.original"]);
  assertStrictEquals(linear.namedParameters().get("parametrizations.weight.original"), weight);
  assertEquals(await weight.array(), [[2, 3]]);
  const gd = new GD(linear, { learningRate: 1 });
  linear.forward(tensor([1, 1])).sum().backward();
  gd.step();
  assertEquals(await linear.weight.array(), [[0, 2]]); // 2·(2 - 2), 2·(3 - 2)
});

Deno.test("several follow each other, and assigning goes through their inverses", async () => {
  const linear = layer(), names = "parametrizations.weight";
  registerParametrization(registerParametrization(linear, "weight", new Doubled()), "weight", new Shifted());
  assertEquals(await linear.weight.array(), [[5, 7]]);
  assertEquals([...linear.namedModules().keys()].slice(1), [
    "parametrizations",
    names,
    `${names}.0`,
    `${names}.1`,
  ]);
  Object.assign(linear, { weight: tensor([[10, 20]]) });
  assertEquals(await linear.weight.array(), [[11, 21]]); // Shifted has no inverse
  assertEquals(Object.keys(linear.stateDict()).sort(), ["bias", `${names}.1.by`, `${names}.original`]);
});

Deno.test("a tensor may be computed of several, and be left computed alone then", async () => {
  const linear = registerParametrization(layer(), "weight", new Summed());
  assertEquals(Object.keys(linear.stateDict()), [
    "bias",
    "parametrizations.weight.original0",
    "parametrizations.weight.original1",
  ]);
  assertEquals(await linear.weight.array(), [[4, 6]]);
  assertThrows(
    () => removeParametrizations(linear, "weight", { leaveParametrized: false }),
    TypeError,
    "these are 2 tensors",
  );
  removeParametrizations(linear, "weight");
  assertEquals([linear.weight.requiresGrad, linear.weight.isLeaf], [true, true]);
  assertEquals(await linear.weight.array(), [[4, 6]]);
});

Deno.test("removing leaves the same parameter, with what was computed or with what it was computed of", async () => {
  for (
    const [leaveParametrized, values] of [[true, [[4, 6]]], [false, [[2, 3]]]] as [boolean, number[][]][]
  ) {
    const linear = layer(), { weight } = linear;
    registerParametrization(linear, "weight", new Doubled());
    assertEquals([isParametrized(linear), isParametrized(linear, "bias")], [true, false]);
    removeParametrizations(linear, "weight", { leaveParametrized });
    assertStrictEquals(linear.weight, weight);
    assertEquals(await weight.array(), values);
    assertEquals([isParametrized(linear), Object.keys(linear.stateDict()).sort()], [false, [
      "bias",
      "weight",
    ]]);
    assertThrows(
      () => removeParametrizations(linear, "weight"),
      TypeError,
      '"weight" from Linear: there are none',
    );
  }
});

Deno.test("a buffer may be parametrized too, and stays one", () => {
  const linear = layer();
  linear.registerBuffer("mask", tensor([1, 0]));
  const owner = registerParametrization(linear, "mask", new Doubled());
  assertEquals([...owner.namedBuffers().keys()], ["parametrizations.mask.original"]);
});

Deno.test("what changes shape or dtype is refused and changes nothing, unless it is unsafe", async () => {
  const linear = layer(), toF64 = Object.assign(new Doubled(), { forward: (x: Tensor) => x.to("f16") });
  assertThrows(
    () => registerParametrization(linear, "weight", new Flat()),
    ShapeError,
    "[1, 2]: what it gives is [2]",
  );
  assertThrows(() => registerParametrization(linear, "weight", toF64), DtypeError, "what it gives is f16");
  assertEquals([isParametrized(linear), await linear.weight.array()], [false, [[4, 6]]]);
  registerParametrization(linear, "weight", new Flat(), { unsafe: true });
  assertEquals(linear.weight.shape, [2]);
  assertThrows(
    () => registerParametrization(linear, "none", new Flat()),
    TypeError,
    '"none" of Linear: it has no',
  );
  assertThrows(
    () => registerParametrization(linear, "bias", zeros([1]) as never),
    TypeError,
    "a module is needed",
  );
});

Deno.test("while it is cached it is computed once, also until a promise has settled, and not across noGrad", async () => {
  const doubled = new Doubled(), linear = registerParametrization(layer(), "weight", doubled);
  const x = tensor([1, 1]);
  const count = (fn: () => unknown) => {
    const before = doubled.calls;
    fn();
    return doubled.calls - before;
  };
  const thrice = () => [1, 2, 3].map(() => linear.forward(x));
  assertEquals([count(thrice), count(() => cached(thrice))], [3, 1]);
  assertThrows(() => cached(() => linear.forward(zeros([3]))), ShapeError);
  assertEquals(count(thrice), 3);
  const before = doubled.calls;
  await cached(async () => {
    linear.forward(x);
    await Promise.resolve();
    linear.forward(x);
    scope(() => void linear.forward(x));
  });
  assertEquals(doubled.calls - before, 1);
  cached(() => {
    scope(() => void linear.weight.add(1));
    linear.forward(x).sum().backward(); // computed anew where a scope has ended it
  });
  assertEquals(await linear.parameters()[1].grad!.array(), [[2, 2]]);
});

Deno.test("another module computes its parameters likewise, of the same tensors", async () => {
  const linear = registerParametrization(layer(), "weight", new Doubled()), other = new Linear(2, 1);
  assertStrictEquals(parametrize.transferParametrizationsAndParams(linear, other), other);
  assertEquals(await other.weight.array(), [[4, 6]]);
  assertStrictEquals(
    other.namedParameters().get("parametrizations.weight.original"),
    linear.namedParameters().get("parametrizations.weight.original"),
  );
});

Deno.test("state dicts load, of what has it and of what has not", () => {
  const linear = registerParametrization(layer(), "weight", new Doubled());
  linear.loadStateDict(linear.stateDict());
  const error = assertThrows(() => linear.loadStateDict(layer().stateDict()), StateDictError);
  assertEquals([error.missing, error.unexpected], [["parametrizations.weight.original"], ["weight"]]);
});

Deno.test("a recurrent layer, a model out of training, under vmap", async () => {
  const rnn = new RNN(2, 2), model = new Sequential(new Linear(2, 2));
  registerParametrization(rnn, "weight_hh_l0", new Doubled());
  const [y] = rnn.forward(zeros([3, 1, 2]));
  assertEquals(y.shape, [3, 1, 2]);
  const doubled = new Doubled();
  registerParametrization(model[0], "weight", doubled);
  model.eval();
  assertEquals(doubled.training, false);
  const both = vmap((x: Tensor) => model.forward(x))(zeros([4, 2]));
  assertEquals(both.shape, [4, 2]);
  assert(String(model).includes("Doubled"), String(model));
  await read([both]);
});

Deno.test("registering, using and removing leaves the memory that was there", async () => {
  const linear = layer();
  const turn = () =>
    scope(() => {
      registerParametrization(linear, "weight", new Doubled());
      linear.forward(tensor([1, 1]));
      removeParametrizations(linear, "weight");
    });
  turn();
  await read([linear.weight]);
  const before = memory();
  turn();
  assertEquals(memory(), before);
});
