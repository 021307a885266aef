/** Numbers and cells as tensors, which many share: never change one in place. */
import { checkHeld } from "../base/integers.ts";
import type { Backend } from "../device/backend.ts";
import type { DType } from "../base/dtype.ts";
import { unscoped } from "../device/scope.ts";
import type { Shape } from "../base/shape.ts";
import { context } from "../device/context.ts";
import { castNumber, evaluate } from "../expr/evaluate.ts";
import type { Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/typing.ts";
import type { TensorType } from "../call/op.ts";
import { Storage } from "../device/storage.ts";
import type { Literal } from "../device/storage_options.ts";
import { Scalar } from "./scalar.ts";
import { filling, type Tensor, viewing } from "./tensor.ts";
import { nodeOf, storageOf } from "./internals.ts";

const CAPACITY = 1024;

/** What is shared on one backend in one dtype. */
interface Shared {
  readonly numbers: Map<number | string, Tensor>;
  /** Of each cell the latest value. They share the buffers of numbers. */
  cells: WeakMap<Scalar, Tensor>;
}

const caches = new WeakMap<Backend, Map<DType, Shared>>();

/** A number as a scalar tensor, made once and shared: never change it in place. */
export function cached(backend: Backend, dtype: DType, value: number): Tensor {
  // A map's keys do not tell -0 from 0.
  const shared = sharedOn(backend, dtype), key = Object.is(value, -0) ? "-0" : value;
  let found = shared.numbers.get(key);
  if (!found) {
    if (shared.numbers.size >= CAPACITY) forget(shared);
    shared.numbers.set(key, found = made(backend, dtype, { number: value, cell: null, plain: null }));
  }
  return found;
}

/** A number that a cell holds, or that stands for it, as a scalar tensor which tells of the cell. */
export function celled(backend: Backend, dtype: DType, cell: Scalar, value: number): Tensor {
  const shared = sharedOn(backend, dtype), found = shared.cells.get(cell);
  if (found && Object.is(storageOf(found).literal!.number, value)) return found;
  const plain = storageOf(cached(backend, dtype, value));
  const tensor = made(backend, dtype, { number: value, cell, plain });
  shared.cells.set(cell, tensor);
  return tensor;
}

/** `value` as a scalar tensor, for what was `given` in its place: a cell, or the number itself. */
export function constant(backend: Backend, dtype: DType, value: number, given: unknown): Tensor {
  return given instanceof Scalar ? celled(backend, dtype, given, value) : cached(backend, dtype, value);
}

// The collector is told of their buffers, and so of the backend, which nothing kept here may refer to.
function forget(shared: Shared): void {
  for (const tensor of shared.numbers.values()) storageOf(tensor).abandon();
  shared.numbers.clear();
  shared.cells = new WeakMap();
}

/** `value` repeated to a shape through one shared element: to be read only. */
export function filled(value: number, shape: Shape, like: Pick<Tensor, "dtype" | "backend">): Tensor {
  const one = cached(like.backend, like.dtype, value);
  return viewing(storageOf(one), shape, shape.map(() => 0), 0, like.dtype);
}

/** What an expression is of numbers, to be computed again only of others. */
interface Known {
  readonly numbers: readonly number[];
  readonly dtypes: readonly DType[];
  readonly value: number;
}

const latest = new WeakMap<Expr, Known>();

/**
 * An expression of tensors that all repeat a number, none of which is a cell's, which is a number too and needs no
 * kernel; `null` of others, where a layer may know more of them, and where the number is not finite.
 */
export function computed(expr: Expr, tensors: readonly Tensor[], type: TensorType): Tensor | null {
  if (context.layers !== null) return null;
  for (const tensor of tensors) {
    const literal = literalOf(tensor);
    if (nodeOf(tensor) !== null || literal === null || literal.cell !== null) return null;
  }
  let known = latest.get(expr);
  if (!known || !isOf(known, tensors)) latest.set(expr, known = knownOf(expr, tensors));
  const value = castNumber(known.value, type.dtype);
  return Number.isFinite(value) ? filled(value, type.shape, type) : null;
}

function isOf({ numbers, dtypes }: Known, tensors: readonly Tensor[]): boolean {
  return tensors.every((tensor, i) =>
    Object.is(literalOf(tensor)!.number, numbers[i]) && tensor.dtype === dtypes[i]
  );
}

function knownOf(expr: Expr, tensors: readonly Tensor[]): Known {
  const numbers = tensors.map((t) => literalOf(t)!.number), dtypes = tensors.map((t) => t.dtype);
  return { numbers, dtypes, value: castNumber(evaluate(expr, numbers, dtypes), typeOf(expr, dtypes)) };
}

function sharedOn(backend: Backend, dtype: DType): Shared {
  let byDtype = caches.get(backend);
  if (!byDtype) caches.set(backend, byDtype = new Map());
  let shared = byDtype.get(dtype);
  if (!shared) byDtype.set(dtype, shared = { numbers: new Map(), cells: new WeakMap() });
  return shared;
}

function made(backend: Backend, dtype: DType, literal: Literal): Tensor {
  checkHeld("use the number", literal.number, dtype);
  const storage = unscoped(() => new Storage(backend, dtype, 1, { shared: true, literal }));
  return filling(storage, []);
}

/** The number, and its cell where it has one, that a tensor repeats, if that is what it is. */
export function literalOf(x: Tensor): Literal | null {
  return storageOf(x).literal;
}
