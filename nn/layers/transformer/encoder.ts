/** Encoders of transformers. */
import { checkOptions, type Tensor } from "@tapegrad/core";
import { ModuleList } from "../../containers.ts";
import { Module } from "../../module.ts";
import { copiesOf, TransformerLayer } from "./layer.ts";

/**
 * What a call of {@link TransformerEncoderLayer} may be told; masks are those of {@link MultiheadAttention}.
 *
 * @category Layers
 */
export interface TransformerEncoderLayerCall {
  /** `[S, S]`, or one for each batch and head. */
  readonly srcMask?: Tensor | null | undefined;
  /** `[N, S]`. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
  /** Whether positions attend to what is not later alone. */
  readonly isCausal?: boolean | undefined;
}

/**
 * Positions attend to each other, then each goes through a perceptron: `torch.nn.TransformerEncoderLayer`, whose names,
 * defaults and initial values it has. It takes and gives `[S, N, dModel]`, `[N, S, dModel]` with `batchFirst`. Vaswani et
 * al. (2017).
 *
 * @category Layers
 * @example
 * ```ts
 * import { normal } from "@tapegrad/core";
 * import { TransformerEncoder, TransformerEncoderLayer } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * const encoder = new TransformerEncoder(layer, 3), x = normal([5, 7, 8]);
 * assertEquals(encoder.forward(x, { isCausal: true }).shape, [5, 7, 8]);
 * assertEquals([...encoder.namedParameters().keys()][0], "layers.0.self_attn.in_proj_weight");
 * ```
 */
export class TransformerEncoderLayer
  extends TransformerLayer<readonly [src: Tensor, options?: TransformerEncoderLayerCall]> {
  /** `src` after attention and the perceptron. */
  override forward(src: Tensor, options: TransformerEncoderLayerCall = {}): Tensor {
    checkOptions(`apply ${this.describe()} to`, options, {
      srcMask: null,
      srcKeyPaddingMask: null,
      isCausal: false,
    });
    const { srcMask: attnMask, srcKeyPaddingMask: keyPaddingMask, isCausal } = options;
    const x = this.added(src, this.norm1, (x) => this.attended(x, { attnMask, keyPaddingMask, isCausal }));
    return this.added(x, this.norm2, (x) => this.dropout2.forward(this.transformed(x)));
  }
}

/**
 * What a call of {@link TransformerEncoder} may be told; masks are those of {@link MultiheadAttention}.
 *
 * @category Layers
 */
export interface TransformerEncoderCall {
  /** `[S, S]`, or one for each batch and head. */
  readonly mask?: Tensor | null | undefined;
  /** `[N, S]`. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
  /** Whether positions attend to what is not later alone. */
  readonly isCausal?: boolean | undefined;
}

/**
 * What {@link TransformerEncoder} and {@link TransformerDecoder} may be told.
 *
 * @category Layers
 */
export interface TransformerStackOptions {
  /** What normalises the last layer's output. */
  readonly norm?: Module | null | undefined;
}

/**
 * Copies of a layer on each other: `torch.nn.TransformerEncoder`.
 *
 * @category Layers
 */
export class TransformerEncoder extends Module<readonly [src: Tensor, options?: TransformerEncoderCall]> {
  /** The layers, the first applied first. */
  readonly layers: ModuleList<TransformerEncoderLayer>;
  /** What normalises the last layer's output, if anything. */
  readonly norm: Module | null;

  /** `numLayers` copies of `encoderLayer`, with its parameters. */
  constructor(
    encoderLayer: TransformerEncoderLayer,
    numLayers: number,
    options: TransformerStackOptions = {},
  ) {
    super();
    checkOptions("make a TransformerEncoder", options, { norm: null });
    this.layers = new ModuleList(
      copiesOf("TransformerEncoder", TransformerEncoderLayer, encoderLayer, numLayers),
    );
    this.norm = options.norm ?? null;
  }

  /** `src` after all layers. */
  override forward(src: Tensor, options: TransformerEncoderCall = {}): Tensor {
    checkOptions(`apply ${this.describe()} to`, options, {
      mask: null,
      srcKeyPaddingMask: null,
      isCausal: false,
    });
    const { mask: srcMask, srcKeyPaddingMask, isCausal } = options;
    let x = src;
    for (const layer of this.layers) x = layer.forward(x, { srcMask, srcKeyPaddingMask, isCausal });
    return this.norm ? this.norm.forward(x) : x;
  }
}
