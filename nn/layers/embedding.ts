/** Tables of rows that are looked up. */
import {
  checkOptions,
  checkShape,
  checkTensor,
  type DType,
  embedding,
  embeddingBag,
  type EmbeddingBagOptions,
  type EmbeddingOptions,
  type Key,
  ShapeError,
  showShape,
  type Tensor,
  zeros,
} from "@tapegrad/core";
import * as init from "../init.ts";
import { Module } from "../module.ts";

/**
 * What {@link Embedding} may be told.
 *
 * @category Layers
 */
export interface EmbeddingLayerOptions extends EmbeddingOptions {
  /** The table itself, `[numEmbeddings, embeddingDim]`, instead of normally distributed numbers. */
  readonly weight?: Tensor | undefined;
  /** Dtype of the table; the default dtype unless said. */
  readonly dtype?: DType;
  /** Where the initial values come from; the global sequence unless said. */
  readonly key?: Key;
}

/**
 * What {@link EmbeddingBag} may be told.
 *
 * @category Layers
 */
export interface EmbeddingBagLayerOptions
  extends EmbeddingLayerOptions, Pick<EmbeddingBagOptions, "mode" | "includeLastOffset"> {}

/**
 * What a call of {@link EmbeddingBag} may be told.
 *
 * @category Layers
 */
export type BagOptions = Pick<EmbeddingBagOptions, "offsets" | "perSampleWeights">;

/**
 * Whether {@link Embedding.fromPretrained} keeps the table as it is, a buffer; it does unless said.
 *
 * @category Layers
 */
export interface Frozen {
  /** `false` makes it a parameter. */
  readonly freeze?: boolean | undefined;
}

const settings: Readonly<Record<string, unknown>> = {
  paddingIdx: 0,
  maxNorm: 1,
  normType: 2,
  scaleGradByFreq: false,
  weight: null,
  dtype: null,
  key: null,
};

/** A table of given rows, or of normally distributed numbers, zeros in the row of padding. */
function tableOf(name: string, shape: readonly number[], options: EmbeddingLayerOptions): Tensor {
  checkShape(`make an ${name} with a table of`, shape);
  const { weight, dtype, key, paddingIdx } = options;
  if (weight) return checkedTable(name, weight, shape);
  const table = init.normal(zeros(shape, dtype && { dtype }), key && { key });
  if (paddingIdx !== undefined) init.zeros(table.slice(paddingIdx));
  table.requiresGrad = true;
  return table;
}

function checkedTable(name: string, weight: Tensor, shape: readonly number[]): Tensor {
  if (showShape(weight.shape) === showShape(shape)) return weight;
  throw new ShapeError(
    `Cannot make an ${name} of ${showShape(shape)} with a table of ${
      showShape(weight.shape)
    }: the shapes must be ` +
      "the same",
    { op: name, shapes: [shape, weight.shape] },
  );
}

/** The same elements as a parameter, or a buffer. */
function pretrained(table: Tensor, freeze = true): Tensor {
  checkTensor("make an embedding from", table);
  if (table.rank !== 2) {
    throw new ShapeError(`Cannot make an embedding from ${showShape(table.shape)}: [rows, width] is needed`);
  }
  const weight = table.detach();
  weight.requiresGrad = !freeze;
  return weight;
}

/**
 * A table of `numEmbeddings` rows of `embeddingDim` numbers, `torch.nn.Embedding`: {@link embedding} as a module, indices
 * `[…]` to rows `[…, embeddingDim]`. The table starts normally distributed, with zeros in the row of `paddingIdx`.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Embedding } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const words = tensor([[3, 0]], { dtype: "i32" });
 * assertEquals(new Embedding(5, 2).forward(words).shape, [1, 2, 2]);
 * const known = Embedding.fromPretrained(tensor([[1, 2], [3, 4]]));
 * assertEquals(await known.forward(tensor(1, { dtype: "i32" })).array(), [3, 4]);
 * assertEquals(known.parameters(), []);
 * ```
 */
export class Embedding extends Module {
  /** `[numEmbeddings, embeddingDim]`. */
  readonly weight: Tensor;
  readonly #options: EmbeddingOptions;

  /** A table of random numbers. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super();
    checkOptions("make an Embedding", options, settings);
    const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false } = options;
    this.weight = tableOf("Embedding", [numEmbeddings, embeddingDim], options);
    this.#options = { paddingIdx, maxNorm, normType, scaleGradByFreq };
  }

  /** A layer with these rows, which stay as they are unless told `freeze: false`. */
  static fromPretrained(embeddings: Tensor, options: EmbeddingOptions & Frozen = {}): Embedding {
    const { freeze, ...others } = options, weight = pretrained(embeddings, freeze);
    return new Embedding(weight.shape[0], weight.shape[1], { ...others, weight });
  }

  /** The rows at indices. */
  override forward(index: Tensor): Tensor {
    return embedding(index, this.weight, this.#options);
  }

  /** `Embedding(10, 3)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.weight.shape.join(", ")})`;
  }
}

/**
 * Means, sums or largest elements of bags of rows, `torch.nn.EmbeddingBag`: {@link embeddingBag} as a module, with a table
 * as that of {@link Embedding}.
 *
 * @category Layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { EmbeddingBag } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const bag = EmbeddingBag.fromPretrained(tensor([[1, 2], [3, 4]]), { mode: "sum" });
 * const words = tensor([1, 1, 0], { dtype: "i32" }), offsets = tensor([0, 2], { dtype: "i32" });
 * assertEquals(await bag.forward(words, { offsets }).array(), [[6, 8], [1, 2]]);
 * ```
 */
export class EmbeddingBag extends Module<readonly [index: Tensor, options?: BagOptions]> {
  /** `[numEmbeddings, embeddingDim]`. */
  readonly weight: Tensor;
  readonly #options: Omit<EmbeddingBagOptions, keyof BagOptions>;

  /** A table of random numbers. */
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagLayerOptions = {}) {
    super();
    checkOptions("make an EmbeddingBag", options, { ...settings, mode: "mean", includeLastOffset: false });
    const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false } = options;
    const { mode = "mean", includeLastOffset = false } = options;
    this.weight = tableOf("EmbeddingBag", [numEmbeddings, embeddingDim], options);
    this.#options = { paddingIdx, maxNorm, normType, scaleGradByFreq, mode, includeLastOffset };
  }

  /** A layer with these rows, which stay as they are unless told `freeze: false`. */
  static fromPretrained(
    embeddings: Tensor,
    options: Omit<EmbeddingBagLayerOptions, "weight" | "dtype" | "key"> & Frozen = {},
  ): EmbeddingBag {
    const { freeze, ...others } = options, weight = pretrained(embeddings, freeze);
    return new EmbeddingBag(weight.shape[0], weight.shape[1], { ...others, weight });
  }

  /** What becomes of the rows of each bag. */
  override forward(index: Tensor, options: BagOptions = {}): Tensor {
    checkOptions("apply an EmbeddingBag", options, { offsets: null, perSampleWeights: null });
    return embeddingBag(index, this.weight, { ...this.#options, ...options });
  }

  /** `EmbeddingBag(10, 3, mean)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.weight.shape.join(", ")}, ${this.#options.mode})`;
  }
}
