/** The scaled complement of the error function, and the logarithm of the normal distribution, in expressions. */
import type { Expr } from "../../expr/expr.ts";
import { atLeast, atMost, rational } from "../../expr/approximations/precision.ts";
import { abs, add, div, mul, neg, square, sub } from "../../expr/scalars/arithmetic.ts";
import { normalCdf, normalDensity } from "../../expr/scalars/activation.ts";
import { ge, gt, lt, select } from "../../expr/scalars/logic.ts";
import { erfc, exp, log, log1p } from "../../expr/scalars/transcendental.ts";
import { coefficients } from "./coefficients.ts";
import { type Curve, left, sloped } from "./sloped.ts";

// (1/√π - x erfcx(x)) x² in 1/x, x >= 1/2: error 1e-17.
const TAIL_P = /* @__PURE__ */ coefficients(`
  0.2820947917738782 11.410151396670313 226.87709378342583 2925.877332535012 27256.875190033545
  193654.7958840577 1081035.35098743 4816092.2557587335 17220446.325220264 49266376.61389272
  111350508.66482517 193705037.54025277 246914464.97523 208702216.24578813 89933697.14705428
  6.9880762790116366e-15 -1.8797087614528664e-16
`);
const TAIL_Q = /* @__PURE__ */ coefficients(`
  1.0 40.44793356488666 805.7583571173358 10432.63699100826 97827.99432394467 701985.6531647135
  3975904.064093608 18086989.504577372 66652410.36360661 199277336.4782984 481032964.505561
  926366941.1495373 1393555996.392757 1581335095.2935162 1275275511.6488905 652450089.1447179
  159403327.8344668
`);

/** From here on by powers of 1/x. */
const NEAR = 0.5;

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** e^(x²) with x² as if it were not rounded. */
function growth(x: Expr): Expr {
  const z = square(x);
  return mul(exp(z), sub(1, left(x, x, z)));
}

/** (1/√π - x erfcx(x)) x² of t = 1/x. */
function missing(t: Expr): Expr {
  return rational(t, TAIL_P, TAIL_Q);
}

/** 1/x for x from 1/2 on. */
function inverse(x: Expr): Expr {
  return div(1, atLeast(x, NEAR));
}

/** e^(x²) erfc(x). */
export const erfcx: Curve = /* @__PURE__ */ sloped(
  "erfcx",
  (x) => {
    const t = inverse(abs(x)), tail = mul(t, sub(0.5 * TWO_OVER_ROOT_PI, mul(square(t), missing(t))));
    // Below -27 it is Infinity in every dtype.
    const near = atLeast(atMost(x, NEAR), -1), far = atLeast(atMost(x, -1), -27.5);
    const other = select(lt(x, -27), Infinity, sub(mul(2, growth(far)), tail));
    return select(ge(x, NEAR), tail, select(lt(x, -1), other, mul(growth(near), erfc(near))));
  },
  (x) => erfcxSlope(x),
);

/** 2x erfcx(x) - 2/√π, which cancel where x is large. */
const erfcxSlope: Curve = /* @__PURE__ */ sloped(
  "erfcxSlope",
  (x) => {
    const t = inverse(x), far = mul(-2, mul(square(t), missing(t)));
    return select(gt(x, NEAR), far, sub(mul(mul(2, x), erfcx(x)), TWO_OVER_ROOT_PI));
  },
  (x, y) => mul(2, add(erfcx(x), mul(x, y))),
);

// Below it by the scaled tail.
const TAIL = -1;

/** log Φ(x), of the normal distribution Φ. */
export const logNormalCdf: Curve = /* @__PURE__ */ sloped(
  "logNormalCdf",
  (x) => {
    const far = sub(log(mul(0.5, erfcx(mul(-Math.SQRT1_2, atMost(x, TAIL))))), mul(0.5, square(x)));
    return select(lt(x, TAIL), far, log1p(neg(normalCdf(neg(atLeast(x, TAIL))))));
  },
  (x) => hazard(x),
);

/** φ(x)/Φ(x), of its density φ too. */
const hazard: Curve = /* @__PURE__ */ sloped(
  "hazard",
  (x) => {
    const scaled = erfcx(mul(-Math.SQRT1_2, atMost(x, TAIL)));
    return select(lt(x, TAIL), div(Math.sqrt(2 / Math.PI), scaled), div(normalDensity(x), normalCdf(x)));
  },
  (x, y) => neg(mul(y, hazardGap(x))),
);

/** x more than that, which cancel where x is small: by e^(x²) erfc(x) and its slope. */
const hazardGap: Curve = /* @__PURE__ */ sloped(
  "hazardGap",
  (x) => {
    const t = inverse(mul(-Math.SQRT1_2, x)), less = mul(t, missing(t));
    const far = div(mul(Math.SQRT2, less), sub(0.5 * TWO_OVER_ROOT_PI, mul(t, less)));
    return select(lt(x, TAIL), far, add(x, hazard(x)));
  },
  (x, y) => sub(1, mul(hazard(x), y)),
);
