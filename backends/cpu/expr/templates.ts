/** Scalar functions that are JavaScript operators or functions of Math; all others are called. */

/** Text of a call, from those of its operands. */
export type Template = (args: readonly string[]) => string;

/** Functions that have an inline form. */
export const templates: Readonly<Record<string, Template>> = {
  add: ([a, b]) => `${a} + ${b}`,
  sub: ([a, b]) => `${a} - ${b}`,
  mul: ([a, b]) => `${a} * ${b}`,
  div: ([a, b]) => `${a} / ${b}`,
  neg: ([x]) => `-${x}`,
  reciprocal: ([x]) => `1 / ${x}`,
  rsqrt: ([x]) => `1 / Math.sqrt(${x})`,
  maximum: ([a, b]) => `Math.max(${a}, ${b})`,
  minimum: ([a, b]) => `Math.min(${a}, ${b})`,
  clamp: ([x, low, high]) => `Math.min(Math.max(${x}, ${low}), ${high})`,
  softsign: ([x]) => `${x} / (1 + Math.abs(${x}))`,
  bitAnd: ([a, b]) => `${a} & ${b}`,
  bitOr: ([a, b]) => `${a} | ${b}`,
  bitXor: ([a, b]) => `${a} ^ ${b}`,
  shiftLeft: ([a, b]) => `${a} << ${b}`,
  shiftRightLogical: ([a, b]) => `${a} >>> ${b}`,
};

/** Functions whose inline form is a JavaScript boolean. */
export const tests: Readonly<Record<string, Template>> = {
  lt: ([a, b]) => `${a} < ${b}`,
  le: ([a, b]) => `${a} <= ${b}`,
  gt: ([a, b]) => `${a} > ${b}`,
  ge: ([a, b]) => `${a} >= ${b}`,
  eq: ([a, b]) => `${a} === ${b}`,
  ne: ([a, b]) => `${a} !== ${b}`,
  isNaN: ([x]) => `${x} !== ${x}`,
};

/** Functions of JavaScript booleans. */
export const connectives: Readonly<Record<string, Template>> = {
  and: ([a, b]) => `${a} && ${b}`,
  or: ([a, b]) => `${a} || ${b}`,
  xor: ([a, b]) => `(${a}) !== (${b})`,
  not: ([x]) => `!(${x})`,
};

/** Functions that JavaScript has under the same name. */
export const mathNames: ReadonlySet<string> = new Set(
  ("abs floor ceil trunc sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan atan2 " +
    "sinh cosh tanh asinh acosh atanh").split(" "),
);
