/** Matrices for kernels of small ones, beside what the host has in double precision. */
import { type Backend, fromArray, scope, type Shape, sizeOf, type Tensor } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { webGpuTest } from "../open.ts";

/** The host, in double precision. */
export const reference = createCpuBackend({ name: "reference" });

/** Numbers between -1 and 1. */
export function numbers(shape: Shape, seed: number, backend: Backend): Tensor {
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const mixed = Math.imul(i + 1 + 7919 * seed, 0x9e3779b1),
      high = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
    return Math.fround(((high ^ (high >>> 13)) >>> 0) / 2 ** 31 - 1);
  });
  return fromArray(backend === reference ? data : Float32Array.from(data), shape, { backend });
}

/** Matrices far from singular, which lie by rows, by columns, or repeat. */
export function regular(shape: Shape, seed: number, backend: Backend): Tensor {
  const [n] = shape.slice(-1),
    unit = Float64Array.from({ length: n * n }, (_, i) => i % (n + 1) === 0 ? 3 : 0);
  const eye = fromArray(backend === reference ? unit : Float32Array.from(unit), [n, n], { backend });
  return numbers(shape, seed, backend).add(eye.mul(Math.sqrt(n)));
}

const sizes = [1, 2, 5, 31, 32], leads: readonly Shape[] = [[], [5], [2, 3]];

/** What is made of matrices of n rows in a batch. */
export type Calls = Readonly<Record<string, (n: number, lead: Shape, on: Backend) => readonly Tensor[]>>;

/** Holds what kernels make of batches of small matrices against what the host does. */
export function compareWithHost(calls: Calls, tolerance: number): void {
  for (const [name, call] of Object.entries(calls)) {
    webGpuTest(`${name} of small matrices is the host's`, async (backend) => {
      for (const n of sizes) {
        for (const lead of leads) {
          const [found, wanted] = [backend, reference].map((on) => scope(() => call(n, lead, on)));
          for (const [i, x] of found.entries()) {
            const [data, right] = await Promise.all([x.data(), wanted[i].data()]);
            const most = Array.from(right).reduce((most, y) => Math.max(most, Math.abs(y)), 1e-3);
            assertEquals(x.shape, wanted[i].shape);
            right.forEach((y, k) =>
              assert(Math.abs(data[k] - y) <= tolerance * most, `${data[k]}, not ${y}: ${n}, [${lead}]`)
            );
          }
        }
      }
    });
  }
}
