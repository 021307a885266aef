/** What users of other libraries reported of attention and recurrence, as it is here. */
import { key, ones, read, stack, sum, type Tensor, tensor, variable } from "@tapegrad/core";
import { GRU, LSTM, MultiheadAttention, RNN, TransformerEncoderLayer } from "@tapegrad/nn";
import { assert, assertEquals } from "@std/assert";
import { precision, within } from "../backend_traits.ts";
import { copied, here, sample } from "../table/row.ts";

function sampled(shape: readonly number[], seed = 0): Tensor {
  return copied(sample(shape, { seed }), here);
}

async function assertClose(found: Tensor, expected: Tensor): Promise<void> {
  assertEquals(found.shape, expected.shape);
  const [a, b] = await read([found, expected]);
  a.forEach((v: number, i: number) =>
    assert(Math.abs(v - b[i]) <= within(1e-12, 1e-5), `${v} and ${b[i]} at ${i}`)
  );
}

Deno.test("pytorch 41508: a query without a key spoils no gradient, with weights or without", async () => {
  const keyPaddingMask = tensor([[false, false, false, false], [false, false, true, true]]);
  const none = -Infinity,
    attnMask = tensor([[0, none, none, none], [0, 0, none, none], [none, 0, 0, none], [none, none, 0, 0]]);
  for (const needWeights of [true, false]) {
    const layer = new MultiheadAttention(2, 1, { dtype: precision, key: key(1) }),
      x = variable(sampled([4, 2, 2]));
    const [output] = layer.forward(x, x, x, { keyPaddingMask, attnMask, needWeights });
    sum(output).backward();
    for (const t of [output, x.grad!, ...layer.parameters().map((p) => p.grad!)]) {
      assert(Number.isFinite(await t.sum().item()));
    }
  }
});

Deno.test("pytorch 160064: heads that may attend to nothing give the same with weights and without", async () => {
  const layer = new MultiheadAttention(3, 3, { batchFirst: true, dtype: precision, key: key(2) });
  const x = sampled([1, 5, 3]), attnMask = tensor([[[false]], [[false]], [[true]]]).expand([3, 5, 5]);
  const [plain] = layer.forward(x, x, x, { attnMask, needWeights: false });
  const [output, weights] = layer.forward(x, x, x, { attnMask, averageAttnWeights: false });
  await assertClose(output, plain);
  assertEquals(await weights!.slice(0, 2).abs().sum().item(), 0);
});

Deno.test("pytorch 96941: isCausal alone is the mask of what is later, in training and out of it", async () => {
  const layer = new TransformerEncoderLayer(4, 1, {
    dimFeedforward: 6,
    dropout: 0,
    batchFirst: true,
    key: key(3),
  });
  layer.to(precision);
  const x = sampled([2, 5, 4]), srcMask = ones([5, 5]).triu(1).to("bool");
  for (const on of [true, false]) {
    await assertClose(layer.train(on).forward(x, { isCausal: true }), layer.forward(x, { srcMask }));
  }
});

Deno.test("pytorch 115472: a mask with isCausal is both, batch first as second", async () => {
  const make = (batchFirst: boolean) =>
    new MultiheadAttention(4, 2, { batchFirst, key: key(4) }).to(precision).eval();
  const x = sampled([3, 5, 4]),
    attnMask = ones([5, 5]).triu(1).to("bool"),
    call = { attnMask, isCausal: true };
  const [first] = make(true).forward(x, x, x, call), turned = x.transpose(0, 1);
  const [second] = make(false).forward(turned, turned, turned, call);
  await assertClose(second.transpose(0, 1), first);
});

for (const Layer of [RNN, GRU, LSTM]) {
  Deno.test(`keras 4192 and 7695: longer padding changes no state of ${Layer.name}, and gives zeros`, async () => {
    const layer = new Layer(3, 2, { numLayers: 2, bidirectional: true, key: key(5) }).to(precision);
    const x = sampled([6, 2, 3]), lengths = [3, 2];
    const [long, longEnd] = layer.forward(x, undefined, { lengths });
    const [short, shortEnd] = layer.forward(x.slice([0, 3]), undefined, { lengths });
    await assertClose(long.slice([0, 3]), short);
    await assertClose(stack([longEnd].flat()), stack([shortEnd].flat()));
    assertEquals(await long.slice([3, 6]).abs().sum().item(), 0);
  });
}
