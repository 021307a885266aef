/** Resampling, embeddings, similarities and affine maps. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";

/** Options that were given, under our names. */
function given<T extends Readonly<Record<string, unknown>>>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/** Sizes and factors, of which one is given. */
function sizes(c: Call): t.UpsampleOptions {
  return given({ size: c.maybeIntegers(1, "size"), scaleFactor: c.maybeNumber(2, "scale_factor") });
}

const interpolate: Operator = (c) =>
  t.interpolate(c.tensor(0), {
    ...sizes(c),
    mode: c.text(3, "mode", "nearest") as t.InterpolationMode,
    ...given({ alignCorners: c.value(4, "align_corners") as boolean | undefined }),
  });

const gridSample: Operator = (c) =>
  t.gridSample(c.tensor(0), c.tensor(1), {
    mode: c.text(NAMED, "mode", "bilinear") as "bilinear",
    paddingMode: c.text(NAMED, "padding_mode", "zeros") as "zeros",
    alignCorners: c.flag(NAMED, "align_corners", false),
  });

function rows(c: Call): t.EmbeddingOptions {
  return given({
    paddingIdx: c.maybeNumber(NAMED, "padding_idx"),
    maxNorm: c.maybeNumber(NAMED, "max_norm"),
    scaleGradByFreq: c.flag(NAMED, "scale_grad_by_freq", false),
  });
}

const embeddingBag: Operator = (c) =>
  t.embeddingBag(c.tensor(1), c.tensor(0), {
    ...rows(c),
    mode: c.text(NAMED, "mode", "mean") as "mean",
    offsets: c.maybe(NAMED, "offsets"),
    perSampleWeights: c.maybe(NAMED, "per_sample_weights"),
    includeLastOffset: c.flag(NAMED, "include_last_offset", false),
  });

const pairwiseDistance: Operator = (c) =>
  t.pairwiseDistance(c.tensor(0), c.tensor(1), {
    p: c.number(2, "p", 2),
    eps: c.number(3, "eps", 1e-6),
    ...c.keep(4),
  });

/** A function of a tensor and a number. */
function factor(fn: (x: Tensor, factor: number) => Tensor, name: string): Operator {
  return (c) => fn(c.tensor(0), c.number(1, name));
}

/** PyTorch's names of them. */
export const images: Readonly<Record<string, Operator>> = {
  "nn.functional.interpolate.area": interpolate,
  "nn.functional.interpolate.bicubic": interpolate,
  "nn.functional.interpolate.bilinear": interpolate,
  "nn.functional.interpolate.linear": interpolate,
  "nn.functional.interpolate.nearest": interpolate,
  "nn.functional.interpolate.trilinear": interpolate,
  "nn.functional.upsample_bilinear": (c) => t.upsampleBilinear(c.tensor(0), sizes(c)),
  "nn.functional.upsample_nearest": (c) => t.upsampleNearest(c.tensor(0), sizes(c)),
  "nn.functional.grid_sample": gridSample,
  "nn.functional.pixel_shuffle": factor(t.pixelShuffle, "upscale_factor"),
  "nn.functional.pixel_unshuffle": factor(t.pixelUnshuffle, "downscale_factor"),
  "nn.functional.embedding": (c) => t.embedding(c.tensor(1), c.tensor(0), rows(c)),
  "nn.functional.embedding_bag": embeddingBag,
  "nn.functional.cosine_similarity": (c) =>
    t.cosineSimilarity(c.tensor(0), c.tensor(1), {
      axis: c.number(2, "dim", 1),
      eps: c.number(3, "eps", 1e-8),
    }),
  "nn.functional.pairwise_distance": pairwiseDistance,
  "nn.functional.normalize": (c) =>
    t.normalize(c.tensor(0), {
      p: c.number(1, "p", 2),
      axis: c.number(2, "dim", 1),
      eps: c.number(3, "eps", 1e-12),
    }),
  "nn.functional.bilinear": (c) =>
    t.bilinear(c.tensor(0), c.tensor(1), c.tensor(2, "weight"), c.maybe(3, "bias")),
  "nn.functional.linear": (c) => t.linear(c.tensor(0), c.tensor(1, "weight"), c.maybe(2, "bias")),
  "nn.functional.pdist": (c) => t.pdist(c.tensor(0), { p: c.number(1, "p", 2) }),
  "cdist": (c) => t.cdist(c.tensor(0), c.tensor(1), { p: c.number(2, "p", 2) }),
};
