/** What ops there are, and how new ones are declared, from inside the repo or outside it. */
import { isRecording } from "../call/record.ts";
import { backendNamed, currentBackend, type Kernel } from "../device/backend.ts";
import { register } from "../call/catalog.ts";
import { isComing } from "../tensor/arrival.ts";
import { cached } from "../tensor/constants.ts";
import { apply, hasLayers } from "../call/apply.ts";
import { category, defaultDtype, type DType, dtypes, isFloating, promote } from "../base/dtype.ts";
import { DtypeError } from "../base/errors.ts";
import { cast, type Expr, input, substitute } from "../expr/expr.ts";
import type { Primitive } from "../call/op.ts";
import { profiling, timed } from "../device/profile.ts";
import { map, type MapAttributes } from "../primitives/map.ts";
import { sizeOf } from "../base/shape.ts";
import { Storage } from "../device/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { operand } from "../expr/scalar.ts";
import { checkIntegers, withNumber } from "../expr/typing.ts";

/** What functions of tensors take: a tensor, or a number that adapts to the tensors it meets. */
export type TensorLike = Tensor | number | boolean;

/**
 * Makes a primitive known to {@link ops}; it is used with {@link apply}. A name that is taken is a
 * TypeError.
 *
 * @example
 * ```ts
 * import { apply, definePrimitive, e, ops, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const double = definePrimitive<null>({
 *   name: "double",
 *   linear: true,
 *   infer: ([{ shape, dtype }]) => ({ shape, dtype }),
 *   run: (backend, inputs, output) => backend.map(e.mul(2, e.input(0)), inputs, output),
 *   vjp: (ct) => ct.mul(2),
 *   needs: () => 0,
 * }, { arity: 1 });
 * assertEquals(await apply(double, [tensor([1, 2])], null).array(), [2, 4]);
 * assertEquals(ops().find((op) => op.name === "double")?.kind, "primitive");
 * ```
 */
export function definePrimitive<A>(
  op: Primitive<A>,
  info: { readonly arity: number; readonly dtypes?: readonly DType[] },
): Primitive<A> {
  register({
    name: op.name,
    kind: "primitive",
    arity: info.arity,
    dtypes: info.dtypes ?? dtypes,
    differentiable: op.vjp !== undefined,
  });
  return op;
}

/**
 * Gives a backend, which must be open or open at once, a kernel for a composite or third-party op, by the
 * op's name.
 *
 * @example
 * ```ts
 * import { defineOp, registerKernel, type Tensor, tensor } from "@tapegrad/core";
 * import { cpuElements } from "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const middle = defineOp("middle", (x: Tensor) => x.slice(x.size >> 1), {
 *   kernel: (x) => ({ inputs: [x], shape: [], dtype: x.dtype }),
 * });
 * registerKernel("cpu", "middle", ([x], output) => {
 *   const at = x.offset + x.strides[0] * (x.shape[0] >> 1);
 *   cpuElements(output)[output.offset] = cpuElements(x)[at];
 * });
 * assertEquals(await middle(tensor([1, 2, 3]).flip()).item(), 2);
 * ```
 */
export function registerKernel(backend: string, op: string, kernel: Kernel): void {
  backendNamed(backend).kernels.set(op, kernel);
}

/** Which operands an elementwise op takes. */
export interface ElementwiseOptions {
  /** Refuse floats. */
  readonly integers?: boolean;
  /** Operands that are truth values and take no part in promotion. */
  readonly conditions?: readonly number[];
  /** Values of trailing operands that the caller leaves out. */
  readonly defaults?: readonly number[];
}

/**
 * An elementwise op: operands with a default may be left out; too few, or one that is neither a tensor nor a
 * number, are a TypeError. Operands broadcast and meet in one dtype as in {@link BinaryOp}.
 */
export type ElementwiseOp<P extends readonly unknown[]> = (
  ...args: Partial<{ readonly [K in keyof P]: TensorLike }>
) => Tensor;

/** An elementwise op of one operand; the result has its shape. */
export type UnaryOp = (x: TensorLike) => Tensor;

/**
 * An elementwise op of two operands, which broadcast by NumPy's rule and meet in one dtype by PyTorch's
 * ({@link commonDtype}). Extents that do not fit are a {@link ShapeError}, i32 with u32 a {@link
 * DtypeError}, two backends a {@link BackendError}.
 */
export type BinaryOp = (a: TensorLike, b: TensorLike) => Tensor;

/** An elementwise op of three operands, which broadcast and meet in one dtype as in {@link BinaryOp}. */
export type TernaryOp = (a: TensorLike, b: TensorLike, c: TensorLike) => Tensor;

/**
 * Declares an elementwise op by its scalar expression. Kernels on every backend and derivatives of
 * every order follow from that one value.
 *
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
  const arity = build.length;
  const expr = operand(build(...Array.from({ length: arity }, (_, i) => input(i)) as readonly Expr[] as P));
  const floatless = options.integers || expr.fn?.result === "bool";
  register({
    name,
    kind: "elementwise",
    arity,
    dtypes: options.integers ? dtypes.filter((d) => !isFloating(d)) : dtypes,
    differentiable: !floatless,
  });
  const op: Elementwise = { plain: { name, expr, arity }, variants: new Map(), arity, options };
  return (...args) => callElementwise(op, args);
}

interface Elementwise {
  readonly plain: MapAttributes;
  readonly variants: Map<string, MapAttributes>;
  readonly arity: number;
  readonly options: ElementwiseOptions;
}

function callElementwise(op: Elementwise, args: readonly (TensorLike | undefined)[]): Tensor {
  return callUniform(op, args[0], args[1]) ?? callPromoting(op, args);
}

// The common cases, in which nothing is promoted, without a detour.
function callUniform(op: Elementwise, a: TensorLike | undefined, b: TensorLike | undefined): Tensor | null {
  if (op.options.integers || op.arity > 2) return null;
  if (op.arity === 1) return a instanceof Tensor ? apply(map, [a], op.plain) : null;
  if (a instanceof Tensor) {
    if (b instanceof Tensor) return a.dtype === b.dtype ? apply(map, [a, b], op.plain) : null;
    const fits = typeof b === "number" && isFloating(a.dtype);
    return fits ? apply(map, [a, cached(a.backend, a.dtype, b)], op.plain) : null;
  }
  const fits = b instanceof Tensor && typeof a === "number" && isFloating(b.dtype);
  return fits ? apply(map, [cached(b.backend, b.dtype, a), b], op.plain) : null;
}

function callPromoting(op: Elementwise, given: readonly (TensorLike | undefined)[]): Tensor {
  const { options, arity, plain } = op;
  const args = withDefaults(plain.name, given, arity, options.defaults ?? []);
  const conditions = options.conditions ?? [];
  const values = args.filter((_, i) => !conditions.includes(i));
  const common = commonDtype(values);
  const anchor = args.find((a) => a instanceof Tensor);
  const backend = anchor ? anchor.backend : currentBackend();
  const tensors = args.map((a, i) =>
    a instanceof Tensor ? a : cached(backend, conditions.includes(i) ? "bool" : common, Number(a))
  );
  if (options.integers) checkIntegers(plain.name, tensors.map((t) => t.dtype));
  const casts = tensors.map((t, i) => t.dtype === common || conditions.includes(i) ? null : common);
  return apply(map, tensors, casts.every((c) => c === null) ? plain : variant(op, casts));
}

function variant(op: Elementwise, casts: readonly (DType | null)[]): MapAttributes {
  const key = casts.join();
  let found = op.variants.get(key);
  if (!found) {
    const { name, arity } = op.plain;
    const expr = substitute(op.plain.expr, casts.map((c, i) => c ? cast(input(i), c) : input(i)));
    found = { name, expr, arity };
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

function checkOperand(name: string, value: unknown, i: number): TensorLike {
  if (value instanceof Tensor || typeof value === "number" || typeof value === "boolean") return value;
  const found = value === undefined ? "nothing" : Array.isArray(value) ? "an array" : typeof value;
  throw new TypeError(
    `Cannot ${name} with ${found} as operand ${i + 1}: a tensor or a number is needed` +
      (Array.isArray(value) ? ", make one with tensor([…])" : ""),
  );
}

/**
 * The dtype that operands meet in: PyTorch's rule, in which scalars yield to tensors within a category and
 * numbers to both. i32 with u32 is a {@link DtypeError}.
 *
 * @example
 * ```ts
 * import { commonDtype, tensor, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = zeros([2]), one = tensor(1, { dtype: "f64" }), whole = tensor([1], { dtype: "i32" });
 * assertEquals(commonDtype([x, one]), "f32"); // a scalar tensor does not widen
 * assertEquals(commonDtype([whole, 2]), "i32");
 * assertEquals(commonDtype([whole, 0.5]), "f32");
 * ```
 */
export function commonDtype(args: readonly TensorLike[]): DType {
  let sized: DType | null = null, scalar: DType | null = null;
  for (const a of args) {
    if (!(a instanceof Tensor)) continue;
    if (a.rank > 0) sized = sized ? promote(sized, a.dtype) : a.dtype;
    else scalar = scalar ? promote(scalar, a.dtype) : a.dtype;
  }
  let common = sized && scalar ? meetScalar(sized, scalar) : sized ?? scalar;
  for (const a of args) {
    if (typeof a === "number") common = common ? withNumber(common, a) : defaultDtype();
    else if (typeof a === "boolean") common ??= "bool";
  }
  return common ?? defaultDtype();
}

function meetScalar(sized: DType, scalar: DType): DType {
  return category(scalar) > category(sized) ? promote(sized, scalar) : sized;
}

/**
 * A tensor as it is; a number as a tensor of the dtype and on the backend of `like`. The result is shared:
 * it is to be read only.
 *
 * @example
 * ```ts
 * import { asTensor, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertStrictEquals } from "@std/assert";
 *
 * const x = tensor([1, 2], { dtype: "f64" });
 * assertStrictEquals(asTensor(x), x);
 * assertEquals(asTensor(3, x).dtype, "f64");
 * assertEquals(asTensor(true).dtype, "bool");
 * ```
 */
export function asTensor(x: TensorLike, like?: Tensor): Tensor {
  if (x instanceof Tensor) return x;
  return cached(like?.backend ?? currentBackend(), like?.dtype ?? commonDtype([x]), Number(x));
}

/** What {@link defineOp} may be told. */
export interface CompositeOptions<T extends readonly unknown[]> {
  /** How many tensors it takes; 1 unless said. */
  readonly arity?: number;
  /** The dtypes it takes; the floating ones unless said. */
  readonly dtypes?: readonly DType[];
  /** Whether gradients flow through it; they do unless said. */
  readonly differentiable?: boolean;
  /** How to call a backend's kernel of this name: its inputs, attributes and result; `null` to decompose. */
  readonly kernel?: (...args: T) => KernelCall | null;
}

/** One call of a backend's kernel for a composite. */
export interface KernelCall {
  /** The tensors it reads. */
  readonly inputs: readonly Tensor[];
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** Dtype of the result. */
  readonly dtype: DType;
  /** What else the kernel is told. */
  readonly attributes?: unknown;
}

/**
 * Declares a composite op by its decomposition into others. A backend's kernel registered under its
 * name is used where `options.kernel` describes the call and no gradient is being recorded.
 *
 * @example
 * ```ts
 * import { defineOp, mul, sum, tensor, type Tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const energy = defineOp("energy", (x: Tensor) => sum(mul(x, x)));
 * assertEquals(energy(tensor([1, 2])).itemSync(), 5);
 * ```
 */
export function defineOp<T extends readonly unknown[]>(
  name: string,
  decomposition: (...args: T) => Tensor,
  options: CompositeOptions<T> = {},
): (...args: T) => Tensor {
  register({
    name,
    kind: "composite",
    arity: options.arity ?? 1,
    dtypes: options.dtypes ?? dtypes.filter(isFloating),
    differentiable: options.differentiable ?? true,
  });
  const { kernel } = options;
  if (!kernel) return decomposition;
  return (...args) => callKernel(name, kernel(...args)) ?? decomposition(...args);
}

function callKernel(name: string, call: KernelCall | null): Tensor | null {
  if (!call || hasLayers()) return null;
  const backend = call.inputs[0].backend, run = backend.kernels.get(name);
  if (!run || (isRecording() && call.inputs.some((t) => t.node !== null))) return null;
  if (call.inputs.some(isComing)) return null;
  const output = Tensor.contiguous(new Storage(backend, call.dtype, sizeOf(call.shape)), call.shape);
  const start = () => run(call.inputs, output, call.attributes);
  if (output.size === 0) return output;
  if (profiling) timed(name, backend, [...call.inputs, output], start);
  else start();
  return output;
}

/**
 * Refuses a dtype that an op on floats does not take, with a {@link DtypeError} that names the op.
 *
 * @example
 * ```ts
 * import { checkFloating, DtypeError, zeros } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * checkFloating("whiten", zeros([2]));
 * const whole = zeros([2], { dtype: "i32" });
 * assertThrows(() => checkFloating("whiten", whole), DtypeError, "Cannot take whiten of i32");
 * ```
 */
export function checkFloating(op: string, tensor: Tensor): void {
  if (isFloating(tensor.dtype)) return;
  throw new DtypeError(
    `Cannot take ${op} of ${tensor.dtype}: a floating dtype is needed, cast with to("f32")`,
    {
      op,
      dtypes: [tensor.dtype],
    },
  );
}
