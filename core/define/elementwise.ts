/** Elementwise ops, each declared by one scalar expression. */
import { checkOptions } from "../base/settings.ts";
import { described } from "../base/text.ts";
import { category, type DType, dtypes, isFloating } from "../base/dtype.ts";
import { holds } from "../base/integers.ts";
import { apply } from "../call/apply.ts";
import { register } from "../call/catalog.ts";
import { showShape, TapeError } from "../base/errors.ts";
import type { TensorType } from "../call/op.ts";
import { currentBackend } from "../device/choice.ts";
import { cast, type Expr, input } from "../expr/expr.ts";
import { substitute } from "../expr/rewrite.ts";
import { operand } from "../expr/scalar.ts";
import { checkIntegers } from "../expr/typing.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import { cached, constant } from "../tensor/constants.ts";
import { Scalar, valueOf } from "../tensor/scalar.ts";
import { Tensor } from "../tensor/tensor.ts";
import { mendOf } from "../tensor/tree.ts";
import { type Met, type NumberRule, refusing } from "./numbers.ts";
import { checkFunction } from "./checked.ts";
import { commonDtype, type TensorLike } from "./operands.ts";

/**
 * Options that an elementwise op takes behind its operands, and what is computed by them.
 *
 * @category Own ops
 */
export interface Choices {
  /** The options, each with a value of its kind, or `null` for any. */
  readonly known: Readonly<Record<string, unknown>>;
  /** What is computed of the operands where options are given. */
  of(options: object, ...operands: readonly TensorLike[]): Tensor;
}

/**
 * Which operands an elementwise op takes.
 *
 * @category Own ops
 */
export interface ElementwiseOptions {
  /** Refuse floats. */
  readonly integers?: boolean;
  /** Operands that are truth values and take no part in promotion. */
  readonly conditions?: readonly number[];
  /** Values of trailing operands that the caller leaves out. */
  readonly defaults?: readonly number[];
  /** What becomes of numbers that the integers they meet cannot hold; they are refused unless said. */
  readonly numbers?: NumberRule;
  /** Options that may be given behind the operands. */
  readonly choices?: Choices;
}

/**
 * An elementwise op: operands with a default may be left out; too few, or one that is neither a tensor nor a
 * number, are a TypeError. Operands broadcast and meet in one dtype as in {@link BinaryOp}.
 *
 * @category Elementwise
 */
export type ElementwiseOp<P extends readonly unknown[]> = (
  ...args: Partial<{ readonly [K in keyof P]: TensorLike }>
) => Tensor;

/**
 * An elementwise op of one operand; the result has its shape.
 *
 * @category Elementwise
 */
export type UnaryOp = (x: TensorLike) => Tensor;

/**
 * An elementwise op of two operands, which broadcast by NumPy's rule and meet in one dtype by PyTorch's
 * ({@link commonDtype}). Extents that do not fit are a {@link ShapeError}, i32 with u32 a {@link
 * DtypeError}, two backends a {@link BackendError}.
 *
 * @category Elementwise
 */
export type BinaryOp = (a: TensorLike, b: TensorLike) => Tensor;

/**
 * An elementwise op of three operands, which broadcast and meet in one dtype as in {@link BinaryOp}.
 *
 * @category Elementwise
 */
export type TernaryOp = (a: TensorLike, b: TensorLike, c: TensorLike) => Tensor;

/**
 * Declares an elementwise op by its scalar expression. Kernels on every backend and derivatives of
 * every order follow from that one value.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { defineElementwise, e, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const cube = defineElementwise("cube", (x) => e.mul(x, e.mul(x, x)));
 * assertEquals(cube(tensor([2])).arraySync(), [8]);
 * ```
 */
export function defineElementwise<P extends readonly Expr[]>(
  name: string,
  build: (...inputs: P) => Expr,
  options: ElementwiseOptions = {},
): ElementwiseOp<P> {
  checkOptions("define an op", options, ["integers", "conditions", "defaults", "numbers", "choices"]);
  checkFunction(name, "expression", build);
  const call = elementwise(name, build, options), { arity, plain: { exprs: [expr] } } = declared.get(call)!;
  const floatless = options.integers || expr.fn?.result === "bool";
  register({
    name,
    kind: "elementwise",
    arity,
    dtypes: options.integers ? dtypes.filter((d) => !isFloating(d)) : dtypes,
    differentiable: !floatless,
  });
  return call;
}

const declared = new WeakMap<(...args: never) => Tensor, Elementwise>();

/** An elementwise op that is no op of the catalog: what another one is by its options. */
export function elementwise<P extends readonly Expr[]>(
  name: string,
  build: (...inputs: P) => Expr,
  options: ElementwiseOptions = {},
): ElementwiseOp<P> {
  const arity = build.length;
  const expr = operand(build(...Array.from({ length: arity }, (_, i) => input(i)) as readonly Expr[] as P));
  const op: Elementwise = { plain: { name, exprs: [expr] }, variants: new Map(), arity, options };
  const plain = plainCall(op);
  const call: ElementwiseOp<P> = options.choices
    ? (...args) => chosen(op, args) ?? plain(...args as readonly TensorLike[])
    : plain;
  declared.set(call, op);
  return call;
}

// By the number of operands: a list of them would be made anew in each call, and engines compile short functions best.
function plainCall(op: Elementwise): (...args: readonly (TensorLike | undefined)[]) => Tensor {
  if (op.options.integers || op.arity > 2) return (...args) => callPromoting(op, args);
  return op.arity === 1 ? (x) => callUnary(op, x) : (a, b) => callBinary(op, a, b);
}

// By options, if there are any.
function chosen({ arity, plain, options }: Elementwise, args: readonly unknown[]): Tensor | null {
  const { known, of } = options.choices!, given = args[arity];
  if (given === undefined) return null;
  checkOptions(plain.name, given, known);
  return of(given as object, ...args.slice(0, arity) as readonly TensorLike[]);
}

/** What a call of an elementwise op gives to `map`. */
export interface ElementwiseCall {
  /** The operands. */
  readonly tensors: readonly Tensor[];
  /** The expression, with its name. */
  readonly attributes: MapAttributes;
}

/** What a function gives to `map` for operands, if it was declared by {@link defineElementwise}. */
export function elementwiseCall(
  fn: (...args: never) => Tensor,
  args: readonly (TensorLike | undefined)[],
): ElementwiseCall | null {
  const op = declared.get(fn);
  if (!op) return null;
  return isUniform(op, args)
    ? { tensors: args as readonly Tensor[], attributes: op.plain }
    : promoted(op, args);
}

function isUniform({ options, arity }: Elementwise, args: readonly unknown[]): boolean {
  if (options.integers || options.conditions || args.length !== arity) return false;
  const [first] = args;
  return first instanceof Tensor && args.every((a) => a instanceof Tensor && a.dtype === first.dtype);
}

interface Elementwise {
  readonly plain: MapAttributes;
  readonly variants: Map<string, MapAttributes>;
  readonly arity: number;
  readonly options: ElementwiseOptions;
}

function callUnary(op: Elementwise, x: TensorLike | undefined): Tensor {
  return x instanceof Tensor ? apply(map, [x], op.plain) : callPromoting(op, [x]);
}

// The common cases, in which nothing is promoted, without a detour.
function callBinary(op: Elementwise, a: TensorLike | undefined, b: TensorLike | undefined): Tensor {
  if (!(a instanceof Tensor)) return callNumberFirst(op, a, b);
  const second = b instanceof Tensor ? b : typeof b === "number" ? asTaken(a, b) : null;
  return second !== null && second.dtype === a.dtype
    ? apply(map, [a, second], op.plain)
    : callPromoting(op, [a, b]);
}

function callNumberFirst(op: Elementwise, a: TensorLike | undefined, b: TensorLike | undefined): Tensor {
  const first = typeof a === "number" && b instanceof Tensor ? asTaken(b, a) : null;
  return first !== null ? apply(map, [first, b as Tensor], op.plain) : callPromoting(op, [a, b]);
}

// A number as a tensor of the dtype that it meets, if it takes that as it is.
function asTaken({ backend, dtype }: Tensor, value: number): Tensor | null {
  const fits = isFloating(dtype) ||
    (category(dtype) === 1 && Number.isInteger(value) && holds(dtype, value));
  return fits ? cached(backend, dtype, value) : null;
}

function callPromoting(op: Elementwise, asked: readonly (TensorLike | undefined)[]): Tensor {
  const { tensors, attributes } = promoted(op, asked);
  return apply(map, tensors, attributes);
}

function promoted(op: Elementwise, asked: readonly (TensorLike | undefined)[]): ElementwiseCall {
  const { options, arity, plain } = op;
  const given = withDefaults(plain.name, asked, arity, options.defaults ?? []);
  const conditions = options.conditions ?? [];
  const { args, dtype: common } = meet(op, given.map(valueOf), conditions);
  const anchor = args.find((a) => a instanceof Tensor);
  const backend = anchor ? anchor.backend : currentBackend();
  const tensors = args.map((a, i) =>
    a instanceof Tensor ? a : constant(backend, conditions.includes(i) ? "bool" : common, Number(a), given[i])
  );
  if (options.integers) checkIntegers(plain.name, tensors.map((t) => t.dtype));
  const casts = tensors.map((t, i) => t.dtype === common || conditions.includes(i) ? null : common);
  return { tensors, attributes: casts.every((c) => c === null) ? plain : variant(op, casts) };
}

// Conditions keep out of it, as truth values that every number has.
function meet(
  { plain, options }: Elementwise,
  given: readonly Met["args"][number][],
  conditions: readonly number[],
): Met {
  const values = given.filter((_, i) => !conditions.includes(i)), dtype = commonDtype(values);
  if (!values.some((a) => typeof a === "number")) return { args: given, dtype };
  const tensors = commonDtype(values.filter((a) => a instanceof Tensor));
  if (isFloating(tensors)) return { args: given, dtype };
  const args = given.map((a, i) => conditions.includes(i) ? Boolean(a) : a);
  const met = (options.numbers ?? refusing)({ name: plain.name, expr: plain.exprs[0], args, dtype, tensors });
  return { ...met, args: met.args.map((a, i) => conditions.includes(i) ? given[i] : a) };
}

function variant(op: Elementwise, casts: readonly (DType | null)[]): MapAttributes {
  const key = casts.join();
  let found = op.variants.get(key);
  if (!found) {
    const { name, exprs: [expr] } = op.plain;
    found = { name, exprs: [substitute(expr, casts.map((c, i) => c ? cast(input(i), c) : input(i)))] };
    op.variants.set(key, found);
  }
  return found;
}

function withDefaults(
  name: string,
  args: readonly (TensorLike | undefined)[],
  arity: number,
  defaults: readonly number[],
): readonly TensorLike[] {
  return Array.from(
    { length: arity },
    (_, i) => checkOperand(name, args[i] ?? defaults[i - arity + defaults.length], i),
  );
}

function isType(value: unknown): value is TensorType {
  return typeof value === "object" && value !== null && "dtype" in value && !("storage" in value);
}

function checkOperand(name: string, value: unknown, i: number): TensorLike {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Tensor || value instanceof Scalar) return value;
  if (isType(value)) {
    throw new TapeError(
      `Cannot ${name} with a value of shape ${showShape(value.shape)} that was not saved: ` +
        "a gradient rule reads what its op's saves() did not ask for",
    );
  }
  throw new TypeError(
    `Cannot ${name} with ${described(value)} as operand ${i + 1}: a tensor or a number is needed${
      mendOf(value)
    }`,
  );
}
