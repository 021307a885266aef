/**
 * Special functions, as `torch.special` has them.
 *
 * @module
 */
export * from "./bessel_functions.ts";
export * from "./error_functions.ts";
export * from "./incomplete_gamma.ts";
export * from "./polynomials.ts";
export * from "./zeta.ts";
export { entr, erf, erfc, erfinv, logit, ndtr, ndtri, polygamma, sinc } from "../special.ts";
export {
  /** `torch.special.psi`. */
  digamma,
  digamma as psi,
  /** `torch.special.gammaln`. */
  lgamma as gammaln,
} from "../special.ts";
export { mvlgamma as multigammaln } from "../numbers.ts";
export { exp2, expm1, log1p, xlog1py, xlogy } from "../math.ts";
export { sigmoid as expit } from "../activation.ts";
export { round } from "../rounding.ts";
export { logSumExp } from "../statistics.ts";
export { logSoftmax, softmax } from "../nn/softmax.ts";
