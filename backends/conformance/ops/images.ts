/** Samples of resampling, embeddings, similarities and affine maps. */
import {
  affineGrid,
  bilinear,
  cdist,
  channelShuffle,
  cosineSimilarity,
  embedding,
  embeddingBag,
  gridSample,
  interpolate,
  type InterpolateOptions,
  linear,
  normalize,
  pairwiseDistance,
  pdist,
  pixelShuffle,
  pixelUnshuffle,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import type { CompositeRow, Sample } from "./composites.ts";

function of(shapes: Sample["shapes"], call: Sample["call"]): Sample {
  return { shapes, call };
}

function resized(shape: readonly number[], options: InterpolateOptions): Sample {
  return of([shape], (x) => interpolate(x, options));
}

function numbers(values: number[] | number[][], { backend }: Tensor): Tensor {
  return tensor(values, { dtype: "i32", backend });
}

const resampling: Readonly<Record<string, CompositeRow>> = {
  interpolate: {
    samples: {
      "nearest, of a signal": resized([2, 3, 5], { scaleFactor: 1.7 }),
      "nearest-exact, of an image": resized([1, 2, 5, 4], { size: [3, 7], mode: "nearest-exact" }),
      "linear": resized([2, 1, 4], { size: 7, mode: "linear" }),
      "bilinear, corners aligned": resized([1, 2, 4, 3], {
        scaleFactor: [1.5, 2],
        mode: "bilinear",
        alignCorners: true,
      }),
      "bilinear, smoothing": resized([1, 2, 7, 5], { size: [3, 4], mode: "bilinear", antialias: true }),
      "bicubic": resized([1, 1, 4, 5], { size: [6, 3], mode: "bicubic" }),
      "bicubic, smoothing": resized([1, 1, 9, 4], { size: [4, 6], mode: "bicubic", antialias: true }),
      "trilinear": resized([1, 2, 2, 3, 2], { size: [3, 2, 4], mode: "trilinear" }),
      "area": resized([1, 2, 7, 5], { size: [3, 2], mode: "area" }),
    },
  },
  gridSample: {
    samples: {
      "with zeros around": of([[2, 3, 4, 5], [2, 3, 2, 2]], (x, grid) => gridSample(x, grid)),
      "with its border around": of(
        [[1, 2, 3, 4], [1, 4, 2, 2]],
        (x, grid) => gridSample(x, grid, { paddingMode: "border", alignCorners: true }),
      ),
      "mirrored, bicubic": of(
        [[1, 2, 4, 3], [1, 3, 2, 2]],
        (x, grid) => gridSample(x, grid, { mode: "bicubic", paddingMode: "reflection" }),
      ),
      "the nearest of a volume": of(
        [[1, 2, 2, 3, 2], [1, 2, 2, 2, 3]],
        (x, grid) => gridSample(x, grid, { mode: "nearest", paddingMode: "reflection", alignCorners: true }),
      ),
      "of a volume": of([[1, 2, 2, 3, 2], [1, 2, 2, 1, 3]], (x, grid) => gridSample(x, grid)),
    },
  },
  affineGrid: {
    samples: {
      "of images": of([[2, 2, 3]], (x) => affineGrid(x, [2, 1, 3, 4])),
      "of volumes, corners aligned": of(
        [[1, 3, 4]],
        (x) => affineGrid(x, [1, 1, 2, 3, 1], { alignCorners: true }),
      ),
    },
  },
  pixelShuffle: { samples: { "by 2": of([[2, 8, 3, 2]], (x) => pixelShuffle(x, 2)) } },
  pixelUnshuffle: { samples: { "by 2, without a batch": of([[2, 4, 6]], (x) => pixelUnshuffle(x, 2)) } },
  channelShuffle: { samples: { "in 3 groups": of([[2, 6, 2]], (x) => channelShuffle(x, 3)) } },
};

const embeddings: Readonly<Record<string, CompositeRow>> = {
  embedding: {
    samples: {
      "of a matrix of numbers": of([[4, 3]], (x) => embedding(numbers([[0, 3], [3, 1]], x), x)),
      "a row alone": of([[4, 3]], (x) => embedding(numbers([2], x), x, { scaleGradByFreq: true })),
    },
  },
  embeddingBag: {
    samples: {
      "means of rows": of([[5, 3]], (x) => embeddingBag(numbers([[0, 3, 3], [4, 1, 2]], x), x)),
      "weighted sums, one empty": of([[5, 3], [5]], (x, perSampleWeights) => {
        const offsets = numbers([0, 2, 2], x);
        return embeddingBag(numbers([0, 3, 4, 1, 3], x), x, { mode: "sum", offsets, perSampleWeights });
      }),
      "the largest, one empty": of([[5, 3]], (x) => {
        const offsets = numbers([0, 3, 3, 5], x);
        return embeddingBag(numbers([0, 3, 4, 1, 2], x), x, {
          mode: "max",
          offsets,
          includeLastOffset: true,
        });
      }),
    },
  },
};

const similarities: Readonly<Record<string, CompositeRow>> = {
  normalize: {
    samples: {
      "rows": of([[3, 4]], (x) => normalize(x)),
      "columns, by the norm of order 3": of([[3, 4]], (x) => normalize(x, { p: 3, axis: 0 })),
    },
  },
  cosineSimilarity: {
    samples: {
      "of rows": of([[3, 4], [3, 4]], (x, y) => cosineSimilarity(x, y)),
      "broadcasting": of([[3, 4], [2, 1, 4]], (x, y) => cosineSimilarity(x, y, { axis: -1 })),
    },
  },
  pairwiseDistance: {
    samples: { "of rows": of([[3, 4], [4]], (x, y) => pairwiseDistance(x, y, { p: 3, keepDims: true })) },
  },
  cdist: {
    samples: {
      "of rows": of([[2, 3, 4], [2, 4]], (x, y) => cdist(x, y)),
      "by the norm of order 1½": of([[3, 2], [2, 2]], (x, y) => cdist(x, y, { p: 1.5 })),
      "by the largest coordinate": of([[3, 3], [2, 3]], (x, y) => cdist(x, y.mul(y), { p: Infinity })),
    },
  },
  pdist: { samples: { "of rows": of([[4, 3]], (x) => pdist(x.mul(x))) } },
  linear: {
    samples: {
      "of a batch": of([[2, 2, 3], [4, 3], [4]], (x, weight, bias) => linear(x, weight, bias)),
      "to one number": of([[2, 3], [3]], (x, weight) => linear(x, weight)),
    },
  },
  bilinear: {
    samples: {
      "of rows": of([[2, 3], [2, 4], [5, 3, 4], [5]], (x, y, weight, bias) => bilinear(x, y, weight, bias)),
    },
  },
};

/** By the op's name. */
export const images: Readonly<Record<string, CompositeRow>> = {
  ...resampling,
  ...embeddings,
  ...similarities,
};
