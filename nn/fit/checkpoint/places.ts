/** Where checkpoints are kept. */
import { described } from "@tapegrad/core";
import { FileError } from "../../files/file_error.ts";
import { listFiles, pathOf, readFileWhole, removeFile, writeFileWhole } from "../../files/disk.ts";
import type { FileAddress } from "../../stream.ts";

/**
 * What holds a checkpoint where there is no disk, as in a page: IndexedDB, a server, memory.
 *
 * @category Training
 */
export interface CheckpointStore {
  /** The bytes that were written last, nothing where there are none. */
  read(): Uint8Array | null | undefined | Promise<Uint8Array | null | undefined>;
  /** Keeps bytes in the place of those before, all or none of them. */
  write(bytes: Uint8Array): unknown;
}

/** A place for checkpoints. */
export interface CheckpointPlace {
  /** What errors call it. */
  readonly name: string;
  /** Refuses what can be known to take none before there is one. */
  check?(): Promise<void>;
  /** The bytes of the newest one, `null` where there is none. */
  read(): Promise<Uint8Array | null>;
  /** Puts one there, after so many batches of training. */
  write(bytes: Uint8Array, batches: number): Promise<void>;
}

/** A place by a path, of which so many are kept, or by a store. */
export function placeOf(
  asked: string,
  at: string | FileAddress | CheckpointStore,
  keep = 1,
): CheckpointPlace {
  if (typeof at === "string" || at instanceof URL) return new Files(pathOf(asked, at), keep);
  const { read, write } = Object(at) as Partial<CheckpointStore>;
  if (typeof read === "function" && typeof write === "function") return stored(at as CheckpointStore);
  throw new TypeError(`Cannot ${asked} ${described(at)}: a path or a store with read and write is needed`);
}

function stored(store: CheckpointStore): CheckpointPlace {
  return {
    name: "the store",
    read: async () => await store.read() ?? null,
    write: async (bytes) => void await store.write(bytes),
  };
}

const DIGITS = 9;
const numbered = /^-\d{9,}$/, leftover = /^\.[0-9a-f-]{36}\.tmp$/;

/** One file of that name, or several with the count of batches before its ending, `model-000000120.safetensors`. */
class Files implements CheckpointPlace {
  readonly name: string;
  readonly #path: string;
  readonly #folder: string;
  readonly #stem: string;
  readonly #ending: string;
  readonly #keep: number;
  /** The files that go on with one another, the oldest first. */
  #files: string[] = [];
  #isTidy = false;

  constructor(path: string, keep: number) {
    const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1, file = path.slice(at);
    const dot = file.lastIndexOf(".") > 0 ? file.lastIndexOf(".") : file.length;
    [this.name, this.#path] = [JSON.stringify(path), path];
    [this.#folder, this.#stem, this.#ending] = [path.slice(0, at), file.slice(0, dot), file.slice(dot)];
    this.#keep = keep;
  }

  async check(): Promise<void> {
    await listFiles(this.#folder || ".").catch((cause) => {
      if (isAbsent(cause)) throw new FileError("write", this.#path, "there is no such folder; make it first");
    });
  }

  async read(): Promise<Uint8Array | null> {
    try {
      this.#files = await this.#existing();
      const newest = this.#files.at(-1);
      return newest === undefined ? null : await readFileWhole(this.#folder + newest);
    } catch (error) {
      if (isAbsent(error)) return null;
      throw error;
    }
  }

  async write(bytes: Uint8Array, batches: number): Promise<void> {
    const number = this.#keep === 1 ? "" : `-${String(batches).padStart(DIGITS, "0")}`;
    const file = this.#stem + number + this.#ending;
    if (!this.#isTidy) await this.#tidy();
    await writeFileWhole(this.#folder + file, bytes);
    this.#files = [...this.#files.filter((one) => one !== file), file];
    while (this.#files.length > this.#keep) await removeFile(this.#folder + this.#files.shift());
  }

  /** Once: removes what a killed process left half written, and the files of a training that this one does not go on with. */
  async #tidy(): Promise<void> {
    const stale = this.#keep === 1 ? [] : await this.#existing();
    const leftovers = await this.#matching((rest) => leftover.test(rest)).catch(() => []); // a courtesy
    for (const file of [...stale, ...leftovers]) {
      if (!this.#files.includes(file)) await removeFile(this.#folder + file);
    }
    this.#isTidy = true;
  }

  async #existing(): Promise<string[]> {
    if (this.#keep === 1) return [this.#stem + this.#ending];
    const count = (file: string) =>
      Number(file.slice(this.#stem.length + 1, file.length - this.#ending.length));
    return (await this.#matching((rest, number) => rest === "" && numbered.test(number)))
      .sort((a, b) => count(a) - count(b));
  }

  /** The files whose number and what is behind their ending are wanted. */
  async #matching(isWanted: (rest: string, number: string) => boolean): Promise<string[]> {
    const files = await listFiles(this.#folder || ".");
    return files.filter((file) => {
      if (!file.startsWith(this.#stem)) return false;
      const [number = ""] = /^-\d+/.exec(file.slice(this.#stem.length)) ?? [];
      const begin = this.#stem + number + this.#ending;
      return file.startsWith(begin) && isWanted(file.slice(begin.length), number);
    });
  }
}

function isAbsent(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code === "ENOENT";
}
