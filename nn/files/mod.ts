/** Tensors in files of other libraries: functions from bytes to tensors and back. */
export type { FileDType, FileReadOptions } from "./elements.ts";
export { FileError } from "./file_error.ts";
export { FileFormatError } from "./format_error.ts";
export { fromIdx } from "./idx.ts";
export { fromNpy, toNpy } from "./npy.ts";
export { fromNpz, toNpz } from "./npz.ts";
export { load, type LoadOptions } from "./load.ts";
export {
  fromSafetensors,
  openSafetensors,
  type OpenSafetensorsOptions,
  type SafetensorsFile,
  safetensorsMetadata,
  type StoredInfo,
} from "./safetensors.ts";
export { type FileMetadata, toSafetensors } from "./safetensors_writing.ts";
export { save, type SaveOptions } from "./save.ts";
export type { FilePlace, FileSource } from "./source.ts";
export type { TorchValue } from "./torch/plain.ts";
export { fromTorch } from "./torch/torch.ts";
