import { checkHeld } from "../base/integers.ts";
import type { Backend } from "../device/backend.ts";
import { type DType, hostArray } from "../base/dtype.ts";
import { unscoped } from "../device/scope.ts";
import type { Shape } from "../base/shape.ts";
import { Storage } from "../device/storage.ts";
import { Tensor } from "./tensor.ts";

const CAPACITY = 1024;
const caches = new WeakMap<Backend, Map<DType, Map<number | string, Tensor>>>();

/** A number as a scalar tensor, made once and shared: never change it in place. */
export function cached(backend: Backend, dtype: DType, value: number): Tensor {
  // A map's keys do not tell -0 from 0.
  const values = cacheOf(backend, dtype), key = Object.is(value, -0) ? "-0" : value;
  let found = values.get(key);
  if (!found || found.storage.released) {
    if (values.size >= CAPACITY) forget(values);
    values.set(key, found = unscoped(() => make(backend, dtype, value)));
  }
  return found;
}

function forget(values: Map<unknown, Tensor>): void {
  for (const { storage } of values.values()) storage.abandon();
  values.clear();
}

/** `value` repeated to a shape through one shared element: to be read only. */
export function filled(value: number, shape: Shape, like: Pick<Tensor, "dtype" | "backend">): Tensor {
  const one = cached(like.backend, like.dtype, value);
  return new Tensor(one.storage, shape, shape.map(() => 0), 0, like.dtype);
}

function cacheOf(backend: Backend, dtype: DType): Map<number | string, Tensor> {
  let byDtype = caches.get(backend);
  if (!byDtype) caches.set(backend, byDtype = new Map());
  let values = byDtype.get(dtype);
  if (!values) byDtype.set(dtype, values = new Map());
  return values;
}

const numbers = new WeakMap<Storage, number>();

/** The number that a tensor shares with others, if that is what it is. */
export function sharedNumber({ storage }: Tensor): number | undefined {
  return numbers.get(storage);
}

function make(backend: Backend, dtype: DType, value: number): Tensor {
  const data = hostArray(dtype, 1);
  data[0] = dtype === "bool" ? Number(value !== 0) : checkHeld("use the number", value, dtype);
  const storage = new Storage(backend, dtype, 1, { shared: true });
  storage.write(data);
  numbers.set(storage, value);
  return Tensor.contiguous(storage, []);
}
