/** Writes messages of Protocol Buffers: https://protobuf.dev/programming-guides/encoding. */

const utf8 = new TextEncoder();

/** The bytes of an integer of 64 bits, seven bits a byte, the lowest first. */
export function varint(value: number): number[] {
  const out: number[] = [];
  if (value < 0 || !Number.isSafeInteger(value)) return wideVarint(BigInt(value));
  for (; value > 127; value = Math.floor(value / 128)) out.push(value % 128 | 128);
  out.push(value);
  return out;
}

function wideVarint(value: bigint): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return out;
}

/** A message, field by field, as parts that are joined once. */
export class MessageWriter {
  /** What it is made of, in order. */
  readonly parts: Uint8Array[] = [];
  /** How many bytes these are. */
  length = 0;

  #push(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }

  /** An integer. */
  int(field: number, value: number): this {
    this.#push(Uint8Array.from([...varint(field * 8), ...varint(value)]));
    return this;
  }

  /** A number in single precision. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#push(Uint8Array.from([...varint(field * 8 + 5), ...bytes]));
    return this;
  }

  /** Bytes behind their length. */
  bytes(field: number, bytes: Uint8Array): this {
    this.#push(Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]));
    this.#push(bytes);
    return this;
  }

  /** A text. */
  text(field: number, text: string): this {
    return this.bytes(field, utf8.encode(text));
  }

  /** Integers, packed. */
  ints(field: number, values: readonly number[]): this {
    return this.bytes(field, Uint8Array.from(values.flatMap(varint)));
  }

  /** A message within this one, which `fill` writes. */
  message(field: number, fill: (inner: MessageWriter) => void): this {
    const inner = new MessageWriter();
    fill(inner);
    this.#push(Uint8Array.from([...varint(field * 8 + 2), ...varint(inner.length)]));
    for (const part of inner.parts) this.parts.push(part);
    this.length += inner.length;
    return this;
  }
}
