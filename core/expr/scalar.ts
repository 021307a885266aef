import { call, constant, type Expr } from "./expr.ts";

/** What an expression is built from: a subexpression, or a number that becomes a constant. */
export type Operand = Expr | number;

/** The dtype of a call: as its operands meet, the same but floating, bool, or as the branches of a select. */
export type ResultRule = "same" | "float" | "bool" | "select";

/**
 * The gradient to one operand: from the cotangent, the call itself and its operands. It must be
 * linear in the cotangent; applied to a tangent instead it is the forward-mode rule.
 */
export type ScalarRule = (ct: Expr, y: Expr, ...args: Expr[]) => Expr;

/** A function of numbers that expressions are made of: its meaning, its type and its derivative. */
export interface ScalarFunction {
  /** Unique name; kernels key their own implementation on it. */
  readonly name: string;
  /** How many operands it takes. */
  readonly arity: number;
  /** The dtype of the result. */
  readonly result: ResultRule;
  /** The value in double precision. */
  readonly evaluate: (...args: number[]) => number;
  /** The value on 32-bit integers, where truncating {@link evaluate} would lose low bits. */
  readonly evaluateInteger?: (...args: number[]) => number;
  /** A gradient rule for each operand; `null` where the derivative is zero. */
  readonly vjp: readonly (ScalarRule | null)[];
  /** The same function in simpler ones, for backends that have none of their own. */
  readonly expand?: (...args: Expr[]) => Expr;
  /** A simpler expression of exactly the same value, or `null`. */
  readonly simplify?: (...args: Expr[]) => Expr | null;
}

const table = new Map<string, ScalarFunction>();

/** Builds calls of one scalar function. */
export type Builder = (...args: Operand[]) => Expr;

/** Builds calls of a function of one operand. */
export type UnaryBuilder = (x: Operand) => Expr;

/** Builds calls of a function of two operands. */
export type BinaryBuilder = (a: Operand, b: Operand) => Expr;

/** Builds calls of a function of three operands. */
export type TernaryBuilder = (a: Operand, b: Operand, c: Operand) => Expr;

/** A number as a constant, an expression as it is. */
export function operand(x: Operand): Expr {
  return typeof x === "number" ? constant(x) : x;
}

/**
 * Adds a scalar function to the table and returns what builds its calls; a name that is taken is an Error. A
 * backend that does not know it uses `expand`; without that, it must be taught.
 *
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
  if (table.has(fn.name)) {
    throw new Error(`Cannot define scalar function "${fn.name}": the name is taken, choose another`);
  }
  table.set(fn.name, fn);
  return (...args) => call(fn, args.map(operand));
}

/**
 * Every scalar function, in order of definition: what a backend must know or be able to expand.
 *
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

type Facts = Omit<ScalarFunction, "name" | "arity" | "vjp">;

/** {@link defineScalar} for one operand. */
export function unary(name: string, vjp: ScalarRule | null, facts: Facts): UnaryBuilder {
  return defineScalar({ name, arity: 1, vjp: [vjp], ...facts });
}

/** {@link defineScalar} for two operands. */
export function binary(
  name: string,
  vjp: readonly [ScalarRule | null, ScalarRule | null],
  facts: Facts,
): BinaryBuilder {
  return defineScalar({ name, arity: 2, vjp, ...facts });
}

/** {@link defineScalar} for three operands. */
export function ternary(
  name: string,
  vjp: readonly [ScalarRule | null, ScalarRule | null, ScalarRule | null],
  facts: Facts,
): TernaryBuilder {
  return defineScalar({ name, arity: 3, vjp, ...facts });
}
