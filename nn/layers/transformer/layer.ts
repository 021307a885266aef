/** What layers of transformers share. */
import {
  checkFunction,
  checkOptions,
  checkSetting,
  checkShape,
  checkTensor,
  described,
  type DType,
  gelu,
  type Key,
  relu,
  splitKey,
  type Tensor,
} from "@tapegrad/core";
import { Module } from "../../module.ts";
import { MultiheadAttention, type MultiheadAttentionCall } from "../attention.ts";
import { checkHeads } from "../heads.ts";
import { Dropout } from "../dropout.ts";
import { Linear } from "../linear.ts";
import { MOST_LAYERS } from "../recurrence/options.ts";
import { LayerNorm } from "../normalization.ts";

/**
 * What the layers of a transformer may be told.
 *
 * @category Layers
 */
export interface TransformerLayerOptions {
  /** How many features there are between the two affine maps: 2048 unless said. */
  readonly dimFeedforward?: number;
  /** The probability to be dropped in training, of weights and of what is added: 0.1 unless said. */
  readonly dropout?: number;
  /** What stands between the two affine maps: relu unless said. */
  readonly activation?: "relu" | "gelu" | ((x: Tensor) => Tensor);
  /** What is added to variances: 1e-5 unless said. */
  readonly layerNormEps?: number;
  /** Whether the batch is the first axis, and not the second, as unless said. */
  readonly batchFirst?: boolean;
  /** Whether each part is normalised before it, and not behind it, as unless said. */
  readonly normFirst?: boolean;
  /** Whether affine maps and normalisations have biases; they have unless said. */
  readonly bias?: boolean;
  /** Dtype of its parameters; the default dtype unless said. */
  readonly dtype?: DType;
  /** Where the initial values come from; the global sequence unless said. */
  readonly key?: Key;
  /** What is dropped by, in buffers that each call changes; the global sequence unless said. */
  readonly dropoutKey?: Key;
}

/** The options of {@link TransformerLayerOptions}, for `checkOptions`. */
export const knownOfLayers = {
  dimFeedforward: 1,
  dropout: 0,
  activation: null,
  layerNormEps: 0,
  batchFirst: false,
  normFirst: false,
  bias: true,
  dtype: null,
  key: null,
  dropoutKey: null,
} as const;

function activationOf(
  layer: string,
  given: TransformerLayerOptions["activation"] = "relu",
): (x: Tensor) => Tensor {
  if (given === "relu") return relu;
  if (given === "gelu") return (x) => gelu(x);
  if (typeof given === "string") {
    throw new TypeError(
      `Cannot make a ${layer} with an activation of ${described(given)}: choose relu, gelu or a function`,
    );
  }
  checkFunction(`make a ${layer} with an activation of`, given);
  return given;
}

/** Copies of a layer, or the error that says what it is instead. */
export function copiesOf<L extends { copies(count: number): L[] }>(
  what: string,
  Layer: abstract new (...made: never[]) => L,
  layer: L,
  count: number,
): L[] {
  checkShape(`make a ${what} of layers`, [count]);
  checkSetting(`make a ${what}`, "numLayers", count, 0, MOST_LAYERS);
  if (layer instanceof Layer) return layer.copies(count);
  throw new TypeError(`Cannot make a ${what} of ${described(layer)}: a ${Layer.name} is needed`);
}

/**
 * A layer of an encoder or a decoder: attention and a perceptron, what each finds being added and normalised.
 *
 * @category Layers
 */
export abstract class TransformerLayer<Inputs extends readonly unknown[]> extends Module<Inputs> {
  /** Attention of the positions to each other. */
  readonly self_attn: MultiheadAttention;
  /** The first affine map. */
  readonly linear1: Linear;
  /** Behind the activation. */
  readonly dropout: Dropout;
  /** The second affine map. */
  readonly linear2: Linear;
  /** Of what is attended to. */
  readonly norm1: LayerNorm;
  /** Of the next part. */
  readonly norm2: LayerNorm;
  /** Of what is attended to. */
  readonly dropout1: Dropout;
  /** Of the next part. */
  readonly dropout2: Dropout;
  /** Whether each part is normalised before it. */
  readonly normFirst: boolean;
  readonly #activation: (x: Tensor) => Tensor;
  readonly #made: readonly [dModel: number, nhead: number, options: TransformerLayerOptions];

  /** A layer with random parameters. */
  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    checkOptions(`make a ${this.constructor.name}`, options, knownOfLayers);
    checkHeads(this.constructor.name, dModel, nhead);
    checkSetting(`make a ${this.constructor.name}`, "dropout", options.dropout ?? 0.1, 0, 1);
    const { dimFeedforward = 2048, bias = true, dtype } = options;
    const [forAttention, forFirst, forSecond] = options.key ? splitKey(options.key, 4) : [];
    const drops = options.dropoutKey ? splitKey(options.dropoutKey, 6) : [];
    const creation = (key?: Key) => ({ bias, ...dtype && { dtype }, ...key && { key } });
    this.#made = [dModel, nhead, options];
    this.#activation = activationOf(this.constructor.name, options.activation);
    this.normFirst = options.normFirst ?? false;
    this.self_attn = this.attention(forAttention, drops[0]);
    this.linear1 = new Linear(dModel, dimFeedforward, creation(forFirst));
    this.dropout = this.dropping(drops[1]);
    this.linear2 = new Linear(dimFeedforward, dModel, creation(forSecond));
    this.norm1 = this.norm();
    this.norm2 = this.norm();
    this.dropout1 = this.dropping(drops[2]);
    this.dropout2 = this.dropping(drops[3]);
  }

  /** Attention as the options say. */
  protected attention(key?: Key, dropoutKey?: Key): MultiheadAttention {
    const [dModel, nhead, { dropout = 0.1, bias = true, batchFirst = false, dtype }] = this.#made;
    const options = { dropout, bias, batchFirst, ...dtype && { dtype }, ...key && { key } };
    return new MultiheadAttention(dModel, nhead, { ...options, ...dropoutKey && { dropoutKey } });
  }

  /** A normalisation as the options say. */
  protected norm(): LayerNorm {
    const [dModel, , { layerNormEps: eps = 1e-5, bias = true, dtype }] = this.#made;
    return new LayerNorm(dModel, { eps, bias, ...dtype && { dtype } });
  }

  /** A dropout as the options say. */
  protected dropping(key?: Key): Dropout {
    return new Dropout(this.#made[2].dropout ?? 0.1, key ? { key } : {});
  }

  /** `x` and what a part finds of it, normalised before or behind. */
  protected added(x: Tensor, norm: LayerNorm, part: (x: Tensor) => Tensor): Tensor {
    checkTensor(`apply ${this.describe()} to`, x);
    return this.normFirst ? x.add(part(norm.forward(x))) : norm.forward(x.add(part(x)));
  }

  /** What positions of `x` find in each other. */
  protected attended(x: Tensor, options: MultiheadAttentionCall): Tensor {
    return this.dropout1.forward(this.self_attn.forward(x, x, x, { ...options, needWeights: false })[0]);
  }

  /** The perceptron, up to its own dropout. */
  protected transformed(x: Tensor): Tensor {
    const inner = this.dropout.forward(this.#activation(this.linear1.forward(x)));
    return this.linear2.forward(inner);
  }

  /** Layers made as this one, with copies of its parameters; dropouts with keys draw each by others. */
  copies(count: number): this[] {
    const [dModel, nhead, options] = this.#made, { dropoutKey } = options;
    const keys = dropoutKey ? splitKey(dropoutKey, count) : [], { weight } = this.linear1;
    const Class = this.constructor as new (...made: [number, number, TransformerLayerOptions]) => this;
    const parameters = Object.fromEntries(this.namedParameters());
    return Array.from({ length: count }, (_, i) => {
      const copy = new Class(dModel, nhead, { ...options, ...keys[i] && { dropoutKey: keys[i] } });
      copy.to(weight.dtype).to(weight.backend.name).train(this.training);
      copy.loadStateDict(parameters, { strict: false });
      return copy;
    });
  }

  /** `TransformerEncoderLayer(8, 2)`. */
  protected override describe(): string {
    const [dModel, nhead] = this.#made;
    return `${this.constructor.name}(${dModel}, ${nhead})`;
  }
}
