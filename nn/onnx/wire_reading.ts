/** Reads messages of Protocol Buffers, and trusts no length that they tell. */
import { FileFormatError } from "../files/format_error.ts";
import type { Awaited } from "./external.ts";

/** How a field lies in a message. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A message within another is no deeper than this. */
const DEEPEST = 64;

/** What the reader of a message passes to those of messages within. */
export interface Inherited {
  /** How deep the message is. */
  readonly depth?: number;
  readonly awaited?: Awaited[] | null;
}

/** Part of a file, read field by field. */
export class MessageReader {
  /** What is read, for errors. */
  readonly what: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  readonly #depth: number;
  /** Tensors whose elements are in other files; `null` where those are not there. */
  readonly awaited: Awaited[] | null;
  /** Where the next byte is in the file. */
  at: number;
  /** Which field was met by {@link MessageReader.next}, and how it lies. */
  field = 0;
  kind = 0;

  /** Reads `bytes` from `at` to `end`. */
  constructor(
    what: string,
    bytes: Uint8Array,
    at = 0,
    end: number = bytes.length,
    { depth = 0, awaited = null }: Inherited = {},
  ) {
    this.what = what;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.#end = end;
    this.#depth = depth;
    this.awaited = awaited;
  }

  /** An error about a byte, the next unless said. */
  error(found: string, at: number = this.at): FileFormatError {
    return new FileFormatError(this.what, at, found);
  }

  /** Goes to the next field; false where there is none. */
  next(): boolean {
    if (this.at >= this.#end) return false;
    const start = this.at, tag = this.#varint();
    this.kind = Number(tag & 7n);
    const field = tag >> 3n;
    if (field < 1n || field > 0x1fffffffn || ![0, 1, 2, 5].includes(this.kind)) {
      throw this.error("there begins no field of a message; it was damaged or is no ONNX file", start);
    }
    this.field = Number(field);
    return true;
  }

  #pass(length: number): number {
    const at = this.at;
    if (length > this.#end - at) {
      throw this.error(`${length} bytes are needed and there are ${this.#end - at}; fetch it again`);
    }
    this.at = at + length;
    return at;
  }

  #varint(): bigint {
    let value = 0n, shift = 0n;
    for (const start = this.at;;) {
      const byte = this.#bytes[this.#pass(1)];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
      shift += 7n;
      if (shift > 63n) throw this.error("an integer in it does not end; fetch it again", start);
    }
  }

  #expect(kind: number, what: string): void {
    if (this.kind === kind) return;
    throw this.error(`field ${this.field} is no ${what}; it was damaged or is no ONNX file`);
  }

  /** Passes over the field. */
  skip(): void {
    if (this.kind === wire.varint) this.#varint();
    else if (this.kind === wire.bytes) this.#pass(this.#length());
    else this.#pass(this.kind === wire.fixed64 ? 8 : 4);
  }

  #length(): number {
    return Number(this.#varint());
  }

  /** The field as a signed integer; one beyond what a number holds exactly is rounded. */
  int(): number {
    this.#expect(wire.varint, "integer");
    return Number(BigInt.asIntN(64, this.#varint()));
  }

  /** The field as a number in single precision. */
  float(): number {
    this.#expect(wire.fixed32, "number");
    return this.#view.getFloat32(this.#pass(4), true);
  }

  /** The bytes of the field, as they lie in the file. */
  bytes(): Uint8Array {
    this.#expect(wire.bytes, "text, tensor or message");
    const length = this.#length(), at = this.#pass(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** The field as a text. */
  text(): string {
    const at = this.at, bytes = this.bytes();
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.error("a text in it is not UTF-8; fetch it again", at);
    }
  }

  /** The message of the field. */
  message(): MessageReader {
    this.#expect(wire.bytes, "message");
    if (this.#depth === DEEPEST) throw this.error("its graphs are too deep in each other");
    const length = this.#length(), at = this.#pass(length);
    const { what, awaited } = this, depth = this.#depth + 1;
    return new MessageReader(what, this.#bytes, at, at + length, { depth, awaited });
  }

  /** Integers, one or packed. */
  ints(): number[] {
    return this.#all(wire.varint, (one) => Number(BigInt.asIntN(64, one.#varint())));
  }

  /** Integers of 64 bits, one or packed, whatever their sign. */
  wideInts(): bigint[] {
    return this.#all(wire.varint, (one) => BigInt.asIntN(64, one.#varint()));
  }

  /** Numbers in single precision, one or packed. */
  floats(): number[] {
    return this.#all(wire.fixed32, (one) => one.#view.getFloat32(one.#pass(4), true));
  }

  /** Numbers in double precision, one or packed. */
  doubles(): number[] {
    return this.#all(wire.fixed64, (one) => one.#view.getFloat64(one.#pass(8), true));
  }

  // A message that repeats a number has it packed behind a length, or field by field.
  #all<T>(kind: number, read: (one: MessageReader) => T): T[] {
    if (this.kind === kind) return [read(this)];
    const packed = this.message(), out: T[] = [];
    while (packed.at < packed.#end) out.push(read(packed));
    return out;
  }
}
