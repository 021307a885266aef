/** NumPy's archives of arrays by name. */
import { checkOptions, checkTensor, described, quoted, read, type Tensor } from "@tapegrad/core";
import type { StateDict } from "../state.ts";
import type { OpenFile } from "./disk.ts";
import { checkReading, type FileReadOptions } from "./elements.ts";
import { FileFormatError } from "./format_error.ts";
import { npyBytes, npyTensor } from "./npy.ts";
import { type FileSource, opened } from "./source.ts";
import { memberBytes, zipMembers } from "./zip.ts";
import { zipBytes } from "./zip_writing.ts";

const what = "a .npz file";

/**
 * The arrays of a `.npz` file by name, as `numpy.load` reads it, each as {@link fromNpy} does: what
 * {@link Module.loadStateDict} takes. Anything else is a {@link FileFormatError}.
 *
 * @category Files
 * @example
 * ```ts
 * import { Linear, fromNpz, toNpz } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const trained = new Linear(3, 2), model = new Linear(3, 2);
 * const file = await toNpz(trained.stateDict(), { compress: true });
 * model.loadStateDict(await fromNpz(file));
 * assertEquals(await model.weight.array(), await trained.weight.array());
 * ```
 */
export async function fromNpz(source: FileSource, options: FileReadOptions = {}): Promise<StateDict> {
  checkReading(what, options);
  return await npzTensors(await opened(what, source), options);
}

/** The arrays of an archive that is open. */
export async function npzTensors(archive: OpenFile, options: FileReadOptions): Promise<StateDict> {
  const found: [string, Tensor][] = [];
  for (const member of await zipMembers(what, archive)) {
    const { name, start } = member;
    if (!name.endsWith(".npy")) {
      throw new FileFormatError(what, start, `${quoted(name)} is no array: names end in .npy`);
    }
    const file = await memberBytes(what, archive, member);
    found.push([name.slice(0, -4), npyTensor(`${quoted(name)} of ${what}`, file, options)]);
  }
  return Object.fromEntries(found);
}

/**
 * The bytes of a `.npz` file of tensors by name, as `numpy.savez` writes them, or with `compress` as
 * `numpy.savez_compressed` does. One of 4 GiB is a RangeError.
 *
 * @category Files
 */
export async function toNpz(
  state: Readonly<StateDict>,
  options: { readonly compress?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions(`write ${what}`, options, { compress: false });
  checkState(what, state);
  const entries = Object.entries(state), elements = await read(entries.map(([, x]) => x));
  const files = entries.map(([name, { dtype, shape }], i) => ({
    name: `${name}.npy`,
    bytes: npyBytes(dtype, shape, elements[i]),
  }));
  return await zipBytes(what, files, options.compress ?? false);
}

/** Refuses what is no state dict. */
export function checkState(what: string, state: Readonly<StateDict>): void {
  if (typeof state !== "object" || state === null) {
    throw new TypeError(`Cannot write ${what} of ${described(state)}: tensors by name are needed`);
  }
  for (const [name, x] of Object.entries(state)) checkTensor(`write ${what} with ${quoted(name)} as`, x);
}
