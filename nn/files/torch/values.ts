/** What pickled objects are while they are put together. */
import type { Shape } from "@tapegrad/core";
import type { FileDType } from "../elements.ts";

/** A value of Python's: a list is an array, a dict a Map, a set a Set, None null. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Value[]
  | Map<Value, Value>
  | Set<Value>
  | Tuple
  | Known
  | Dtype
  | StoredStorage
  | View;

/** A tuple, which nothing is put into. */
export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** A class or function that this reader has its own of. */
export class Known {
  readonly name: string;
  /** What a call of it makes, at a byte; it executes nothing of the file. */
  readonly make: (given: readonly Value[], at: number) => Value;
  constructor(name: string, make: (given: readonly Value[], at: number) => Value) {
    this.name = name;
    this.make = make;
  }
}

/** A dtype: one that storages of bytes are read as. */
export class Dtype {
  readonly name: string;
  readonly kind: FileDType;
  constructor(name: string, kind: FileDType) {
    this.name = name;
    this.kind = kind;
  }
}

/** Elements in a row, by the key under which the file has them. */
export class StoredStorage {
  readonly key: string;
  /** What its elements are; of bytes alone, that is for the view to say. */
  readonly kind: FileDType | "bytes";
  readonly length: number;
  constructor(key: string, kind: FileDType | "bytes", length: number) {
    this.key = key;
    this.kind = kind;
    this.length = length;
  }
}

/** A tensor: elements of a storage, by strides. */
export class View {
  readonly storage: StoredStorage;
  readonly kind: FileDType;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** Where the file has it. */
  readonly at: number;
  constructor(
    storage: StoredStorage,
    kind: FileDType,
    offset: number,
    shape: Shape,
    strides: readonly number[],
    at: number,
  ) {
    this.storage = storage;
    this.kind = kind;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.at = at;
  }
}
