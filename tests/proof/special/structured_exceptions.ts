/** Single answers of structured cases that differ from PyTorch 1.13's. */
import { because, type StructuredException } from "./structured.ts";

/** Accepted beside PyTorch's own answers. */
export const exceptions: readonly StructuredException[] = [
  ...because("of 0 and -0 PyTorch takes the later, we the first", "output", {
    "max([0, -0])": [0],
    "max([-0, 0])": [-0],
    "min([0, -0])": [0],
    "min([-0, 0])": [-0],
  }),
  ...because("to us 0 is larger than -0", "output", {
    "clamp([-1, -0, 0, 0.5, 1, 2, Infinity, -Infinity, NaN], min=0)": [0, 0, 0, 0.5, 1, 2, Infinity, 0, NaN],
    "clamp([-1, -0, 0, 0.5, 1, 2, Infinity, -Infinity, NaN], min=0, max=1)": [0, 0, 0, 0.5, 1, 1, 1, 0, NaN],
  }),
  ...because("the sum is rounded once, at the end", "output", {
    "sum([16777216, 1, 1, 1] f32)": [16777220],
  }),
  ...because("the product of the others; PyTorch divides the product by each", "gradient", {
    "prod([Infinity, -Infinity])": [-Infinity, Infinity],
    "prod([1, NaN])": [NaN, 1],
    "prod([1, Infinity])": [Infinity, 1],
    "prod([3e+38, 3e+38] f32)": [3e38, 3e38].map(Math.fround),
    "prod([1e-30, 1e-30] f32)": [1e-30, 1e-30].map(Math.fround),
  }),
  ...because("products of the others; PyTorch divides sums of products by each", "gradient", {
    "cumprod([1, NaN, 2], dim=0)": [NaN, 3, NaN],
    "cumprod([1, Infinity, -Infinity], dim=0)": [-Infinity, -Infinity, Infinity],
  }),
  ...because("the NaN takes the gradient, as in PyTorch's max; its amax divides 0 by 0", "gradient", {
    "amax([1, NaN, 2])": [0, 1, 0],
    "amin([1, NaN, 2])": [0, 1, 0],
    "amax([[1, 1, 0], [NaN, 2, 2]], dim=1)": [0.5, 0.5, 0, 1, 0, 0],
    "amin([[1, 1, 0], [NaN, 2, 2]], dim=1)": [0, 0, 1, 1, 0, 0],
  }),
  ...because(
    "the softmax; PyTorch takes the exponential of x - y, which is rounded at the size of y",
    "gradient",
    {
      "logSumExp([1000, 1000], dim=0)": [0.5, 0.5],
      "logSumExp([-1000, -1000.5], dim=0)": [0.6224593312018546, 0.3775406687981454],
      "logSumExp([89, 90, -90] f32, dim=0)": [0.26894143, 0.7310586, 0],
      "logSumExp([-200, -201] f32, dim=0)": [0.7310586, 0.26894143],
    },
  ),
  ...because("the gradient of a value that is NaN", "gradient", {
    "var(5, unbiased=true)": [NaN],
    "var([1, Infinity], unbiased=true)": { 0: NaN },
    "var([1, Infinity], unbiased=false)": { 0: NaN },
  }),
  ...because("x/‖x‖ with 0 for the quotient keeps the sign of x", "gradient", {
    "norm(-0, ord=2)": [-0],
  }),
];
