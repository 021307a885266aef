/** What our own backends are held to, in Deno and in a browser alike. */
import type { ConformanceOptions } from "@tapegrad/backends/conformance";

const held: Readonly<Record<string, ConformanceOptions>> = {};

/** The options of the suite for a backend of ours, or of anyone. */
export function optionsFor(backend: string): ConformanceOptions {
  return held[backend] ?? {};
}
