import { FileFormatError, fromIdx } from "@tapegrad/nn";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { testWith } from "../../backend_traits.ts";
import { readDamaged } from "./mutated.ts";

const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 1, 2, 253, 254, 255);

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("images are read, packed or not", async () => {
  for (const file of [images, await gzip(images)]) {
    const x = await fromIdx(file);
    assertEquals([x.dtype, await x.array()], ["i32", [[[0, 1, 2]], [[253, 254, 255]]]]);
  }
});

Deno.test("numbers are read, their first byte the highest", async () => {
  const of = (code: number, ...bytes: number[]) =>
    fromIdx(Uint8Array.of(0, 0, code, 0, ...bytes), { double: "f32" });
  assertEquals(await (await of(9, 255)).item(), -1);
  assertEquals(await (await of(11, 255, 254)).item(), -2);
  assertEquals(await (await of(12, 0, 0, 1, 2)).item(), 258);
  assertEquals(await (await of(13, 0x3f, 0xc0, 0, 0)).item(), 1.5);
  assertEquals(await (await of(14, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)).item(), 1.5);
});

Deno.test("what is no IDX file is refused", async () => {
  const refusal = (file: Uint8Array, message: string) =>
    assertRejects(() => fromIdx(file), FileFormatError, message);
  await refusal(images.subarray(0, 3), "at byte 0: it does not begin with");
  await refusal(images.with(2, 10), "at byte 0: it does not begin with");
  await refusal(images.subarray(0, 15), "at byte 3: its 3 extents end at byte 16 and the file at 15");
  await refusal(images.with(4, 255), "and there are 6");
  await refusal(images.subarray(0, -1), "u8 [2, 1, 3] takes 6 bytes and there are 5");
  await refusal((await gzip(images)).subarray(0, -9), "its gzip cannot be unpacked");
});

testWith({ f64: true }, "10,000 damaged IDX files are refused or read", async () => {
  const { refused, read } = await readDamaged(10000, [images, await gzip(images)], async (bytes) => {
    const x = await fromIdx(bytes), { length } = await x.data();
    assertEquals(length, x.size);
  });
  assert(refused > 3000 && read > 300, `${refused} refused, ${read} read`);
});
