/** What is made of the error function, elementwise. */
import { defineElementwise, type UnaryOp } from "../../define/elementwise.ts";
import * as error from "./error.ts";

/**
 * e^(x²)·erfc(x), elementwise, which underflows nowhere; integers give f32: `torch.special.erfcx`.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([0, 1e10], { dtype: "f64" });
 * const [one, tail] = await special.erfcx(x).data();
 * assertEquals(one, 1);
 * assertAlmostEquals(tail, 1 / (1e10 * Math.sqrt(Math.PI)), 1e-26);
 * ```
 */
export const erfcx: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.erfcx",
  (x) => error.erfcx(x),
);

/**
 * log Φ(x) of the normal distribution Φ, elementwise, accurate where Φ rounds to 0 or 1; integers give f32:
 * `torch.special.log_ndtr`.
 *
 * @category Special functions
 * @example
 * ```ts
 * import { special, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const x = tensor([-100, 0], { dtype: "f64" });
 * const [low, middle] = await special.logNdtr(x).data();
 * assertAlmostEquals(low, -5005.524208694205, 1e-11);
 * assertEquals(middle, -Math.LN2);
 * ```
 */
export const logNdtr: UnaryOp = /* @__PURE__ */ defineElementwise(
  "special.logNdtr",
  (x) => error.logNormalCdf(x),
);
