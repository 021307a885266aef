/** How the elements of tensors come to the host. */
import { isComing, whenHere } from "./arrival.ts";
import type { Backend, View } from "../device/backend.ts";
import { dtypeOfArray, type TypedArray } from "../base/dtype.ts";
import { BackendError, DeviceLostError, ShapeError, showShape } from "../base/errors.ts";
import { observed, refuseRead } from "../device/observe.ts";
import { timed, timedRead } from "../device/profile.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { quoted } from "../base/text.ts";
import { waiting } from "../device/awaited.ts";
import { storageOf } from "./internals.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Numbers (or truth values of a bool tensor) nested as deep as a tensor has axes.
 *
 * @category Tensors
 */
export type NestedArray = number | boolean | NestedArray[];

/** The elements, row-major. */
export async function data(x: Tensor): Promise<TypedArray> {
  checkOneTensor(x, "data()");
  return (await fetchAlive(x.backend, [x]))[0];
}

/** Refuses a read inside vmap of a tensor that stands for each element of a batch, and so is none of them. */
export function checkOneTensor(x: Tensor, read: string): void {
  if (!storageOf(x).isBatch) return;
  const name = x.label ? quoted(x.label) : `a tensor of shape ${showShape(x.shape)}`;
  throw new BackendError(
    `Cannot read ${name} by ${read} inside vmap: it stands for each element of a batch; return it from the mapped ` +
      "function and read what vmap gives, or choose by where()",
  );
}

/** {@link fetch}; whatever a lost device's last words are, it is its loss that errors tell of. */
export async function fetchAlive(backend: Backend, tensors: readonly Tensor[]): Promise<TypedArray[]> {
  if (observed) refuseRead(backend.name);
  try {
    return await fetch(backend, tensors);
  } catch (error) {
    if (backend.lost === undefined || error instanceof DeviceLostError) throw error;
    throw lostError(backend, { cause: error });
  }
}

function lostError({ name, lost }: Backend, options?: ErrorOptions): DeviceLostError {
  return new DeviceLostError(
    `Cannot read from ${name}: its device was lost (${lost}), load what was saved before`,
    options,
  );
}

/** The elements of tensors on a backend, as it gives them: copied when asked, unless they have yet to arrive. */
export function fetch(backend: Backend, tensors: readonly Tensor[]): Promise<TypedArray[]> {
  if (waiting > 0 && tensors.some(isComing)) return whenHere(tensors, (views) => fetchViews(backend, views));
  return fetchViews(backend, tensors);
}

function fetchViews(backend: Backend, views: readonly View[]): Promise<TypedArray[]> {
  const run = () => backend.read(views);
  return observed ? timedRead(backend, views, run) : run();
}

/** The elements at once, on a backend that can. */
export function dataSync(x: View & { readonly backend: Backend }): TypedArray {
  const { backend } = x;
  if (observed) refuseRead(backend.name);
  if (!backend.readSync) {
    if (backend.lost !== undefined) throw lostError(backend);
    throw new BackendError(
      `Cannot read from ${backend.name} without waiting: use await x.data(), x.array() or x.item()`,
    );
  }
  if (!observed) return backend.readSync(x);
  return timed("read", backend, [x], () => backend.readSync!(x));
}

/** The elements as nested arrays. */
export async function array(x: Tensor): Promise<NestedArray> {
  checkOneTensor(x, "array()");
  return nest(await data(x), x.shape);
}

/** The elements as nested arrays at once. */
export function arraySync(x: Tensor): NestedArray {
  checkOneTensor(x, "arraySync()");
  return nest(dataSync(x), x.shape);
}

/** The one element. */
export async function item(x: Tensor): Promise<number> {
  checkOneTensor(x, "item()");
  checkOne(x);
  return (await data(x))[0];
}

/** The one element at once. */
export function itemSync(x: Tensor): number {
  checkOneTensor(x, "itemSync()");
  checkOne(x);
  const { backend } = x;
  return observed || !backend.readOne ? dataSync(x)[0] : backend.readOne(x);
}

function checkOne(x: Tensor): void {
  if (x.size === 1) return;
  throw new ShapeError(
    `Cannot take the item of ${showShape(x.shape)}: it has ${x.size} elements, use array()`,
    {
      op: "item",
      shapes: [x.shape],
    },
  );
}

/** A flat array as nested ones. */
export function nest(flat: TypedArray, shape: Shape): NestedArray {
  const isBool = dtypeOfArray(flat) === "bool";
  if (shape.length === 0) return isBool ? flat[0] !== 0 : flat[0];
  const step = sizeOf(shape.slice(1));
  const rows: NestedArray[] = [];
  for (let i = 0; i < shape[0]; i++) rows.push(nest(flat.subarray(i * step, (i + 1) * step), shape.slice(1)));
  return rows;
}
