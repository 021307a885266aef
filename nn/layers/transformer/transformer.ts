/** The transformer: an encoder, and a decoder that attends to what it gives. */
import {
  checkOptions,
  checkShape,
  type DType,
  full,
  type Key,
  splitKey,
  type Tensor,
  triu,
} from "@tapegrad/core";
import * as init from "../../init.ts";
import { Module } from "../../module.ts";
import { checkHeads } from "../heads.ts";
import { LayerNorm } from "../normalization.ts";
import { TransformerDecoder, type TransformerDecoderCall, TransformerDecoderLayer } from "./decoder.ts";
import { TransformerEncoder, type TransformerEncoderCall, TransformerEncoderLayer } from "./encoder.ts";
import { knownOfLayers, type TransformerLayerOptions } from "./layer.ts";

/**
 * A module that stands in for a {@link TransformerEncoder}.
 *
 * @category Layers
 */
export type AnyEncoder = Module<readonly [src: Tensor, options?: TransformerEncoderCall]>;

/**
 * A module that stands in for a {@link TransformerDecoder}.
 *
 * @category Layers
 */
export type AnyDecoder = Module<readonly [tgt: Tensor, memory: Tensor, options?: TransformerDecoderCall]>;

/**
 * What {@link Transformer} may be told.
 *
 * @category Layers
 */
export interface TransformerOptions extends TransformerLayerOptions {
  /** How many features a position has: 512 unless said. */
  readonly dModel?: number;
  /** How many heads attend: 8 unless said. */
  readonly nhead?: number;
  /** How many layers encode: 6 unless said. */
  readonly numEncoderLayers?: number;
  /** How many layers decode: 6 unless said. */
  readonly numDecoderLayers?: number;
  /** What encodes instead. */
  readonly customEncoder?: AnyEncoder;
  /** What decodes instead. */
  readonly customDecoder?: AnyDecoder;
}

/**
 * What a call of {@link Transformer} may be told; masks are those of {@link MultiheadAttention}.
 *
 * @category Layers
 */
export interface TransformerCall extends TransformerDecoderCall {
  /** `[S, S]`, or one for each batch and head. */
  readonly srcMask?: Tensor | null | undefined;
  /** `[N, S]`. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
  /** Whether positions of the source attend to what is not later alone. */
  readonly srcIsCausal?: boolean | undefined;
}

const known = {
  ...knownOfLayers,
  dModel: 1,
  nhead: 1,
  numEncoderLayers: 1,
  numDecoderLayers: 1,
  customEncoder: null,
  customDecoder: null,
};

/**
 * An encoder of a source and a decoder of a target, which attends to what the encoder gives: `torch.nn.Transformer`,
 * whose names, defaults and initial values it has. It takes `[S, N, dModel]` and `[T, N, dModel]`, the batch first with
 * `batchFirst`, and gives the form of the target. Vaswani et al. (2017).
 *
 * @category Layers
 * @example
 * ```ts
 * import { normal } from "@tapegrad/core";
 * import { Transformer } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const options = { dModel: 8, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16 };
 * const model = new Transformer(options), [source, target] = [normal([5, 2, 8]), normal([4, 2, 8])];
 * const tgtMask = Transformer.generateSquareSubsequentMask(4);
 * assertEquals(model.forward(source, target, { tgtMask }).shape, [4, 2, 8]);
 * ```
 */
export class Transformer extends Module<readonly [src: Tensor, tgt: Tensor, options?: TransformerCall]> {
  /** What encodes. */
  readonly encoder: AnyEncoder;
  /** What decodes. */
  readonly decoder: AnyDecoder;

  /** A model with random parameters; its matrices are drawn by Xavier, as PyTorch's. */
  constructor(options: TransformerOptions = {}) {
    super();
    checkOptions("make a Transformer", options, known);
    const {
      dModel = 512,
      nhead = 8,
      numEncoderLayers = 6,
      numDecoderLayers = 6,
      customEncoder,
      customDecoder,
      key,
      dropoutKey,
      ...others
    } = options;
    checkHeads("Transformer", dModel, nhead);
    const [forEncoder, forDecoder] = dropoutKey ? splitKey(dropoutKey) : [];
    const of = (dropoutKey: Key | undefined) => ({ ...others, ...dropoutKey && { dropoutKey } });
    const norm = () => new LayerNorm(dModel, normOptions(others));
    this.encoder = customEncoder ??
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, of(forEncoder)), numEncoderLayers, {
        norm: norm(),
      });
    this.decoder = customDecoder ??
      new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, of(forDecoder)), numDecoderLayers, {
        norm: norm(),
      });
    this.#draw(key);
  }

  #draw(key: Key | undefined): void {
    const matrices = this.parameters().filter(({ rank }) => rank > 1);
    const keys = key ? splitKey(key, matrices.length) : [];
    matrices.forEach((matrix, i) => init.xavierUniform(matrix, keys[i] ? { key: keys[i] } : {}));
  }

  /** What the decoder makes of `tgt` and of what the encoder makes of `src`. */
  override forward(src: Tensor, tgt: Tensor, options: TransformerCall = {}): Tensor {
    const { srcMask: mask, srcKeyPaddingMask, srcIsCausal: isCausal, ...decoding } = options;
    const memory = this.encoder.forward(src, { mask, srcKeyPaddingMask, isCausal });
    return this.decoder.forward(tgt, memory, decoding);
  }

  /** A mask `[size, size]` to add to scores: -∞ where the key is later, else 0. */
  static generateSquareSubsequentMask(
    size: number,
    options: { readonly dtype?: DType; readonly backend?: string } = {},
  ): Tensor {
    checkShape("make a mask of", [size]);
    return triu(full([size, size], -Infinity, options), 1);
  }
}

function normOptions({ layerNormEps: eps = 1e-5, bias = true, dtype }: TransformerLayerOptions): {
  readonly eps: number;
  readonly bias: boolean;
  readonly dtype?: DType;
} {
  return { eps, bias, ...dtype && { dtype } };
}
