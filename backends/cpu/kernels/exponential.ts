/** eˣ for kernels that take it of every element and do not give it in f64. */

/** A power of 2 is split into so many steps. */
const STEPS = 128;
const PER_STEP = STEPS / Math.LN2;
// ln 2 in two parts, of which the first has zeros at its end: its products with small integers are exact.
const HIGH = 0.6931471803691238 / STEPS, LOW = 1.9082149292705877e-10 / STEPS;
const fractions = Float64Array.from({ length: STEPS }, (_, i) => 2 ** (i / STEPS));
const powers = Float64Array.from({ length: 1025 }, (_, i) => 2 ** -i);

/** eˣ within 2 units of the last place of a double, which is more than results in f32 show; in less time than `Math.exp` takes where x is negative. */
export function exponential(x: number): number {
  if (!(x > -700 && x <= 0)) return Math.exp(x);
  const k = Math.floor(x * PER_STEP + 0.5) | 0, r = x - k * HIGH - k * LOW;
  const more = r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r / 120)));
  const fraction = fractions[k & (STEPS - 1)];
  return (fraction + fraction * more) * powers[-(k >> 7)];
}
