/** Elements of a storage by strides, in rows. */
import { quoted, showShape, sizeOf, type Tensor } from "@tapegrad/core";
import { checkStored, type FileReadOptions, tensorOf, widthOf } from "../elements.ts";
import { FileFormatError } from "../format_error.ts";
import type { View } from "./values.ts";

/** A file that has tensors of PyTorch's: what errors call it, whether numbers begin with their highest byte. */
export interface TensorFile {
  readonly what: string;
  readonly isBig: boolean;
  /** The bytes of a storage. */
  storage(key: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** How many times as large as their file tensors that share elements may be together. */
const SHARED = 64;

/** As much as tensors that share elements may be however small their file is. */
const SMALL = 2 ** 26;

/** Refuses views that are no part of their storage, or far larger together than what there is of them. */
export function checkViews(what: string, views: ReadonlyMap<View, string>, fileSize: number): void {
  let bytes = 0;
  for (const [view, path] of views) {
    checkView(`${quoted(path || "it")} of ${what}`, view);
    bytes += sizeOf(view.shape) * widthOf(view.kind);
    if (bytes <= SHARED * fileSize + SMALL) continue;
    throw new FileFormatError(
      what,
      view.at,
      `tensors to here take ${bytes} bytes, and the file has ${fileSize}; save what shares elements by clone()`,
    );
  }
}

function checkView(what: string, { storage, kind, offset, shape, strides, at }: View): void {
  const width = widthOf(kind),
    length = storage.kind === "bytes" ? Math.floor(storage.length / width) : storage.length;
  const stored = { kind, shape, start: 0, end: sizeOf(shape) * width };
  checkStored(what, at, stored);
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], offset);
  if (sizeOf(shape) === 0 || last < length) return;
  throw new FileFormatError(
    what,
    at,
    `${showShape(shape)} with strides ${showShape(strides)} from ${offset} on ends at element ${last}, ` +
      `and storage ${quoted(storage.key)} has ${length}; it was cut off, fetch it again`,
  );
}

/** Refuses a storage that has not as many bytes as is said. */
export function checkStorage(what: string, { storage, at }: View, length: number): void {
  const said = storage.length * (storage.kind === "bytes" ? 1 : widthOf(storage.kind));
  if (said === length) return;
  throw new FileFormatError(
    what,
    at,
    `storage ${quoted(storage.key)} has ${length} bytes and is said to have ${said}`,
  );
}

/** The tensor of a view of these bytes, which errors call `what`. */
export function tensorOfView(
  what: string,
  bytes: Uint8Array<ArrayBuffer>,
  view: View,
  options: FileReadOptions & { readonly isBig: boolean },
): Tensor {
  const { isBig, ...reading } = options,
    { kind, shape, offset } = view,
    width = widthOf(kind),
    start = offset * width;
  const count = sizeOf(shape) * width,
    own = isInRows(view) ? bytes.slice(start, start + count) : gathered(view, bytes);
  return tensorOf(what, own, { kind, shape, start, end: start + count, isBig }, reading);
}

function isInRows({ shape, strides }: View): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

const arrays = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;

function gathered(
  { kind, shape, strides, offset }: View,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const Words = arrays[widthOf(kind) as 1 | 2 | 4 | 8],
    length = Math.floor(bytes.length / Words.BYTES_PER_ELEMENT);
  const from = new Words(bytes.buffer, 0, length), to = new Words(sizeOf(shape)), index = shape.map(() => 0);
  for (let i = 0, at = offset; i < to.length; i++) {
    to[i] = from[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return new Uint8Array(to.buffer);
}
