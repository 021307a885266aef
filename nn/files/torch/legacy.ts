/** Files of PyTorch before 1.6: pickles one after another, and the elements behind them. */
import { quoted } from "@tapegrad/core";
import { widthOf } from "../elements.ts";
import { FileFormatError } from "../format_error.ts";
import { Cursor } from "./cursor.ts";
import { torchNames } from "./names.ts";
import { unpickled } from "./pickle.ts";
import type { TorchObject } from "./archive.ts";
import { StoredStorage, type Value } from "./values.ts";

/** The number in a pickle that such a file begins with. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

const PROTOCOL = 1001;

/** How such a file begins. */
const START = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** Whether a file begins as such files do. */
export function isLegacy(bytes: Uint8Array): boolean {
  return START.every((byte, i) => byte === bytes[i]);
}

/** What such a file holds. */
export function legacyObject(what: string, bytes: Uint8Array<ArrayBuffer>): TorchObject {
  const cursor = new Cursor(what, bytes),
    plain = torchNames(what),
    storages = new Map<string, StoredStorage>();
  const read = () => unpickled(cursor, plain);
  if (read() !== MAGIC || read() !== PROTOCOL) {
    throw cursor.error("its version is none that is read; save it anew", 0);
  }
  read(); // what machine it was
  const names = {
    ...plain,
    persistent(id: Value, fail: (found: string) => Error): Value {
      const storage = plain.persistent(id, fail);
      if (storage instanceof StoredStorage) storages.set(storage.key, storage);
      return storage;
    },
  };
  const value = unpickled(cursor, names), keys = read(), places = placesOf(cursor, storages, keys);
  return {
    value,
    file: {
      what,
      isBig: false,
      storage: (key) => {
        const place = places.get(key);
        if (place) return Promise.resolve(bytes.slice(place.start, place.end));
        throw new FileFormatError(what, cursor.at, `it has no storage ${quoted(key)}; fetch it again`);
      },
    },
  };
}

/** Where the elements of storages are: in the order of their keys, each behind how many there are. */
function placesOf(
  cursor: Cursor,
  storages: ReadonlyMap<string, StoredStorage>,
  keys: Value,
): Map<string, { readonly start: number; readonly end: number }> {
  if (!Array.isArray(keys)) throw cursor.error("its keys of storages are no list; fetch it again");
  const places = new Map<string, { start: number; end: number }>();
  for (const key of keys) {
    const storage = typeof key === "string" ? storages.get(key) : undefined,
      at = cursor.at,
      count = cursor.count();
    if (storage === undefined || storage.length !== count) {
      throw cursor.error(`a storage of ${count} elements is there that no tensor has; fetch it again`, at);
    }
    const start = cursor.at, width = storage.kind === "bytes" ? 1 : widthOf(storage.kind);
    cursor.skip(count * width);
    places.set(storage.key, { start, end: cursor.at });
  }
  return places;
}
