/** Comparisons, logic, bits and choice: functions without a derivative of their own, and `select`. */
import type { Expr } from "../expr.ts";
import {
  binary,
  type BinaryBuilder,
  ternary,
  type TernaryBuilder,
  unary,
  type UnaryBuilder,
} from "../scalar.ts";

function flag(x: boolean): number {
  return x ? 1 : 0;
}

function comparison(name: string, evaluate: (a: number, b: number) => number): BinaryBuilder {
  return binary(name, [null, null], { result: "bool", evaluate });
}

function bits(name: string, evaluate: (a: number, b: number) => number): BinaryBuilder {
  return binary(name, [null, null], { result: "same", evaluate });
}

export const lt: BinaryBuilder = comparison("lt", (a, b) => flag(a < b));
export const le: BinaryBuilder = comparison("le", (a, b) => flag(a <= b));
export const gt: BinaryBuilder = comparison("gt", (a, b) => flag(a > b));
export const ge: BinaryBuilder = comparison("ge", (a, b) => flag(a >= b));
export const eq: BinaryBuilder = comparison("eq", (a, b) => flag(a === b));
export const ne: BinaryBuilder = comparison("ne", (a, b) => flag(a !== b));

// Operands of these are truth values: anything but zero is true, NaN included.
function connective(name: string, evaluate: (a: number, b: number) => number): BinaryBuilder {
  return binary(name, [null, null], { result: "bool", operands: "bool", evaluate });
}

export const and: BinaryBuilder = connective("and", (a, b) => flag(a !== 0 && b !== 0));
export const or: BinaryBuilder = connective("or", (a, b) => flag(a !== 0 || b !== 0));
export const xor: BinaryBuilder = connective("xor", (a, b) => flag((a !== 0) !== (b !== 0)));
export const not: UnaryBuilder = unary("not", null, {
  result: "bool",
  operands: "bool",
  evaluate: (x) => flag(x === 0),
});

export const isNaN: UnaryBuilder = unary("isNaN", null, {
  result: "bool",
  evaluate: (x) => flag(Number.isNaN(x)),
});
export const isFinite: UnaryBuilder = unary("isFinite", null, {
  result: "bool",
  evaluate: (x) => flag(Number.isFinite(x)),
});

export const bitAnd: BinaryBuilder = bits("bitAnd", (a, b) => a & b);
export const bitOr: BinaryBuilder = bits("bitOr", (a, b) => a | b);
export const bitXor: BinaryBuilder = bits("bitXor", (a, b) => a ^ b);
export const shiftLeft: BinaryBuilder = bits("shiftLeft", (a, b) => a << b);
export const shiftRight: BinaryBuilder = bits("shiftRight", (a, b) => a >> b);
export const shiftRightLogical: BinaryBuilder = bits("shiftRightLogical", (a, b) => a >>> b);

/** `select(condition, a, b)`: a where the condition holds, else b; the other branch has no influence. */
export const select: TernaryBuilder = ternary("select", [
  null,
  (ct, _y, c) => select(c, ct, 0),
  (ct, _y, c) => select(c, 0, ct),
], {
  result: "select",
  evaluate: (c, a, b) => c !== 0 ? a : b,
  simplify: simplifySelect,
});

function simplifySelect(c: Expr, a: Expr, b: Expr): Expr | null {
  if (a === b) return a;
  return c.kind === "constant" ? (c.value !== 0 ? a : b) : null;
}
