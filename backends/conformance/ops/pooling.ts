/** Samples of poolings. */
import {
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  fractionalMaxPool2d,
  fractionalMaxPool3d,
  key,
  lpPool1d,
  lpPool2d,
  lpPool3d,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  square,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/core";
import type { CompositeRow } from "./composites.ts";

type Shape = readonly number[];

// One input, which differs from sample to sample.
function of(shape: Shape, call: (x: Tensor) => Tensor): NonNullable<CompositeRow["samples"]>[string] {
  return { shapes: [shape], call };
}

/** Positions in a flattened image, in a shape. */
function places(shape: Shape, indices: readonly number[], { backend }: Tensor): Tensor {
  return tensor(indices, { dtype: "i32", backend }).reshape(shape);
}

function backwardOf(
  shape: Shape,
  ct: Shape,
  call: (x: Tensor) => Tensor,
): NonNullable<CompositeRow["samples"]>[string] {
  return { shapes: [shape, ct], call: (x, slope) => vjp(call, x)[1](slope) };
}

const parts: Readonly<Record<string, CompositeRow>> = {
  avgPool1dBackward: {
    samples: {
      "of windows that overlap": backwardOf(
        [2, 2, 7],
        [2, 2, 4],
        (x) => avgPool1d(x, 3, { stride: 2, padding: 1 }),
      ),
    },
  },
  avgPool2dBackward: {
    samples: {
      "of windows that reach beyond the image": backwardOf(
        [2, 5, 6],
        [2, 3, 4],
        (x) => avgPool2d(x, [2, 3], { stride: [2, 2], padding: 1, ceilMode: true, countIncludePad: false }),
      ),
      "of windows that are apart": backwardOf(
        [2, 2, 9, 20],
        [2, 2, 2, 7],
        (x) => avgPool2d(x, 2, { stride: [5, 3] }),
      ),
      "of windows side by side": backwardOf(
        [2, 2, 4, 24],
        [2, 2, 2, 22],
        (x) => avgPool2d(x, 3, { stride: 1 }),
      ),
    },
  },
  avgPool3dBackward: {
    samples: { "of volumes": backwardOf([2, 1, 4, 3, 5], [2, 1, 2, 1, 2], (x) => avgPool3d(x, 2)) },
  },
  adaptiveAvgPool1dBackward: {
    samples: { "of 5 in 3": backwardOf([2, 2, 5], [2, 2, 3], (x) => adaptiveAvgPool1d(x, 3)) },
  },
  adaptiveAvgPool2dBackward: {
    samples: {
      "that divide rows, and not columns": backwardOf(
        [2, 2, 4, 25],
        [2, 2, 2, 9],
        (x) => adaptiveAvgPool2d(x, [2, 9]),
      ),
      "of whole images": backwardOf([2, 2, 4, 6], [2, 2, 1, 1], (x) => adaptiveAvgPool2d(x, 1)),
    },
  },
  adaptiveAvgPool3dBackward: {
    samples: {
      "of one volume": backwardOf([2, 4, 3, 5], [2, 2, 2, 2], (x) => adaptiveAvgPool3d(x, 2)),
    },
  },
};

const placed: Readonly<Record<string, CompositeRow>> = {
  maxPool1dBackward: {
    samples: {
      "of windows that overlap": backwardOf(
        [2, 2, 7],
        [2, 2, 4],
        (x) => maxPool1d(x, 3, { stride: 2, padding: 1 }),
      ),
    },
  },
  maxPool2dBackward: {
    samples: {
      "of windows side by side": backwardOf([2, 2, 4, 6], [2, 2, 2, 3], (x) => maxPool2d(x, 2)),
      "of windows that overlap, dilated": backwardOf(
        [3, 5, 27],
        [3, 3, 25],
        (x) => maxPool2d(x, 2, { stride: 1, dilation: 2 }),
      ),
    },
  },
  maxPool3dBackward: {
    samples: {
      "of volumes": backwardOf(
        [2, 1, 4, 3, 5],
        [2, 1, 2, 2, 2],
        (x) => maxPool3d(x, 2, { stride: [2, 1, 2] }),
      ),
    },
  },
  adaptiveMaxPool1dBackward: {
    samples: { "of 5 in 3": backwardOf([2, 2, 5], [2, 2, 3], (x) => adaptiveMaxPool1d(x, 3)) },
  },
  adaptiveMaxPool2dBackward: {
    samples: {
      "that divide rows, and not columns": backwardOf(
        [2, 2, 4, 25],
        [2, 2, 2, 9],
        (x) => adaptiveMaxPool2d(x, [2, 9]),
      ),
    },
  },
  adaptiveMaxPool3dBackward: {
    samples: {
      "of one volume": backwardOf([2, 4, 3, 5], [2, 2, 2, 2], (x) => adaptiveMaxPool3d(x, 2)),
    },
  },
};

/** By the op's name. */
export const poolings: Readonly<Record<string, CompositeRow>> = {
  ...parts,
  ...placed,
  maxPool1d: {
    samples: {
      "in windows that overlap": of([2, 2, 7], (x) => maxPool1d(x, 3, { stride: 2, padding: 1 })),
    },
  },
  maxPool2d: {
    samples: {
      "of a batch": of([2, 2, 4, 6], (x) => maxPool2d(x, 2)),
      "of one image, dilated, with windows that reach beyond it": of(
        [2, 5, 6],
        (x) => maxPool2d(x, [2, 3], { stride: [2, 3], padding: [0, 1], dilation: [2, 1], ceilMode: true }),
      ),
      "of many windows side by side": of(
        [2, 4, 41],
        (x) => maxPool2d(x, [2, 3], { stride: [2, 1], padding: 1 }),
      ),
    },
  },
  maxPool3d: {
    samples: { "of a batch": of([2, 1, 4, 3, 5], (x) => maxPool3d(x, 2, { stride: [2, 1, 2] })) },
  },
  avgPool1d: {
    samples: {
      "in windows that overlap": of([2, 2, 7], (x) => avgPool1d(x, 3, { stride: 2, padding: 1 })),
    },
  },
  avgPool2d: {
    samples: {
      "of a batch": of([2, 2, 4, 6], (x) => avgPool2d(x, 2)),
      "of one image, without its padding, with windows that reach beyond it": of(
        [2, 5, 6],
        (x) => avgPool2d(x, [2, 3], { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
      ),
      "divided by a number": of(
        [1, 3, 3],
        (x) => avgPool2d(x, 2, { stride: 1, padding: 1, divisorOverride: 3 }),
      ),
    },
  },
  avgPool3d: {
    samples: {
      "with its padding": of([2, 1, 4, 3, 5], (x) => avgPool3d(x, 2, { padding: 1, ceilMode: true })),
    },
  },
  lpPool1d: { samples: { "by cubes": of([2, 2, 7], (x) => lpPool1d(square(x), 3, 2, { ceilMode: true })) } },
  lpPool2d: {
    samples: { "by squares": of([2, 2, 4, 5], (x) => lpPool2d(x, 2, [2, 3], { stride: [2, 1] })) },
  },
  lpPool3d: { samples: { "by squares": of([2, 2, 3, 4], (x) => lpPool3d(x, 2, [2, 3, 2])) } },
  adaptiveAvgPool1d: { samples: { "of 5 in 3": of([2, 2, 5], (x) => adaptiveAvgPool1d(x, 3)) } },
  adaptiveAvgPool2d: {
    samples: {
      "that divide rows, and not columns": of([2, 2, 4, 5], (x) => adaptiveAvgPool2d(x, [2, 3])),
      "of whole images": of([2, 2, 4, 6], (x) => adaptiveAvgPool2d(x, 1)),
      "more than there are rows, and columns as they are": of(
        [2, 2, 3],
        (x) => adaptiveAvgPool2d(x, [3, null]),
      ),
    },
  },
  adaptiveAvgPool3d: { samples: { "of one volume": of([2, 4, 3, 5], (x) => adaptiveAvgPool3d(x, 2)) } },
  adaptiveMaxPool1d: { samples: { "of 5 in 3": of([2, 2, 5], (x) => adaptiveMaxPool1d(x, 3)) } },
  adaptiveMaxPool2d: {
    samples: {
      "that divide rows, and not columns": of([2, 2, 4, 5], (x) => adaptiveMaxPool2d(x, [2, 3])),
      "of all rows, and columns as they are": of([2, 3, 4], (x) => adaptiveMaxPool2d(x, [1, null])),
    },
  },
  adaptiveMaxPool3d: { samples: { "of one volume": of([2, 4, 3, 5], (x) => adaptiveMaxPool3d(x, 2)) } },
  fractionalMaxPool2d: {
    samples: {
      "of a batch": of([2, 2, 6, 5], (x) => fractionalMaxPool2d(x, 2, { outputSize: 3, key: key(1) })),
    },
  },
  fractionalMaxPool3d: {
    samples: {
      "of a volume": of([2, 5, 4, 6], (x) => fractionalMaxPool3d(x, 2, { outputRatio: 0.6, key: key(2) })),
    },
  },
  maxUnpool1d: {
    samples: {
      "of a batch": of([2, 1, 3], (x) => maxUnpool1d(x, places([2, 1, 3], [0, 3, 5, 1, 2, 4], x), 2)),
    },
  },
  maxUnpool2d: {
    samples: {
      "to another size": of(
        [2, 2, 2],
        (x) => maxUnpool2d(x, places([2, 2, 2], [6, 3, 15, 13, 1, 4, 11, 19], x), 2, { outputSize: [4, 5] }),
      ),
    },
  },
  maxUnpool3d: {
    samples: {
      "of one volume": of([1, 2, 1, 2], (x) => maxUnpool3d(x, places([1, 2, 1, 2], [5, 2, 14, 9], x), 2)),
    },
  },
};
