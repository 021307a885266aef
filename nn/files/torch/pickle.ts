/**
 * An interpreter of Python's pickles that executes nothing of theirs: what they name is one of our own functions, or an
 * error. https://docs.python.org/3/library/pickletools.html
 */
import { quoted } from "@tapegrad/core";
import { type Cursor, narrow } from "./cursor.ts";
import { Known, Tuple, type Value, View } from "./values.ts";

/** What pickles name, beside plain data. */
export interface Names {
  /** What a class, function or constant stands for; undefined for what is not known. */
  global(module: string, name: string): Value | undefined;
  /** What an id of the file stands for. */
  persistent(id: Value, fail: (found: string) => Error): Value;
}

/** The state of a run. */
interface Run {
  readonly cursor: Cursor;
  readonly names: Names;
  readonly memo: Map<number, Value>;
  stack: Value[];
  /** The stacks below the marks. */
  readonly below: Value[][];
}

/** The object that the bytes from the cursor on are, which is behind it then. */
export function unpickled(cursor: Cursor, names: Names): Value {
  const run: Run = { cursor, names, memo: new Map(), stack: [], below: [] };
  for (;;) {
    const at = cursor.at, code = cursor.u8();
    if (code === STOP) return popped(run);
    const name = String.fromCharCode(code);
    if (Object.hasOwn(values, name)) {
      const value = values[name](cursor, run); // which may leave another stack
      run.stack.push(value);
    } else if (Object.hasOwn(others, name)) others[name](run, at);
    else {
      const hex = code.toString(16).padStart(2, "0");
      throw cursor.error(`0x${hex} is no operation of a pickle that is read; save it by torch.save`, at);
    }
  }
}

const STOP = 0x2e;

type Operation = (run: Run, at: number) => void;

/** Operations that put a value on the stack, by their characters. */
const values: Readonly<Record<string, (cursor: Cursor, run: Run) => Value>> = {
  "N": () => null,
  "\x88": () => true,
  "\x89": () => false,
  "I": (cursor) => decimal(cursor, cursor.line()),
  "L": (cursor) => decimal(cursor, cursor.line().replace(/L$/, "")),
  "J": (cursor) => cursor.i32(),
  "K": (cursor) => cursor.u8(),
  "M": (cursor) => cursor.u16(),
  "\x8a": (cursor) => cursor.integer(cursor.u8()),
  "\x8b": (cursor) => cursor.integer(cursor.u32()),
  "G": (cursor) => cursor.f64(),
  "T": (cursor) => cursor.text(cursor.u32()),
  "U": (cursor) => cursor.text(cursor.u8()),
  "X": (cursor) => cursor.text(cursor.u32()),
  "\x8c": (cursor) => cursor.text(cursor.u8()),
  "\x8d": (cursor) => cursor.text(cursor.count()),
  "B": (cursor) => cursor.bytes(cursor.u32()),
  "C": (cursor) => cursor.bytes(cursor.u8()),
  "\x8e": (cursor) => cursor.bytes(cursor.count()),
  "\x96": (cursor) => cursor.bytes(cursor.count()),
  "]": () => [],
  "}": () => new Map(),
  ")": () => new Tuple([]),
  "\x8f": () => new Set(),
  "l": (_, run) => sinceMark(run),
  "t": (_, run) => new Tuple(sinceMark(run)),
  "\x91": (_, run) => new Set(sinceMark(run)),
  "\x85": (_, run) => new Tuple(poppedOf(run, 1)),
  "\x86": (_, run) => new Tuple(poppedOf(run, 2)),
  "\x87": (_, run) => new Tuple(poppedOf(run, 3)),
  "h": (cursor, run) => remembered(run, cursor.u8()),
  "j": (cursor, run) => remembered(run, cursor.u32()),
};

/** Operations that do something else. */
const others: Readonly<Record<string, Operation>> = {
  "(": (run) => {
    run.below.push(run.stack);
    run.stack = [];
  },
  "0": (run) => popped(run),
  "1": (run) => sinceMark(run),
  "2": (run) => run.stack.push(top(run)),
  "d": (run) => filled(run, new Map(), sinceMark(run)),
  "a": (run) => append(run, poppedOf(run, 1)),
  "e": (run) => append(run, sinceMark(run)),
  "s": (run) => setItems(run, poppedOf(run, 2)),
  "u": (run) => setItems(run, sinceMark(run)),
  "\x90": (run) => addItems(run, sinceMark(run)),
  "q": (run) => void run.memo.set(run.cursor.u8(), top(run)),
  "r": (run) => void run.memo.set(run.cursor.u32(), top(run)),
  "\x94": (run) => void run.memo.set(run.memo.size, top(run)),
  "c": (run, at) => run.stack.push(named(run, at, run.cursor.line(), run.cursor.line())),
  "\x93": (run, at) => {
    const [module, name] = poppedOf(run, 2);
    run.stack.push(named(run, at, module, name));
  },
  "R": called,
  "\x81": called,
  "b": built,
  "Q": (run, at) => {
    const id = popped(run);
    run.stack.push(run.names.persistent(id, (found) => run.cursor.error(found, at)));
  },
  "\x80": ({ cursor }, at) => {
    const protocol = cursor.u8();
    if (protocol > 5) throw cursor.error(`its protocol is ${protocol}: up to 5 are read`, at);
  },
  "\x95": ({ cursor }) => void cursor.count(),
};

function underflow(run: Run): Error {
  return run.cursor.error("it takes what it has not put there; fetch it again");
}

function popped(run: Run): Value {
  const found = run.stack.pop();
  if (found === undefined) throw underflow(run);
  return found;
}

function poppedOf(run: Run, count: number): Value[] {
  if (run.stack.length < count) throw underflow(run);
  return run.stack.splice(run.stack.length - count);
}

function top(run: Run): Value {
  const found = run.stack.at(-1);
  if (found === undefined) throw underflow(run);
  return found;
}

function sinceMark(run: Run): Value[] {
  const found = run.stack, below = run.below.pop();
  if (below === undefined) throw underflow(run);
  run.stack = below;
  return found;
}

function remembered(run: Run, index: number): Value {
  const found = run.memo.get(index);
  if (found === undefined) throw run.cursor.error(`it has put nothing under ${index}; fetch it again`);
  return found;
}

function decimal(cursor: Cursor, text: string): Value {
  if (text === "00" || text === "01") return text === "01";
  if (!/^-?\d{1,1000}$/.test(text)) throw cursor.error(`${quoted(text)} is no integer; fetch it again`);
  return narrow(BigInt(text));
}

function append(run: Run, items: readonly Value[]): void {
  const list = top(run);
  if (!Array.isArray(list)) throw run.cursor.error("it puts items into what is no list; fetch it again");
  for (const item of items) list.push(item);
}

function addItems(run: Run, items: readonly Value[]): void {
  const set = top(run);
  if (!(set instanceof Set)) throw run.cursor.error("it puts items into what is no set; fetch it again");
  for (const item of items) set.add(item);
}

function setItems(run: Run, items: readonly Value[]): void {
  const dict = popped(run);
  if (!(dict instanceof Map)) throw run.cursor.error("it puts entries into what is no dict; fetch it again");
  filled(run, dict, items);
}

function filled(run: Run, dict: Map<Value, Value>, items: readonly Value[]): void {
  if (items.length % 2 !== 0) throw run.cursor.error("a key of a dict has no value; fetch it again");
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  run.stack.push(dict);
}

function named({ names, cursor }: Run, at: number, module: Value, name: Value): Value {
  if (typeof module !== "string" || typeof name !== "string") {
    throw cursor.error("what names a class or function is no text; fetch it again", at);
  }
  const found = names.global(module, name);
  if (found !== undefined) return found;
  throw cursor.error(
    `it names ${module}.${name}, and this reader refuses to execute ${module}.${name}; ` +
      "save tensors, numbers, texts and lists or dicts of them, as by torch.save(model.state_dict(), path)",
    at,
  );
}

function called(run: Run, at: number): void {
  const [fn, given] = poppedOf(run, 2);
  if (!(fn instanceof Known && given instanceof Tuple)) {
    throw run.cursor.error("it calls what cannot be called; fetch it again", at);
  }
  run.stack.push(fn.make(given.items, at));
}

/** Attributes of a dict or a tensor, as the versions of modules that state dicts have, are no part of what is read. */
function built(run: Run, at: number): void {
  popped(run);
  const owner = top(run);
  if (owner instanceof Map || owner instanceof View) return;
  throw run.cursor.error("it sets attributes of what has none; fetch it again", at);
}
