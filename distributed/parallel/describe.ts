/** What ranks are to have alike of a model. */
import { described, keyTensor, showShape, splitKey, type Tensor } from "@tapegrad/core";
import { type AnyModule, Module } from "@tapegrad/nn";
import type { Job } from "../job.ts";

/** Refuses what is no module. */
export function checkModel(asked: string, model: unknown): void {
  if (model instanceof Module) return;
  throw new TypeError(`Cannot ${asked} that is ${described(model)}: a module is needed`);
}

/** Names, shapes and dtypes of parameters and buffers in order. */
export function describe(model: AnyModule): string {
  const all = [...model.namedParameters(), ...model.namedBuffers()];
  return `of ${all.map(([name, { dtype, shape }]) => `${name} ${dtype} ${showShape(shape)}`).join(", ")}`;
}

/** Whether a buffer is the key that a layer draws by, dropout's say: the one thing that ranks have for themselves. */
export function isKey(name: string, { dtype, shape }: Tensor): boolean {
  return /(^|\.)key$/.test(name) && dtype === "u32" && shape.length === 1 && shape[0] === 2;
}

/** Has the layers of each rank draw by a key of its own, which is made of the one that all have. */
export function parcelKeys({ rank, size }: Job, model: AnyModule): void {
  for (const [name, buffer] of model.namedBuffers()) {
    if (size > 1 && isKey(name, buffer)) buffer.assign(keyTensor(splitKey(buffer, size)[rank]));
  }
}
