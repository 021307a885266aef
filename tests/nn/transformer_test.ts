/** Transformers beside PyTorch's, and how their parts are made. */
import { key, type Tensor, zeros } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import {
  LayerNorm,
  Transformer,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "@tapegrad/nn";
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { againstPyTorch, type AnyLayer, type Case } from "./against_pytorch.ts";
import reference from "./reference/transformer.json" with { type: "json" };

function stacked({ layer, options }: Case): AnyLayer {
  const norm = options.norm ? new LayerNorm(4) : null, batchFirst = Boolean(options.batchFirst);
  const made = { dimFeedforward: 3, dropout: 0, batchFirst };
  return layer === "TransformerEncoder"
    ? new TransformerEncoder(new TransformerEncoderLayer(4, 2, made), 2, { norm })
    : new TransformerDecoder(new TransformerDecoderLayer(4, 2, made), 2, { norm });
}

const isStack = ({ layer }: { layer: string }) => layer.endsWith("coder");

// At a kink of relu no difference is a derivative: the smooth ones are those of gelu.
const smooth = ({ options }: Case) => options.activation === "gelu";
againstPyTorch({ cases: reference.cases.filter((given) => !isStack(given)) }, { smooth });
againstPyTorch({ cases: reference.cases.filter(isStack) }, { make: stacked, smooth });

const small = { dimFeedforward: 6, key: key(1) };

Deno.test("layers of an encoder begin as copies of the one it is made with, and are not it", async () => {
  const layer = new TransformerEncoderLayer(4, 2, small), encoder = new TransformerEncoder(layer, 2);
  const [a, b] = [...encoder.layers], { weight } = layer.linear1;
  assertEquals(await a.linear1.weight.array(), await weight.array());
  assertEquals(await b.linear1.weight.array(), await weight.array());
  assert(a !== b && a.linear1.weight !== b.linear1.weight && a.linear1.weight !== weight);
  assertEquals(encoder.parameters().length, 2 * layer.parameters().length);
});

Deno.test("a decoder layer of a key is the same again, its two attentions are not each other", async () => {
  const [a, b] = [0, 1].map(() => new TransformerDecoderLayer(4, 2, small));
  for (const [name, p] of a.namedParameters()) {
    assertEquals(await p.array(), await b.getParameter(name).array(), name);
  }
  const { self_attn, multihead_attn } = a;
  assertNotEquals(await self_attn.in_proj_weight!.array(), await multihead_attn.in_proj_weight!.array());
});

Deno.test("a key of dropout is a sequence of its own in each dropout and layer", async () => {
  const make = () => new TransformerEncoderLayer(4, 2, { ...small, dropout: 0.5, dropoutKey: key(2) });
  const [a, b] = [0, 1].map(() => new TransformerEncoder(make(), 2)), x = zeros([8, 3, 4]).add(1);
  assertEquals(await a.forward(x).array(), await b.forward(x).array());
  const keys = await Promise.all(a.buffers().map(async (k: Tensor) => String(await k.array())));
  assertEquals([keys.length, new Set(keys).size], [8, 8]);
  assertEquals(await a.eval().forward(x).array(), await b.eval().forward(x).array());
});

Deno.test("matrices of a Transformer are drawn by Xavier, each by itself", async () => {
  const options = { dModel: 4, nhead: 2, numEncoderLayers: 2, numDecoderLayers: 1, dimFeedforward: 6 };
  const model = new Transformer({ ...options, key: key(3) });
  const [a, b] = [0, 1].map((i) => model.getParameter(`encoder.layers.${i}.linear1.weight`));
  assertNotEquals(await a.array(), await b.array());
  assert(await a.abs().max().item() <= Math.sqrt(6 / 10));
  assertEquals(await model.getParameter("decoder.norm.bias").abs().sum().item(), 0);
});

Deno.test("the mask of what is later is -∞ above the diagonal", async () => {
  const mask = Transformer.generateSquareSubsequentMask(3);
  assertEquals(await mask.array(), [[0, -Infinity, -Infinity], [0, 0, -Infinity], [0, 0, 0]]);
});

Deno.test("an error in a transformer names the layer by its path", () => {
  const model = new Transformer({
    dModel: 4,
    nhead: 2,
    numEncoderLayers: 1,
    numDecoderLayers: 1,
    dimFeedforward: 6,
  });
  const [x, mask] = [zeros([3, 1, 4]), zeros([2, 2])];
  const error = assertThrows(() => model.forward(x, x, { tgtMask: mask }), Error, "attnMask of [2, 2]");
  assert(error.message.includes("decoder.layers.0.self_attn"), error.message);
  assertThrows(
    () => new TransformerEncoderLayer(4, 2, { activation: "tanh" as "relu" }),
    TypeError,
    "choose relu, gelu",
  );
});

type LayerClass = new (...args: readonly unknown[]) => unknown;
const made: readonly [name: string, ...args: unknown[]][] = [
  ["TransformerEncoderLayer", { dModel: 4 }],
  ["TransformerEncoderLayer", 4, 3],
  ["TransformerEncoderLayer", 4, 2, { dropout: 3 }],
  ["TransformerEncoderLayer", 4, 2, { activation: "relu6" }],
  ["TransformerDecoderLayer", 4],
  ["Transformer", { dModel: 5 }],
  ["MultiheadAttention", { embedDim: 4 }],
  ["LSTM", { inputSize: 3 }],
  ["RNN", 2, 3, { nonlinearity: "relu6" }],
  ["GRUCell", { inputSize: 3 }],
  ["GRUCell", 2, 3, { bais: false }],
];

for (const [name, ...args] of made) {
  Deno.test(`${name} of ${JSON.stringify(args)} is refused in its own name`, () => {
    const Layer = (nn as unknown as Readonly<Record<string, LayerClass>>)[name];
    assertThrows(() => new Layer(...args), Error, `Cannot make a ${name} `);
  });
}
