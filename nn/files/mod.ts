/** Tensors in files of other libraries: functions from bytes to tensors and back. */
export type { FileReadOptions } from "./elements.ts";
export { FileError } from "./file_error.ts";
export { FileFormatError } from "./format_error.ts";
export { fromIdx } from "./idx.ts";
export { fromNpy, toNpy } from "./npy.ts";
export { fromNpz, toNpz } from "./npz.ts";
export { fromSafetensors, safetensorsMetadata, toSafetensors } from "./safetensors.ts";
export type { FileSource } from "./source.ts";
