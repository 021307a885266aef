/** Airy's function Ai and its derivative, in expressions. */
import type { Expr } from "../../expr/expr.ts";
import { atLeast, atMost, rational } from "../../expr/approximations/precision.ts";
import { add, div, mul, neg, sqrt, square, sub } from "../../expr/scalars/arithmetic.ts";
import { eq, gt, lt, select } from "../../expr/scalars/logic.ts";
import { cos, exp, sin } from "../../expr/scalars/transcendental.ts";
import { coefficients } from "./coefficients.ts";
import { type Curve, left, sloped } from "./sloped.ts";

// Ai(x), |x| <= 2: error 2e-18.
const NEAR_P = /* @__PURE__ */ coefficients(`
  0.3550280538878172 -0.02802293589010042 -0.07322689176681736 0.017088721448704117 0.0031959498279611935
  -0.001551049193489063 9.444433105385714e-5 3.8605197582508074e-5 -7.435910305915456e-6
  1.4979574910236228e-7 8.959375924484681e-8 -1.0573828091817742e-8 3.9713348751351316e-10
`);
const NEAR_Q = /* @__PURE__ */ coefficients(`
  1.0 0.6500795229428097 0.2676585744099524 0.07659285367763304 0.01724334781483592 0.00308495683928012
  0.00045446277345090704 5.414023623778353e-5 5.230043218737978e-6 3.8345489563911725e-7
  2.018618289078525e-8 5.297051241913111e-10
`);
// Ai'(x) over x less its first zero, |x| <= 2: error 8e-19.
const SLOPE_NEAR_P = /* @__PURE__ */ coefficients(`
  -0.2540451406670727 0.05650697513029816 0.03420374352057014 -0.012041107659906996 -0.00064082028979781
  0.0007504828467377421 -7.606172468527711e-5 -1.414534582344642e-5 3.556501642367375e-6
  -1.2908864594243743e-7 -3.690176536984113e-8 4.846710786380072e-9 -1.897274991591704e-10
`);
const SLOPE_NEAR_Q = /* @__PURE__ */ coefficients(`
  1.0 0.7591248131942688 0.3328982180168962 0.10256503141085659 0.024325830415032685 0.004625082450081397
  0.0007169112961347073 9.116243131833014e-5 9.346162416137371e-6 7.537644244708846e-7
  4.3402076578328154e-8 1.537397233887372e-9
`);
// Ai(x) x^¼ e^ζ in 1/ζ, ζ = ⅔x√x, x >= 2: error 6e-18.
const FAR_P = /* @__PURE__ */ coefficients(`
  0.28209479177387814 4.560331030376466 27.463882035257395 78.6389449598094 113.44980309375616
  80.62878832215857 25.592967852199138 2.8829933990204712 0.06067631970468146
`);
const FAR_Q = /* @__PURE__ */ coefficients(`
  1.0 16.23539703683381 98.44725158831905 285.0395324875003 418.8669861491765 307.24553949559913
  103.25466012453877 13.036158206620456 0.3696088198363891
`);
// Ai'(x) x^-¼ e^ζ in the same: error 7e-18.
const SLOPE_FAR_P = /* @__PURE__ */ coefficients(`
  -0.28209479177387814 -4.538083964054206 -27.265814112967806 -78.28896926614217 -114.38583418606198
  -83.9048811931781 -28.52503965513717 -3.7238240900434714 -0.11388678282771038
`);
const SLOPE_FAR_Q = /* @__PURE__ */ coefficients(`
  1.0 15.989866573418682 95.14410911476497 268.9363013563755 382.8997290519438 268.84874068303685
  84.65007760142221 9.56291539406986 0.20874520447388425
`);
// √π y^¼ Ai(-y) = P sin - Q cos of ζ + π/4, P and Qζ in 1/ζ², y >= 2: error 7e-18.
const P_P = /* @__PURE__ */ coefficients(`
  0.9999999999999998 187.73675551024306 13212.430488902986 457965.5848386983 8638334.343384717
  92458836.09999393 567943683.2941206 1979206787.548278 3777826021.599209 3692806299.390141
  1635859963.414672 257565984.98174432 7592960.399799925
`);
const P_Q = /* @__PURE__ */ coefficients(`
  1.0 187.77388899789662 13219.345539102183 458445.9318214769 8654647.629053365 92757116.32455802
  570991030.2644372 1996680949.905772 3832854193.3288383 3783159560.7275915 1705975549.4243474
  278800198.804426 9173615.192889232
`);
const Q_P = /* @__PURE__ */ coefficients(`
  0.06944444444444323 14.183913432818468 1087.5973469296293 41122.11386997869 846812.52494707
  9897659.323583955 66350202.019815564 251811709.66890177 521036726.2208179 546865030.0217127
  254734299.72968242 39865474.273290195 878869.7938807963
`);
const Q_Q = /* @__PURE__ */ coefficients(`
  1.0 204.79545348395646 15771.773572466102 600457.4337639798 12498653.560804 148527389.5981503
  1021281546.8490615 4029841555.2577724 8856769317.944117 10232101987.536705 5602084464.939661
  1193224112.5704021 61905104.465003625
`);
// -√π y^-¼ Ai'(-y) = P cos + Q sin in the same: error 8e-18.
const SLOPE_P_P = /* @__PURE__ */ coefficients(`
  1.0000000000000002 187.0551302186927 13112.801605813187 452614.3296161539 8500363.213286318
  90588476.24452189 554233606.4096084 1925529011.4681377 3671837144.8130236 3601811710.9095063
  1617102403.019553 264675842.2061007 8927948.82655604
`);
const SLOPE_P_Q = /* @__PURE__ */ coefficients(`
  1.0 187.0112451878293 13104.65727370893 452050.6416030137 8481291.686584726 90241104.31796473
  550698373.2176723 1905333575.4104285 3608468979.101969 3498116685.965972 1536882476.6233783
  240448474.40544245 7128808.433650962
`);
const SLOPE_Q_P = /* @__PURE__ */ coefficients(`
  -0.09722222222222096 -19.793129164356916 -1512.5016451751403 -56985.19994811491 -1169318.633406594
  -13621228.157667536 -91047129.45608611 -344855705.5021095 -713338744.578643 -750818747.7100223
  -353018171.2791012 -56745400.005698025 -1419431.8642839638
`);
const SLOPE_Q_Q = /* @__PURE__ */ coefficients(`
  1.0 204.02323195002978 15644.992559238859 592715.6291487123 12267980.986671777 144829817.10367632
  988136627.5526747 3862593118.0428205 8390641868.575327 9548039646.806786 5119499983.467111
  1055993917.0581645 51524715.85435258
`);

/** ⅔·|x|·√|x| in two numbers for |x| from 2 on, and the root. */
interface Phase {
  readonly high: Expr;
  readonly low: Expr;
  readonly root: Expr;
}

function phaseOf(x: Expr): Phase {
  const root = sqrt(x), rest = div(left(root, root, x), mul(2, root));
  const product = mul(x, root), beyond = sub(mul(x, rest), left(x, root, product));
  const high = div(product, 1.5), low = div(add(left(high, 1.5, product), beyond), 1.5);
  return { high, low, root };
}

/** e^-ζ times a function of 1/ζ, the exponential in two factors. */
function decaying(x: Expr, p: readonly number[], q: readonly number[]): readonly [value: Expr, root: Expr] {
  // From 1000 on it is 0 in any dtype.
  const { high, low, root } = phaseOf(atMost(atLeast(x, 2), 1000)), half = exp(mul(-0.5, high));
  const factor = rational(div(1, high), p, q);
  return [mul(mul(sub(factor, mul(factor, low)), half), half), root];
}

/** What oscillates: P times the sine and Q/ζ times the cosine of ζ + π/4, over √½, and the root. */
interface Wave {
  readonly sine: Expr;
  readonly cosine: Expr;
  readonly inverse: Expr;
  readonly root: Expr;
}

function waveOf(x: Expr): Wave {
  const { high, low, root } = phaseOf(atLeast(atMost(neg(x), 1e25), 2));
  const [s, c, ds, dc] = [sin(high), cos(high), sin(low), cos(low)];
  const sine = add(mul(s, dc), mul(c, ds)), cosine = sub(mul(c, dc), mul(s, ds));
  return { sine: add(sine, cosine), cosine: sub(cosine, sine), inverse: div(1, high), root };
}

const SCALE = 1 / Math.sqrt(2 * Math.PI);

function below(x: Expr): Expr {
  const { sine, cosine, inverse, root } = waveOf(x), u = square(inverse);
  const sum = sub(mul(rational(u, P_P, P_Q), sine), mul(mul(rational(u, Q_P, Q_Q), inverse), cosine));
  return select(eq(x, -Infinity), 0, mul(SCALE, div(sum, sqrt(root))));
}

function slopeBelow(x: Expr): Expr {
  const { sine, cosine, inverse, root } = waveOf(x), u = square(inverse);
  const sum = add(
    mul(rational(u, SLOPE_P_P, SLOPE_P_Q), cosine),
    mul(mul(rational(u, SLOPE_Q_P, SLOPE_Q_Q), inverse), sine),
  );
  return select(eq(x, -Infinity), NaN, mul(-SCALE, mul(sum, sqrt(root))));
}

function inPieces(x: Expr, below: Expr, near: Expr, above: Expr): Expr {
  return select(lt(x, -2), below, select(gt(x, 2), above, near));
}

function within(x: Expr): Expr {
  return atLeast(atMost(x, 2), -2);
}

// The first zero of the derivative, in two numbers of which f32 holds the first.
const ZERO = -1.018792986869812, ZERO_LOW = 1.5222340922701426e-8;

/** Ai: 0 at both infinities, where PyTorch has NaN. */
export const airy: Curve = /* @__PURE__ */ sloped(
  "airy",
  (x) => {
    const [value, root] = decaying(x, FAR_P, FAR_Q);
    return inPieces(x, below(x), rational(within(x), NEAR_P, NEAR_Q), div(value, sqrt(root)));
  },
  (x) => airySlope(x),
);

/** Its derivative. */
const airySlope: Curve = /* @__PURE__ */ sloped(
  "airySlope",
  (x) => {
    const [value, root] = decaying(x, SLOPE_FAR_P, SLOPE_FAR_Q), at = within(x);
    const near = mul(sub(sub(at, ZERO), ZERO_LOW), rational(at, SLOPE_NEAR_P, SLOPE_NEAR_Q));
    return inPieces(x, slopeBelow(x), near, mul(value, sqrt(root)));
  },
  (x) => mul(x, airy(x)),
);
