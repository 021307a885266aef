/** Affine and bilinear maps. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import { defineOp } from "../../define/composite.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { add } from "../arithmetic.ts";
import { matmul } from "../linear_algebra.ts";
import { reshape, unsqueeze } from "../shape.ts";
import { transpose } from "../axis_order.ts";

function refusal(op: string, tensors: readonly Tensor[], why: string): ShapeError {
  const shapes = tensors.map(({ shape }) => shape);
  return new ShapeError(`Cannot apply ${op} to ${shapes.map(showShape).join(", ")}: ${why}`, { op, shapes });
}

/** A product with a bias of the shape of `outputs`, if any. */
function withBias(op: string, product: Tensor, outputs: Shape, bias: Tensor | undefined): Tensor {
  if (!bias) return product;
  checkTensor(`apply ${op} with a bias, which is`, bias);
  if (sameShape(bias.shape, outputs)) return add(product, bias);
  throw refusal(op, [product, bias], `the bias must be ${showShape(outputs)}`);
}

/**
 * `x·Wᵀ + b` along the last axis, `[…, in]` to `[…, out]` with a weight `[out, in]` and a bias `[out]`, if any; with a
 * weight `[in]` to `[…]`: `torch.nn.functional.linear`. Extents that do not fit are a {@link ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { linear, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const weight = tensor([[1, 2, 3], [0, 0, 1]]);
 * assertEquals(await linear(tensor([1, 1, 1]), weight, tensor([10, 20])).array(), [16, 21]);
 * ```
 */
export const linear: (x: Tensor, weight: Tensor, bias?: Tensor) => Tensor = /* @__PURE__ */ defineOp(
  "linear",
  (x, weight, bias) => {
    const width = x.shape.at(-1);
    if (width === undefined || weight.rank < 1 || weight.rank > 2 || weight.shape.at(-1) !== width) {
      throw refusal("linear", [x, weight], "x […, in] and a weight [out, in] or [in] are needed");
    }
    const outputs = weight.shape.slice(0, -1), by = weight.rank === 1 ? weight : transpose(weight);
    if (x.rank === 2) return withBias("linear", matmul(x, by), outputs, bias);
    // A batch of matrices is one tall matrix: one product instead of one an element of the batch.
    const lead = x.shape.slice(0, -1), rows = matmul(reshape(x, [sizeOf(lead), width]), by);
    return reshape(withBias("linear", rows, outputs, bias), [...lead, ...outputs]);
  },
  { arity: 2 },
);

/**
 * `x1ᵀ·W·x2 + b` along the last axes, `[…, in1]` and `[…, in2]` to `[…, out]` with a weight `[out, in1, in2]` and a bias
 * `[out]`, if any: `torch.nn.functional.bilinear`. Shapes that do not fit are a {@link ShapeError}.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { bilinear, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x1 = tensor([[1, 2]]), x2 = tensor([[10, 1]]), weight = tensor([[[1, 0], [0, 1]], [[0, 1], [1, 0]]]);
 * assertEquals(await bilinear(x1, x2, weight).array(), [[12, 21]]);
 * ```
 */
export const bilinear: (x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor) => Tensor =
  /* @__PURE__ */ defineOp(
    "bilinear",
    (x1, x2, weight, bias) => {
      const [outputs, left, right] = weight.shape, lead = x1.shape.slice(0, -1);
      const fits = weight.rank === 3 && sameShape(x1.shape, [...lead, left]) &&
        sameShape(x2.shape, [...lead, right]);
      if (!fits || x1.rank === 0) {
        throw refusal(
          "bilinear",
          [x1, x2, weight],
          "x1 […, in1], x2 […, in2] and a weight [out, in1, in2] are needed",
        );
      }
      const rows = reshape(x1, [sizeOf(lead), left]), others = reshape(x2, [sizeOf(lead), right]);
      const inner = reshape(matmul(rows, reshape(transpose(weight, 0, 1), [left, outputs * right])), [
        sizeOf(lead),
        outputs,
        right,
      ]);
      const product = reshape(matmul(inner, unsqueeze(others, -1)), [...lead, outputs]);
      return withBias("bilinear", product, [outputs], bias);
    },
    { arity: 3 },
  );
