import { assertEquals } from "@std/assert";
import { filesOfArchive } from "./tar.ts";

/** An archive as `tar` lays it out: a block that says what follows, blocks of it, two empty ones. */
function archive(
  files: readonly (readonly [path: string, text: string])[],
): Promise<Uint8Array<ArrayBuffer>> {
  const blocks = files.flatMap(([path, text]) => {
    const body = new TextEncoder().encode(text), head = new Uint8Array(512);
    new TextEncoder().encodeInto(path, head);
    new TextEncoder().encodeInto(body.length.toString(8).padStart(11, "0"), head.subarray(124));
    const padded = new Uint8Array(Math.ceil(body.length / 512) * 512);
    padded.set(body);
    return [head, padded];
  });
  const stream = new Blob([...blocks, new Uint8Array(1024)]).stream();
  return new Response(stream.pipeThrough(new CompressionStream("gzip"))).bytes();
}

Deno.test("the files of an archive are read, empty and long ones too", async () => {
  const files = [["a.js", "1;"], ["b/empty.js", ""], ["b/long.js", "é".repeat(700)]] as const;
  assertEquals(await filesOfArchive(await archive(files)), [...files]);
});
