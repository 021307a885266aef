import { checkDtype, type DType, dtypes } from "../base/dtype.ts";
import { call, checkExpr, constant, type Expr } from "./expr.ts";
import { described } from "../base/text.ts";

/**
 * What an expression is built from: a subexpression, or a number that becomes a constant.
 *
 * @category Expressions
 */
export type Operand = Expr | number;

/**
 * The dtype of a call: as its operands meet, the same but floating, as the branches of a select, or a certain one.
 *
 * @category Expressions
 */
export type ResultRule = "same" | "float" | "select" | DType;

/**
 * The gradient to one operand: from the cotangent, the call itself and its operands. It must be
 * linear in the cotangent; applied to a tangent instead it is the forward-mode rule.
 *
 * @category Expressions
 */
export type ScalarRule = (ct: Expr, y: Expr, ...args: Expr[]) => Expr;

/**
 * A function of numbers that expressions are made of: its meaning, its type and its derivative.
 *
 * @category Expressions
 */
export interface ScalarFunction {
  /** Unique name; kernels key their own implementation on it. */
  readonly name: string;
  /** How many operands it takes. */
  readonly arity: number;
  /** The dtype of the result. */
  readonly result: ResultRule;
  /** The dtype its operands are converted to, each by itself, where they are not computed in the one they meet in. */
  readonly operands?: DType;
  /** The value in double precision; functions that take much code for it have it with core or its `/backend` alone. */
  readonly evaluate: (...args: number[]) => number;
  /** The value on 32-bit integers, where truncating {@link evaluate} would lose low bits. */
  readonly evaluateInteger?: (...args: number[]) => number;
  /** The value in single precision of operands in it, where rounding {@link evaluate} would give another. */
  readonly evaluateSingle?: (...args: number[]) => number;
  /** A gradient rule for each operand; `null` where the derivative is zero. */
  readonly vjp: readonly (ScalarRule | null)[];
  /** The same function in simpler ones, for backends that have none of their own. */
  readonly expand?: (...args: Expr[]) => Expr;
  /** The same for backends without f64 alone, where single precision is enough. */
  readonly expandSingle?: (...args: Expr[]) => Expr;
  /** The same function on f16, where rounding what is computed in f32 would give another. */
  readonly expandHalf?: (...args: Expr[]) => Expr;
  /** A simpler expression of exactly the same value, or `null`. */
  readonly simplify?: (...args: Expr[]) => Expr | null;
}

const table = new Map<string, ScalarFunction>();

/** What builds calls of functions of ours, by their names: {@link e}, but for what is no function of the table. */
export const builders: Record<string, Builder> = {};

/**
 * Builds calls of one scalar function.
 *
 * @category Expressions
 */
export type Builder = (...args: Operand[]) => Expr;

/**
 * Builds calls of a function of one operand.
 *
 * @category Expressions
 */
export type UnaryBuilder = (x: Operand) => Expr;

/**
 * Builds calls of a function of two operands.
 *
 * @category Expressions
 */
export type BinaryBuilder = (a: Operand, b: Operand) => Expr;

/**
 * Builds calls of a function of three operands.
 *
 * @category Expressions
 */
export type TernaryBuilder = (a: Operand, b: Operand, c: Operand) => Expr;

/** A number as a constant, an expression as it is; anything else is a TypeError. */
export function operand(x: Operand): Expr {
  return typeof x === "number" ? constant(x) : checkExpr(x);
}

/**
 * Adds a scalar function to the table and returns what builds its calls. A backend that does not know it uses
 * `expand`; without that, it must be taught. The name is an identifier, since generated code calls the function
 * by it; a name that is taken or otherwise used there is an Error, as is a rule for more or fewer operands.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { defineScalar, e, evaluate } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const cube = defineScalar({
 *   name: "cube",
 *   arity: 1,
 *   result: "same",
 *   evaluate: (x) => x * x * x,
 *   vjp: [(ct, _y, x) => e.mul(ct, e.mul(3, e.square(x)))],
 *   expand: (x) => e.mul(x, e.square(x)),
 * });
 * assertEquals(evaluate(cube(e.input(0)), [2]), 8);
 * ```
 */
export function defineScalar(fn: ScalarFunction): Builder {
  // A copy, so that what was checked stays so.
  const own = { ...fn, vjp: [...fn.vjp ?? []] }, asked = `define scalar function ${described(own.name)}`;
  checkName(`Cannot ${asked}`, own.name);
  checkFacts(`Cannot ${asked}`, own);
  if (own.operands !== undefined) checkDtype(own.operands, `${asked} of`);
  return define(own, Object.prototype);
}

/** Defines a function by what is told of it now; what is told later goes into its prototype. */
function define(facts: Partial<ScalarFunction>, later: object = {}): Builder {
  Object.freeze(facts.vjp);
  const fn: ScalarFunction = Object.freeze(Object.assign(Object.create(later), facts));
  table.set(fn.name, fn);
  return (...args) => {
    if (args.length !== fn.arity) throw wrongCount(fn, args.length);
    return call(fn, args.map(operand));
  };
}

/** What some functions are told once they are defined: what programs that only derive and type need not load. */
export type Later = Readonly<Record<string, Partial<ScalarFunction>>>;

/** Tells functions the rest. */
export function complete(later: Later): void {
  for (const [name, facts] of Object.entries(later)) {
    Object.freeze(Object.assign(Object.getPrototypeOf(table.get(name)), facts));
  }
}

function wrongCount({ name, arity }: ScalarFunction, found: number): TypeError {
  return new TypeError(
    `Cannot call ${name} with ${found} operand${found === 1 ? "" : "s"}: it takes ${arity}`,
  );
}

// Words of JavaScript and WGSL, between blanks; the texts of dtypes, and what expressions and kernels call their
// values, mean something too.
const RESERVED =
  " arguments array as async await break case catch class const const_assert continue continuing " +
  "debugger default delete diagnostic discard do else enable enum eval export extends false finally fn for function " +
  "get if implements import in instanceof interface let loop mulAdd new null of override package private protected public " +
  "rarely requires return set static struct super switch this throw true try typeof undefined NaN Infinity globalThis var " +
  "void while with yield ";
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/, VALUE = /^[abprstx]\d+$/;

function checkName(asked: string, name: string): void {
  if (typeof name !== "string" || !IDENTIFIER.test(name) || name.startsWith("__")) {
    throw new TypeError(`${asked}: generated code calls it by its name, use an identifier such as "cube"`);
  }
  if (RESERVED.includes(` ${name} `) || VALUE.test(name) || (dtypes as readonly string[]).includes(name)) {
    throw new TypeError(`${asked}: the name means something else in generated code, choose another`);
  }
  if (table.has(name)) throw new Error(`${asked}: the name is taken, choose another`);
}

const results: readonly ResultRule[] = ["same", "float", "select", ...dtypes];

function checkFacts(asked: string, { arity, result, vjp, ...rest }: ScalarFunction): void {
  if (!Number.isInteger(arity) || arity < 1) {
    throw new TypeError(`${asked} of ${described(arity)} operands: an integer from 1 is needed`);
  }
  if (vjp.length !== arity) {
    throw new TypeError(
      `${asked}: it has ${vjp.length} gradient rules for ${arity} operands, give one each, null for zero`,
    );
  }
  if (!results.includes(result)) {
    throw new TypeError(`${asked} with result ${described(result)}: choose one of ${results.join(", ")}`);
  }
  const optional = [
    rest.evaluateInteger,
    rest.evaluateSingle,
    rest.expand,
    rest.expandHalf,
    rest.simplify,
    ...vjp.map((rule) => rule ?? undefined),
  ];
  const rules = [rest.evaluate, ...optional.filter((f) => f !== undefined)];
  const wrong = rules.findIndex((f) => typeof f !== "function");
  if (wrong >= 0) {
    throw new TypeError(`${asked} with ${described(rules[wrong])} as a rule: rules are functions`);
  }
}

/**
 * Every scalar function, in order of definition: what a backend must know or be able to expand.
 *
 * @category Expressions
 * @example
 * ```ts
 * import { scalarFunctions } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * const tanh = scalarFunctions().find((fn) => fn.name === "tanh");
 * assertEquals(tanh?.arity, 1);
 * assertEquals(tanh?.evaluate(0), 0);
 * ```
 */
export function scalarFunctions(): readonly ScalarFunction[] {
  return [...table.values()];
}

type Facts = Pick<ScalarFunction, "result"> & Partial<Omit<ScalarFunction, "name" | "arity" | "vjp">>;

type Rule = ScalarRule | null;
type Rules = readonly Rule[];
type Two = readonly [Rule, Rule];
type Three = readonly [Rule, Rule, Rule];

/** A part of gradient rules that is a function of its own, by its own rules; {@link e} does not offer it. */
export function part(name: string, vjp: Rules, facts: Facts): Builder {
  return define({ name, arity: vjp.length, vjp, ...facts });
}

function offered(name: string, vjp: Rules, facts: Facts): Builder {
  return builders[name] = part(name, vjp, facts);
}

/** A function of one operand, by its gradient rule and what else it is told. */
export function unary(name: string, vjp: ScalarRule | null, facts: Facts): UnaryBuilder {
  return offered(name, [vjp], facts);
}

/** A function of two operands, by their gradient rules and what else it is told. */
export const binary: (name: string, vjp: Two, facts: Facts) => BinaryBuilder = offered;

/** A function of three operands, by their gradient rules and what else it is told. */
export const ternary: (name: string, vjp: Three, facts: Facts) => TernaryBuilder = offered;
