/** The classes and functions that files of PyTorch's name, as far as tensors and containers need them. */
import type { FileDType } from "../elements.ts";
import { FileFormatError } from "../format_error.ts";
import type { Names } from "./pickle.ts";
import { Dtype, Known, StoredStorage, Tuple, type Value, View } from "./values.ts";

const storages: Readonly<Record<string, FileDType>> = {
  FloatStorage: "f32",
  DoubleStorage: "f64",
  HalfStorage: "f16",
  BFloat16Storage: "bf16",
  LongStorage: "i64",
  IntStorage: "i32",
  ShortStorage: "i16",
  CharStorage: "i8",
  ByteStorage: "u8",
  BoolStorage: "bool",
};

const dtypes: Readonly<Record<string, FileDType>> = {
  float32: "f32",
  float64: "f64",
  float16: "f16",
  bfloat16: "bf16",
  int64: "i64",
  int32: "i32",
  int16: "i16",
  int8: "i8",
  uint8: "u8",
  uint16: "u16",
  uint32: "u32",
  uint64: "u64",
  bool: "bool",
};

/** What a storage's class stands for, in place of a call: no file makes one by itself. */
function storageClass(what: string, name: string): Known {
  return new Known(name, (_, at) => {
    throw new FileFormatError(what, at, `it makes a ${name} by itself; fetch it again`);
  });
}

/** Names as the file called `what` has them. */
export function torchNames(what: string): Names {
  const globals = new Map<string, Value>();
  for (const [name, kind] of Object.entries(dtypes)) {
    globals.set(`torch.${name}`, new Dtype(`torch.${name}`, kind));
  }
  for (const name of Object.keys(storages)) {
    for (const module of ["torch", "torch.cuda"]) globals.set(`${module}.${name}`, storageClass(what, name));
  }
  for (const name of ["UntypedStorage", "_UntypedStorage"]) {
    globals.set(`torch.storage.${name}`, storageClass(what, name));
  }
  for (const [name, make] of Object.entries(makers(what))) globals.set(name, new Known(name, make));
  return {
    global: (module, name) => globals.get(`${module}.${name}`),
    persistent,
  };
}

type Make = Known["make"];

function makers(what: string): Record<string, Make> {
  const ordered: Make = ([pairs = []], at) => orderedDict(what, pairs, at);
  const items = (type: string): Make => ([given = []], at) => new Set(listOf(what, type, given, at));
  const first: Make = ([tensor], at) => tensorIn(what, tensor, at);
  const rebuilt: Make = (given, at) => viewOf(what, given, at);
  return {
    "collections.OrderedDict": ordered,
    "builtins.set": items("a set"),
    "__builtin__.set": items("a set"),
    "builtins.frozenset": items("a frozenset"),
    "__builtin__.frozenset": items("a frozenset"),
    "torch.Size": ([given], at) => new Tuple(listOf(what, "a torch.Size", given, at)),
    "torch.device": (given) => given.map(String).join(":"),
    "_codecs.encode": ([text], at) => bytesOfText(what, text, at),
    "builtins.bytearray": ([bytes = ""], at) => bytesOfText(what, bytes, at),
    "__builtin__.bytearray": ([bytes = ""], at) => bytesOfText(what, bytes, at),
    "torch._utils._rebuild_tensor": rebuilt,
    "torch._utils._rebuild_tensor_v2": rebuilt,
    "torch._utils._rebuild_tensor_v3": (given, at) => viewOf(what, given, at, given[6]),
    "torch._utils._rebuild_parameter": first,
    "torch._utils._rebuild_parameter_with_state": first,
    "torch._tensor._rebuild_from_type_v2": ([fn, , given], at) => rebuiltBy(what, fn, given, at),
    "torch.nn.parameter.Parameter": first,
    "torch.Tensor": first,
  };
}

function wrong(what: string, at: number, found: string): FileFormatError {
  return new FileFormatError(what, at, `${found}; fetch it again`);
}

function listOf(what: string, type: string, given: Value, at: number): readonly Value[] {
  if (Array.isArray(given)) return given;
  if (given instanceof Tuple) return given.items;
  throw wrong(what, at, `${type} in it is made of no list`);
}

function orderedDict(what: string, pairs: Value, at: number): Map<Value, Value> {
  const entries = listOf(what, "an OrderedDict", pairs, at).map((pair) => {
    const [key, value, ...more] = listOf(what, "an entry of an OrderedDict", pair, at);
    if (value === undefined || more.length > 0) {
      throw wrong(what, at, "an entry of an OrderedDict is no pair");
    }
    return [key, value] as const;
  });
  return new Map(entries);
}

/** As Python 3 writes bytes for Python 2, and arrays of them. */
function bytesOfText(what: string, text: Value, at: number): Uint8Array {
  if (text instanceof Uint8Array) return text;
  if (typeof text === "string" && !/[^\0-\xff]/.test(text)) {
    return Uint8Array.from(text, (c) => c.charCodeAt(0));
  }
  throw wrong(what, at, "bytes in it are made of no text of bytes");
}

function tensorIn(what: string, tensor: Value | undefined, at: number): View {
  if (tensor instanceof View) return tensor;
  throw wrong(what, at, "a parameter in it is made of no tensor");
}

function rebuiltBy(what: string, fn: Value, given: Value, at: number): View {
  if (!(fn instanceof Known)) throw wrong(what, at, "a tensor in it is made by no function");
  return tensorIn(what, fn.make(listOf(what, "a tensor", given, at), at), at);
}

function viewOf(what: string, given: readonly Value[], at: number, dtype?: Value): View {
  const [storage, offset, size, strides] = given;
  if (!(storage instanceof StoredStorage)) throw wrong(what, at, "a tensor in it has no storage");
  const kind = dtype instanceof Dtype ? dtype.kind : storage.kind;
  if (kind === "bytes") throw wrong(what, at, "a tensor in it has bytes and no dtype");
  if (storage.kind !== "bytes" && storage.kind !== kind) {
    throw wrong(what, at, "a tensor in it has two dtypes");
  }
  const shape = countsOf(what, size, at), steps = countsOf(what, strides, at);
  if (!isCount(offset) || shape.length !== steps.length) {
    throw wrong(what, at, "a tensor in it has an offset or strides that none has");
  }
  return new View(storage, kind, offset, shape, steps, at);
}

function isCount(value: Value): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function countsOf(what: string, given: Value, at: number): readonly number[] {
  const counts = listOf(what, "a shape", given, at);
  if (counts.every(isCount)) return counts;
  throw wrong(what, at, "a shape or strides in it are no counts");
}

/** The storage of an id: ("storage", its class, its key, where it was, how long it is), in old files with a view. */
function persistent(id: Value, fail: (found: string) => Error): StoredStorage {
  const [tag, type, key, , length, view] = id instanceof Tuple ? id.items : [];
  if (tag !== "storage" || !(type instanceof Known) || typeof key !== "string" || !isCount(length)) {
    throw fail("an id in it is of no storage; fetch it again");
  }
  if (view !== undefined && view !== null) {
    throw fail("a storage in it is part of another; save it by PyTorch 1.6");
  }
  const kind = /UntypedStorage$/.test(type.name) ? "bytes" : storages[type.name];
  if (kind === undefined) throw fail(`a storage in it is a ${type.name}; fetch it again`);
  return new StoredStorage(key, kind, length);
}
