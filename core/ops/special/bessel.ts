/** Bessel functions in expressions: J0, J1, Y0 and Y1, and the spherical j0. */
import type { Expr } from "../../expr/expr.ts";
import { atLeast, atMost, polynomial, rational } from "../../expr/approximations/precision.ts";
import { abs, add, div, mul, neg, sqrt, square, sub } from "../../expr/scalars/arithmetic.ts";
import { eq, lt, select } from "../../expr/scalars/logic.ts";
import { cos, log, log1p, sin } from "../../expr/scalars/transcendental.ts";
import { coefficients } from "./coefficients.ts";
import { besidesZeros } from "./bessel_near.ts";
import { j0Zeros, j1SlopeZeros, j1Zeros, y0Zeros, y1SlopeZeros, y1Zeros } from "./bessel_zeros.ts";
import { type Curve, sloped } from "./sloped.ts";

// (J0(x) - 1)/z in z = x²/4, x <= 1: error 2e-17.
const J0_SMALL = /* @__PURE__ */ coefficients(`
  -1.0 0.24999999999999822 -0.027777777777664013 0.0017361111083798808 -6.944441321268272e-5
  1.928828931257932e-6 -3.8832885300323314e-8
`);
// (2 J1(x)/x - 1)/z in the same.
const J1_SMALL = /* @__PURE__ */ coefficients(`
  -0.5 0.08333333333333313 -0.00694444444443179 0.0003472222219184397 -1.1574070600502256e-5
  2.7555279513065285e-7 -4.861498315065376e-9
`);
// J0(x)/(x² - its first zero's) in x², x <= 4: error 1e-17.
const J0_P = /* @__PURE__ */ coefficients(`
  -0.17291506903064494 0.010992188841171511 -0.00023236350155519237 2.1709965824378154e-6
  -9.420763834581294e-9 1.5873942437519326e-11
`);
const J0_Q = /* @__PURE__ */ coefficients(`
  1.0 0.013515058761031769 8.975487192445334e-5 3.7492410158064355e-7 1.0166558966098687e-9
  1.498873919698892e-12
`);
// J1(x)/x/(x² - its first zero's) in x², x <= 5: error 9e-19.
const J1_P = /* @__PURE__ */ coefficients(`
  -0.03405537391318949 0.0015922873124592175 -2.7458845229534397e-5 2.3216935395783807e-7
  -1.0497457968314852e-9 2.483481408352452e-12 -2.4779910620600713e-15
`);
const J1_Q = /* @__PURE__ */ coefficients(`
  1.0 0.010133421022915846 4.921883850287097e-5 1.4596702626711037e-7 2.708893459224299e-10
  2.604328955840393e-13
`);
// (Y0(x) - 2/π log(x/zero) J0(x))/(x² - zero²) in x², x <= 3: error 5e-18.
const Y0_P = /* @__PURE__ */ coefficients(`
  0.18214429522164177 -0.014412094664287478 0.0003614095921349423 -3.943517291720916e-6
  2.004907837639663e-8 -4.030841617240143e-11
`);
const Y0_Q = /* @__PURE__ */ coefficients(`
  1.0 0.012806209076873815 7.714867299275452e-5 2.6680783945501185e-7 4.6517709349218005e-10
`);
// (Y1(x) - 2/π log(x/zero) J1(x)) x/(x² - zero²) in x², x <= 4: error 8e-19.
const Y1_P = /* @__PURE__ */ coefficients(`
  0.13187550549740895 0.01770621340326382 -0.0012357938630219562 2.4294729225327643e-5
  -2.0676562857044857e-7 8.172171893530875e-10 -1.260005082342197e-12
`);
const Y1_Q = /* @__PURE__ */ coefficients(`
  1.0 0.01272785229538859 7.929915327150463e-5 3.094643773808319e-7 7.804604680610518e-10
  1.0654310010456922e-12
`);
// √(πx/2) J0(x) = P cos - Q sin and √(πx/2) Y0(x) = P sin + Q cos of x - π/4, P and Qx in 1/x², x >= 3: error 7e-18.
const P0_P = /* @__PURE__ */ coefficients(`
  1.0 218.52601122906106 17553.27722866213 673967.0304202798 13478241.114257028 143549447.1654958
  799776133.89518 2198204265.5593147 2643228417.8101315 1082106145.0964963 75304435.41272365
`);
const P0_Q = /* @__PURE__ */ coefficients(`
  1.0 218.596323729061 17568.535130574804 675178.3745113354 13523863.318302803 144433461.39013642
  808715723.6481743 2243897133.220209 2751546073.4499493 1181297725.1378407 97622400.9439716
`);
const Q0_P = /* @__PURE__ */ coefficients(`
  -0.12499999999999954 -24.195443817746195 -1678.2804728979597 -53882.618064030554 -863599.1212462749
  -6947715.521560433 -26751707.299073007 -43793150.84980241 -23287972.700603474 -1683396.3736996811
`);
const Q0_Q = /* @__PURE__ */ coefficients(`
  1.0 194.14948804194697 13538.186384848552 438654.55418187275 7143708.540445863 59124178.91485674
  239810654.7888387 434576860.05078375 289810825.91522473 44203898.352607146
`);
// The same of J1 and Y1, of x - 3π/4.
const P1_P = /* @__PURE__ */ coefficients(`
  1.0 216.20445313587282 17158.664209491937 649928.8181829139 12801554.126109997 134085362.83188386
  734067727.5459677 1985376374.0937777 2369740171.211683 997893847.0001392 86182358.7244806
`);
const P1_Q = /* @__PURE__ */ coefficients(`
  1.0 216.08726563587288 17133.48567860678 647951.4700609825 12727953.566560091 132677011.04370677
  720011525.4355371 1914483209.9264219 2203850183.355784 847723776.7662268 52638860.26837725
`);
const Q1_P = /* @__PURE__ */ coefficients(`
  0.3749999999999995 71.8453588119239 4927.761263169683 156316.60337428824 2474573.1895975843
  19679691.296931397 75168598.58418804 123346983.83675726 68001750.54717909 6230934.879769337
`);
const Q1_Q = /* @__PURE__ */ coefficients(`
  1.0 191.86106099845537 13192.418506805869 420314.8773810797 6704973.897532761 54059249.762641646
  211800682.1933442 365433800.7857356 225386801.43823645 29327633.056468274
`);
// 8 J2(x)/x² in x²/4, x <= 2
const J2 = /* @__PURE__ */ coefficients(`
  1.0 -0.33333333333333315 0.04166666666666228 -0.00277777777773274 0.00011574074050892953
  -3.3068776363491934e-6 6.88921578705462e-8 -1.092412759484368e-9 1.306137583019255e-11
`);
// spherical j1/x in x², x<=1
const S1 = /* @__PURE__ */ coefficients(`
  0.3333333333333333 -0.03333333333333333 0.0011904761904761784 -2.2045855379092596e-5
  2.505210834766897e-7 -1.9270844541424362e-9 1.0705075399218444e-11 -4.4395134340839854e-14
`);

/** A zero in two numbers, of which f32 holds the first. */
type Zero = readonly [high: number, low: number];

// The first zeros.
const ZERO_J0: Zero = [2.404825448989868, 1.0870590460455913e-7];
const ZERO_J1: Zero = [3.8317060470581055, -7.685059315313556e-8];
const ZERO_Y0: Zero = [0.893576979637146, -1.3357978474508862e-8];
const ZERO_Y1: Zero = [2.197141408920288, -8.288927105078847e-8];

/** x less a zero, as if that were exact. */
function gapOf(x: Expr, [high, low]: Zero): Expr {
  return sub(sub(x, high), low);
}

/** x² less that of a zero. */
function squaresApart(x: Expr, zero: Zero): Expr {
  return mul(gapOf(x, zero), add(x, zero[0] + zero[1]));
}

/** 1 + z p(z) where x is at most 1, so that it is 1 at 0, and another value elsewhere. */
function unlessSmall(x: Expr, coefficients: readonly number[], value: Expr): Expr {
  const z = square(mul(0.5, atMost(x, 1)));
  return select(lt(x, 1), add(1, mul(z, polynomial(z, coefficients))), value);
}

function j0Near(x: Expr): Expr {
  return unlessSmall(x, J0_SMALL, mul(squaresApart(x, ZERO_J0), rational(square(x), J0_P, J0_Q)));
}

// Over x.
function j1Near(x: Expr): Expr {
  const value = mul(squaresApart(x, ZERO_J1), rational(square(x), J1_P, J1_Q));
  return select(lt(x, 1), mul(0.5, unlessSmall(x, J1_SMALL, value)), value);
}

/** log(x/zero), without a rounding next to the zero. */
function logRatio(x: Expr, zero: Zero): Expr {
  const whole = zero[0] + zero[1], ratio = div(x, whole), gap = div(gapOf(x, zero), whole);
  return select(lt(ratio, 0.5), sub(log(x), Math.log(whole)), log1p(atLeast(gap, -0.5)));
}

/** What both kinds are made of where x is large. */
interface Wave {
  /** √π·√x times the cosine and the sine of x - π/4, over √2. */
  readonly cosine: Expr;
  readonly sine: Expr;
  readonly p: Expr;
  readonly q: Expr;
  readonly root: Expr;
}

type Ratio = readonly [p: readonly number[], q: readonly number[]];

function waveOf(x: Expr, p: Ratio, q: Ratio): Wave {
  const a = atLeast(x, 3), u = square(div(1, a)), s = sin(a), c = cos(a);
  return {
    cosine: add(c, s),
    sine: sub(s, c),
    p: rational(u, ...p),
    q: div(rational(u, ...q), a),
    root: mul(1 / Math.sqrt(Math.PI), div(1, sqrt(a))),
  };
}

function waveOfZeroth(x: Expr): Wave {
  return waveOf(x, [P0_P, P0_Q], [Q0_P, Q0_Q]);
}

function waveOfFirst(x: Expr): Wave {
  return waveOf(x, [P1_P, P1_Q], [Q1_P, Q1_Q]);
}

// At Infinity the sine is NaN, and the functions are 0, unlike PyTorch's, which are NaN.
function unlessEndless(x: Expr, value: Expr): Expr {
  return select(eq(x, Infinity), 0, value);
}

function j0Of(x: Expr): Expr {
  const a = abs(x), { cosine, sine, p, q, root } = waveOfZeroth(a);
  const far = mul(root, sub(mul(p, cosine), mul(q, sine)));
  return unlessEndless(a, select(lt(a, 4), j0Near(atMost(a, 4)), far));
}

function j1Far(a: Expr): Expr {
  const { cosine, sine, p, q, root } = waveOfFirst(a);
  return unlessEndless(a, mul(root, add(mul(p, sine), mul(q, cosine))));
}

function y0Of(x: Expr): Expr {
  const near = atMost(x, 3), { cosine, sine, p, q, root } = waveOfZeroth(x);
  const regular = mul(squaresApart(near, ZERO_Y0), rational(square(near), Y0_P, Y0_Q));
  const small = add(mul(2 / Math.PI, mul(logRatio(near, ZERO_Y0), j0Near(near))), regular);
  return unlessEndless(x, select(lt(x, 3), small, mul(root, add(mul(p, sine), mul(q, cosine)))));
}

function y1Of(x: Expr): Expr {
  const near = atMost(x, 4), { cosine, sine, p, q, root } = waveOfFirst(x);
  const regular = div(mul(squaresApart(near, ZERO_Y1), rational(square(near), Y1_P, Y1_Q)), near);
  const small = add(mul(2 / Math.PI, mul(logRatio(near, ZERO_Y1), mul(near, j1Near(near)))), regular);
  const value = select(lt(x, 4), small, mul(root, sub(mul(q, sine), mul(p, cosine))));
  return unlessEndless(x, select(eq(x, 0), -Infinity, value));
}

const j0Near0 = /* @__PURE__ */ besidesZeros("j0", j0Zeros),
  j1Near0 = /* @__PURE__ */ besidesZeros("j1", j1Zeros);
const y0Near0 = /* @__PURE__ */ besidesZeros("y0", y0Zeros),
  y1Near0 = /* @__PURE__ */ besidesZeros("y1", y1Zeros);
const slopeNear0 = /* @__PURE__ */ besidesZeros("j1Slope", j1SlopeZeros);
const ySlopeNear0 = /* @__PURE__ */ besidesZeros("y1Slope", y1SlopeZeros);

/** J0. */
export const j0: Curve = /* @__PURE__ */ sloped("j0", (x) => j0Near0(abs(x), j0Of(x)), (x) => neg(j1(x)));

function j1Of(a: Expr): Expr {
  return select(lt(a, 5), mul(a, j1Near(atMost(a, 5))), j1Far(a));
}

/** J1. */
export const j1: Curve = /* @__PURE__ */ sloped(
  "j1",
  (x) => {
    const a = abs(x);
    return select(lt(a, 1), mul(x, j1Near(atMost(a, 1))), mul(select(lt(x, 0), -1, 1), j1Near0(a, j1Of(a))));
  },
  (x) => j1Slope(x),
);

/** J1′. */
const j1Slope: Curve = /* @__PURE__ */ sloped(
  "j1Slope",
  (x) => slopeNear0(abs(x), sub(j0(x), j1Ratio(x))),
  (x) => sub(j2Ratio(x), j1(x)),
);

/** J1(x)/x. */
const j1Ratio: Curve = /* @__PURE__ */ sloped(
  "j1Ratio",
  (x) => select(lt(abs(x), 5), j1Near(atMost(abs(x), 5)), div(j1(x), x)),
  (x) => neg(j2Ratio(x)),
);

/** J2(x)/x. */
const j2Ratio: Curve = /* @__PURE__ */ sloped(
  "j2Ratio",
  (x) => {
    const near = mul(x, mul(0.125, polynomial(square(mul(0.5, atMost(abs(x), 2))), J2)));
    return select(lt(abs(x), 2), near, div(sub(mul(2, j1Ratio(x)), j0(x)), x));
  },
  (x, y) => sub(j1Ratio(x), select(eq(x, 0), 0.375, div(mul(3, y), x))),
);

/** Y0. */
export const y0: Curve = /* @__PURE__ */ sloped("y0", (x) => y0Near0(x, y0Of(x)), (x) => neg(y1(x)));

/** Y1. */
export const y1: Curve = /* @__PURE__ */ sloped("y1", (x) => y1Near0(x, y1Of(x)), (x) => y1Slope(x));

/** Y1′. */
const y1Slope: Curve = /* @__PURE__ */ sloped(
  "y1Slope",
  (x) => ySlopeNear0(x, sub(y0(x), div(y1(x), x))),
  (x, y) => sub(div(sub(div(y1(x), x), y), x), y1(x)),
);

/** sin(x)/x. */
export const sphericalJ0: Curve = /* @__PURE__ */ sloped(
  "sphericalJ0",
  (x) => select(eq(x, 0), 1, select(eq(abs(x), Infinity), 0, div(sin(x), x))),
  (x) => neg(sphericalJ1(x)),
);

/** (sin(x)/x - cos(x))/x. */
const sphericalJ1: Curve = /* @__PURE__ */ sloped(
  "sphericalJ1",
  (x) => {
    const near = mul(x, polynomial(square(atMost(abs(x), 1)), S1)), far = div(sub(sphericalJ0(x), cos(x)), x);
    return select(lt(abs(x), 1), near, unlessEndless(abs(x), far));
  },
  (x, y) => sub(sphericalJ0(x), select(eq(x, 0), 2 / 3, div(mul(2, y), x))),
);
