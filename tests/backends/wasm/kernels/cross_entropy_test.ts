/** The cross-entropy of many logits is computed in wasm by its parts, of few by the cpu's kernel. */
import { type Backend, key, normal, type Tensor, tensor, vjp } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { crossEntropy } from "@tapegrad/nn";
import { assert, assertEquals } from "@std/assert";

const names = ["crossEntropy", "crossEntropyBackward"];

/** How often a backend's kernels of these names run. */
function counting({ kernels }: Backend): () => number {
  let count = 0;
  for (const name of names) {
    const kernel = kernels.get(name)!;
    kernels.set(name, (...call) => {
      count++;
      kernel(...call);
    });
  }
  return () => count;
}

function trained(backend: Backend, rows: number): Tensor[] {
  const x = normal([rows, 16], { key: key(1), dtype: "f32" }).to("cpu");
  const classes = tensor(Array.from({ length: rows }, (_, i) => i % 17 === 16 ? -100 : i % 16), {
    dtype: "i32",
    backend,
  });
  const logits = tensor(x.arraySync() as number[][], { backend });
  const [loss, pull] = vjp((x) => crossEntropy(x, classes, { labelSmoothing: 0.1 }), logits);
  return [loss, pull(tensor(1, { backend }))[0]];
}

function assertNear(found: readonly Tensor[], wanted: readonly Tensor[]): void {
  found.forEach((x, i) => {
    const [a, b] = [x, wanted[i]].map((one) => one.dataSync());
    a.forEach((v: number, j: number) => assert(Math.abs(v - b[j]) <= 1e-5 * Math.max(1, Math.abs(b[j]))));
  });
}

for (const rows of [4, 500]) {
  Deno.test(`cross-entropies of ${rows} rows are the cpu's`, () => {
    const wasm = createWasmBackend({ name: "wasm aside" }), cpu = createCpuBackend({ name: "cpu aside" });
    assertNear(trained(wasm, rows), trained(cpu, rows));
  });
}

Deno.test("another kernel that is given to the backend runs, however many logits there are", () => {
  const wasm = createWasmBackend({ name: "wasm aside" }), before = wasm.kernels.get(names[0]);
  trained(wasm, 500);
  assertEquals(wasm.prefersParts!(names[0], [{ shape: [500, 16] } as never]), true);
  assertEquals(wasm.prefersParts!(names[0], [{ shape: [4, 16] } as never]), false);
  assertEquals(wasm.prefersParts!("softmax", [{ shape: [500, 16] } as never]), false);
  const count = counting(wasm);
  trained(wasm, 500);
  assertEquals([count(), wasm.kernels.get(names[0]) === before], [2, false]);
});
