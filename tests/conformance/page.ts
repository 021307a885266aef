/** The suite in a page, which a test calls and reads. */
import { openBackend } from "@tapegrad/core";
import "@tapegrad/backends";
import { type ConformanceResult, runConformance } from "@tapegrad/backends/conformance";
import { registerWholeWasm } from "../whole_wasm.ts";
import { optionsFor } from "./own.ts";

registerWholeWasm();

/** What a backend did in a page. */
export interface Tried {
  /** The device it ran on, where it has a name. */
  readonly description: string | undefined;
  /** Every case and how it ended. */
  readonly results: readonly ConformanceResult[];
}

declare global {
  /** Runs the suite on a backend by its name. */
  var tryBackend: (name: string) => Promise<Tried>;
}

globalThis.tryBackend = async (name) => {
  const backend = await openBackend(name), results: ConformanceResult[] = [];
  for await (const result of runConformance(backend, optionsFor(name))) results.push(result);
  backend[Symbol.dispose]();
  return { description: backend.description, results };
};
