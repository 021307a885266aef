/** What a file of PyTorch's holds, to be compared. */
import { Tensor } from "@tapegrad/core";
import type { TorchValue } from "@tapegrad/nn";

/** A value with its tensors as arrays, and a text where it is in itself; `within` is what it is in. */
export async function plain(value: TorchValue, within: readonly TorchValue[] = []): Promise<unknown> {
  if (value instanceof Tensor) return await value.array();
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (within.includes(value)) return "itself";
  const of = (part: TorchValue) => plain(part, [...within, value]);
  const entries = async <K>(pairs: Iterable<readonly [K, TorchValue]>) =>
    await Promise.all([...pairs].map(async ([key, part]) => [key, await of(part)] as const));
  if (value instanceof Map) return new Map(await entries([...value]));
  if (value instanceof Set) return new Set(await Promise.all([...value].map(of)));
  if (Array.isArray(value)) return await Promise.all(value.map(of));
  return Object.fromEntries(await entries(Object.entries(value)));
}
