import { assertEquals } from "@std/assert";
import { crc32 } from "../../../nn/files/checksum.ts";

Deno.test("check sums are those of zip files, however many bytes there are", () => {
  const text = new TextEncoder().encode("123456789");
  assertEquals(crc32(text), 0xcbf43926);
  assertEquals([crc32(text.subarray(0, 0)), crc32(text.subarray(0, 1))], [0, 0x83dcefb7]);
  const bytes = Uint8Array.from({ length: 67 }, (_, i) => i * 73);
  for (let n = 0; n <= bytes.length; n++) {
    const ends = Uint8Array.of(...bytes.subarray(0, n), ...new Uint8Array(4)),
      sum = crc32(bytes.subarray(0, n));
    new DataView(ends.buffer).setUint32(n, sum, true);
    assertEquals(crc32(ends), 0x2144df1c, "what a text and its sum have");
  }
});
