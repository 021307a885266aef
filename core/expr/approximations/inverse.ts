/** Inverse functions: of sine, cosine and tangent, and the angle of a point. */
import type { Expr } from "../expr.ts";
import { abs, add, copysign, div, mul, neg, sqrt, square, sub } from "../scalars/arithmetic.ts";
import { eq, gt, lt, select, xor } from "../scalars/logic.ts";
import { mulAdd, rarely } from "./parts.ts";
import { type Approximation, type ByDtype, byDtype, inDouble, polynomial } from "./precision.ts";

/** What depends on the dtype. */
interface Inverse {
  /** π/2 as the dtype has it, and the rest. */
  readonly right: readonly [number, number];
  /** Above it the arc of a number comes from that of the root of half of what it lacks of 1. */
  readonly most: number;
  /** (asin(x)/x - 1)/x² in x² up to that. */
  readonly arcsine: readonly number[];
  /** (1 - atan(x)/x)/x² in x² for |x| ≤ 1. */
  readonly arctangent: readonly number[];
}

const inverseSingle: Inverse = {
  right: [1.5707963705062866, -4.371138828673793e-8],
  most: 0.707,
  arcsine: [
    0.16666622,
    0.07502685,
    0.04408181,
    0.035991278,
    -0.008058605,
    0.11033254,
    -0.13997221,
    0.126117,
  ],
  arctangent: [
    0.333333,
    -0.19998547,
    0.1426424,
    -0.109521754,
    0.08403427,
    -0.057957284,
    0.031177606,
    -0.010914511,
    0.0017936052,
  ],
};

const inverseDouble: Inverse = {
  right: [1.5707963267948966, 6.123233995736766e-17],
  most: 0.5,
  arcsine: [
    0.1666666666666541,
    0.07500000000336814,
    0.04464285682847151,
    0.030381959131697323,
    0.02237175816514048,
    0.017359703181392003,
    0.013885249792160688,
    0.012169125401158555,
    0.006528316675807123,
    0.01952741213206962,
    -0.01622303411893811,
    0.03191151173471859,
  ],
  arctangent: [
    0.33333333333333287,
    -0.19999999999990445,
    0.14285714285036472,
    -0.1111111108644354,
    0.09090908547196994,
    -0.07692299711171723,
    0.06666583718344445,
    -0.05881716130079597,
    0.05259433693191522,
    -0.04744925831930928,
    0.04286390281133634,
    -0.03821005334401089,
    0.03278541619396197,
    -0.026151658281866916,
    0.018614200390992753,
    -0.011317661219964938,
    0.005612400267355049,
    -0.0021515968461720543,
    0.0005928969450703932,
    -0.00010387279206020385,
    8.654303045331863e-6,
  ],
};

/** A number whose arc is needed, that arc less the number, and whether it is half of what is missing of a right angle. */
interface Arc {
  readonly size: Expr;
  readonly rest: Expr;
  readonly isFar: Expr;
}

function arcOf({ most, arcsine }: Inverse, x: Expr): Arc {
  const a = abs(x), isFar = gt(a, most), z = select(isFar, mulAdd(a, -0.5, 0.5), square(a));
  const size = select(isFar, sqrt(z), a);
  return { size, rest: mul(mul(size, z), polynomial(z, arcsine)), isFar };
}

function arcsine(by: Inverse): Approximation {
  const [high, low] = by.right;
  return (x) => {
    const { size, rest, isFar } = arcOf(by, x);
    const far = add(mulAdd(size, -2, high), mulAdd(rest, -2, low));
    return copysign(select(isFar, far, add(size, rest)), x);
  };
}

function arccosine(by: Inverse): Approximation {
  const [high, low] = by.right;
  return (x) => {
    const { size, rest, isFar } = arcOf(by, x), arc = mul(2, add(size, rest));
    const far = select(lt(x, 0), add(sub(2 * high, mul(2, size)), mulAdd(rest, -2, 2 * low)), arc);
    const signed = copysign(size, x), signedRest = copysign(rest, x);
    return select(isFar, far, add(sub(high, signed), sub(low, signedRest)));
  };
}

/** The arc of a tangent from 0 to 1. */
function arctangentOf({ arctangent }: Inverse, t: Expr): Expr {
  const z = square(t);
  return mulAdd(mul(neg(z), t), polynomial(z, arctangent), t);
}

function arctangent(by: Inverse): Approximation {
  const [high, low] = by.right;
  return (x) => {
    const a = abs(x), isSteep = gt(a, 1), arc = arctangentOf(by, select(isSteep, div(1, a), a));
    return copysign(select(isSteep, add(sub(high, arc), low), arc), x);
  };
}

/** The angle of the point (x, y), from that below 45° to the nearer axis. */
function angle(by: Inverse): Approximation {
  const [high, low] = by.right;
  return (y, x) => {
    const [a, b] = [abs(x), abs(y)], isSteep = lt(a, b), isBehind = lt(copysign(1, x), 0);
    const [less, more] = [select(isSteep, a, b), select(isSteep, b, a)];
    const t = select(eq(more, 0), less, select(eq(less, more), 1, div(less, more)));
    const arc = arctangentOf(by, t), signed = select(xor(isSteep, isBehind), neg(arc), arc);
    const from = (turns: number) => add(turns * high, add(signed, turns * low));
    return copysign(select(isSteep, from(1), select(isBehind, from(2), signed)), y);
  };
}

// Beyond it 1 is lost in the square, which may be out of range.
const LARGE = 1e9;

/** ±1/x² where x is large, else the reciprocal of what is near. */
function slope(near: (x: Expr) => Expr, sign: 1 | -1): Approximation {
  return (x) => rarely(gt(abs(x), LARGE), div(div(sign, x), x), div(1, near(x)));
}

const ofArctangent = (x: Expr): Expr => mulAdd(x, x, 1),
  ofArtanh = (x: Expr): Expr => mul(sub(1, x), add(1, x));

/** The slopes of atan and artanh. */
export const slopes: ByDtype = {
  f32: {
    atanSlope: /* @__PURE__ */ inDouble((x) => div(1, ofArctangent(x))),
    atanhSlope: /* @__PURE__ */ inDouble((x) => div(1, ofArtanh(x))),
  },
  f64: {
    atanSlope: /* @__PURE__ */ slope(ofArctangent, 1),
    atanhSlope: /* @__PURE__ */ slope(ofArtanh, -1),
  },
};

/** asin, acos, atan and atan2. */
export const inverses: ByDtype = /* @__PURE__ */ byDtype(
  { f32: inverseSingle, f64: inverseDouble },
  (by) => ({
    asin: arcsine(by),
    acos: arccosine(by),
    atan: arctangent(by),
    atan2: angle(by),
  }),
);
