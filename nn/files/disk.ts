/** Files on disk, in Deno, Node and Bun: reached when one is asked for, never at import. */
import { described } from "@tapegrad/core";
import type { FileAddress } from "../stream.ts";
import { FileError } from "./file_error.ts";

/** What of a file handle of `node:fs/promises` is called. */
interface Handle {
  read(into: Uint8Array, at: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(bytes: Uint8Array, at: number, length: number): Promise<{ bytesWritten: number }>;
  stat(): Promise<{ readonly size: number; isFile(): boolean }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What of `node:fs/promises` is called. */
interface FileSystem {
  open(path: string, flags: "r" | "wx", mode?: number): Promise<Handle>;
  readdir(path: string): Promise<string[]>;
  realpath(path: string): Promise<string>;
  rename(from: string, to: string): Promise<void>;
  stat(path: string): Promise<{ readonly mode: number }>;
  unlink(path: string): Promise<void>;
}

/** A file that is open for reading. */
export interface OpenFile {
  /** How many bytes it had when it was opened. */
  readonly size: number;
  /** So many of its bytes from `offset` on; a {@link FileError} where it has become shorter. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Lets go of it. */
  close(): Promise<void>;
}

/** What is written: bytes at once, or in parts one after another. */
export type FileParts = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** No system call takes more than 2 GiB. */
const MOST = 2 ** 30;

function builtin<T>(asked: string, path: string, name: string): T {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const found = host.process?.getBuiltinModule?.(name);
  if (found !== undefined) return found as T;
  throw new FileError(asked, path, "there is no file system here; pass bytes, as those that fetch gives");
}

function fileSystem(asked: string, path: string): FileSystem {
  return builtin<FileSystem>(asked, path, "node:fs/promises");
}

/** The path of a file, which a URL may tell, or its text; `asked` is what is to be done with it. */
export function pathOf(asked: string, path: string | FileAddress): string {
  if (typeof path === "string" && !/^(\w{2,}:\/\/|blob:|data:)/.test(path)) return path;
  if (typeof path !== "string" && !(path instanceof URL)) {
    throw new TypeError(`Cannot ${asked} ${described(path)}: a path is needed, as a text or a URL`);
  }
  const url = new URL(path);
  if (url.protocol !== "file:") {
    throw new FileError(asked, url.href, "it is no file of this machine; fetch it and pass its bytes");
  }
  return builtin<{ fileURLToPath(url: URL): string }>(asked, url.href, "node:url").fileURLToPath(url);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "there is no such folder",
  EISDIR: "it is a folder; name a file in it",
  EACCES: "access is denied; change its owner or mode, or choose another place",
  EPERM: "access is denied; change its owner or mode, or choose another place",
  EROFS: "its disk cannot be written to; choose another place",
  ENOSPC: "its disk is full",
  EMFILE: "too many files are open; close some",
};

function failure(asked: string, path: string, cause: unknown): FileError {
  const { name, code, message } = cause as { name?: string; code?: string; message?: string };
  const isForbidden = name === "NotCapable" || code === "ERR_ACCESS_DENIED";
  const found = code === "ENOENT" && asked === "write"
    ? "there is no such folder; make it first"
    : isForbidden
    ? "the program has no permission; run it with --allow-read and --allow-write for its folder"
    : Object.hasOwn(reasons, code ?? "")
    ? reasons[code!]
    : message ?? String(cause);
  return new FileError(asked, path, found, { cause });
}

/** What the file system answers, its errors as ours. */
async function answered<T>(asked: string, path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw cause instanceof FileError ? cause : failure(asked, path, cause);
  }
}

/** Opens a file; whoever does so closes it. */
export async function openFile(path: string | FileAddress): Promise<OpenFile> {
  const asked = "read", place = pathOf(asked, path), disk = fileSystem(asked, place);
  const handle = await answered(asked, place, () => disk.open(place, "r"));
  try {
    return {
      size: await answered(asked, place, () => sizeOf(handle, place)),
      read: (offset, length) => answered(asked, place, () => filled(handle, place, offset, length)),
      close: () => answered("close", place, () => handle.close()),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function sizeOf(handle: Handle, place: string): Promise<number> {
  const found = await handle.stat();
  if (found.isFile()) return found.size;
  throw new FileError("read", place, "it is no plain file; name one, or pass its bytes as they arrive");
}

async function filled(
  handle: Handle,
  place: string,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(out, at, Math.min(MOST, length - at), offset + at);
    if (bytesRead === 0) {
      throw new FileError("read", place, `it ends at byte ${offset + at}; it became shorter, read it again`);
    }
    at += bytesRead;
  }
  return out;
}

/** All bytes of a file. */
export async function readFileWhole(path: string | FileAddress): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openFile(path);
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}

/**
 * Writes a file as one: its bytes go to another file beside it, to the disk, and only then under its name. So there is
 * the old file or the new one, whatever happens in between, and where it fails nothing is left of the attempt.
 */
export async function writeFileWhole(path: string | FileAddress, parts: FileParts): Promise<void> {
  const asked = "write", named = pathOf(asked, path), disk = fileSystem(asked, named);
  // Where a link leads, so that it stays one.
  const place = await disk.realpath(named).catch(() => named);
  const temporary = `${place}.${crypto.randomUUID()}.tmp`;
  const mode = await disk.stat(place).then((old) => old.mode & 0o777, () => 0o666);
  const handle = await answered(asked, named, () => disk.open(temporary, "wx", mode));
  try {
    await filledWith(handle, named, parts);
    await answered(asked, named, () => disk.rename(temporary, place));
  } catch (error) {
    await disk.unlink(temporary).catch(() => {}); // what went wrong before is what is told
    throw error;
  }
}

async function filledWith(handle: Handle, named: string, parts: FileParts): Promise<void> {
  try {
    for await (const part of parts instanceof Uint8Array ? [parts] : parts) {
      await answered("write", named, () => written(handle, part));
    }
    await answered("write", named, () => handle.sync());
  } finally {
    await handle.close();
  }
}

async function written(handle: Handle, part: Uint8Array): Promise<void> {
  for (let at = 0; at < part.length;) {
    at += (await handle.write(part, at, Math.min(MOST, part.length - at))).bytesWritten;
  }
}

/** The names of what is in a folder, in their order. */
export async function listFiles(folder: string | FileAddress): Promise<string[]> {
  const asked = "list", place = pathOf(asked, folder), disk = fileSystem(asked, place);
  return (await answered(asked, place, () => disk.readdir(place))).sort();
}

/** Removes a file; one that is not there is no error. */
export async function removeFile(path: string | FileAddress): Promise<void> {
  const asked = "remove", place = pathOf(asked, path), disk = fileSystem(asked, place);
  await answered(asked, place, () =>
    disk.unlink(place).catch((error: { code?: string }) => {
      if (error.code !== "ENOENT") throw error;
    }));
}
