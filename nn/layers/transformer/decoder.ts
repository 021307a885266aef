/** Decoders of transformers. */
import { checkOptions, splitKey, type Tensor } from "@tapegrad/core";
import { ModuleList } from "../../containers.ts";
import { Module } from "../../module.ts";
import type { MultiheadAttention, MultiheadAttentionCall } from "../attention.ts";
import type { Dropout } from "../dropout.ts";
import type { LayerNorm } from "../normalization.ts";
import type { TransformerStackOptions } from "./encoder.ts";
import { copiesOf, TransformerLayer, type TransformerLayerOptions } from "./layer.ts";

/**
 * What a call of a decoder or one of its layers may be told; masks are those of {@link MultiheadAttention}.
 *
 * @category Layers
 */
export interface TransformerDecoderCall {
  /** `[T, T]`, or one for each batch and head. */
  readonly tgtMask?: Tensor | null | undefined;
  /** `[T, S]`, or one for each batch and head. */
  readonly memoryMask?: Tensor | null | undefined;
  /** `[N, T]`. */
  readonly tgtKeyPaddingMask?: Tensor | null | undefined;
  /** `[N, S]`. */
  readonly memoryKeyPaddingMask?: Tensor | null | undefined;
  /** Whether positions attend to what is not later alone. */
  readonly tgtIsCausal?: boolean | undefined;
  /** Whether position i attends to memory up to i alone. */
  readonly memoryIsCausal?: boolean | undefined;
}

const knownOfCalls = {
  tgtMask: null,
  memoryMask: null,
  tgtKeyPaddingMask: null,
  memoryKeyPaddingMask: null,
  tgtIsCausal: false,
  memoryIsCausal: false,
};

/**
 * Positions attend to each other, then to a memory, then each goes through a perceptron:
 * `torch.nn.TransformerDecoderLayer`, whose names, defaults and initial values it has. It takes `[T, N, dModel]` and
 * `[S, N, dModel]`, the batch first with `batchFirst`. Vaswani et al. (2017).
 *
 * @category Layers
 */
export class TransformerDecoderLayer
  extends TransformerLayer<readonly [tgt: Tensor, memory: Tensor, options?: TransformerDecoderCall]> {
  /** Attention to the memory. */
  readonly multihead_attn: MultiheadAttention;
  /** Of the perceptron. */
  readonly norm3: LayerNorm;
  /** Of the perceptron. */
  readonly dropout3: Dropout;

  /** A layer with random parameters. */
  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
    const [key, dropoutKey] = [options.key, options.dropoutKey];
    const drops = dropoutKey ? splitKey(dropoutKey, 6) : [];
    this.multihead_attn = this.attention(key && splitKey(key, 4)[3], drops[4]);
    this.norm3 = this.norm();
    this.dropout3 = this.dropping(drops[5]);
  }

  /** `tgt` after attention to itself, to `memory`, and the perceptron. */
  override forward(tgt: Tensor, memory: Tensor, options: TransformerDecoderCall = {}): Tensor {
    checkOptions(`apply ${this.describe()} to`, options, knownOfCalls);
    const own = {
      attnMask: options.tgtMask,
      keyPaddingMask: options.tgtKeyPaddingMask,
      isCausal: options.tgtIsCausal,
    };
    const other = {
      attnMask: options.memoryMask,
      keyPaddingMask: options.memoryKeyPaddingMask,
      isCausal: options.memoryIsCausal,
    };
    const x = this.added(tgt, this.norm1, (x) => this.attended(x, own));
    const y = this.added(x, this.norm2, (x) => this.#remembered(x, memory, other));
    return this.added(y, this.norm3, (x) => this.dropout3.forward(this.transformed(x)));
  }

  #remembered(x: Tensor, memory: Tensor, options: MultiheadAttentionCall): Tensor {
    const [found] = this.multihead_attn.forward(x, memory, memory, { ...options, needWeights: false });
    return this.dropout2.forward(found);
  }
}

/**
 * Copies of a layer on each other, all of which attend to one memory: `torch.nn.TransformerDecoder`.
 *
 * @category Layers
 */
export class TransformerDecoder
  extends Module<readonly [tgt: Tensor, memory: Tensor, options?: TransformerDecoderCall]> {
  /** The layers, the first applied first. */
  readonly layers: ModuleList<TransformerDecoderLayer>;
  /** What normalises the last layer's output, if anything. */
  readonly norm: Module | null;

  /** `numLayers` copies of `decoderLayer`, with its parameters. */
  constructor(
    decoderLayer: TransformerDecoderLayer,
    numLayers: number,
    options: TransformerStackOptions = {},
  ) {
    super();
    checkOptions("make a TransformerDecoder", options, { norm: null });
    this.layers = new ModuleList(
      copiesOf("TransformerDecoder", TransformerDecoderLayer, decoderLayer, numLayers),
    );
    this.norm = options.norm ?? null;
  }

  /** `tgt` after all layers. */
  override forward(tgt: Tensor, memory: Tensor, options: TransformerDecoderCall = {}): Tensor {
    let x = tgt;
    for (const layer of this.layers) x = layer.forward(x, memory, options);
    return this.norm ? this.norm.forward(x) : x;
  }
}
