/** Kernels have the same bits on any number of threads, run after run. */
import "@tapegrad/backends";
import { assert, assertEquals } from "@std/assert";
import {
  batchNorm,
  convTranspose2d,
  fromArray,
  groupNorm,
  registerBackend,
  scope,
  type Tensor,
  vjp,
} from "@tapegrad/core";
import { createWasmBackend } from "../../../../backends/wasm/mod.ts";

const training = { training: true };
const counts = [1, 2, 3];
for (const threads of counts) {
  const name = `on ${threads} threads`;
  registerBackend({ name, create: () => createWasmBackend({ name, threads }) });
}

type Kernel = (a: Tensor, b: Tensor) => Tensor;

/** Of matrices of these extents, some of which no piece divides. */
const kernels: Readonly<Record<string, readonly [a: readonly number[], b: readonly number[], Kernel]>> = {
  "a map": [[700, 501], [700, 501], (a, b) => a.mul(b).tanh()],
  "a map of a row": [[700, 501], [501], (a, b) => a.mul(b).exp()],
  "a map of columns": [[501, 700], [700, 501], (a, b) => a.add(b.transpose())],
  "a product": [[517, 300], [300, 203], (a, b) => a.matmul(b)],
  "a product of transposed matrices": [[300, 517], [203, 300], (a, b) => a.transpose().matmul(b.transpose())],
  "a wide product": [[30, 400], [400, 1111], (a, b) => a.matmul(b)],
  "products of a batch": [[60, 37, 64], [60, 64, 41], (a, b) => a.matmul(b)],
  "a sum": [[997, 1003], [1], (a) => a.sum()],
  "sums of rows": [[997, 1003], [1], (a) => a.sum(1)],
  "sums of columns": [[997, 1003], [1], (a) => a.sum(0)],
  "largest elements": [[997, 1003], [1], (a) => a.max(1)],
  "softmax": [[601, 703], [1], (a) => a.softmax(-1)],
  "softmax of columns": [[601, 703], [1], (a) => a.softmax(0)],
  "layerNorm": [[601, 703], [703], (a, b) => a.layerNorm([703], { weight: b, bias: b })],
  "batchNorm": [[16, 24, 20, 21], [24], (a, b) => batchNorm(a, null, null, { ...training, weight: b })],
  "batchNorm's gradient": [
    [16, 24, 20, 21],
    [24],
    (a, b) => vjp((x) => batchNorm(x, null, null, { ...training, weight: b }), a)[1](a.sin())[0],
  ],
  "groupNorm": [[16, 24, 20, 21], [24], (a, b) => groupNorm(a, 8, { weight: b })],
  "a convolution of several images": [[8, 16, 24, 24], [32, 16, 5, 5], (a, b) => a.conv2d(b)],
  "a convolution of large images": [[2, 16, 41, 41], [64, 16, 3, 3], (a, b) => a.conv2d(b, { padding: 1 })],
  "a transposed convolution": [
    [2, 64, 41, 41],
    [64, 16, 3, 3],
    (a, b) => convTranspose2d(a, b, { padding: 1 }),
  ],
  "running sums": [[601, 703], [1], (a) => a.cumsum(1)],
};

function numbers(shape: readonly number[], seed: number): Float32Array {
  const n = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed) * 3);
}

function bitsOf(backend: string, name: string): () => Uint32Array {
  const [a, b, kernel] = kernels[name];
  const x = fromArray(numbers(a, 1), [...a], { backend }), y = fromArray(numbers(b, 2), [...b], { backend });
  return () => new Uint32Array((scope(() => kernel(x, y).dataSync()) as Float32Array).buffer);
}

// A difference is told in a line.
function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((bits, i) => bits === b[i]);
}

for (const name of Object.keys(kernels)) {
  Deno.test(`${name} has the same bits on one thread, two and three`, () => {
    const [one, ...others] = counts.map((count) => bitsOf(`on ${count} threads`, name));
    const expected = one();
    for (let turn = 0; turn < 20; turn++) {
      for (const run of others) assert(isSame(run(), expected), `in turn ${turn}`);
    }
  });
}

Deno.test("what is read is no memory of other threads", () => {
  const x = fromArray(numbers([5000], 3), [5000], { backend: "on 2 threads" });
  assertEquals(x.dataSync().buffer instanceof ArrayBuffer, true);
  assertEquals(x.mul(2).slice(1).dataSync().buffer instanceof ArrayBuffer, true);
});
