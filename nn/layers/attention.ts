/** Attention as a layer. */
import {
  type AttentionMasks,
  checkOptions,
  checkSetting,
  checkShape,
  drawKey,
  type DType,
  type Key,
  keyTensor,
  multiHeadAttentionForward,
  splitKey,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import * as init from "../init.ts";
import { Module } from "../module.ts";
import { checkHeads } from "./heads.ts";
import { Linear } from "./linear.ts";

/**
 * What {@link MultiheadAttention} may be told.
 *
 * @category Layers
 */
export interface MultiheadAttentionOptions {
  /** The probability of a weight to be dropped in training, 0 unless said. */
  readonly dropout?: number;
  /** Whether projections add biases; they do unless said. */
  readonly bias?: boolean;
  /** Whether a key and a value that are parameters stand behind all others; they do not unless said. */
  readonly addBiasKv?: boolean;
  /** Whether a key and a value of zeros do; they do not unless said. */
  readonly addZeroAttn?: boolean;
  /** How many features a key has: `embedDim` unless said. */
  readonly kdim?: number;
  /** How many features a value has: `embedDim` unless said. */
  readonly vdim?: number;
  /** Whether the batch is the first axis, and not the second, as unless said. */
  readonly batchFirst?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
  /** Where the initial values come from; the global sequence unless said. */
  readonly key?: Key;
  /** What weights are dropped by, a buffer that each call changes; the global sequence unless said. */
  readonly dropoutKey?: Key;
}

/**
 * What a call of {@link MultiheadAttention} may be told.
 *
 * @category Layers
 */
export interface MultiheadAttentionCall extends AttentionMasks {
  /** Whether weights are given as well; they are unless said. Without them neither they nor scores are kept. */
  readonly needWeights?: boolean;
  /** Whether weights are the mean over the heads, as unless said, or those of each. */
  readonly averageAttnWeights?: boolean;
}

const known = {
  dropout: 0,
  bias: true,
  addBiasKv: false,
  addZeroAttn: false,
  kdim: 1,
  vdim: 1,
  batchFirst: false,
  dtype: null,
  key: null,
  dropoutKey: null,
};
const knownOfCalls = {
  keyPaddingMask: null,
  attnMask: null,
  isCausal: false,
  needWeights: true,
  averageAttnWeights: true,
};

/**
 * Attention of several heads between learned projections, as `torch.nn.MultiheadAttention`, whose names and initial
 * values it has: see {@link multiHeadAttentionForward}, of which it gives `[output, weights]`. In bools of masks true
 * may not be attended to. Vaswani et al. (2017).
 *
 * @category Layers
 * @example
 * ```ts
 * import { normal } from "@tapegrad/core";
 * import { MultiheadAttention } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const attention = new MultiheadAttention(8, 2, { batchFirst: true }), x = normal([3, 5, 8]);
 * const [output, weights] = attention.forward(x, x, x, { isCausal: true });
 * assertEquals([output.shape, weights!.shape], [[3, 5, 8], [3, 5, 5]]);
 * assertEquals(await weights!.slice(0, 0).array(), [1, 0, 0, 0, 0]);
 * assertEquals(Object.keys(attention.stateDict()), [
 *   "in_proj_weight",
 *   "in_proj_bias",
 *   "out_proj.weight",
 *   "out_proj.bias",
 * ]);
 * ```
 */
export class MultiheadAttention extends Module<
  readonly [query: Tensor, key: Tensor, value: Tensor, options?: MultiheadAttentionCall],
  [output: Tensor, weights: Tensor | null]
> {
  /** How many features a query and the output have. */
  readonly embedDim: number;
  /** How many heads share them. */
  readonly numHeads: number;
  /** The probability of a weight to be dropped in training. */
  readonly dropout: number;
  /** Whether a key and a value of zeros stand behind all others. */
  readonly addZeroAttn: boolean;
  /** Whether the batch is the first axis. */
  readonly batchFirst: boolean;
  /** `[3·embedDim, embedDim]`, or `null` where keys or values have other features. */
  readonly in_proj_weight: Tensor | null = null;
  /** `[embedDim, embedDim]`, or `null` where all three projections are one. */
  readonly q_proj_weight: Tensor | null = null;
  /** `[embedDim, kdim]`, or `null`. */
  readonly k_proj_weight: Tensor | null = null;
  /** `[embedDim, vdim]`, or `null`. */
  readonly v_proj_weight: Tensor | null = null;
  /** `[3·embedDim]`, or `null` without biases. */
  readonly in_proj_bias: Tensor | null;
  /** What the heads found is projected by. */
  readonly out_proj: Linear;
  /** `[1, 1, embedDim]`, or `null`. */
  readonly bias_k: Tensor | null;
  /** `[1, 1, embedDim]`, or `null`. */
  readonly bias_v: Tensor | null;
  /** What weights are dropped by, as a buffer that each call changes; `null` where that is the global sequence. */
  readonly key: Tensor | null;

  /** A layer with random parameters. */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    checkOptions("make a MultiheadAttention", options, known);
    const { dropout = 0, bias = true, kdim = embedDim, vdim = embedDim, dtype, key } = options;
    checkHeads("MultiheadAttention", embedDim, numHeads);
    checkShape("make a MultiheadAttention of", [kdim, vdim]);
    checkSetting("make a MultiheadAttention", "dropout", dropout, 0, 1);
    const keys = key ? splitKey(key, 6) : [], creation = { requiresGrad: true, ...dtype && { dtype } };
    const weight = (rows: number, columns: number, i: number) =>
      init.xavierUniform(zeros([rows, columns], creation), keyed(keys[i]));
    const lone = (i: number) => init.xavierNormal(zeros([1, 1, embedDim], creation), keyed(keys[i]));
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = dropout;
    this.addZeroAttn = options.addZeroAttn ?? false;
    this.batchFirst = options.batchFirst ?? false;
    if (kdim === embedDim && vdim === embedDim) this.in_proj_weight = weight(3 * embedDim, embedDim, 0);
    else {
      [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight] = [embedDim, kdim, vdim]
        .map((columns, i) => weight(embedDim, columns, i));
    }
    this.in_proj_bias = bias ? zeros([3 * embedDim], creation) : null;
    this.out_proj = new Linear(embedDim, embedDim, { bias, ...dtype && { dtype }, ...keyed(keys[3]) });
    if (this.out_proj.bias) init.zeros(this.out_proj.bias);
    this.bias_k = options.addBiasKv ? lone(4) : null;
    this.bias_v = options.addBiasKv ? lone(5) : null;
    this.key = options.dropoutKey ? keyTensor(options.dropoutKey) : null;
  }

  /** What of `value` the queries attend to by the keys, and the weights. */
  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiheadAttentionCall = {},
  ): [output: Tensor, weights: Tensor | null] {
    checkOptions(`apply ${this.describe()}`, options, knownOfCalls);
    const { training, dropout } = this, draws = training && dropout > 0 && this.key;
    return multiHeadAttentionForward(query, key, value, {
      ...options,
      numHeads: this.numHeads,
      inProjWeight: this.in_proj_weight,
      qProjWeight: this.q_proj_weight,
      kProjWeight: this.k_proj_weight,
      vProjWeight: this.v_proj_weight,
      inProjBias: this.in_proj_bias,
      biasK: this.bias_k,
      biasV: this.bias_v,
      addZeroAttn: this.addZeroAttn,
      outProjWeight: this.out_proj.weight,
      outProjBias: this.out_proj.bias,
      dropoutP: dropout,
      training,
      batchFirst: this.batchFirst,
      ...draws && { key: drawKey(draws) },
    });
  }

  /** `MultiheadAttention(8, 2)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.embedDim}, ${this.numHeads})`;
  }
}

function keyed(key: Key | undefined): { readonly key?: Key } {
  return key ? { key } : {};
}
