/** Writing safetensors files. */
import {
  bytesPerElement,
  checkOptions,
  described,
  type DType,
  quoted,
  read,
  type Shape,
  type TypedArray,
} from "@tapegrad/core";
import type { StateDict } from "../state.ts";
import { littleBytes } from "./elements.ts";
import { checkState } from "./npz.ts";
import { METADATA } from "./safetensors_header.ts";
import { joined } from "./source.ts";

const what = "a safetensors file";

/**
 * Texts by name that a file has beside its tensors.
 *
 * @category Files
 */
export type FileMetadata = Readonly<Record<string, string>>;

/** A tensor as it was when it was read. */
export interface Snapshot {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly elements: TypedArray;
}

/** The names of dtypes, those first that are first in a file: so each tensor begins at a multiple of its width. */
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
 * @example
 * ```ts
 * import { tensor } from "@tapegrad/core";
 * import { safetensorsMetadata, toSafetensors } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const file = await toSafetensors({ weight: tensor([1, 2]) }, { metadata: { epoch: "3" } });
 * assertEquals(await safetensorsMetadata(file), { epoch: "3" });
 * ```
 */
export async function toSafetensors(
  state: Readonly<StateDict>,
  options: { readonly metadata?: FileMetadata } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions(`write ${what}`, options, { metadata: {} });
  checkWriting(state, options.metadata);
  return joined(safetensorsParts(await snapshotsOf(state), options.metadata));
}

/** Refuses what no safetensors file can hold. */
export function checkWriting(state: Readonly<StateDict>, metadata: FileMetadata = {}): void {
  checkState(what, state);
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

/** The tensors of a state as they are now, whatever is done to them before it is written. */
export async function snapshotsOf(state: Readonly<StateDict>): Promise<Snapshot[]> {
  const entries = Object.entries(state), elements = await read(entries.map(([, x]) => x));
  return entries.map(([name, { dtype, shape }], i) => ({ name, dtype, shape, elements: elements[i] }));
}

/** How many bytes a tensor takes in a file. */
export function bytesIn({ dtype, elements }: Snapshot): number {
  return elements.length * bytesPerElement(dtype);
}

/** What stands in a file of these tensors, one after the other. */
export function safetensorsParts(
  snapshots: readonly Snapshot[],
  metadata: FileMetadata = { format: "pt" },
): Uint8Array[] {
  const order = Object.keys(names),
    ordered = snapshots.toSorted((a, b) =>
      order.indexOf(a.dtype) - order.indexOf(b.dtype) || (a.name < b.name ? -1 : 1)
    );
  let end = 0;
  const infos = ordered.map((snapshot) => {
    const { name, dtype, shape } = snapshot, begin = end;
    end += bytesIn(snapshot);
    return [name, { dtype: names[dtype], shape, data_offsets: [begin, end] }];
  });
  const header = headerBytes(Object.fromEntries([[METADATA, metadata], ...infos]));
  return [header, ...ordered.map(({ elements }) => littleBytes(elements))];
}

/** JSON behind its length, with spaces to a multiple of 8. */
function headerBytes(header: Readonly<Record<string, unknown>>): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(32);
  new DataView(out.buffer).setBigUint64(0, BigInt(out.length - 8), true);
  out.set(json, 8);
  return out;
}
