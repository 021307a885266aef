/** Objects in JSON that a file has, and their keys. */
import { quoted } from "@tapegrad/core";
import { FileFormatError } from "./format_error.ts";

/** An object, and at which byte each of its keys stands. */
export interface PlacedObject {
  readonly entries: Readonly<Record<string, unknown>>;
  readonly places: ReadonlyMap<string, number>;
}

/**
 * The object in JSON that the bytes of a file from `start` on are, where no key is there twice, which `JSON.parse`
 * passes over; errors call it `whose`, as "its header".
 */
export function placedObject(what: string, whose: string, bytes: Uint8Array, start: number): PlacedObject {
  const text = textOf(what, whose, bytes, start), entries = parsed(what, whose, text, start);
  const places = new Map<string, number>();
  let byte = start, counted = 0;
  for (const { key, depth, isAgain, at } of keysOf(text)) {
    byte += new TextEncoder().encode(text.slice(counted, counted = at)).length;
    if (isAgain) throw new FileFormatError(what, byte, `${quoted(key)} is there twice`);
    if (depth === 1) places.set(key, byte);
  }
  return { entries, places };
}

function textOf(what: string, whose: string, bytes: Uint8Array, start: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.slice());
  } catch (cause) {
    throw new FileFormatError(what, start, `${whose} is not UTF-8; fetch it again`, { cause });
  }
}

function parsed(what: string, whose: string, text: string, start: number): Readonly<Record<string, unknown>> {
  try {
    if (text.startsWith("{")) return JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError(what, start, `${whose} is no JSON (${(cause as Error).message})`, { cause });
  }
  const found = quoted(text.slice(0, 20));
  throw new FileFormatError(what, start, `${whose} begins with ${found}: an object in JSON is needed`);
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key in a text of JSON. */
interface JSONKey {
  readonly key: string;
  /** How many objects it is in. */
  readonly depth: number;
  /** Whether its object had it before, which `JSON.parse` passes over. */
  readonly isAgain: boolean;
  /** Where in the text. */
  readonly at: number;
}

/** The keys in a text that is known to be JSON, in their order. */
function* keysOf(text: string): Generator<JSONKey> {
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") open.push(new Set());
    else if (text[at] === "}") open.pop();
    else if (text[at] === '"') {
      const end = stringEnd(text, at);
      if (isKey(text, end)) {
        const key = JSON.parse(text.slice(at, end)), own = open.at(-1)!;
        yield { key, depth: open.length, isAgain: own.has(key), at };
        own.add(key);
      }
      at = end - 1;
    }
  }
}

function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text[at] ?? "")) at++;
  return text[at] === ":";
}
