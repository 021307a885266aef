/** Texts that the library's functions are put together from. */

/** A number as an f32 literal, in parentheses where it has a sign. */
export function literal(x: number): string {
  return x < 0 ? `(${x}f)` : `${x}f`;
}

/** A polynomial in the value named `x`, its coefficients lowest first. */
export function polynomial(x: string, coefficients: readonly number[]): string {
  return coefficients.map(literal).reduceRight((rest, c) => `(${rest} * ${x} + ${c})`);
}
