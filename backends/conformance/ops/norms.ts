/** Rows of normalisations of channels, and of what draws. */
import {
  alphaDropout,
  arange,
  batchNorm,
  dropout,
  dropout1d,
  dropout2d,
  dropout3d,
  type DropoutOp,
  featureAlphaDropout,
  groupNorm,
  instanceNorm,
  key,
  localResponseNorm,
  nativeBatchNorm,
  nativeGroupNorm,
  nativeLayerNorm,
  rrelu,
  type Tensor,
  vjp,
} from "@tapegrad/core";
import type { CompositeRow, Sample } from "./composites.ts";

function of(shapes: Sample["shapes"], call: Sample["call"]): Sample {
  return { shapes, call };
}

function drawn(drop: DropoutOp, shape: readonly number[]): CompositeRow {
  return { samples: { "by a key": of([shape], (x) => drop(x, { p: 0.4, training: true, key: key(1) })) } };
}

const training = { training: true };

function running({ dtype, backend }: Tensor): [mean: Tensor, variance: Tensor] {
  return [arange(-1, 2, { dtype, backend }), arange(1, 4, { dtype, backend })];
}

// What was taken of a lane is off the tape, and has no gradient to be held to.
const normalized: Readonly<Record<string, CompositeRow>> = {
  batchNorm: {
    samples: {
      "of a batch": of(
        [[5, 3], [3], [3]],
        (x, weight, bias) => batchNorm(x, null, null, { weight, bias, ...training }),
      ),
      "of images, with a bias alone": of(
        [[2, 3, 2, 3], [3]],
        (x, bias) => batchNorm(x, null, null, { bias, ...training }),
      ),
      "by running statistics": of(
        [[2, 3, 4], [3], [3]],
        (x, weight, bias) => batchNorm(x, ...running(x), { weight, bias, eps: 0.1 }),
      ),
      "by running statistics alone": of([[4, 3]], (x) => batchNorm(x, ...running(x), { eps: 0.1 })),
    },
  },
  instanceNorm: {
    samples: {
      "of images": of(
        [[2, 3, 2, 3], [3], [3]],
        (x, weight, bias) => instanceNorm(x, { weight, bias }),
      ),
    },
  },
  groupNorm: {
    samples: {
      "of vectors": of([[3, 8], [8], [8]], (x, weight, bias) => groupNorm(x, 2, { weight, bias })),
      "of images": of([[2, 6, 2, 2], [6]], (x, weight) => groupNorm(x, 3, { weight })),
    },
  },
  nativeBatchNorm: {
    samples: {
      "of a batch": of(
        [[5, 3], [3]],
        (x, weight) => nativeBatchNorm(x, null, null, { weight, ...training }).output,
      ),
    },
  },
  nativeGroupNorm: {
    samples: { "of images": of([[2, 4, 3]], (x) => nativeGroupNorm(x, 2).output) },
  },
  nativeLayerNorm: {
    samples: {
      "of rows": of(
        [[4, 5], [5], [5]],
        (x, weight, bias) => nativeLayerNorm(x, [5], { weight, bias }).output,
      ),
    },
  },
  localResponseNorm: {
    samples: {
      "over 3 channels": of([[2, 4, 3]], (x) => localResponseNorm(x, 3, { alpha: 0.5 })),
      "over 2 channels of images": of(
        [[1, 3, 2, 2]],
        (x) => localResponseNorm(x, 2, { alpha: 0.5, beta: 0.5, k: 2 }),
      ),
    },
  },
};

function backwardOf(call: (...inputs: Tensor[]) => Tensor): Sample["call"] {
  return (...inputs) => vjp(call, ...inputs.slice(0, -1))[1](inputs.at(-1)!);
}

const parts: Readonly<Record<string, CompositeRow>> = {
  standardize: {
    samples: {
      "of groups": of([[2, 4, 3], [4]], (x, bias) => groupNorm(x, 2, { bias })),
      "of groups of images": of(
        [[2, 4, 3, 5], [4], [4]],
        (x, weight, bias) => groupNorm(x, 2, { weight, bias }),
      ),
      "of a batch of images": of(
        [[3, 5, 2, 4], [5], [5]],
        (x, weight, bias) => batchNorm(x, null, null, { weight, bias, ...training }),
      ),
    },
  },
  standardizeBackward: {
    samples: {
      "of a batch": of(
        [[5, 3], [3], [3], [5, 3]],
        backwardOf((x, weight, bias) => batchNorm(x, null, null, { weight, bias, ...training })),
      ),
      "of images": of([[2, 3, 4], [2, 3, 4]], backwardOf((x) => instanceNorm(x))),
      "of images with weights": of(
        [[2, 3, 4, 5], [3], [3], [2, 3, 4, 5]],
        backwardOf((x, weight, bias) => instanceNorm(x, { weight, bias })),
      ),
      "of a batch of images": of(
        [[3, 5, 2, 4], [5], [5], [3, 5, 2, 4]],
        backwardOf((x, weight, bias) => batchNorm(x, null, null, { weight, bias, ...training })),
      ),
      "of groups": of(
        [[2, 4, 3, 5], [4], [4], [2, 4, 3, 5]],
        backwardOf((x, weight, bias) => groupNorm(x, 2, { weight, bias })),
      ),
    },
  },
};

const random: Readonly<Record<string, CompositeRow>> = {
  dropout: drawn(dropout, [4, 5]),
  dropout1d: drawn(dropout1d, [3, 4, 2]),
  dropout2d: drawn(dropout2d, [3, 4, 2, 1]),
  dropout3d: drawn(dropout3d, [4, 2, 1, 2]),
  alphaDropout: drawn(alphaDropout, [4, 5]),
  featureAlphaDropout: drawn(featureAlphaDropout, [3, 4, 2]),
  rrelu: {
    samples: {
      "in training": of([[4, 5]], (x) => rrelu(x, { ...training, key: key(1) })),
      "out of training": of([[4, 5]], (x) => rrelu(x)),
    },
  },
};

/** By the op's name. */
export const norms: Readonly<Record<string, CompositeRow>> = { ...normalized, ...parts, ...random };
