/** The bytes of a pickle, one after the other. */
import { FileFormatError } from "../format_error.ts";

/** Where reading is in bytes; what goes beyond their end is an error. */
export class Cursor {
  readonly what: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** The next byte. */
  at: number;

  constructor(what: string, bytes: Uint8Array, at = 0) {
    this.what = what;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** An error about the byte `at`, the next unless said. */
  error(found: string, at = this.at): FileFormatError {
    return new FileFormatError(this.what, at, found);
  }

  #pass(length: number): number {
    const at = this.at;
    if (length > this.#bytes.length - at) {
      throw this.error(`${length} bytes are needed and it ends at ${this.#bytes.length}; fetch it again`);
    }
    this.at = at + length;
    return at;
  }

  /** So many bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#pass(length);
    return this.#bytes.slice(at, at + length) as Uint8Array<ArrayBuffer>;
  }

  /** Passes over so many bytes. */
  skip(length: number): void {
    this.#pass(length);
  }

  u8(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }

  /** A count of 64 bits; one beyond all files ends in an error at what it counts. */
  count(): number {
    return Number(this.#view.getBigUint64(this.#pass(8), true));
  }

  f64(): number {
    return this.#view.getFloat64(this.#pass(8));
  }

  /** An integer of so many bytes, the lowest first, the highest bit its sign. */
  integer(length: number): number | bigint {
    const digits = [...this.bytes(length).reverse()].map((byte) => byte.toString(16).padStart(2, "0"));
    return narrow(length === 0 ? 0n : BigInt.asIntN(8 * length, BigInt(`0x${digits.join("")}`)));
  }

  /** A text of so many bytes. */
  text(length: number): string {
    const at = this.at, bytes = this.bytes(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.error("a text in it is not UTF-8; fetch it again", at);
    }
  }

  /** What is before the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.at);
    if (end < 0) throw this.error("a line in it does not end; fetch it again");
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }
}

/** An integer as a number, where that holds it. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
