/** NumPy's files of one array. */
import { checkTensor, type DType, type Shape, type Tensor, type TypedArray } from "@tapegrad/core";
import { checkReading, type FileReadOptions, littleBytes, tensorOf } from "./elements.ts";
import { npyHeader } from "./npy_header.ts";
import { bytesOf, type FileSource, joined } from "./source.ts";

const what = "a .npy file";

/**
 * The array of a `.npy` file, as `numpy.load` reads it: of versions 1 to 3, in rows or columns, of either order of
 * bytes. f16 becomes f32 unless `half` says otherwise, f64 stays unless `double` does; integers of 8 and 16 bits
 * become i32, and so do those of 64 bits where all fit. Anything else is a {@link FileFormatError}.
 *
 * @category Files
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { fromNpy, toNpy } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const file = await toNpy(tensor([[1, 2], [3, 4]]));
 * assertEquals(await (await fromNpy(file)).array(), [[1, 2], [3, 4]]);
 * assertEquals(await (await fromNpy(new Blob([file]).stream())).array(), [[1, 2], [3, 4]]);
 * ```
 */
export async function fromNpy(source: FileSource, options: FileReadOptions = {}): Promise<Tensor> {
  checkReading(what, options);
  return npyTensor(what, await bytesOf(what, source), options);
}

/** The array of the bytes of a `.npy` file, which errors call `what`. */
export function npyTensor(what: string, bytes: Uint8Array, options: FileReadOptions): Tensor {
  const stored = npyHeader(what, bytes);
  return tensorOf(what, bytes.slice(stored.start) as Uint8Array<ArrayBuffer>, stored, options);
}

/**
 * The bytes of a `.npy` file of a tensor, as `numpy.save` writes them.
 *
 * @category Files
 */
export async function toNpy(x: Tensor): Promise<Uint8Array<ArrayBuffer>> {
  checkTensor("write a .npy file of", x);
  const { dtype, shape } = x;
  return npyBytes(dtype, shape, await x.data());
}

const descrs: Readonly<Record<DType, string>> = {
  f16: "<f2",
  f32: "<f4",
  f64: "<f8",
  i32: "<i4",
  u32: "<u4",
  bool: "|b1",
};

/** As many digits as NumPy leaves space for, so that the first extent can grow in place. */
const GROWTH = 21;

/** The bytes of a `.npy` file of these elements. */
export function npyBytes(dtype: DType, shape: Shape, elements: TypedArray): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const space = shape.length === 0 ? "" : " ".repeat(GROWTH - String(shape[0]).length);
  const words = `{'descr': '${descrs[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }${space}`;
  // Elements begin at a multiple of 64; a shape of any 256 extents is within version 1.
  const length = Math.ceil((10 + words.length + 1) / 64) * 64 - 10;
  const start = Uint8Array.of(0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, length & 255, length >> 8);
  const header = new TextEncoder().encode(`${words.padEnd(length - 1)}\n`);
  return joined([start, header, littleBytes(elements)]);
}
