/** What our own backends are held to, in Deno and in a browser alike. */
import type { ConformanceOptions } from "@tapegrad/backends/conformance";
import { ulpBudget, unitSize } from "../../backends/webgpu/wgsl/budget.ts";

// Where units do not shrink towards zeros of the function, the suite has a floor of its own.
const tight = Object.entries(ulpBudget).filter(([name]) => !Object.hasOwn(unitSize, name));

const held: Readonly<Record<string, ConformanceOptions>> = {
  webgpu: { budget: Object.fromEntries(tight) },
};

/** The options of the suite for a backend of ours, or of anyone. */
export function optionsFor(backend: string): ConformanceOptions {
  return held[backend] ?? {};
}
