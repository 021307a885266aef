/** Numbers and cells as tensors, which many share: never change one in place. */
import { checkHeld } from "../base/integers.ts";
import type { Backend } from "../device/backend.ts";
import type { DType } from "../base/dtype.ts";
import { unscoped } from "../device/scope.ts";
import type { Shape } from "../base/shape.ts";
import { type Literal, Storage } from "../device/storage.ts";
import { Scalar } from "./scalar.ts";
import { Tensor } from "./tensor.ts";

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
  if (found && Object.is(found.storage.literal!.number, value)) return found;
  const plain = cached(backend, dtype, value).storage;
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
  for (const { storage } of shared.numbers.values()) storage.abandon();
  shared.numbers.clear();
  shared.cells = new WeakMap();
}

/** `value` repeated to a shape through one shared element: to be read only. */
export function filled(value: number, shape: Shape, like: Pick<Tensor, "dtype" | "backend">): Tensor {
  const one = cached(like.backend, like.dtype, value);
  return new Tensor(one.storage, shape, shape.map(() => 0), 0, like.dtype);
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
  return Tensor.contiguous(storage, []);
}

/** The number, and its cell where it has one, that a tensor repeats, if that is what it is. */
export function literalOf({ storage }: Tensor): Literal | null {
  return storage.literal;
}
