/** Archives whose numbers have 64 bits, of which Python's make some however small they are. */
import { tensor } from "@tapegrad/core";
import { FileFormatError, fromNpz, toNpz } from "@tapegrad/nn";
import "@tapegrad/backends";
import { assertEquals, assertRejects } from "@std/assert";
import { joined } from "../../../nn/files/source.ts";

/** Bytes of numbers, each of so many bytes, the lowest first. */
function words(...parts: readonly (readonly [value: number, length: number])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap(([value, length]) => Array.from({ length }, (_, i) => Math.floor(value / 256 ** i) % 256)),
  );
}

interface Changes {
  readonly extra?: (size: number, at: number) => Uint8Array;
  readonly record?: number;
  readonly count?: number;
}

/** An archive of one array, with every number of its directory in 64 bits. */
async function wide({ extra, record, count = 1 }: Changes = {}): Promise<Uint8Array> {
  const file = await toNpz({ w: tensor([1, 2, 3]) }), view = new DataView(file.buffer);
  const start = view.getUint32(file.length - 6, true),
    entry = file.slice(start, -22),
    sizes = new DataView(entry.buffer);
  const size = sizes.getUint32(24, true),
    more = extra?.(size, 0) ?? words([1, 2], [24, 2], [size, 8], [size, 8], [0, 8]);
  for (const field of [20, 24, 42]) sizes.setUint32(field, 0xffffffff, true);
  sizes.setUint16(30, more.length, true);
  const directory = joined([entry, more]), at = start + directory.length;
  const wideEnd = words([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 8], [count, 8], [count, 8], [
    directory.length,
    8,
  ], [start, 8]);
  const locator = words([0x07064b50, 4], [0, 4], [record ?? at, 8], [1, 4]);
  const end = words([0x06054b50, 4], [0, 4], [0xffff, 2], [0xffff, 2], [0xffffffff, 4], [0xffffffff, 4], [
    0,
    2,
  ]);
  return joined([file.slice(0, start), directory, wideEnd, locator, end]);
}

async function refusal(changes: Changes, message: string): Promise<void> {
  const file = await wide(changes);
  await assertRejects(() => fromNpz(file), FileFormatError, message);
}

Deno.test("an archive in zip64 is read", async () => {
  for (const more of [0, 9]) {
    const padded = (size: number) =>
      joined([words([7, 2], [more, 2], [0, more]), words([1, 2], [24, 2], [size, 8], [size, 8], [0, 8])]);
    assertEquals(await (await fromNpz(await wide({ extra: padded }))).w.array(), [1, 2, 3]);
  }
});

Deno.test("numbers of 64 bits that are missing or lead nowhere are refused", async () => {
  await refusal({ extra: () => words() }, "a number of 64 bits is missing");
  await refusal(
    { extra: (size) => words([1, 2], [16, 2], [size, 8], [size, 8]) },
    "a number of 64 bits is missing",
  );
  await refusal({ extra: (size) => words([1, 2], [99, 2], [size, 8]) }, "a number of 64 bits is missing");
  await refusal(
    { extra: (size) => words([1, 2], [24, 2], [size, 8], [2 ** 60, 8], [0, 8]) },
    "64 bits is missing",
  );
  await refusal(
    { extra: (size) => words([1, 2], [24, 2], [size, 8], [size, 8], [2 ** 50, 8]) },
    "does not begin here",
  );
  await refusal({ record: 2 ** 40 }, "its record of zip64 does not begin at byte 1099511627776");
  await refusal({ record: 3 }, "its record of zip64 does not begin at byte 3");
  await refusal({ count: 2 ** 40 }, "no entry of its directory begins here");
});
