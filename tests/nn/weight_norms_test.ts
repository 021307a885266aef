/** Layers whose weights have norms of their own, against PyTorch's; and how such weights come and go. */
import { IndexError, key, read, scope, tensor, zeros } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { Linear, removeSpectralNorm, removeWeightNorm, spectralNorm, weightNorm } from "@tapegrad/nn";
import { assertEquals, assertThrows } from "@std/assert";
import { againstPyTorch, type AnyLayer, type Case } from "./against_pytorch.ts";
import reference from "./reference/weight_norms.json" with { type: "json" };

type LayerClass = new (...args: readonly unknown[]) => AnyLayer;

function make({ layer, arguments: given, options, note }: Case): AnyLayer {
  const made = new (nn as unknown as Record<string, LayerClass>)[layer](...given);
  return note === "weightNorm" ? weightNorm(made, options) : spectralNorm(made, options);
}

function isFixed({ note, training }: Case): boolean {
  return note === "weightNorm" || !training;
}

// In training the vectors that a spectral norm is made of follow the weight, off the tape, with each call.
againstPyTorch(reference, { make, smooth: isFixed, mapped: isFixed });

for (
  const [name, add, remove] of [
    ["weightNorm", weightNorm, removeWeightNorm],
    ["spectralNorm", spectralNorm, removeSpectralNorm],
  ] as const
) {
  Deno.test(`${name} comes once and goes, and leaves the weight that there was last`, async () => {
    const layer = scope(() => [add(new Linear(2, 3))])[0], x = tensor([[1, 2]]);
    const y = scope(() => layer.forward(x)), [kept] = await read([layer.weight]);
    assertEquals(layer.weight.isLeaf, false);
    assertThrows(() => add(layer), TypeError, `Cannot ${name} "weight" again: it is computed already`);
    assertEquals(await scope(() => layer.eval().forward(x)).array(), await y.array());
    assertEquals(remove(layer), layer);
    assertEquals([...layer.namedParameters().keys()].sort(), ["bias", "weight"]);
    assertEquals([(await read([layer.weight]))[0], layer.weight.isLeaf], [kept, true]);
    assertEquals(await layer.forward(x).array(), await y.array());
    assertThrows(
      () => remove(layer),
      TypeError,
      `Cannot remove ${name} of "weight" from Linear: there is none`,
    );
    assertEquals(add(layer).forward(x).shape, [1, 3]);
  });

  Deno.test(`${name} says what it cannot be made of`, () => {
    const layer = new Linear(2, 3, { bias: false });
    assertThrows(() => add(layer, { name: "bias" }), TypeError, `Cannot ${name} "bias" of Linear: it has no`);
    assertThrows(() => add(layer, { axis: 2 }), IndexError, "along axis 2: a parameter of 2 axes has none");
    assertThrows(() => add(zeros([2]) as never), TypeError, `Cannot ${name} what is no module`);
    assertEquals([...layer.namedParameters().keys()], ["weight"]);
  });
}

Deno.test("the gradient of a forward before another one is that of its own norm", async () => {
  const layer = spectralNorm(new Linear(2, 2), { key: key(1) }), once = layer.stateDict();
  const other = spectralNorm(new Linear(2, 2));
  other.loadStateDict(once);
  const x = tensor([[1, 2]]), first = layer.forward(x).sum();
  layer.forward(x);
  first.backward();
  other.forward(x).sum().backward();
  const gradients = [layer, other].map((one) => one.namedParameters().get("weight_orig")!.grad!);
  const [found, wanted] = await read(gradients);
  assertEquals(found, wanted);
});
