/**
 * The incomplete gamma functions on one f64 each: by their series, a continued fraction, or Temme's expansion, which is
 * uniform where a is large and x near it (DiDonato and Morris 1986, Temme 1979).
 *
 * @module
 */
import { productError } from "../../expr/compensated.ts";
import { erfc } from "../../expr/special.ts";
import { horner, lgamma1p } from "../../expr/special_gamma.ts";
import { coefficients } from "./coefficients.ts";
import { exponentOf, powerOf, rootOf } from "./incomplete_gamma_weight.ts";

// Of the k-th power of 1/a, in η, where η²/2 = x/a - 1 - log(x/a).
const TEMME = /* @__PURE__ */ [
  `
    -0.3333333333333333 0.08333333333333333 -0.014814814814814815 0.0011574074074074073
    0.0003527336860670194 -0.0001787551440329218 3.919263178522438e-5 -2.185448510679992e-6
    -1.85406221071516e-6 8.296711340953087e-7 -1.7665952736826078e-7 6.707853543401498e-9
    1.0261809784240309e-8 -4.382036018453353e-9 9.14769958223679e-10 -2.5514193994946248e-11
  `,
  `
    -0.001851851851851852 -0.003472222222222222 0.0026455026455026454 -0.0009902263374485596
    0.00020576131687242798 -4.018775720164609e-7 -1.8098550334489977e-5 7.64916091608111e-6
    -1.6120900894563446e-6 4.647127802807434e-9 1.378633446915721e-7 -5.752545603517705e-8
    1.1951628599778148e-8 -1.7543241719747647e-11
  `,
  `
    0.004133597883597883 -0.0026813271604938273 0.0007716049382716049 2.0093878600823047e-6
    -0.0001073665322636516 5.2923448829120125e-5 -1.2760635188618728e-5 3.423578734096138e-8
    1.3721957309062934e-6 -6.298992138380055e-7 1.4280614206064242e-7 -2.0477098421990866e-10
  `,
  `
    0.0006494341563786008 0.00022947209362139917 -0.0004691894943952557 0.00026772063206283885
    -7.561801671883977e-5 -2.396505113867297e-7 1.1082654115347302e-5 -5.6749528269915965e-6
    1.4230900732435883e-6 -2.7861080291528143e-11
  `,
  `
    -0.0008618882909167117 0.0007840392217200666 -0.0002990724803031902 -1.4638452578843418e-6
    6.641498215465122e-5 -3.968365047179435e-5 1.1375726970678419e-5 2.507497226237533e-10
  `,
  `
    -0.00033679855336635813 -6.972813758365857e-5 0.0002772753244959392 -0.00019932570516188847
    6.797780477937208e-5 1.419062920643967e-7
  `,
].map((text) => Float64Array.from(coefficients(text)));

/** From this a on Temme's expansion and Stirling's. */
const LARGE = 140;

/** Γ(a + 1) for 0 <= a < 170, the product in two numbers. */
function factorial(a: number): number {
  if (a < 1) return Math.exp(lgamma1p(a));
  let product = 1, rest = 0, z = a;
  // What is left is Γ(z + 1), 0 <= z < 1.
  for (; z >= 1; z -= 1) {
    const next = product * z;
    rest = productError(product, z, next) + rest * z;
    product = next;
  }
  const least = Math.exp(lgamma1p(z));
  return product * least + rest * least;
}

/** xᵃ e^-x / Γ(a + 1). */
function weight(a: number, x: number): number {
  if (a >= LARGE) {
    const u = 1 / (a * a), stirling = (1 / 12 - u * (1 / 360 - u / 1260)) / a;
    return powerOf(exponentOf(a, x)) * Math.exp(-stirling) / Math.sqrt(2 * Math.PI * a);
  }
  const power = Math.pow(x, a), decay = Math.exp(-x);
  if (power < Infinity && power > 1e-290 && decay > 1e-290) return power * decay / factorial(a);
  const root = Math.pow(x, a / 2) * Math.exp(-x / 2);
  return root / factorial(a) * root;
}

/** xᵃ⁻¹ e^-x / Γ(a), the slope of P in x. */
export function density(a: number, x: number): number {
  if (!(a >= 0 && x >= 0)) return NaN;
  if (x === 0) return a < 1 ? Infinity : a === 1 ? 1 : 0;
  if (a === 0 || x === Infinity || a === Infinity) return a === x ? NaN : 0;
  return weight(a, x) * (a / x);
}

/** P by its powers of x. */
function lowerSeries(a: number, x: number): number {
  let sum = 1;
  for (let n = 1, term = x / (a + 1); term > sum * 1e-17; n++, term *= x / (a + n)) sum += term;
  return weight(a, x) * sum;
}

/** Q for small x: 1 - xᵃ/Γ(a + 1) and what else there is of first order in x. */
function upperSeries(a: number, x: number): number {
  let sum = 0;
  for (let n = 1, term = -x; Math.abs(term) > 1e-19; n++, term *= -x / n) sum += term / (a + n);
  const power = a * Math.log(x), log = lgamma1p(a);
  return -Math.expm1(power - log) - Math.exp(power - log) * a * sum;
}

/** How many terms of the continued fraction there are to be: found in Lentz's manner, which adds up roundings. */
function fractionsFor(a: number, x: number): number {
  let b = x + 1 - a, c = 1e300, d = 1 / b;
  for (let n = 1; n < 10_000; n++) {
    const numerator = n * (a - n);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    if (Math.abs(c * d - 1) < 2e-16) return n;
  }
  return 10_000;
}

/** Q by Legendre's continued fraction. */
function upperFraction(a: number, x: number): number {
  const count = fractionsFor(a, x), first = x - a;
  let rest = first + (2 * count + 1);
  for (let n = count; n > 0; n--) rest = first + (2 * n - 1) + n * (a - n) / rest;
  return weight(a, x) * a / rest;
}

/** Q for a large a and x near it, or P. */
function uniform(a: number, x: number, sign: 1 | -1): number {
  const exponent = exponentOf(a, x), side = x < a ? -sign : sign, half = Math.max(0, -exponent.high / a);
  const eta = (x < a ? -1 : 1) * Math.sqrt(2 * half), decay = powerOf(exponent);
  let sum = 0;
  for (let k = TEMME.length - 1; k >= 0; k--) sum = sum / a + horner(TEMME[k], eta);
  const rest = decay / Math.sqrt(2 * Math.PI * a) * sum;
  const { high, low } = rootOf({ high: Math.max(0, -exponent.high), low: -exponent.low });
  // Of the root as if it were not rounded.
  return 0.5 * erfc(side * high) - side * low / Math.sqrt(Math.PI) * decay + sign * rest;
}

/** What is known of P without computing; nothing elsewhere. */
function edgeOf(a: number, x: number): 0 | 1 | typeof NaN | undefined {
  if (!(a >= 0 && x >= 0) || a === x && (a === 0 || a === Infinity)) return NaN;
  if (a === 0 || x === Infinity) return 1;
  return x === 0 || a === Infinity ? 0 : undefined;
}

function isUniform(a: number, x: number): boolean {
  return a >= LARGE && Math.abs(x - a) < 0.35 * a;
}

// Where the series of Q has more digits than 1 - P.
function isUpper(a: number, x: number): boolean {
  return x <= 0.5 ? -0.4 / Math.log(x) >= a : x * 1.1 >= a;
}

/** P(a, x), the part of Γ(a) below x. */
export function lower(a: number, x: number): number {
  const edge = edgeOf(a, x);
  if (edge !== undefined) return edge;
  if (isUniform(a, x)) return uniform(a, x, -1);
  return x > 1.1 && x > a ? 1 - upperFraction(a, x) : lowerSeries(a, x);
}

/** Q(a, x), the part of Γ(a) above x. */
export function upper(a: number, x: number): number {
  const edge = edgeOf(a, x);
  if (edge !== undefined) return 1 - edge;
  if (isUniform(a, x)) return uniform(a, x, 1);
  if (x > 1.1) return x < a ? 1 - lowerSeries(a, x) : upperFraction(a, x);
  return isUpper(a, x) ? upperSeries(a, x) : 1 - lowerSeries(a, x);
}
