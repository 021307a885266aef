/** What PyTorch saved by torch.save. */
import { quoted, type Tensor } from "@tapegrad/core";
import type { OpenFile } from "../disk.ts";
import { checkReading, type FileReadOptions } from "../elements.ts";
import { FileFormatError } from "../format_error.ts";
import { type FilePlace, openedAt, withFile } from "../source.ts";
import { archivedObject, type TorchObject } from "./archive.ts";
import { isLegacy, legacyObject } from "./legacy.ts";
import { plainOf, type TorchValue, viewsIn } from "./plain.ts";
import type { View } from "./values.ts";
import { checkStorage, checkViews, tensorOfView } from "./views.ts";

const what = "a PyTorch file";

/**
 * What `torch.save` wrote, from a path, bytes or a `Blob`: a state dict as an object of tensors by name, which
 * {@link Module.loadStateDict} takes, a checkpoint as objects in each other. It executes nothing: a file that names
 * more than tensors, numbers, texts and containers is a {@link FileFormatError}, and so is anything else that is wrong
 * with it. Files of PyTorch before 1.6 are read too. Dtypes become ours as in {@link fromSafetensors}; equal views of one
 * storage, as of tied weights, are one tensor. `torch.load`.
 *
 * @category Files
 * @example
 * ```ts
 * import { FileFormatError, fromTorch } from "@tapegrad/nn";
 * import { assertRejects } from "@std/assert";
 *
 * const page = new TextEncoder().encode("<!doctype html>");
 * await assertRejects(() => fromTorch(page), FileFormatError, "Cannot read a PyTorch file at byte 0");
 * ```
 */
export async function fromTorch(place: FilePlace, options: FileReadOptions = {}): Promise<TorchValue> {
  checkReading(what, options);
  return await withFile(await openedAt(what, place), (file) => torchValue(file, options));
}

async function torchValue(source: OpenFile, options: FileReadOptions): Promise<TorchValue> {
  const { value, file } = await objectIn(source), views = viewsIn(file.what, value);
  checkViews(file.what, views, source.size);
  const tensors = new Map<View, Tensor>(), making = { ...options, isBig: file.isBig };
  for (const [key, group] of byStorage(views.keys())) {
    const bytes = await file.storage(key), made = new Map<string, Tensor>();
    for (const view of group) {
      const named = `${quoted(views.get(view) || "it")}, in storage ${quoted(key)} of ${what},`;
      checkStorage(file.what, view, bytes.length);
      const { kind, offset, shape, strides } = view, seen = JSON.stringify([kind, offset, shape, strides]);
      const tensor = made.get(seen) ?? tensorOfView(named, bytes, view, making);
      made.set(seen, tensor);
      tensors.set(view, tensor);
    }
  }
  return plainOf(file.what, value, tensors);
}

async function objectIn(source: OpenFile): Promise<TorchObject> {
  const start = await source.read(0, Math.min(16, source.size));
  if (start[0] === 0x50 && start[1] === 0x4b) return await archivedObject(what, source);
  if (isLegacy(start)) return legacyObject(what, await source.read(0, source.size));
  throw new FileFormatError(
    what,
    0,
    "it begins as none does; save it by torch.save(model.state_dict(), path)",
  );
}

function byStorage(views: Iterable<View>): Map<string, View[]> {
  const groups = new Map<string, View[]>();
  for (const view of views) {
    const { key } = view.storage, group = groups.get(key);
    if (group) group.push(view);
    else groups.set(key, [view]);
  }
  return groups;
}
