/** Kernels of the cpu, each as a plan of its own, held to the reference: generated code for maps, reductions and products. */
import { runConformance } from "@tapegrad/backends/conformance";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { planningKernels } from "../planned_kernels.ts";

const kinds = ["sum", "prod", "max", "min", "any", "all", "argmax", "argmin"];
const ops = [
  "map",
  "matmul",
  "fold",
  "pow",
  "where",
  "relu",
  "bitwiseXor",
  ...kinds.map((kind) => `reduce.${kind}`),
];

Deno.test("kernels by plans", async () => {
  const ways = new Map<string, boolean[]>(), failed: string[] = [];
  const backend = planningKernels(createCpuBackend(), (op, how) => {
    ways.set(op, [...ways.get(op) ?? [], !how.includes("k0()")]);
  });
  let count = 0;
  for await (const { op, dtype, detail, outcome } of runConformance(backend, { ops, large: false })) {
    count++;
    if (outcome.status === "failed") failed.push(`${op} ${dtype} ${detail}: ${outcome.message}`);
  }
  assertEquals(failed, []);
  assert(count > 500);
  assert(ways.get("map")!.filter((isCode) => !isCode).length < 0.1 * ways.get("map")!.length);
  for (const op of ["reduce", "matmul"]) {
    assertEquals(new Set(ways.get(op)).size, 2, `${op}: by code and by its kernel`);
  }
});
