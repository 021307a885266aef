/** A file in an archive, by its path and its text. */
export type Entry = readonly [path: string, text: string];

const BLOCK = 512;

/** The files of an archive that `deno pack` wrote: tar, gzipped, with short names. */
export async function filesOfArchive(archive: Uint8Array<ArrayBuffer>): Promise<Entry[]> {
  const stream = new Blob([archive]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = await new Response(stream).bytes();
  const decode = (at: number, length: number): string =>
    new TextDecoder().decode(bytes.subarray(at, at + length)).replace(/\0[^]*$/, "");
  const entries: Entry[] = [];
  for (let at = 0, size = 0; bytes[at] > 0; at += BLOCK * (1 + Math.ceil(size / BLOCK))) {
    size = parseInt(decode(at + 124, 12), 8);
    const [name, prefix] = [decode(at, 100), decode(at + 345, 155)];
    const text = new TextDecoder().decode(bytes.subarray(at + BLOCK, at + BLOCK + size));
    entries.push([prefix ? `${prefix}/${name}` : name, text]);
  }
  return entries;
}
