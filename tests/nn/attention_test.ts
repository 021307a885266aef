/** Attention of many heads beside PyTorch's, and at its edges. */
import {
  key,
  multiHeadAttentionForward,
  ShapeError,
  type Tensor,
  tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import { MultiheadAttention, type MultiheadAttentionCall } from "@tapegrad/nn";
import { assert, assertEquals, assertNotEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { precise, precision } from "../backend_traits.ts";
import { againstPyTorch, type AnyLayer } from "./against_pytorch.ts";
import reference from "./reference/attention.json" with { type: "json" };

class SelfAttention extends MultiheadAttention {
  override forward(x: Tensor): [Tensor, Tensor | null] {
    return super.forward(x, x, x);
  }
}

const cases = (isSelf: boolean) => ({
  cases: reference.cases.filter((given) => ("note" in given) === isSelf),
});

againstPyTorch(cases(false), { smooth: ({ options }) => !("dropout" in options) });
againstPyTorch(cases(true), {
  make: ({ arguments: [embedDim, heads], options }) =>
    new SelfAttention(Number(embedDim), Number(heads), options) as unknown as AnyLayer,
});

const inputs = (): [Tensor, Tensor, Tensor] =>
  [[2, 1, 4], [3, 1, 4], [3, 1, 4]].map((shape) => zeros(shape, { dtype: precision })) as [
    Tensor,
    Tensor,
    Tensor,
  ];

Deno.test("what may attend to nothing finds zeros, where PyTorch has NaN, and gives back zeros", async () => {
  const layer = new MultiheadAttention(4, 2, { bias: false, dtype: precision });
  const [q, k, v] = inputs().map((x) => variable(x.add(1)));
  const [output, weights] = layer.forward(q, k, v, { keyPaddingMask: tensor([[true, true, true]]) });
  output.sum().add(weights!.sum()).backward();
  for (const x of [output, weights!, q.grad!, layer.in_proj_weight!.grad!]) {
    assertEquals(await x.abs().sum().item(), 0);
  }
});

Deno.test("NaN behind a mask of keys and values reaches no other position's weight", async () => {
  const layer = new MultiheadAttention(4, 2, { dtype: precision }), [q, k, v] = inputs();
  const spoilt = k.add(precise([[[0]], [[NaN]], [[0]]]));
  const [, weights] = layer.forward(q, spoilt, v, { keyPaddingMask: tensor([[false, true, false]]) });
  assertEquals(await weights!.slice(0, 0).array(), [0.5, 0, 0.5]);
});

Deno.test("no batch and no query give none, whatever there is to attend to", () => {
  const layer = new MultiheadAttention(4, 2);
  const shapes = (q: number[], k: number[]) =>
    layer.forward(zeros(q), zeros(k), zeros(k)).map((x) => x!.shape);
  assertEquals(shapes([2, 0, 4], [3, 0, 4]), [[2, 0, 4], [0, 2, 3]]);
  assertEquals(shapes([0, 1, 4], [3, 1, 4]), [[0, 1, 4], [1, 0, 3]]);
  assertEquals(shapes([2, 1, 4], [0, 1, 4]), [[2, 1, 4], [1, 2, 0]]);
});

Deno.test("a key of dropout gives the same weights again, a buffer that each call moves", async () => {
  const make = () => new MultiheadAttention(4, 2, { dropout: 0.5, key: key(1), dropoutKey: key(2) });
  const [a, b] = [make(), make()], x = zeros([9, 1, 4]);
  const draw = async (layer: MultiheadAttention) => await layer.forward(x, x, x)[1]!.array();
  const first = await draw(a);
  assertEquals(first, await draw(b));
  assertNotEquals(first, await draw(a));
  assertEquals([...a.namedBuffers().keys()], ["key"]);
  a.eval();
  assertEquals(await draw(a), await draw(b.eval()));
});

Deno.test("it starts as PyTorch's: projections by Xavier, biases of 0", async () => {
  const { in_proj_weight, in_proj_bias, out_proj, bias_k } = new MultiheadAttention(64, 4, {
    addBiasKv: true,
    key: key(3),
  });
  const largest = async (x: Tensor) => await x.abs().max().item();
  const bound = Math.sqrt(6 / (64 * 4));
  assert(await largest(in_proj_weight!) <= bound && await largest(in_proj_weight!) > 0.98 * bound);
  assert(await largest(out_proj.weight) <= 1 / 8 && await largest(out_proj.weight) > 0.98 / 8);
  assertEquals([await largest(in_proj_bias!), await largest(out_proj.bias!)], [0, 0]);
  assertEquals(bias_k!.shape, [1, 1, 64]);
  const options = { kdim: 3, key: key(3) };
  const { in_proj_weight: none, k_proj_weight } = new MultiheadAttention(64, 4, options);
  assertStrictEquals(none, null);
  assertEquals(k_proj_weight!.shape, [64, 3]);
});

const refused: Readonly<Record<string, [Tensor[], MultiheadAttentionCall, string]>> = {
  "other features": [
    [zeros([2, 1, 4]), zeros([3, 1, 5]), zeros([3, 1, 4])],
    {},
    "extent of the key must be 4",
  ],
  "other batches": [[zeros([2, 2, 4]), zeros([3, 1, 4]), zeros([3, 1, 4])], {}, "batches, axis 1"],
  "more values": [[zeros([2, 1, 4]), zeros([3, 1, 4]), zeros([4, 1, 4])], {}, "each key needs one value"],
  "a batch of keys alone": [[zeros([2, 4]), zeros([3, 1, 4]), zeros([3, 1, 4])], {}, "[L, N, E] or [L, E]"],
  "a mask of pairs the other way": [inputs(), { attnMask: zeros([3, 2]) }, "must be [2, 3] or [2, 2, 3]"],
  "a mask of keys without a batch": [inputs(), { keyPaddingMask: zeros([3]) }, "must be [1, 3]"],
};

for (const [what, [given, options, why]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words by MultiheadAttention`, () => {
    const [q, k, v] = given;
    assertThrows(() => new MultiheadAttention(4, 2).forward(q, k, v, options), ShapeError, why);
  });
}

Deno.test("heads that cannot share the features are refused", () => {
  assertThrows(() => new MultiheadAttention(4, 3), ShapeError, "3 heads cannot share them");
  const [q, k, v] = inputs(), weight = zeros([4, 4], { dtype: precision });
  const all = { qProjWeight: weight, kProjWeight: weight, vProjWeight: weight, outProjWeight: weight };
  const call = () => multiHeadAttentionForward(q, k, v, { numHeads: 3, ...all });
  assertThrows(call, ShapeError, "3 heads cannot share 4 features");
});
