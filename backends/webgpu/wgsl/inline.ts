/** Scalar functions that are WGSL operators, by register type; all others are calls into the library. */
import { infix, type Template } from "../../common/template.ts";
import type { RegisterType } from "./types.ts";

const same: Template = ([x]) => x;
// A shift by 32 or more takes the low five bits, as in JavaScript.
const shiftLeft: Template = ([a, b]) => `${a} << (u32(${b}) & 31u)`;
const shiftRight: Template = ([a, b]) => `${a} >> (u32(${b}) & 31u)`;

const comparisons: Readonly<Record<string, Template>> = {
  lt: infix("<"),
  le: infix("<="),
  gt: infix(">"),
  ge: infix(">="),
  eq: infix("=="),
  ne: infix("!="),
};

const integers: Readonly<Record<string, Template>> = {
  ...comparisons,
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  fma: ([a, b, c]) => `${a} * ${b} + ${c}`,
  maximum: ([a, b]) => `max(${a}, ${b})`,
  minimum: ([a, b]) => `min(${a}, ${b})`,
  floor: same,
  ceil: same,
  trunc: same,
  round: same,
  isNaN: () => "false",
  isFinite: () => "true",
  bitAnd: infix("&"),
  bitOr: infix("|"),
  bitXor: infix("^"),
  shiftLeft,
  shiftRight,
};

const table: Readonly<Record<RegisterType, Readonly<Record<string, Template>>>> = {
  f32: {
    ...comparisons,
    // Compilers may take a NaN for different from nothing.
    ne: ([a, b]) => `!(${a} == ${b})`,
    add: infix("+"),
    sub: infix("-"),
    mul: infix("*"),
    div: infix("/"),
    neg: ([x]) => `-${x}`,
    bitcastI32: ([x]) => `bitcast<i32>(${x})`,
    bitcastU32: ([x]) => `bitcast<u32>(${x})`,
  },
  i32: {
    ...integers,
    bitcastF32: ([x]) => `bitcast<f32>(${x})`,
    neg: ([x]) => `-${x}`,
    abs: ([x]) => `abs(${x})`,
    sign: ([x]) => `sign(${x})`,
    shiftRightLogical: ([a, b]) => `bitcast<i32>(bitcast<u32>(${a}) >> (u32(${b}) & 31u))`,
  },
  u32: {
    ...integers,
    neg: ([x]) => `0u - ${x}`,
    abs: same,
    sign: ([x]) => `min(${x}, 1u)`,
    shiftRightLogical: shiftRight,
  },
  bool: {
    and: infix("&&"),
    or: infix("||"),
    xor: infix("!="),
    not: ([x]) => `!${x}`,
    eq: infix("=="),
    ne: infix("!="),
    maximum: infix("||"),
    minimum: infix("&&"),
    isNaN: () => "false",
    isFinite: () => "true",
  },
};

/** The inline form of a scalar function on operands of a register type, if it has one. */
export function inlineTemplate(name: string, type: RegisterType): Template | undefined {
  const templates = table[type];
  return Object.hasOwn(templates, name) ? templates[name] : undefined;
}
