/** The suite in a page, which a test calls and reads. */
import { openBackend } from "@tapegrad/core";
import "@tapegrad/backends";
import { conformanceCases, type ConformanceResult, runConformance } from "@tapegrad/backends/conformance";
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
  /** Runs the suite on a backend by its name, or of its ops one in `every`. */
  var tryBackend: (name: string, every: number) => Promise<Tried>;
}

globalThis.tryBackend = async (name, every) => {
  const backend = await openBackend(name), options = optionsFor(name), results: ConformanceResult[] = [];
  const ops = [...new Set(conformanceCases(backend, options).map(({ op }) => op))];
  const some = { ...options, ops: ops.filter((_, i) => i % every === 0) };
  for await (const result of runConformance(backend, some)) results.push(result);
  backend[Symbol.dispose]();
  return { description: backend.description, results };
};
