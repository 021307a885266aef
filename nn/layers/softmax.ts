/** Activations along an axis as modules. */
import {
  checkTensor,
  glu,
  logSoftmax,
  ShapeError,
  showShape,
  softmax,
  softmin,
  type Tensor,
} from "@tapegrad/core";
import { Activation, activation, type ActivationClass } from "./activation.ts";

/**
 * The axis of an activation along one.
 *
 * @category Activation layers
 */
export interface AxisOption {
  /** The axis, the last unless said. */
  readonly axis?: number;
}

/**
 * eˣ/Σeˣ along an axis, the last unless given: `torch.nn.Softmax`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { Softmax } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Softmax().forward(tensor([5, 5])).array(), [0.5, 0.5]);
 * ```
 */
export const Softmax: ActivationClass<[axis?: number], AxisOption> = /* @__PURE__ */ activation(
  "Softmax",
  softmax,
  { axis: -1 },
);

/**
 * The logarithm of the softmax along an axis, the last unless given: `torch.nn.LogSoftmax`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { LogSoftmax } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new LogSoftmax(0).forward(tensor([[7], [-Infinity]])).array(), [[0], [-Infinity]]);
 * ```
 */
export const LogSoftmax: ActivationClass<[axis?: number], AxisOption> = /* @__PURE__ */ activation(
  "LogSoftmax",
  logSoftmax,
  { axis: -1 },
);

/**
 * The softmax of -x along an axis, the last unless given: `torch.nn.Softmin`.
 *
 * @category Activation layers
 */
export const Softmin: ActivationClass<[axis?: number], AxisOption> = /* @__PURE__ */ activation(
  "Softmin",
  softmin,
  { axis: -1 },
);

/**
 * The first half along an axis, the last unless given, times the sigmoid of the second: `torch.nn.GLU`.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { GLU } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new GLU().forward(tensor([3, 5, 0, 0])).array(), [1.5, 2.5]);
 * ```
 */
export const GLU: ActivationClass<[axis?: number], AxisOption> = /* @__PURE__ */ activation("GLU", glu, {
  axis: -1,
});

/**
 * The softmax over the channels at each place of an image, `[channels, rows, columns]` or a batch of them:
 * `torch.nn.Softmax2d`. Others are a {@link ShapeError}.
 *
 * @category Activation layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Softmax2d } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new Softmax2d().forward(zeros([2, 1, 1])).array(), [[[0.5]], [[0.5]]]);
 * ```
 */
export class Softmax2d extends Activation {
  /** Softmax along the third axis from the end. */
  constructor() {
    super((x) => softmax(checked(x), -3));
  }
}

function checked(x: Tensor): Tensor {
  checkTensor("apply Softmax2d to", x);
  if (x.rank === 3 || x.rank === 4) return x;
  throw new ShapeError(
    `Cannot apply Softmax2d to ${showShape(x.shape)}: [channels, rows, columns] or a batch of them is needed`,
    { op: "Softmax2d", shapes: [x.shape] },
  );
}
