/** CRC-32, as zip files have it: the remainder by the polynomial 0xedb88320, bits reversed. */
export function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => shifted(byte));
  let sum = -1;
  for (let i = 0; i < bytes.length; i++) sum = sum >>> 8 ^ table[(sum ^ bytes[i]) & 255];
  return ~sum >>> 0;
}

function shifted(byte: number): number {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest >>> 1 ^ (rest & 1 ? 0xedb88320 : 0);
  return rest;
}
