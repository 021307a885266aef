/** The format in which weights are shared, of https://github.com/huggingface/safetensors. */
import { bytesPerElement, checkOptions, described, type DType, quoted, read } from "@tapegrad/core";
import type { StateDict } from "../state.ts";
import { checkReading, type FileReadOptions, littleBytes, tensorOf } from "./elements.ts";
import { checkState } from "./npz.ts";
import { METADATA, safetensorsHeader } from "./safetensors_header.ts";
import { bytesOf, type FileSource, joined } from "./source.ts";

const what = "a safetensors file";

/**
 * The tensors of a safetensors file by name: what {@link Module.loadStateDict} takes. BF16 becomes f32, and so does
 * F16 unless `half` says otherwise; integers of 8 and 16 bits become i32, and so do those of 64 bits where all fit.
 * Nothing is made before the whole header has been checked: dtypes, shapes, and that tensors fill the file without
 * a gap or an overlap; anything else is a {@link FileFormatError}.
 *
 * @category Files
 * @example
 * ```ts
 * import { fromSafetensors, Linear, safetensorsMetadata, toSafetensors } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const trained = new Linear(3, 2), model = new Linear(3, 2);
 * const file = await toSafetensors(trained.stateDict());
 * model.loadStateDict(await fromSafetensors(file));
 * assertEquals(await model.weight.array(), await trained.weight.array());
 * assertEquals(await safetensorsMetadata(file), { format: "pt" });
 * ```
 */
export async function fromSafetensors(source: FileSource, options: FileReadOptions = {}): Promise<StateDict> {
  checkReading(what, options);
  const bytes = await bytesOf(what, source), { tensors } = safetensorsHeader(what, bytes);
  return Object.fromEntries(
    [...tensors].map(([name, stored]) => [
      name,
      tensorOf(`${quoted(name)} of ${what}`, bytes, stored, options),
    ]),
  );
}

/**
 * The metadata of a safetensors file, texts by name; `{}` without any.
 *
 * @category Files
 */
export async function safetensorsMetadata(source: FileSource): Promise<Readonly<Record<string, string>>> {
  return safetensorsHeader(what, await bytesOf(what, source)).metadata;
}

/** Their names, those first that are first in a file: so each begins at a multiple of its width. */
const names: Readonly<Record<DType, string>> = {
  f64: "F64",
  f32: "F32",
  u32: "U32",
  i32: "I32",
  f16: "F16",
  bool: "BOOL",
};

/**
 * The bytes of a safetensors file of tensors by name, which PyTorch's `safetensors.torch.load_file` reads. The
 * metadata are those that PyTorch's files have, `{ format: "pt" }`, unless said.
 *
 * @category Files
 */
export async function toSafetensors(
  state: Readonly<StateDict>,
  options: { readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions(`write ${what}`, options, { metadata: {} });
  checkState(what, state);
  const { metadata = { format: "pt" } } = options;
  checkMetadata(state, metadata);
  const order = Object.keys(names),
    entries = Object.entries(state).sort(([a, x], [b, y]) =>
      order.indexOf(x.dtype) - order.indexOf(y.dtype) || (a < b ? -1 : 1)
    );
  let end = 0;
  const infos = entries.map(([name, { dtype, shape, size }]) => {
    const begin = end;
    end += size * bytesPerElement(dtype);
    return [name, { dtype: names[dtype], shape, data_offsets: [begin, end] }];
  });
  const elements = await read(entries.map(([, x]) => x));
  const header = headerBytes(Object.fromEntries([[METADATA, metadata], ...infos]));
  return joined([header, ...elements.map(littleBytes)]);
}

/** JSON behind its length, with spaces to a multiple of 8. */
function headerBytes(header: Readonly<Record<string, unknown>>): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(32);
  new DataView(out.buffer).setBigUint64(0, BigInt(out.length - 8), true);
  out.set(json, 8);
  return out;
}

function checkMetadata(state: Readonly<StateDict>, metadata: Readonly<Record<string, string>>): void {
  if (Object.hasOwn(state, METADATA)) {
    throw new TypeError(
      `Cannot write ${what} with a tensor named ${quoted(METADATA)}: metadata stand there, rename it`,
    );
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value === "string") continue;
    throw new TypeError(
      `Cannot write ${what} with ${quoted(name)} as ${described(value)}: metadata are texts`,
    );
  }
}
