/**
 * One row for each op that is not elementwise and is tried as a composite or at special values: how far off it may be
 * there, and samples. Kernels have rows of their own, and their budgets.
 */
import {
  concat,
  cummax,
  cumprod,
  cumsum,
  einsum,
  flip,
  indexSelect,
  layerNorm,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  mean,
  norm,
  pad,
  prod,
  rmsNorm,
  roll,
  softmax,
  sort,
  std,
  takeAlongAxis,
  type Tensor,
  tensor,
  topk,
  unfold,
  variance,
  varMean,
  vjp,
} from "@tapegrad/core";
import type { CompositeSample } from "../types.ts";
import { attentions } from "./attention.ts";
import { sequences } from "./sequences.ts";
import { convolutions } from "./convolutions.ts";
import { fourier } from "./fourier.ts";
import { gates } from "./gates.ts";
import { images } from "./images.ts";
import { poolings } from "./pooling.ts";
import { norms } from "./norms.ts";
import { close, type Distance, same } from "./row.ts";

/** Shapes of the inputs, and the op of these. */
export type Sample = Pick<CompositeSample, "shapes" | "call">;

/** What a suite must know of an op that is not elementwise. */
export interface CompositeRow {
  /** How far from PyTorch's answers it may be at special values. */
  readonly special?: Distance & {
    /** A size below which the units of a gradient do not shrink: that of the terms it is a difference of. */
    readonly gradientSize?: number;
  };
  /** Ways to call it, by what sets them apart: for gradients here and on every backend. */
  readonly samples?: Readonly<Record<string, Sample>>;
}

/** Rows by the op's name. */
export type Composites = Readonly<Record<string, CompositeRow>>;

const differences: CompositeRow["special"] = {
  ...close,
  gradientSize: 1,
  why: "the gradient is a difference of terms of size 1",
};

function of(shapes: Sample["shapes"], call: Sample["call"]): Sample {
  return { shapes, call };
}

/** Positions that a sample takes. */
export function indices(values: number[] | number[][], like: Tensor): Tensor {
  return tensor(values, { dtype: "i32", backend: like.backend });
}

const reductions: Composites = {
  sum: { special: same },
  prod: {
    special: same,
    samples: { "with a zero": of([[3, 4]], (x) => prod(maximum(x, 0).sub(0.5), 1)) },
  },
  max: {
    special: same,
    samples: { "of neighbours": of([[3, 12]], (x) => max(unfold(x, 1, 3, { step: 2 }), -1)) },
  },
  min: { special: same },
  any: { special: same },
  all: { special: same },
  argmax: { special: same },
  argmin: { special: same },
  mean: { special: same, samples: { "over rows": of([[4, 7]], (x) => mean(x, 1)) } },
  variance: { special: differences, samples: { "over columns": of([[9, 4]], (x) => variance(x, 0)) } },
  varMean: { samples: { "over rows": of([[4, 9]], (x) => Object.values(varMean(x, 1))) } },
  std: { special: differences, samples: { "over all": of([[4, 7]], (x) => std(x)) } },
  logSumExp: { special: close, samples: { "over rows": of([[4, 7]], (x) => logSumExp(x, 1)) } },
  norm: {
    special: { f64: 8, f32: 8, why: "a power with an exponent such as 1/3, which is itself rounded" },
    samples: { "over rows": of([[4, 7]], (x) => norm(x, 1)) },
  },
};

const ordered: Composites = {
  cumsum: { special: same, samples: { "along rows": of([[3, 9]], (x) => cumsum(x, 1)) } },
  cumprod: { special: same, samples: { "along columns": of([[6, 4]], (x) => cumprod(x, 0)) } },
  cummax: {
    special: same,
    samples: { "along rows": of([[3, 9]], (x) => Object.values(cummax(x, 1))) },
  },
  cummin: { special: same },
  sort: {
    special: same,
    samples: { "descending": of([[4, 9]], (x) => Object.values(sort(x, 1, { descending: true }))) },
  },
  argsort: { special: same },
  topk: { special: same, samples: { "3 of 9": of([[4, 9]], (x) => Object.values(topk(x, 3))) } },
};

const moved: Composites = {
  concat: {
    samples: {
      "of flipped, padded and rolled": of(
        [[3, 4], [2, 4]],
        (x, y) => concat([flip(x, 1), roll(y, 1, 1), pad(y, [[1, 0], [0, 0]], 0.5)]),
      ),
    },
  },
  indexSelect: {
    samples: { "with repetitions": of([[5, 3]], (x) => indexSelect(x, 0, indices([4, 0, 4, 2], x))) },
  },
  takeAlongAxis: {
    samples: {
      "along rows": of([[3, 5]], (x) => takeAlongAxis(x, indices([[0, 4], [2, 2], [1, 3]], x), 1)),
    },
  },
  einsum: {
    samples: { "of batches": of([[2, 3, 4], [2, 4, 5]], (x, y) => einsum("bij,bjk->bki", x, y)) },
  },
};

// A composite that is the gradient of another is called by its.
function backwardOf(fn: (x: Tensor) => Tensor, x: Tensor, ct: Tensor): Tensor {
  return vjp(fn, x)[1](ct)[0];
}

const networks: Composites = {
  softmax: {
    special: differences,
    samples: {
      "along rows": of([[4, 7]], (x) => softmax(x)),
      "along columns": of([[70, 3]], (x) => softmax(x, 0)),
    },
  },
  logSoftmax: {
    special: differences,
    samples: {
      "along rows": of([[4, 7]], (x) => logSoftmax(x)),
      "along columns": of([[70, 3]], (x) => logSoftmax(x, 0)),
    },
  },
  softmaxBackward: {
    samples: {
      "along rows": of([[4, 7], [4, 7]], (x, ct) => backwardOf(softmax, x, ct)),
      "along columns": of([[70, 3], [70, 3]], (x, ct) => backwardOf((x) => softmax(x, 0), x, ct)),
    },
  },
  logSoftmaxBackward: {
    samples: {
      "along rows": of([[4, 7], [4, 7]], (x, ct) => backwardOf(logSoftmax, x, ct)),
      "along columns": of([[70, 3], [70, 3]], (x, ct) => backwardOf((x) => logSoftmax(x, 0), x, ct)),
    },
  },
};

const normalizations: Composites = {
  layerNorm: {
    samples: {
      "of rows": of([[5, 8], [8], [8]], (x, weight, bias) => layerNorm(x, [8], { weight, bias })),
      "of matrices": of([[3, 4, 6]], (x) => layerNorm(x, [4, 6])),
    },
  },
  layerNormBackward: {
    samples: {
      "of rows": of([[5, 8], [5, 8]], (x, ct) => backwardOf((x) => layerNorm(x, [8]), x, ct)),
      "to all operands": of([[5, 8], [8], [8], [5, 8]], (x, weight, bias, ct) => {
        const run = (...[x, weight, bias]: Tensor[]) => layerNorm(x, [8], { weight, bias });
        return vjp(run, x, weight, bias)[1](ct);
      }),
    },
  },
  rmsNorm: {
    samples: { "of rows": of([[5, 8], [8]], (x, weight) => rmsNorm(x, [8], { weight })) },
  },
  rmsNormBackward: {
    samples: { "of rows": of([[5, 8], [5, 8]], (x, ct) => backwardOf((x) => rmsNorm(x, [8]), x, ct)) },
  },
};

/** By the op's name. */
export const composites: Composites = {
  ...reductions,
  ...ordered,
  ...moved,
  ...networks,
  ...attentions,
  ...convolutions,
  ...sequences,
  ...normalizations,
  ...gates,
  ...images,
  ...poolings,
  ...norms,
  ...fourier,
};
