/** The coefficients of polynomials, lowest first, between blanks. */
export function coefficients(text: string): readonly number[] {
  return text.trim().split(/\s+/).map(Number);
}
