/** Bytes of a module as they are written: integers of variable length, floats, texts, and lists with their lengths. */

/** A growing run of bytes. */
export class Bytes {
  #bytes = new Uint8Array(64);
  #length = 0;

  /** How many have been written. */
  get length(): number {
    return this.#length;
  }

  /** What has been written, which later writing may change. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** One byte. */
  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  /** Bytes as they are. */
  raw(values: ArrayLike<number>): void {
    this.#room(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** A whole number from 0 below 2³² in LEB128. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed whole number of at most 64 bits in LEB128. */
  signed(value: number | bigint): void {
    let rest = BigInt(value);
    while (rest > 0x3fn || rest < -0x40n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  /** An f32, little-endian. */
  single(value: number): void {
    this.raw(new Uint8Array(Float32Array.of(value).buffer));
  }

  /** An f64, little-endian. */
  double(value: number): void {
    this.raw(new Uint8Array(Float64Array.of(value).buffer));
  }

  /** A text in UTF-8 behind its length. */
  text(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.unsigned(encoded.length);
    this.raw(encoded);
  }

  /** Other bytes behind their length. */
  sized(others: Bytes): void {
    this.unsigned(others.length);
    this.raw(others.written);
  }

  #room(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
