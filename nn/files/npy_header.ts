/** What a `.npy` file says of its array: a Python dictionary behind a magic word. */
import { quoted, type Shape } from "@tapegrad/core";
import { checkStored, type FileDType, type StoredTensor } from "./elements.ts";
import { FileFormatError } from "./format_error.ts";

/** Where the dictionary begins, by the version. */
const starts: Readonly<Record<number, number>> = { 1: 10, 2: 12, 3: 12 };

const kinds: Readonly<Record<string, FileDType>> = {
  b1: "bool",
  i1: "i8",
  i2: "i16",
  i4: "i32",
  i8: "i64",
  u1: "u8",
  u2: "u16",
  u4: "u32",
  u8: "u64",
  f2: "f16",
  f4: "f32",
  f8: "f64",
};

/** One character a byte, so that places in the text are places in the file. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes.slice());
}

/** The array of a `.npy` file, checked against what there is of it. */
export function npyHeader(what: string, bytes: Uint8Array): StoredTensor {
  const start = npyStart(what, bytes), end = npyEnd(what, bytes, start);
  const entries = npyEntries(what, textOf(bytes.subarray(start, end)), start);
  const descr = entryOf(what, entries, "descr"), shape = entryOf(what, entries, "shape");
  const order = entryOf(what, entries, "fortran_order");
  const stored = {
    kind: kindOf(what, descr),
    isBig: descr.text.startsWith(">"),
    isFortran: order.text === "True",
    shape: shapeOf(what, shape),
    start: end,
    end: bytes.length,
  };
  if (!["True", "False"].includes(order.text)) {
    throw new FileFormatError(
      what,
      order.at,
      `fortran_order is ${quoted(order.text)}: True or False is needed`,
    );
  }
  checkStored(what, shape.at, stored);
  return stored;
}

function npyStart(what: string, bytes: Uint8Array): number {
  if (bytes[0] !== 0x93 || textOf(bytes.subarray(1, 6)) !== "NUMPY") {
    throw new FileFormatError(what, 0, `it does not begin with "\\x93NUMPY"; save it by numpy.save or toNpy`);
  }
  const [major, minor] = bytes.subarray(6, 8);
  if (minor === 0 && Object.hasOwn(starts, major)) return starts[major];
  throw new FileFormatError(what, 6, `its version is ${major}.${minor}: 1.0, 2.0 and 3.0 are read`);
}

function npyEnd(what: string, bytes: Uint8Array, start: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < start) throw cutOff(what, 8, start, bytes);
  const end = start + (start === 10 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < end) throw cutOff(what, 8, end, bytes);
  return end;
}

function cutOff(what: string, at: number, end: number, { length }: Uint8Array): FileFormatError {
  const found =
    `its header ends at byte ${end} and the file at byte ${length}; it was cut off, fetch it again`;
  return new FileFormatError(what, at, found);
}

/** An entry's value, without its quotes or parentheses, and where it stands. */
interface Entry {
  readonly text: string;
  readonly at: number;
}

const entry = /\s*(['"])(\w+)\1\s*:\s*(?:(['"])([^'"\\]*)\3|(True|False)|(\([^()]*\)))\s*(?:,|(?=\}))/y;

function npyEntries(what: string, text: string, start: number): Map<string, Entry> {
  const found = new Map<string, Entry>();
  let at = text.startsWith("{") ? 1 : 0;
  for (let match = next(text, at); at > 0 && match !== null; match = next(text, at)) {
    const [all, , name, , string, truth, tuple] = match;
    if (found.has(name)) throw new FileFormatError(what, start + at, `${quoted(name)} is there twice`);
    found.set(name, { text: string ?? truth ?? tuple, at: start + at });
    at += all.length;
  }
  if (at > 0 && /^\s*\}\s*$/.test(text.slice(at))) return found;
  const shown = quoted(text.slice(at, at + 40));
  throw new FileFormatError(
    what,
    start + at,
    `found ${shown} where a header of descr, fortran_order and shape goes on; arrays of several fields are not read`,
  );
}

function next(text: string, at: number): RegExpExecArray | null {
  entry.lastIndex = at;
  return entry.exec(text);
}

function entryOf(what: string, entries: Map<string, Entry>, name: string): Entry {
  const found = entries.get(name);
  if (found !== undefined && entries.size === 3) return found;
  const names = [...entries.keys()].map(quoted).join(", ") || "nothing";
  throw new FileFormatError(what, 10, `its header has ${names}: descr, fortran_order and shape are needed`);
}

function kindOf(what: string, { text, at }: Entry): FileDType {
  const [, order, name] = /^([<>|])(\w+)$/.exec(text) ?? [];
  const isKnown = name !== undefined && Object.hasOwn(kinds, name);
  if (isKnown && (order !== "|" || name.endsWith("1"))) return kinds[name];
  throw new FileFormatError(
    what,
    at,
    `its elements are ${quoted(text)}: truth values, integers and floats of 16 to 64 bits are read, ` +
      'as "<f4"; convert it by astype',
  );
}

function shapeOf(what: string, { text, at }: Entry): Shape {
  const inner = /^\(\s*((?:(?:0|[1-9]\d*)L?\s*,\s*)*)((?:0|[1-9]\d*)L?)?\s*\)$/.exec(text);
  // One number in parentheses is no tuple in Python.
  if (inner && (inner[1] !== "" || inner[2] === undefined)) return (text.match(/\d+/g) ?? []).map(Number);
  throw new FileFormatError(
    what,
    at,
    `its shape is ${quoted(text)}: a tuple of extents is needed, as in (2, 3)`,
  );
}
