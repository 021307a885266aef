/** Tensors with several names: state dicts have and take all of them, as PyTorch's do. */
import { type Tensor, tensor, variable } from "@tapegrad/core";
import { Linear, Module, Sequential, StateDictError } from "@tapegrad/nn";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";
import { storageOf } from "../../core/tensor/internals.ts";

class Tied extends Module {
  readonly encoder = new Linear(2, 2, { bias: false });
  readonly scale = variable([1, 1]);
  readonly decoder = { weight: this.encoder.weight, scales: [this.scale] };

  override forward(x: Tensor): Tensor {
    return this.encoder.forward(x).matmul(this.decoder.weight);
  }
}

const names = ["encoder.weight", "scale", "decoder.weight", "decoder.scales.0"];

Deno.test("the state of tied parameters has all of their names, the parameters are there once", () => {
  const model = new Tied();
  assertEquals(Object.keys(model.stateDict()), names);
  assertEquals([...model.namedParameters().keys()], ["encoder.weight", "scale"]);
  assertStrictEquals(storageOf(model.stateDict()["decoder.weight"]), storageOf(model.encoder.weight));
  assertEquals([model.encoder.weight.label, model.scale.label], ["encoder.weight", "scale"]);
});

Deno.test("a state with both names loads, and one with either", async () => {
  const weight = tensor([[1, 2], [3, 4]]), scale = tensor([5, 6]);
  for (
    const state of [
      Object.fromEntries(names.map((name) => [name, name.includes("weight") ? weight : scale])),
      { "encoder.weight": weight, "scale": scale },
      { "decoder.weight": weight, "decoder.scales.0": scale },
      new Tied().stateDict(),
    ]
  ) {
    const model = new Tied();
    assertEquals(model.loadStateDict(state), { missing: [], unexpected: [] });
    const [name] = names.filter((name) => name in state && name.includes("weight"));
    assertEquals(await model.encoder.weight.array(), await state[name].array());
  }
});

Deno.test("a tied tensor without any of its names is missing under all, and misfits are told by name", () => {
  const weight = tensor([[1, 2], [3, 4]]);
  const error = assertThrows(() => new Tied().loadStateDict({ "decoder.weight": weight }), StateDictError);
  assertEquals(error.missing, ["scale", "decoder.scales.0"]);
  const state = { ...new Tied().stateDict(), "decoder.weight": tensor([1]) };
  assertEquals(assertThrows(() => new Tied().loadStateDict(state), StateDictError).misfits, [
    '"decoder.weight" is [2, 2] in the module and [1] in the state',
  ]);
});

Deno.test("a layer that stands twice, and cycles", () => {
  const layer = new Linear(2, 2), model = new Sequential(layer, layer);
  assertEquals(Object.keys(model.stateDict()), ["0.weight", "0.bias", "1.weight", "1.bias"]);
  const cyclic = new Tied() as Tied & { self?: Tied };
  cyclic.self = cyclic;
  assertEquals(Object.keys(cyclic.stateDict()), names);
});
