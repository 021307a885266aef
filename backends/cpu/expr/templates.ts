/** Scalar functions that are JavaScript operators or functions of Math; all others are called. */

import { infix, type Template } from "../../common/template.ts";

/** Functions that have an inline form. */
export const templates: Readonly<Record<string, Template>> = {
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  neg: ([x]) => `-${x}`,
  reciprocal: ([x]) => `1 / ${x}`,
  rsqrt: ([x]) => `1 / Math.sqrt(${x})`,
  maximum: ([a, b]) => `Math.max(${a}, ${b})`,
  minimum: ([a, b]) => `Math.min(${a}, ${b})`,
  clamp: ([x, low, high]) => `Math.min(Math.max(${x}, ${low}), ${high})`,
  softsign: ([x]) => `${x} / (1 + Math.abs(${x}))`,
  bitAnd: infix("&"),
  bitOr: infix("|"),
  bitXor: infix("^"),
  shiftLeft: infix("<<"),
  shiftRightLogical: infix(">>>"),
};

/** Functions whose inline form is a JavaScript boolean. */
export const tests: Readonly<Record<string, Template>> = {
  lt: infix("<"),
  le: infix("<="),
  gt: infix(">"),
  ge: infix(">="),
  eq: infix("==="),
  ne: infix("!=="),
  isNaN: ([x]) => `${x} !== ${x}`,
};

/** Functions of JavaScript booleans. */
export const connectives: Readonly<Record<string, Template>> = {
  and: infix("&&"),
  or: infix("||"),
  xor: ([a, b]) => `(${a}) !== (${b})`,
  not: ([x]) => `!(${x})`,
};

/** Functions that JavaScript has under the same name. */
export const mathNames: ReadonlySet<string> = new Set(
  ("abs floor ceil trunc sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan atan2 " +
    "sinh cosh tanh asinh acosh atanh").split(" "),
);
