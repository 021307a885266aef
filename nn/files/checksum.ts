/** How many bytes are taken at once, each by a table of its own. */
const STEP = 8;

let tables: Uint32Array | undefined;

/** CRC-32, as zip files have it: the remainder by the polynomial 0xedb88320, bits reversed. */
export function crc32(bytes: Uint8Array): number {
  const table = tables ??= tablesOf(), end = bytes.length - bytes.length % STEP;
  let sum = -1, i = 0;
  for (; i < end; i += STEP) {
    sum ^= bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
    sum = table[1792 + (sum & 255)] ^ table[1536 + (sum >>> 8 & 255)] ^ table[1280 + (sum >>> 16 & 255)] ^
      table[1024 + (sum >>> 24)] ^ table[768 + bytes[i + 4]] ^ table[512 + bytes[i + 5]] ^
      table[256 + bytes[i + 6]] ^ table[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) sum = sum >>> 8 ^ table[(sum ^ bytes[i]) & 255];
  return ~sum >>> 0;
}

/** The remainder of each byte, then of each with so many zeros behind it, up to 7. */
function tablesOf(): Uint32Array {
  const out = Uint32Array.from({ length: 256 * STEP }, (_, byte) => byte < 256 ? shifted(byte) : 0);
  for (let i = 256; i < out.length; i++) out[i] = out[i - 256] >>> 8 ^ out[out[i - 256] & 255];
  return out;
}

function shifted(byte: number): number {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest >>> 1 ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
}
