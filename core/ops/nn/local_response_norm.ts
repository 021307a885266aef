/** Normalisation by neighbouring channels. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { isCount } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { defineOp } from "../../define/composite.ts";
import { checkFloating } from "../../define/operands.ts";
import { pad, unfold } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { add, div, mul, pow, square } from "../elementwise.ts";
import { mean } from "../statistics.ts";
import { widened } from "../widen.ts";

/**
 * What {@link localResponseNorm} may be told.
 *
 * @category Network functions
 */
export interface LocalResponseNormOptions {
  /** What the mean of squares is multiplied by: 1e-4 unless said. */
  readonly alpha?: number;
  /** The power that it is taken to then: 0.75 unless said. */
  readonly beta?: number;
  /** What is added to it before: 1 unless said. */
  readonly k?: number;
}

// The mean of each element and its neighbours along axis 1, with zeros beyond the ends.
function meanOfNeighbours(x: Tensor, size: number): Tensor {
  const before = Math.floor(size / 2), along = (n: number) => x.shape.map((_, i) => i === 1 ? n : 0);
  const low = along(before), high = along(size - 1 - before);
  const padded = pad(x, { low, high, interior: along(0), value: 0 });
  return mean(unfold(padded, { axis: 1, size, step: 1 }), -1);
}

/**
 * x/(k + α·m)^β of `[batch, channels, …]`, with m the mean of x² over `size` channels around each one, beyond the first
 * and last of which there are zeros, as `torch.nn.functional.local_response_norm`. Integers are a {@link DtypeError},
 * fewer than three axes a {@link ShapeError}. Krizhevsky, Sutskever and Hinton (2012).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { localResponseNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[[1], [1], [2]]]);
 * assertEquals(await localResponseNorm(x, 2, { alpha: 2, beta: 1 }).array(), [[[0.5], [1 / 3], [1 / 3]]].map(
 *   (image) => image.map((channel) => channel.map(Math.fround)),
 * ));
 * ```
 */
export const localResponseNorm: (x: Tensor, size: number, options?: LocalResponseNormOptions) => Tensor =
  /* @__PURE__ */ defineOp("localResponseNorm", (x, size, options = {}) => {
    checkOptions("localResponseNorm", options, { alpha: 1, beta: 1, k: 1 });
    check(x, size);
    const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
    for (const [name, value] of Object.entries({ alpha, beta, k })) {
      checkSetting("localResponseNorm", name, value);
    }
    return widened(
      x,
      (values) => div(values, pow(add(mul(meanOfNeighbours(square(values), size), alpha), k), beta)),
    );
  });

function check(x: Tensor, size: number): void {
  checkFloating("localResponseNorm", x);
  if (x.rank >= 3 && isCount(size) && size > 0) return;
  throw new ShapeError(
    `Cannot localResponseNorm ${showShape(x.shape)} over ${described(size)} channels: ${
      x.rank < 3 ? "[batch, channels, ...] with one axis more is needed" : "a count of them is needed"
    }`,
    { op: "localResponseNorm", shapes: [x.shape] },
  );
}
