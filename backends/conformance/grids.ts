/** Where derivatives of elementwise ops are compared: at powers of ten and near the edges of their domains. */
import type { DType } from "@tapegrad/core";
import { combinations, inDtype } from "./values.ts";

/** A column of numbers an operand. */
export type Grid = (dtype: DType) => number[][];

function bothSigns(values: readonly number[], dtype: DType): number[] {
  return [...inDtype([...values, ...values.map((x) => -x)], dtype)];
}

// Where one of f32 and f64 still holds a square or a cube, and where neither does.
const exponents: Readonly<Partial<Record<DType, readonly number[]>>> = {
  f32: [37],
  f64: [50, 100, 103, 150, 155, 200, 300],
};

/** For one operand. */
export function singles(dtype: DType): number[][] {
  const tens = Array.from({ length: 37 }, (_, k) => k), ends = exponents[dtype] ?? [];
  const spacing = dtype === "f64" ? 2 ** -52 : 2 ** -23;
  const beside = [spacing, 100 * spacing, 2 ** -12, 1e-3].flatMap((d) => [1 - d, 1 + d]);
  const between = [0, 0.3, 0.5, 0.7, 1.5, 2, 2.5, 3, 3.3, 5, 6, 8, 12, 20, 30, 50];
  const values = [...[...tens, ...ends].flatMap((k) => [10 ** k, 10 ** -k]), ...beside, ...between];
  return [bothSigns(values, dtype)];
}

/** For two operands. */
export function pairs(dtype: DType): number[][] {
  const list = [0, 3, 10, 20, 30].flatMap((k) => [10 ** k, 10 ** -k]);
  const values = bothSigns([...list, 0.7, 2, 1 + 2 ** -20], dtype);
  return combinations([values, values]);
}

/**
 * For powers: those of negative bases depend on whether the exponent is odd, which one less than a large or small one
 * no longer is.
 */
export function basesAndExponents(dtype: DType): number[][] {
  const isKnown = (a: number, b: number) => a > 0 || (Number.isInteger(b) && Math.abs(b) < 2 ** 20);
  const [bases, exponents] = pairs(dtype), kept = bases.map((a, i) => isKnown(a, exponents[i]));
  return [bases, exponents].map((column) => column.filter((_, i) => kept[i]));
}

/** For functions of a whole order. */
export function ordersAndPoints(dtype: DType): number[][] {
  return combinations([
    [0, 1, 2, 3],
    inDtype([1e-3, 0.1, 0.5, 1, 1.5, 2, 3, 7.25, 20, 100, 1e3, 1e6], dtype),
  ]);
}
