/** What can be the gradient of a tensor. */
import type { Backend } from "../device/backend.ts";
import { BackendError, DeviceLostError, DtypeError, ShapeError, showShape } from "../base/errors.ts";
import { quoted } from "../base/text.ts";
import { sameShape } from "../base/shape.ts";
import type { TensorType } from "../call/op.ts";
import type { Storage } from "../device/storage.ts";
import type { Tensor } from "./tensor.ts";
import { storageOf } from "./internals.ts";

const seen = new WeakSet<Storage>();

/** Says that the program has seen a cotangent, and may hold it. */
export function showCotangent<T extends Tensor | null>(ct: T): T {
  if (ct) seen.add(storageOf(ct));
  return ct;
}

/** Whether the program has seen a cotangent in this memory. */
export function isSeen(storage: Storage): boolean {
  return seen.has(storage);
}

/**
 * Refuses what cannot be the gradient of `of`: no tensor is a TypeError, another shape a {@link ShapeError},
 * another dtype a {@link DtypeError}, another backend a {@link BackendError}. `what` was to be done, and `name`
 * is what errors call the tensor, or a function that gives it when it is needed.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { checkGradient, DtypeError, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * const w = variable([1, 2]), indices = tensor([3, 4], { dtype: "i32" });
 * checkGradient("clip", w, tensor([3, 4]));
 * assertThrows(() => checkGradient("clip", w, indices, "w"), DtypeError, "Cannot clip w: f32 [2] on");
 * ```
 */
export function checkGradient(
  what: string,
  of: TensorType & { readonly label?: string },
  gradient: unknown,
  name?: string | (() => string),
): asserts gradient is Tensor {
  if (!isTensor(of) && !(of as TensorType | undefined)?.backend) {
    throw new TypeError(`Cannot ${what} ${kindOf(of)}: a tensor is needed`);
  }
  if (isTensor(gradient) && fits(of, gradient)) return;
  const called = typeof name === "function" ? name() : name ?? nameOf(of);
  throw faultOf(`Cannot ${what} ${called}`, of, gradient);
}

function fits(of: TensorType, gradient: Tensor): boolean {
  return of.dtype === gradient.dtype && of.backend === gradient.backend &&
    sameShape(of.shape, gradient.shape);
}

function faultOf(asked: string, of: TensorType, gradient: unknown): Error {
  if (!isTensor(gradient)) {
    return new TypeError(`${asked}: a tensor is needed, this is a ${kindOf(gradient)}`);
  }
  const fault = `${asked}: ${described(of)} is needed, this is ${described(gradient)}`;
  if (!sameShape(of.shape, gradient.shape)) {
    return new ShapeError(fault, { op: "backward", shapes: [of.shape, gradient.shape] });
  }
  if (of.dtype === gradient.dtype) return elsewhere(fault, of.backend, gradient.backend);
  const details = { op: "backward", dtypes: [of.dtype, gradient.dtype] };
  return new DtypeError(`${fault}; cast it with to("${of.dtype}")`, details);
}

function elsewhere(fault: string, { name, lost: here }: Backend, { lost: there }: Backend): BackendError {
  const lost = here ?? there;
  if (lost === undefined) return new BackendError(`${fault}; move one with to("${name}")`);
  return new DeviceLostError(`${fault}; a device was lost (${lost}), load what was saved before`);
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "strides" in value && "backend" in value;
}

function described({ dtype, shape, backend }: TensorType): string {
  return `${dtype} ${showShape(shape)} on ${backend.name}`;
}

function nameOf({ label, shape }: { readonly label?: string; readonly shape: readonly number[] }): string {
  return label ? quoted(label) : `a tensor of shape ${showShape(shape)}`;
}

function kindOf(value: unknown): string {
  return value instanceof Promise ? "promise" : typeof value;
}
