/** Rows of convolutions, of their transposes, and of their gradients by the weight, which may all have kernels. */
import {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  foldImages,
  type Tensor,
  unfoldImages,
  vjp,
} from "@tapegrad/core";
import type { CompositeRow } from "./composites.ts";

/** The weight's gradient, of images and slopes, which is linear in the weight, so that zeros will do. */
function byWeight(
  convolve: (x: Tensor, weight: Tensor) => Tensor,
  weight: (x: Tensor) => Tensor,
): (x: Tensor, ct: Tensor) => Tensor {
  return (x, ct) => vjp((w) => convolve(x, w), weight(x))[1](ct)[0];
}

/** By the op's name. */
export const convolutions: Readonly<Record<string, CompositeRow>> = {
  conv1d: {
    samples: {
      "with a stride, padding and bias": {
        shapes: [[2, 2, 7], [3, 2, 3], [3]],
        call: (x, weight, bias) => conv1d(x, weight, { bias, stride: 2, padding: 1 }),
      },
      "dilated, in groups": {
        shapes: [[1, 4, 6], [2, 2, 2]],
        call: (x, weight) => conv1d(x, weight, { dilation: 2, groups: 2, padding: "same" }),
      },
      "around a ring": {
        shapes: [[2, 4], [1, 2, 3]],
        call: (x, weight) => conv1d(x, weight, { padding: "same", paddingMode: "circular" }),
      },
    },
  },
  conv2d: {
    samples: {
      "with a stride, padding and bias": {
        shapes: [[2, 2, 4, 5], [2, 2, 3, 2], [2]],
        call: (x, weight, bias) => conv2d(x, weight, { bias, stride: [1, 2], padding: [0, 1] }),
      },
      "dilated, in groups": {
        shapes: [[1, 4, 3, 4], [2, 2, 2, 2]],
        call: (x, weight) => conv2d(x, weight, { dilation: [1, 2], groups: 2, padding: "same" }),
      },
      "of more than a tile": {
        shapes: [[1, 3, 7, 9], [7, 3, 3, 3]],
        call: (x, weight) => conv2d(x, weight, { padding: 1 }),
      },
      "dilated with a stride": {
        shapes: [[2, 2, 9, 8], [5, 2, 2, 3]],
        call: (x, weight) => conv2d(x, weight, { stride: 2, dilation: [2, 3], padding: [1, 3] }),
      },
      "by a window larger than the image": {
        shapes: [[1, 2, 2, 2], [2, 2, 5, 4]],
        call: (x, weight) => conv2d(x, weight, { padding: [2, 3] }),
      },
      "of each channel by itself": {
        shapes: [[2, 3, 5, 5], [6, 1, 3, 3]],
        call: (x, weight) => conv2d(x, weight, { groups: 3, padding: 1 }),
      },
      "of one image": { shapes: [[2, 3, 3], [3, 2, 1, 1]], call: (x, weight) => conv2d(x, weight) },
      "of a mirrored image": {
        shapes: [[1, 1, 3, 3], [1, 1, 3, 2]],
        call: (x, weight) => conv2d(x, weight, { padding: [2, 1], paddingMode: "reflect" }),
      },
    },
  },
  conv3d: {
    samples: {
      "with a stride, padding and bias": {
        shapes: [[1, 1, 2, 3, 3], [2, 1, 2, 1, 2], [2]],
        call: (x, weight, bias) => conv3d(x, weight, { bias, stride: [1, 2, 1], padding: [1, 0, 0] }),
      },
      "in groups": {
        shapes: [[2, 2, 2, 2], [2, 1, 2, 2, 1]],
        call: (x, weight) => conv3d(x, weight, { groups: 2 }),
      },
    },
  },
  convTranspose1d: {
    samples: {
      "with all options": {
        shapes: [[2, 4, 3], [4, 1, 3], [2]],
        call: (x, weight, bias) =>
          convTranspose1d(x, weight, {
            bias,
            stride: 2,
            padding: 1,
            outputPadding: 1,
            groups: 2,
            dilation: 2,
          }),
      },
    },
  },
  convTranspose2d: {
    samples: {
      "with a stride, padding and bias": {
        shapes: [[1, 2, 3, 2], [2, 2, 2, 3], [2]],
        call: (x, weight, bias) => convTranspose2d(x, weight, { bias, stride: [2, 1], padding: [0, 1] }),
      },
      "of many channels": {
        shapes: [[1, 10, 3, 3], [10, 3, 3, 3], [3]],
        call: (x, weight, bias) => convTranspose2d(x, weight, { bias, stride: 2, padding: [1, 0] }),
      },
      "with places that no window reaches": {
        shapes: [[2, 2, 2], [2, 2, 2, 1]],
        call: (x, weight) => convTranspose2d(x, weight, { dilation: [3, 1], outputPadding: [2, 0] }),
      },
    },
  },
  convTranspose3d: {
    samples: {
      "in groups": {
        shapes: [[1, 2, 2, 2, 1], [2, 1, 1, 2, 2], [2]],
        call: (x, weight, bias) => convTranspose3d(x, weight, { bias, groups: 2, stride: [2, 1, 2] }),
      },
    },
  },
  conv1dWeight: {
    samples: {
      "in groups": {
        shapes: [[2, 4, 5], [2, 2, 4]],
        call: byWeight(
          (x, w) => conv1d(x, w, { groups: 2 }),
          (x) => x.zerosLike().slice([0, 2], [0, 2], [0, 2]),
        ),
      },
    },
  },
  conv2dWeight: {
    samples: {
      "of each channel by itself": {
        shapes: [[2, 3, 5, 6], [2, 3, 3, 4]],
        call: byWeight(
          (x, w) => conv2d(x, w, { groups: 3 }),
          (x) => x.zerosLike().slice([0, 1], null, [0, 3], [0, 3]).transpose(0, 1),
        ),
      },

      "with a stride and padding": {
        shapes: [[2, 2, 4, 3], [2, 2, 2, 3]],
        call: byWeight(
          (x, w) => conv2d(x, w, { stride: [2, 1], padding: [1, 1] }),
          (x) => x.zerosLike().slice(null, null, [0, 3], null),
        ),
      },
    },
  },
  conv3dWeight: {
    samples: {
      "dilated": {
        shapes: [[1, 1, 3, 2, 2], [1, 1, 1, 1, 2]],
        call: byWeight(
          (x, w) => conv3d(x, w, { dilation: [2, 1, 1] }),
          (x) => x.zerosLike().slice(null, null, [0, 2], null, [0, 1]),
        ),
      },
    },
  },
  unfoldImages: {
    samples: {
      "with all options": {
        shapes: [[2, 2, 4, 5]],
        call: (x) => unfoldImages(x, [2, 3], { dilation: [2, 1], padding: [1, 0], stride: [1, 2] }),
      },
    },
  },
  foldImages: {
    samples: {
      "of overlapping windows": {
        shapes: [[2, 4, 6]],
        call: (x) => foldImages(x, [3, 4], 2),
      },
      "with all options": {
        shapes: [[2, 12, 8]],
        call: (x) => foldImages(x, [4, 5], [2, 3], { dilation: [2, 1], padding: [1, 0], stride: [1, 2] }),
      },
    },
  },
};
