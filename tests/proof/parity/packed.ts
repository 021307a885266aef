/** The committed selection of samples, in compressed files. */
import samples from "./samples.json.gz" with { type: "bytes" };
import convolutions from "./samples/convolutions.json.gz" with { type: "bytes" };
import pooling from "./samples/pooling.json.gz" with { type: "bytes" };
import norms from "./samples/norms.json.gz" with { type: "bytes" };
import images from "./samples/images.json.gz" with { type: "bytes" };
import eigenvalues from "./samples/eigenvalues.json.gz" with { type: "bytes" };
import eliminations from "./samples/eliminations.json.gz" with { type: "bytes" };
import fourier from "./samples/fourier.json.gz" with { type: "bytes" };
import losses from "./samples/losses.json.gz" with { type: "bytes" };
import spectra from "./samples/spectra.json.gz" with { type: "bytes" };
import specials from "./samples/specials.json.gz" with { type: "bytes" };
import indexing from "./samples/indexing.json.gz" with { type: "bytes" };
import type { Dump } from "./sample.ts";

/** By what was packed: each holds operators that those above it lack. */
export const packed: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "samples.json.gz": samples,
  "samples/convolutions.json.gz": convolutions,
  "samples/pooling.json.gz": pooling,
  "samples/norms.json.gz": norms,
  "samples/images.json.gz": images,
  "samples/losses.json.gz": losses,
  "samples/fourier.json.gz": fourier,
  "samples/spectra.json.gz": spectra,
  "samples/specials.json.gz": specials,
  "samples/indexing.json.gz": indexing,
  "samples/eliminations.json.gz": eliminations,
  "samples/eigenvalues.json.gz": eigenvalues,
};

function through(bytes: Uint8Array<ArrayBuffer>, stream: TransformStream): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();
}

/** Reads a file. */
export async function readFile(name: string): Promise<Dump[]> {
  const bytes = await through(packed[name], new DecompressionStream("gzip"));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Reads all of them. */
export async function readPacked(): Promise<Dump[]> {
  return (await Promise.all(Object.keys(packed).map(readFile))).flat();
}

/** Writes a file, an operator a line, and says how many bytes it takes. */
export async function writePacked(name: string, dumps: readonly Dump[]): Promise<number> {
  const text = `[\n${dumps.map((dump) => JSON.stringify(dump)).join(",\n")}\n]\n`;
  const bytes = new Uint8Array(await through(new TextEncoder().encode(text), new CompressionStream("gzip")));
  await Deno.writeFile(new URL(name, import.meta.url), bytes);
  return bytes.length;
}
