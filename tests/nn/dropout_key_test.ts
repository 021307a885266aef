/** The key of a dropout is a buffer: it moves with the module, outlives scopes, and is saved and loaded. */
import { type Key, key, keyTensor, ones, randomState, ready, scope, ShapeError, zeros } from "@tapegrad/core";
import { Dropout, Linear, Sequential } from "@tapegrad/nn";
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { openFar } from "../backends/far_backend.ts";
import { backend } from "../backend_traits.ts";

async function masks(dropout: Dropout, count = 3): Promise<unknown[]> {
  const drawn = [];
  for (let i = 0; i < count; i++) drawn.push(await scope(() => dropout.forward(ones([8]))).array());
  return drawn;
}

Deno.test("a layer with a key draws the same from words and from a tensor, which stays as it is", async () => {
  const from = keyTensor(key(3)), before = randomState();
  const [words, tensor, again] = await Promise.all(
    [key(3), from, from].map((key: Key) => masks(new Dropout(0.5, { key }))),
  );
  assertEquals([tensor, again], [words, words]);
  assertNotEquals(words[0], words[1]);
  assertEquals(randomState(), before);
  assertThrows(() => new Dropout(0.5, { key: zeros([2]) }), ShapeError, "a key of f32 [2]: make one with");
});

Deno.test("it is made in a scope and outlives it", async () => {
  const dropout = scope(() => [new Dropout(0.5, { key: key(3) })])[0];
  assertEquals(await masks(dropout), await masks(new Dropout(0.5, { key: key(3) })));
});

Deno.test("it moves with its model, and goes on there", async () => {
  const far = await openFar("dropout.far"), dropout = new Dropout(0.5, { key: key(3) });
  const model = new Sequential(new Linear(2, 8), dropout), first = await masks(dropout, 1);
  await ready(model.to(far.name));
  const second = dropout.forward(ones([8], { backend: far }));
  assertEquals([dropout.key!.backend, second.backend], [far, far]);
  assertEquals([...first, await second.array()], await masks(new Dropout(0.5, { key: key(3) }), 2));
  assertEquals([...model.namedBuffers().keys()], ["1.key"]);
});

Deno.test("where the input is elsewhere, the mask is drawn there", async () => {
  const far = await openFar("dropout.apart"), dropout = new Dropout(0.5, { key: key(3) });
  const there = dropout.forward(ones([8], { backend: far })), here = dropout.forward(ones([8]));
  const both = [await there.array(), await here.array()];
  assertEquals(both, await masks(new Dropout(0.5, { key: key(3) }), 2));
  assertEquals([there.backend, here.backend, dropout.key!.backend], [far, backend, backend]);
});

Deno.test("a saved state goes on with the mask that would have come", async () => {
  const saved = new Dropout(0.5, { key: key(3) }), loaded = new Dropout(0.5, { key: key(4) });
  await masks(saved);
  loaded.loadStateDict(saved.stateDict());
  assertEquals(await masks(loaded), await masks(saved));
});
