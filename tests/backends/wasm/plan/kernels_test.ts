/** The kernels of composites, each as a plan of its own, held to the reference. */
import { runConformance } from "@tapegrad/backends/conformance";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { assertEquals } from "@std/assert";
import { planningKernels } from "../../planned_kernels.ts";

const ops = [
  "softmax",
  "layerNorm",
  "conv2d",
  "maxPool2d",
  "avgPool2d",
  "standardize",
  "convTranspose1d",
  "convTranspose2d",
];

for (const threads of [1, 2]) {
  Deno.test(`composites by plans on ${threads} threads`, async () => {
    const ways = new Map<string, Set<string>>();
    const backend = planningKernels(createWasmBackend({ small: 0, threads }), (op, how) => {
      ways.set(op, (ways.get(op) ?? new Set()).add(how.replace(/\d+ /g, "")));
    });
    const failed: string[] = [];
    for await (const { op, dtype, detail, outcome } of runConformance(backend, { ops, large: false })) {
      if (outcome.status === "failed") failed.push(`${op} ${dtype} ${detail}: ${outcome.message}`);
    }
    assertEquals(failed, []);
    for (const op of ops) assertEquals([...ways.get(op)!].filter((how) => how.includes("host")), [], op);
    backend[Symbol.dispose]();
  });
}
