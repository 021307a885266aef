/** Recurrent layers and cells beside PyTorch's, and at their edges. */
import { key, memory, read, scope, ShapeError, sum, type Tensor, tensor, where, zeros } from "@tapegrad/core";
import { GRU, GRUCell, LSTM, LSTMCell, RNN, RNNCell } from "@tapegrad/nn";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { precision } from "../backend_traits.ts";
import { copied, here, sample } from "../table/row.ts";
import { againstPyTorch } from "./against_pytorch.ts";
import reference from "./reference/recurrence.json" with { type: "json" };

againstPyTorch(reference);

function sampled(shape: readonly number[], seed = 0): Tensor {
  return copied(sample(shape, { seed }), here);
}

Deno.test("lengths are the same as a tensor, and what is past an end is not read, be it NaN", async () => {
  for (const Layer of [RNN, GRU, LSTM]) {
    const layer = new Layer(3, 2, { bidirectional: true, dtype: precision, key: key(1) });
    const x = sampled([4, 2, 3]),
      past = tensor([[[false], [false]], [[false], [false]], [[false], [true]], [[false], [true]]]);
    x.requiresGrad = true;
    const [given] = layer.forward(x, undefined, { lengths: [4, 2] });
    const [spoilt] = layer.forward(where(past, NaN, x), undefined, {
      lengths: tensor([4, 2], { dtype: "i32" }),
    });
    assertEquals(await spoilt.array(), await given.array());
    sum(spoilt).backward();
    for (const t of [x, ...layer.parameters()]) assert(Number.isFinite(await t.grad!.sum().item()));
    assertEquals(await x.grad!.slice([2, 4], 1).array(), [[0, 0, 0], [0, 0, 0]]);
  }
});

Deno.test("a batch of lengths gives what each sequence does alone, in any order and direction", async () => {
  const layer = new LSTM(3, 2, { numLayers: 2, bidirectional: true, dtype: precision, key: key(2) });
  const x = sampled([4, 3, 3]), lengths = [2, 4, 1], [output, [h]] = layer.forward(x, undefined, { lengths });
  for (const [i, length] of lengths.entries()) {
    const [alone, [last]] = layer.forward(x.slice([0, length], i));
    const [a, b, c, d] = await read([output.slice([0, length], i), h.slice(null, i), alone, last]);
    a.forEach((v: number, j: number) => assert(Math.abs(v - c[j]) < 1e-6));
    b.forEach((v: number, j: number) => assert(Math.abs(v - d[j]) < 1e-6));
  }
});

Deno.test("cells are the steps of their layers", async () => {
  const x = sampled([3, 2, 3]);
  for (const [Layer, Cell] of [[RNN, RNNCell], [GRU, GRUCell]] as const) {
    const layer = new Layer(3, 2, { dtype: precision }), cell = new Cell(3, 2, { dtype: precision });
    const state = Object.entries(layer.stateDict()).map(([name, t]) => [name.replace("_l0", ""), t] as const);
    cell.loadStateDict(Object.fromEntries(state));
    let h: Tensor | undefined;
    for (const row of x.unbind()) h = cell.forward(row, h);
    const [a, b] = await read([h!, layer.forward(x)[1]]);
    a.forEach((v: number, i: number) => assert(Math.abs(v - b[i]) < 1e-6));
  }
  const [h, c] = new LSTMCell(3, 2).forward(zeros([5, 3]));
  assertEquals([h.shape, c.shape], [[5, 2], [5, 2]]);
});

Deno.test("parameters start between ±1/√hidden, the same ones of a key", async () => {
  const make = () => new GRU(3, 16, { key: key(4) });
  const [a, b] = [make(), make()];
  for (const [name, p] of a.namedParameters()) {
    assert(await p.abs().max().item() <= 0.25);
    assertEquals(await p.array(), await b.getParameter(name).array());
  }
  assert(await a.weight_hh_l0.abs().max().item() > 0.24);
  assertNotEquals(await a.bias_ih_l0.array(), await a.bias_hh_l0.array());
});

Deno.test("outputs are dropped between layers, by a key the same ones, and not out of training", async () => {
  const make = () => new RNN(2, 3, { numLayers: 2, dropout: 0.5, key: key(5), dropoutKey: key(6) });
  const [a, b] = [make(), make()], x = sampled([6, 4, 2]).to("f32");
  const first = await a.forward(x)[0].array();
  assertEquals(first, await b.forward(x)[0].array());
  assertNotEquals(first, await a.forward(x)[0].array());
  assertEquals([...a.namedBuffers().keys()], ["key"]);
  assertEquals(await a.eval().forward(x)[0].array(), await b.eval().forward(x)[0].array());
});

Deno.test("no batch gives no states", () => {
  const [output, [h, c]] = new LSTM(3, 2).forward(zeros([4, 0, 3]));
  assertEquals([output.shape, h.shape, c.shape], [[4, 0, 2], [1, 0, 2], [1, 0, 2]]);
});

Deno.test("the gradient of many steps holds memory in proportion to them", () => {
  const layer = new LSTM(4, 8);
  const held = (steps: number) =>
    scope(() => {
      const before = memory().bytes, [output] = layer.forward(zeros([steps, 2, 4]));
      const kept = memory().bytes - before;
      sum(output).backward();
      layer.zeroGrad();
      return kept;
    });
  const [few, many] = [held(16), held(64)];
  assert(few > 0 && many < 5 * few, `${few} for 16 steps, ${many} for 64`);
});

const x = zeros([4, 2, 3]);
const refused: Readonly<Record<string, [() => unknown, string]>> = {
  "other features": [
    () => new LSTM(3, 2).forward(zeros([4, 2, 5])),
    "Cannot apply LSTM(3, 2) to [4, 2, 5]: the last extent must be 3",
  ],
  "a vector": [() => new GRU(3, 2).forward(zeros([3])), "[T, N, …] or [T, …] is needed"],
  "no time": [() => new GRU(3, 2).forward(zeros([0, 2, 3])), "at least one time"],
  "a state of another batch": [() => new GRU(3, 2).forward(x, zeros([1, 3, 2])), "it must be [1, 2, 2]"],
  "fewer lengths": [() => new GRU(3, 2).forward(x, undefined, { lengths: [4] }), "the batch has 2 sequences"],
  "a length of 0": [() => new GRU(3, 2).forward(x, undefined, { lengths: [4, 0] }), "an integer from 1 to 4"],
  "a longer length": [
    () => new GRU(3, 2).forward(x, undefined, { lengths: [5, 1] }),
    "an integer from 1 to 4",
  ],
  "a state of a cell": [() => new GRUCell(3, 2).forward(zeros([2, 3]), zeros([1, 2])), "its batch must be 2"],
};

for (const [what, [call, why]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words by a recurrent layer`, () => {
    assertThrows(call, ShapeError, why);
  });
}

Deno.test("settings that are none are refused", () => {
  const made = (call: () => unknown, why: string) => assertThrows(call, Error, why);
  made(() => new RNN(3, 2, { nonlinearity: "sigmoid" as "tanh" }), "choose tanh or relu");
  made(() => new LSTM(3, 2, { projSize: 2 }), "projSize of 2");
  made(() => new LSTM(3, 2, { numLayers: 0 }), "numLayers of 0");
  made(() => new LSTM(3, 2).forward(x, zeros([1, 2, 2]) as never), "[h, c] is needed");
  made(() => new GRU(3, 2, { projSize: 1 } as never), 'an option "projSize"');
});
