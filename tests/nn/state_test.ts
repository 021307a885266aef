import {
  key,
  memory,
  noGrad,
  read,
  scope,
  TapeError,
  type Tensor,
  tensor,
  type TypedArray,
  zeros,
} from "@tapegrad/core";
import { Linear, Sequential, type StateDict, StateDictError, Tanh } from "@tapegrad/nn";
import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { precision } from "../backend_traits.ts";

function model(seed = 1): Sequential {
  return new Sequential(
    new Linear(2, 3, { key: key(seed) }),
    new Tanh(),
    new Linear(3, 1, { key: key(seed + 1) }),
  );
}

function values(module: Sequential): Promise<TypedArray[]> {
  return read(module.parameters());
}

function errorOf(load: () => unknown): StateDictError {
  const error = assertThrows(load, StateDictError);
  assertInstanceOf(error, StateDictError);
  return error;
}

Deno.test("a state goes from one module to another of the same shape", async () => {
  const from = model(1), to = model(7);
  assertEquals(Object.keys(from.stateDict()), ["0.weight", "0.bias", "2.weight", "2.bias"]);
  assert(Object.values(from.stateDict()).every((t) => !t.requiresGrad));
  assertEquals(to.loadStateDict(from.stateDict()), { missing: [], unexpected: [] });
  assertEquals(await values(to), await values(from));
  assert(to.parameters().every((p) => p.requiresGrad && p.isLeaf));
});

Deno.test("a loaded state is copied, a state dict shares memory", async () => {
  const layer = new Linear(1, 1), bias = tensor([5]);
  const state = layer.stateDict();
  layer.loadStateDict({ weight: tensor([[4]]), bias });
  bias.assign(0);
  assertEquals(await layer.bias!.array(), [5]);
  assertEquals(await state.bias.array(), [5]);
});

Deno.test("everything that does not fit is listed at once and nothing is changed", async () => {
  const module = model(), before = await values(module);
  const { "0.bias": _, ...state }: StateDict = module.stateDict();
  const wrong = {
    ...state,
    "0.weight": zeros([2, 3]),
    "2.weight": zeros([1, 3]),
    "2.bias": [1] as unknown as Tensor,
    "3.bias": zeros([1]),
    "3.scale": zeros([1]),
  };
  const error = errorOf(() => module.loadStateDict(wrong));
  assertEquals(
    error.message,
    'Cannot load the state into Sequential: missing "0.bias"; unexpected "3.bias", "3.scale"; ' +
      '"0.weight" is [3, 2] in the module and [2, 3] in the state; "2.bias" is no tensor in the state',
  );
  assertEquals(error.missing, ["0.bias"]);
  assertEquals(error.unexpected, ["3.bias", "3.scale"]);
  assertEquals(error.misfits.length, 2);
  assertEquals(await values(module), before);
});

Deno.test("without strict the names that agree are loaded, shapes still must", async () => {
  const module = model();
  const state = { "0.bias": tensor([7, 8, 9]), scale: zeros([1]) };
  assertThrows(() => module.loadStateDict(state), StateDictError, "strict: false");
  assertEquals(module.loadStateDict(state, { strict: false }), {
    missing: ["0.weight", "2.weight", "2.bias"],
    unexpected: ["scale"],
  });
  assertEquals(await module.stateDict()["0.bias"].array(), [7, 8, 9]);
  assertThrows(
    () => module.loadStateDict({ "0.bias": zeros([4]) }, { strict: false }),
    StateDictError,
    "[4]",
  );
});

Deno.test("a state of another dtype is converted, a disposed one refused", async () => {
  const layer = new Linear(1, 1, { dtype: precision });
  const state = { weight: tensor([[0.5]]), bias: tensor([1], { dtype: "i32" }) };
  layer.loadStateDict(state);
  assertEquals([layer.weight.dtype, await layer.weight.array()], [precision, [[0.5]]]);
  assertEquals(await layer.bias!.array(), [1]);
  state.weight.dispose();
  assertThrows(() => layer.loadStateDict(state), StateDictError, '"weight" is disposed');
});

Deno.test("names of Object's own are names like any other", () => {
  const layer = new Linear(1, 1);
  const state = { ...layer.stateDict(), ["constructor"]: zeros([1]) };
  assertEquals(errorOf(() => layer.loadStateDict(state)).unexpected, ["constructor"]);
});

Deno.test("loading leaves no memory behind", () => {
  const from = model(1), to = model(7), before = memory();
  scope(() => to.loadStateDict(from.stateDict()));
  to.loadStateDict(from.stateDict());
  assertEquals(memory(), before);
});

Deno.test("a state of which one tensor cannot be loaded leaves all as they were", async () => {
  const layer = new Linear(2, 2), good = new Linear(2, 2).stateDict();
  const before = [await layer.weight.array(), await layer.bias!.array()];
  const flat = layer.bias!;
  noGrad(() => flat.setData(zeros([1]).expand([2]))); // cannot be overwritten: one element, shown twice
  assertThrows(() => layer.loadStateDict(good), TapeError, "share memory");
  assertEquals(await layer.weight.array(), before[0]);
});
