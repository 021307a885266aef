/** The committed selection of samples, one compressed file. */
import packed from "./samples.json.gz" with { type: "bytes" };
import type { Dump } from "./sample.ts";

/** Where it is. */
export const packedSamples: URL = new URL("./samples.json.gz", import.meta.url);

function through(bytes: Uint8Array<ArrayBuffer>, stream: TransformStream): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
}

/** Reads it. */
export async function readPacked(): Promise<Dump[]> {
  const bytes = await through(packed, new DecompressionStream("gzip"));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Writes it, an operator a line, and says how many bytes it takes. */
export async function writePacked(dumps: readonly Dump[]): Promise<number> {
  const text = `[\n${dumps.map((dump) => JSON.stringify(dump)).join(",\n")}\n]\n`;
  const bytes = new Uint8Array(await through(new TextEncoder().encode(text), new CompressionStream("gzip")));
  await Deno.writeFile(packedSamples, bytes);
  return bytes.length;
}
