/** Modified Bessel functions of the second kind, in expressions: K0 and K1, and these times e^x. */
import type { Expr } from "../../expr/expr.ts";
import { atLeast, atMost, polynomial, rational } from "../../expr/approximations/precision.ts";
import { add, div, mul, neg, sqrt, square, sub } from "../../expr/scalars/arithmetic.ts";
import { eq, le, select } from "../../expr/scalars/logic.ts";
import { exp, log } from "../../expr/scalars/transcendental.ts";
import { coefficients } from "./coefficients.ts";
import { type Curve, sloped } from "./sloped.ts";

// (I0(x) - 1)/z in z = x²/4, x <= 1.
const I0 = /* @__PURE__ */ coefficients(`
  1.0 0.2499999999999982 0.027777777777893982 0.0017361111083231005 6.94444762894328e-5
  1.9288257126340543e-6 3.990937267284638e-8
`);
// (2 I1(x)/x - 1)/z in the same.
const I1 = /* @__PURE__ */ coefficients(`
  0.5 0.08333333333333313 0.006944444444457343 0.00034722222191276166 1.1574077608968388e-5
  2.7555247326907063e-7 4.981107425336044e-9
`);
// K0(x) + log(x/2) I0(x) in z = x²/4, x <= 1: error 8e-19.
const K0_P = /* @__PURE__ */ coefficients(`
  -0.5772156649015329 0.46910134642802387 0.19505397287131648 0.01766940005750726 0.0004783742184444525
`);
const K0_Q = [1.0, -0.08024212464410183, 0.002974620567623187, -5.3989407666564623e-5];
// (K1(x) - 1/x - log(x/2) I1(x))/x in the same: error 2e-20.
const K1_P = /* @__PURE__ */ coefficients(`
  0.03860783245076643 -0.1708397839292686 -0.03379475527991573 -0.0020442299124753204
  -4.128563044119189e-5
`);
const K1_Q = [1.0, -0.06847574667713131, 0.002115737415892363, -3.1016735607779926e-5];
// e^x K0(x) √x in 1/x, x >= 1: error 1e-17.
const K0_LARGE_P = /* @__PURE__ */ coefficients(`
  1.2533141373155001 23.69015015421012 174.25745844556081 646.8833709849971 1316.5254448783285
  1496.8336116214919 930.2737119933914 296.6873759162099 42.787853486307526 2.1419831277303345
  0.01716841779043909
`);
const K0_LARGE_Q = /* @__PURE__ */ coefficients(`
  1.0 19.027005051145856 141.34539882985618 532.5418350973933 1108.3461347856621 1303.8449832474712
  854.2021023776506 296.2082659401373 49.12268724880622 3.1893685414791735 0.049918976585814574
`);
// The same of K1: error 3e-18.
const K1_LARGE_P = /* @__PURE__ */ coefficients(`
  1.2533141373155003 25.416045127917148 203.97560469382006 845.7268940448458 1987.1363879281741
  2735.073280838757 2204.870174981765 1011.1637670538034 246.84943906030944 28.1369604053432
  1.1318994594133556 0.006737271283426096
`);
const K1_LARGE_Q = /* @__PURE__ */ coefficients(`
  1.0 19.904070004233986 155.4021470140384 618.7465954251031 1369.7899108300644 1727.7686052206311
  1225.955190988267 466.6326792199176 86.58865580855048 6.490816109854831 0.12533181891282175
`);
// e^x (K1(x) - K0(x)) x√x in 1/x, x >= 1: error 5e-18.
const APART_LARGE_P = /* @__PURE__ */ coefficients(`
  0.6266570686577501 15.070367015633229 144.42034379370548 718.4345427287243 2028.0860212034943
  3341.664240359872 3192.0968758060426 1703.6101188600448 471.4928817613699 58.93954791685989
  2.502152076403233 0.014985769800949908
`);
const APART_LARGE_Q = /* @__PURE__ */ coefficients(`
  1.0 24.423826334812993 239.2688975332382 1228.1076896226975 3624.2920728134304 6360.395106149269
  6646.539891524062 4035.36781888554 1348.6732156458781 224.77676942239907 15.473049755230228
  0.2815557240556819
`);

function quarterSquare(x: Expr): Expr {
  return square(mul(0.5, atMost(x, 1)));
}

function first(x: Expr, coefficients: readonly number[]): Expr {
  const z = quarterSquare(x);
  return add(1, mul(z, polynomial(z, coefficients)));
}

// Half of a subnormal number would be rounded.
function logHalf(x: Expr): Expr {
  return sub(log(x), Math.LN2);
}

// Below 0 the logarithm is NaN, as both functions are.
function zeroth(x: Expr): Expr {
  return sub(rational(quarterSquare(x), K0_P, K0_Q), mul(logHalf(x), first(x, I0)));
}

function next(x: Expr): Expr {
  const regular = add(rational(quarterSquare(x), K1_P, K1_Q), mul(mul(0.5, logHalf(x)), first(x, I1)));
  return select(eq(x, 0), Infinity, add(div(1, x), mul(x, regular)));
}

/** p(1/x)/q(1/x)/√x. */
function tail(x: Expr, p: readonly number[], q: readonly number[]): Expr {
  const far = atLeast(x, 1);
  return div(rational(div(1, far), p, q), sqrt(far));
}

/** A function where x is small, and from its tail times e^-x. */
function decayed(x: Expr, near: Expr, far: Expr): Expr {
  const half = exp(mul(-0.5, x));
  return select(le(x, 1), near, mul(mul(far, half), half));
}

/** The same times e^x. */
function scaled(x: Expr, near: Expr, far: Expr): Expr {
  return select(le(x, 1), mul(exp(atMost(x, 1)), near), far);
}

/** K0. */
export const k0: Curve = /* @__PURE__ */ sloped(
  "k0",
  (x) => decayed(x, zeroth(x), tail(x, K0_LARGE_P, K0_LARGE_Q)),
  (x) => neg(k1(x)),
);

/** K1. */
export const k1: Curve = /* @__PURE__ */ sloped(
  "k1",
  (x) => decayed(x, next(x), tail(x, K1_LARGE_P, K1_LARGE_Q)),
  (x, y) => neg(add(k0(x), div(y, x))),
);

/** e^x K0(x). */
export const k0e: Curve = /* @__PURE__ */ sloped(
  "k0e",
  (x) => scaled(x, zeroth(x), tail(x, K0_LARGE_P, K0_LARGE_Q)),
  (x) => neg(apart(x)),
);

/** e^x K1(x). */
export const k1e: Curve = /* @__PURE__ */ sloped(
  "k1e",
  (x) => scaled(x, next(x), tail(x, K1_LARGE_P, K1_LARGE_Q)),
  (x, y) => sub(apart(x), div(y, x)),
);

/** e^x (K1(x) - K0(x)), which are nearly equal where x is large. */
const apart: Curve = /* @__PURE__ */ sloped(
  "k1k0Apart",
  (x) => scaled(x, sub(next(x), zeroth(x)), div(tail(x, APART_LARGE_P, APART_LARGE_Q), x)),
  (x, y) => sub(mul(2, y), div(k1e(x), x)),
);
