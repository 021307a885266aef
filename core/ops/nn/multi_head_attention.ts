/** Attention of many heads, between projections. */
import { dtypes, isFloating } from "../../base/dtype.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { sameShape, type Shape } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { registerFunctions } from "../../call/catalog.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { concat } from "../joining.ts";
import { pad } from "../padding.ts";
import type { Key } from "../keys.ts";
import { chunk } from "../pieces.ts";
import { mean } from "../statistics.ts";
import { expand, reshape, squeeze, unsqueeze } from "../shape.ts";
import { permute } from "../axis_order.ts";
import { linear } from "./affine.ts";
import { scaledDotProductAttention } from "./attention.ts";
import { allowedOf, type AttentionMasks } from "./attention_masks.ts";
import { attentionWithWeights } from "./attention_weights.ts";

/**
 * What {@link multiHeadAttentionForward} computes with, and how.
 *
 * @category Network functions
 */
export interface MultiHeadAttentionOptions extends AttentionMasks {
  /** How many heads share the E features of the projected query. */
  readonly numHeads: number;
  /** `[3·E, E]`, the projections of query, key and value below each other; in place of the three that follow. */
  readonly inProjWeight?: Tensor | null | undefined;
  /** `[E, E]`. */
  readonly qProjWeight?: Tensor | null | undefined;
  /** `[E, features of a key]`. */
  readonly kProjWeight?: Tensor | null | undefined;
  /** `[E, features of a value]`. */
  readonly vProjWeight?: Tensor | null | undefined;
  /** `[3·E]`. */
  readonly inProjBias?: Tensor | null | undefined;
  /** A key that stands behind all others, `[1, 1, E]`; with `biasV`. */
  readonly biasK?: Tensor | null | undefined;
  /** Its value, `[1, 1, E]`. */
  readonly biasV?: Tensor | null | undefined;
  /** Whether a key and a value of zeros stand behind all others; they do not unless said. */
  readonly addZeroAttn?: boolean | undefined;
  /** `[E, E]`. */
  readonly outProjWeight: Tensor;
  /** `[E]`. */
  readonly outProjBias?: Tensor | null | undefined;
  /** The probability of a weight to be dropped while `training`, 0 unless said. */
  readonly dropoutP?: number | undefined;
  /** Whether weights are dropped at all; they are unless said. */
  readonly training?: boolean | undefined;
  /** What weights are dropped by; the next key of the global sequence unless said. */
  readonly key?: Key | undefined;
  /** Whether inputs are `[N, L, E]`, and not `[L, N, E]` as unless said. */
  readonly batchFirst?: boolean | undefined;
  /** Whether weights are given as well; they are unless said. Without them neither they nor scores are kept. */
  readonly needWeights?: boolean | undefined;
  /** Whether weights are the mean over the heads, as unless said, or those of each. */
  readonly averageAttnWeights?: boolean | undefined;
}

const known = {
  numHeads: 1,
  inProjWeight: null,
  qProjWeight: null,
  kProjWeight: null,
  vProjWeight: null,
  inProjBias: null,
  biasK: null,
  biasV: null,
  addZeroAttn: false,
  outProjWeight: null,
  outProjBias: null,
  dropoutP: 0,
  training: true,
  key: null,
  batchFirst: false,
  needWeights: true,
  averageAttnWeights: true,
  keyPaddingMask: null,
  attnMask: null,
  isCausal: false,
};

/** Query, key and value, projected; what is all three is so in one product. */
function projected(inputs: readonly Tensor[], options: MultiHeadAttentionOptions): readonly Tensor[] {
  const { inProjWeight: packed, inProjBias: bias, qProjWeight, kProjWeight, vProjWeight } = options;
  if (packed && inputs.every((x) => x === inputs[0])) {
    return chunk(linear(inputs[0], packed, bias ?? undefined), 3, -1);
  }
  const weights = packed ? chunk(packed, 3) : [qProjWeight, kProjWeight, vProjWeight];
  const biases = bias ? chunk(bias, 3) : [];
  return inputs.map((x, i) => linear(x, weights[i]!, biases[i]));
}

/** From `[L, N, E]`, or `[N, L, E]`, to `[N, heads, L, E/heads]`. */
function headsOf(x: Tensor, { numHeads, batchFirst }: MultiHeadAttentionOptions): Tensor {
  const [a, b, features] = x.shape, parts = reshape(x, [a, b, numHeads, features / numHeads]);
  return permute(parts, batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3]);
}

/** Behind all others stand the key or value that is a parameter, and the one of zeros. */
function extended(x: Tensor, more: Tensor | null | undefined, options: MultiHeadAttentionOptions): Tensor {
  const [batch, heads, , width] = x.shape;
  const last = more && expand(reshape(more, [1, heads, 1, width]), [batch, heads, 1, width]);
  const whole = last ? concat([x, last], 2) : x;
  return options.addZeroAttn ? pad(whole, [[0, 1], [0, 0]]) : whole;
}

/**
 * Attention of `numHeads` heads: query, key and value are projected and divided among the heads, which attend by {@link
 * scaledDotProductAttention}; what they find is projected once more. It takes `[L, N, E]`, `[S, N, …]` and `[S, N, …]`,
 * the other way round with `batchFirst`, or without the batch, and gives `[output, weights]`: the output in the form of
 * the query, the weights `[N, L, S]`, `[N, heads, L, S]` of each head, or `null`. In bools of masks true may not be
 * attended to; what may attend to nothing attends to zeros. It is PyTorch's
 * `torch.nn.functional.multi_head_attention_forward`; shapes that
 * do not fit are a {@link ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { eye, multiHeadAttentionForward, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const one = eye(2), weights = { qProjWeight: one, kProjWeight: one, vProjWeight: one, outProjWeight: one };
 * const x = tensor([[[0, 0]], [[1, 1]]]); // two positions of one batch
 * const [output, by] = multiHeadAttentionForward(x, x, x, { numHeads: 2, isCausal: true, ...weights });
 * assertEquals(await output.slice(0).array(), [[0, 0]]);
 * assertEquals(await by!.slice(0, 0).array(), [1, 0]);
 * ```
 */
export function multiHeadAttentionForward(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: MultiHeadAttentionOptions,
): [output: Tensor, weights: Tensor | null] {
  checkOptions("attend", options ?? null, known);
  checkInputs([query, key, value], options);
  const isLone = query.rank === 2, batchAxis = options.batchFirst ? 0 : 1;
  const batched = isLone ? sharing([query, key, value], (x) => unsqueeze(x, batchAxis)) : [query, key, value];
  const heads = projected(batched, options).map((x) => headsOf(x, options)), [, k, v] = heads;
  const extra = (options.biasK ? 1 : 0) + (options.addZeroAttn ? 1 : 0);
  const from = [heads[0], extended(k, options.biasK, options), extended(v, options.biasV, options)];
  const scores = [...heads[0].shape.slice(0, -1), k.shape[2]];
  const [found, weights] = attended(from, { ...options, ...allowedOf(options, scores, query, extra) });
  const output = linear(joined(found, options), options.outProjWeight, options.outProjBias ?? undefined);
  return [isLone ? squeeze(output, batchAxis) : output, weights && isLone ? squeeze(weights, 0) : weights];
}

// What is the same tensor stays so.
function sharing(inputs: readonly Tensor[], change: (x: Tensor) => Tensor): Tensor[] {
  const changed = new Map(inputs.map((x) => [x, change(x)]));
  return inputs.map((x) => changed.get(x)!);
}

interface Attending extends MultiHeadAttentionOptions {
  readonly mask?: Tensor;
  readonly isCausal: boolean;
}

function attended([q, k, v]: readonly Tensor[], options: Attending): [Tensor, Tensor | null] {
  const { mask, isCausal, key, training = true } = options, dropoutP = training ? options.dropoutP ?? 0 : 0;
  const how = { mask, isCausal, dropoutP, ...key && { key } };
  if (options.needWeights === false) return [scaledDotProductAttention(q, k, v, how), null];
  const [found, weights] = attentionWithWeights(q, k, v, how);
  return [found, options.averageAttnWeights === false ? weights : mean(weights, 1)];
}

/** The heads' findings side by side, as `[L, N, E]` or `[N, L, E]`. */
function joined(found: Tensor, { batchFirst }: MultiHeadAttentionOptions): Tensor {
  const [batch, heads, length, width] = found.shape;
  const parts = permute(found, batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]);
  return reshape(parts, [...batchFirst ? [batch, length] : [length, batch], heads * width]);
}

function refusal(inputs: readonly Tensor[], why: string): ShapeError {
  const shapes = inputs.map(({ shape }) => shape), [query, key, value] = shapes.map(showShape);
  return new ShapeError(`Cannot attend from query ${query} to key ${key} and value ${value}: ${why}`, {
    op: "multiHeadAttentionForward",
    shapes,
  });
}

function checkInputs(inputs: readonly Tensor[], options: MultiHeadAttentionOptions): void {
  for (const x of inputs) checkTensor("attend with", x);
  checkTensor("attend with an outProjWeight of", options.outProjWeight);
  const [query, key, value] = inputs, { rank } = query, { numHeads } = options;
  const order = options.batchFirst ? "[N, L, E] or [L, E]" : "[L, N, E] or [L, E]";
  if ((rank !== 2 && rank !== 3) || inputs.some((x) => x.rank !== rank)) {
    throw refusal(inputs, `all three are ${order}`);
  }
  const embed = checkWeights(inputs, options), batchAxis = options.batchFirst ? 0 : 1;
  if (!(Number.isInteger(numHeads) && numHeads > 0 && embed % numHeads === 0)) {
    throw refusal(inputs, `${described(numHeads)} heads cannot share ${embed} features`);
  }
  if (rank === 3 && inputs.some((x) => x.shape[batchAxis] !== query.shape[batchAxis])) {
    throw refusal(inputs, `their batches, axis ${batchAxis} of ${order}, must be the same`);
  }
  if (!sameShape(key.shape.slice(0, -1), value.shape.slice(0, -1))) {
    throw refusal(inputs, "each key needs one value");
  }
}

// How many features the projected query has.
function checkWeights(inputs: readonly Tensor[], options: MultiHeadAttentionOptions): number {
  const { inProjWeight: packed, qProjWeight, kProjWeight, vProjWeight } = options;
  const weights = packed ? [packed, packed, packed] : [qProjWeight, kProjWeight, vProjWeight];
  weights.forEach((w) => checkTensor("attend with a projection of", w));
  const embed = weights[0]!.shape[0] / (packed ? 3 : 1);
  inputs.forEach((x, i) => {
    const features = weights[i]!.shape[1];
    if (x.shape[x.rank - 1] === features) return;
    throw refusal(inputs, `the last extent of the ${["query", "key", "value"][i]} must be ${features}`);
  });
  checkParts({ inProjBias: [3 * embed], biasK: [1, 1, embed], biasV: [1, 1, embed] }, inputs, options);
  if (Boolean(options.biasK) !== Boolean(options.biasV)) throw refusal(inputs, "biasK and biasV go together");
  return embed;
}

function checkParts(
  shapes: Readonly<Record<"inProjBias" | "biasK" | "biasV", Shape>>,
  inputs: readonly Tensor[],
  options: MultiHeadAttentionOptions,
): void {
  for (const [name, shape] of Object.entries(shapes)) {
    const part = options[name as keyof typeof shapes];
    if (!part) continue;
    checkTensor(`attend with ${name}, which is`, part);
    if (!sameShape(part.shape, shape)) {
      throw refusal(inputs, `${name} is ${showShape(part.shape)}, it must be ${showShape(shape)}`);
    }
  }
}

registerFunctions({ multiHeadAttentionForward: 3 }, { dtypes: dtypes.filter(isFloating) });
