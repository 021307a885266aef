/** Modified Bessel functions of the first kind, in expressions: I0 and I1, and these times e^-|x|. */
import type { Expr } from "../../expr/expr.ts";
import { atLeast, atMost, polynomial } from "../../expr/approximations/precision.ts";
import { abs, add, copysign, div, mul, neg, sign, sqrt, square, sub } from "../../expr/scalars/arithmetic.ts";
import { eq, lt, select } from "../../expr/scalars/logic.ts";
import { exp } from "../../expr/scalars/transcendental.ts";
import { coefficients } from "./coefficients.ts";
import { type Curve, sloped } from "./sloped.ts";

// (I0(x) - 1)/z in z = x²/4, x <= 16: error 1e-18.
const I0 = /* @__PURE__ */ coefficients(`
  1.0 0.25000000000000006 0.02777777777777766 0.0017361111111112292 6.944444444438193e-5
  1.9290123456992904e-6 3.936759888701203e-8 6.151187333526003e-10 7.594058352015606e-12
  7.594059078143357e-14 6.276077060153672e-16 4.358411940857742e-18 2.5788387010182332e-20
  1.3160720482501095e-22 5.840398079677445e-25 2.299650233063101e-27 7.659337615366429e-30
  2.742612290797553e-32 3.9330622388521944e-35 3.5906070404394106e-37 -4.7120229481756505e-40
  2.946772946303699e-42
`);
// (2 I1(x)/x - 1)/z in the same: error 3e-18.
const I1 = /* @__PURE__ */ coefficients(`
  0.5 0.08333333333333327 0.006944444444444585 0.00034722222222209446 1.1574074074135566e-5
  2.755731922217492e-7 4.920949864983214e-9 6.834652536012527e-11 7.594058929266572e-13
  6.9036856413382654e-15 5.230090373432127e-17 3.3525041746934836e-19 1.84246306479891e-21
  8.761397725134347e-24 3.6781332426127074e-26 1.303708781064274e-28 4.921793500536901e-31
  7.5704166013728365e-34 7.138749786347151e-36 -9.787500142119429e-39 6.47133021437667e-41
`);
// e^-x I0(x) √x in 1/x, x >= 16: error 2e-18.
const I0_LARGE = /* @__PURE__ */ coefficients(`
  0.3989422804014327 0.04986778505018279 0.02805062908707855 0.029219406750116396 0.04474191336088994
  0.09064041741995502 0.22539552739178048 0.8509714255291948 -3.5733038214738357 163.355128617324
  -2635.923236343797 30735.425022808406 -204846.67556450434 644496.6014364447
`);
// The same of I1.
const I1_LARGE = /* @__PURE__ */ coefficients(`
  0.3989422804014327 -0.14960335515054118 -0.04675104848067205 -0.04090716895983078 -0.0575253848102143
  -0.11077669000840876 -0.26674033867502017 -0.9667478445701905 3.6090576983391096 -173.63196783163133
  2789.490784510215 -32545.16308080453 216748.49439316522 -682144.6194105911
`);
// e^-x (I0(x) - I1(x)) x√x in 1/x, x >= 16: error 3e-18.
const APART_LARGE = /* @__PURE__ */ coefficients(`
  0.19947114020071635 0.07480167757527321 0.07012657272028866 0.1022679223593092 0.20133879056995868
  0.4985365984460619 1.4574362351879295 7.479007950658852 -119.62238248139907 6281.098803056439
  -199814.74730375895 4748193.812913126 -81280255.81209157 978635123.7195299 -7834054468.588445
  37357058717.08379 -79737658674.07579
`);
// The same in (1/x - 0.35)/0.15, 2 <= x <= 5: error 7e-18.
const APART_SMALL = /* @__PURE__ */ coefficients(`
  0.24275535780051377 0.02528635594703844 -0.002013024246655858 -0.0031081810905143276
  0.0006977692648904071 0.00025306158404798365 -0.00020127706321026976 5.021855318993189e-5
  7.201890437664611e-6 -1.203733608468068e-5 5.66706588844131e-6 -1.3700263205152103e-6
  -1.0637457514215396e-7 2.993173211609928e-7 -1.7699600864275034e-7 6.692784247581597e-8
  -1.4711331259867215e-8 -2.0523607631332293e-9 3.7113489977590607e-9 -1.6598564401303973e-9
  8.112117367758902e-10 -6.724386041888853e-10 1.6879353193346324e-10 1.3207023380426258e-10
  -6.101697995484969e-11
`);
// The same in (1/x - 0.13125)/0.06875, 5 <= x <= 16: error 1e-17.
const APART_MIDDLE = /* @__PURE__ */ coefficients(`
  0.2108234444460065 0.00700777128376635 0.0007695485665898334 0.0001739185562917838
  3.366241364880655e-5 -1.5579947286598854e-5 -1.3384305113683928e-5 1.3970847265435307e-6
  3.218681820451172e-6 -6.694461747129686e-7 -6.604508471641445e-7 3.4769364620584367e-7
  4.796480086708608e-8 -1.0650647510098338e-7 3.4695418765823804e-8 9.986913879027665e-9
  -1.4172275035933533e-8 6.029473119199936e-9 4.0634567956124685e-10 -2.6427167962370325e-9
  1.297740734339113e-9 3.786786708879097e-10 -4.178363513275762e-10 -5.753558113527291e-12
  4.496230281260573e-11
`);
// 8 I2(x)/x² in z, x <= 2: error 1e-18.
const I2 = /* @__PURE__ */ coefficients(`
  1.0 0.33333333333333315 0.04166666666667139 0.002777777777729311 0.00011574074098979791
  3.306877588283446e-6 6.889451504037414e-8 1.0923450055136343e-9 1.4304421661292731e-11
`);

/** From here on by powers of 1/x. */
const FAR = 16;

// z = x²/4 where the powers of z are taken.
function quarterSquare(x: Expr): Expr {
  return square(mul(0.5, atMost(abs(x), FAR)));
}

/** 1 + z p(z). */
function series(x: Expr, coefficients: readonly number[]): Expr {
  const z = quarterSquare(x);
  return add(1, mul(z, polynomial(z, coefficients)));
}

/** p(1/a)/√a for a = |x|. */
function tail(x: Expr, coefficients: readonly number[]): Expr {
  const a = atLeast(abs(x), FAR);
  return div(polynomial(div(1, a), coefficients), sqrt(a));
}

/** p(1/a)/(a√a) between two points, p in what runs from -1 to 1 there. */
function between(a: Expr, [from, to]: readonly [number, number], coefficients: readonly number[]): Expr {
  const within = atMost(atLeast(a, from), to),
    middle = (1 / from + 1 / to) / 2,
    half = (1 / from - 1 / to) / 2;
  const place = mul(1 / half, sub(div(1, within), middle));
  return div(polynomial(place, coefficients), mul(within, sqrt(within)));
}

function isNear(x: Expr): Expr {
  return lt(abs(x), FAR);
}

/** e^-|x|. */
function decay(x: Expr): Expr {
  return exp(neg(abs(x)));
}

/** y e^|x|, in two factors, since y √x may be beyond what e^|x| leaves room for. */
function grown(x: Expr, coefficients: readonly number[]): Expr {
  // Beyond it all is Infinity in any dtype, as it is at Infinity.
  const a = atMost(abs(x), 4000), half = exp(mul(0.5, a));
  return mul(mul(tail(a, coefficients), half), half);
}

/** I0. */
export const i0: Curve = /* @__PURE__ */ sloped(
  "i0",
  (x) => select(isNear(x), series(x, I0), grown(x, I0_LARGE)),
  (x) => i1(x),
);

/** I1. */
export const i1: Curve = /* @__PURE__ */ sloped(
  "i1",
  (x) => select(isNear(x), mul(mul(0.5, x), series(x, I1)), copysign(grown(x, I1_LARGE), x)),
  (x) => sub(i0(x), i1Ratio(x)),
);

/** I1(x)/x. */
const i1Ratio: Curve = /* @__PURE__ */ sloped(
  "i1Ratio",
  (x) => select(isNear(x), mul(0.5, series(x, I1)), div(i1(x), x)),
  (x) => i2Ratio(x),
);

/** I2(x)/x. */
const i2Ratio: Curve = /* @__PURE__ */ sloped(
  "i2Ratio",
  (x) => ratioOfSecond(x, (z) => mul(0.125, polynomial(z, I2)), i0(x), i1Ratio(x)),
  (x, y) => sub(i1Ratio(x), threeOver(x, y)),
);

// Of the second order by the first two, but where these cancel by its own powers.
function ratioOfSecond(x: Expr, powers: (z: Expr) => Expr, zeroth: Expr, first: Expr): Expr {
  const isSmall = lt(abs(x), 2), near = atMost(abs(x), 2);
  return select(isSmall, mul(x, powers(square(mul(0.5, near)))), div(sub(zeroth, mul(2, first)), x));
}

// 3 y/x, where y is x/8 next to 0.
function threeOver(x: Expr, y: Expr): Expr {
  return select(eq(x, 0), 0.375, div(mul(3, y), x));
}

/** e^-|x| I0(x). */
export const i0e: Curve = /* @__PURE__ */ sloped(
  "i0e",
  (x) => select(isNear(x), mul(decay(x), series(x, I0)), tail(x, I0_LARGE)),
  (x) => neg(mul(sign(x), apart(x))),
);

/** e^-|x| I1(x). */
export const i1e: Curve = /* @__PURE__ */ sloped(
  "i1e",
  (x) => select(isNear(x), mul(mul(decay(x), mul(0.5, x)), series(x, I1)), copysign(tail(x, I1_LARGE), x)),
  (x) => sub(apart(x), i1eRatio(x)),
);

/** e^-|x| (I0(x) - |I1(x)|). */
const apart: Curve = /* @__PURE__ */ sloped(
  "i0i1Apart",
  // By the difference itself where the two are nearly equal.
  (x) => {
    const a = abs(x), near = mul(decay(x), sub(series(x, I0), mul(mul(0.5, atMost(a, FAR)), series(x, I1))));
    const beside = select(lt(a, 5), between(a, [2, 5], APART_SMALL), between(a, [5, FAR], APART_MIDDLE));
    return select(lt(a, 2), near, select(isNear(x), beside, div(tail(x, APART_LARGE), a)));
  },
  (x, y) => mul(sign(x), sub(i1eRatio(x), mul(2, y))),
);

/** e^-|x| I1(x)/x. */
const i1eRatio: Curve = /* @__PURE__ */ sloped(
  "i1eRatio",
  (x) => select(isNear(x), mul(mul(0.5, decay(x)), series(x, I1)), div(i1e(x), x)),
  (x, y) => sub(i2eRatio(x), mul(sign(x), y)),
);

/** e^-|x| I2(x)/x. */
const i2eRatio: Curve = /* @__PURE__ */ sloped(
  "i2eRatio",
  (x) => ratioOfSecond(x, (z) => mul(mul(0.125, decay(x)), polynomial(z, I2)), i0e(x), i1eRatio(x)),
  (x, y) => sub(sub(i1eRatio(x), threeOver(x, y)), mul(sign(x), y)),
);
