/**
 * Kernels have the same bits on any number of threads, run after run: a thousand times with `TAPEGRAD_LONG=true`, as
 * `deno task test:wasm --long` does.
 */
import "@tapegrad/backends";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  arange,
  avgPool2d,
  backendNamed,
  batchNorm,
  concat,
  convTranspose2d,
  fromArray,
  grad,
  groupNorm,
  IndexError,
  key,
  maxPool2d,
  maxUnpool2d,
  registerBackend,
  scaledDotProductAttention,
  scope,
  type Tensor,
  uniform,
  vjp,
  withBackend,
} from "@tapegrad/core";
import { crossEntropy } from "@tapegrad/nn";
import { environmentVariable } from "../../../../core/base/environment.ts";
import { createWasmBackend } from "../../../../backends/wasm/mod.ts";

const training = { training: true };
const counts = [1, 2, 3], TURNS = environmentVariable("TAPEGRAD_LONG") === "true" ? 1000 : 8;
const means = (x: Tensor) => avgPool2d(x, 3, { stride: 2, padding: 1 });
for (const threads of counts) {
  const name = `on ${threads} threads`;
  registerBackend({ name, create: () => createWasmBackend({ name, threads }) });
}

type Kernel = (a: Tensor, b: Tensor) => Tensor;

/** The gradients of a sum of what a kernel gives, weighted, one after the other. */
function gradients(kernel: Kernel): Kernel {
  return (a, b) => {
    const [y, pull] = vjp(kernel, a, b);
    return concat(pull(y.sin()).map((x) => x.flatten()));
  };
}

const columns: readonly number[] = [601, 703], heads: readonly number[] = [2, 3, 150, 40];
const attend: Kernel = (a, b) => scaledDotProductAttention(a, b, b.flip(2), { isCausal: true });
const lose: Kernel = (a, b) => crossEntropy(a, b.slice([], 0).abs().mul(100).floor().to("i32"));

/** Places below an extent, out of order and some of them twice. */
function placesIn(extent: number, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  return arange(count).mul(7919).add(13).fmod(extent).to("i32").reshape([...shape]);
}

/** Of matrices of these extents, some of which no piece divides. */
const kernels: Readonly<Record<string, readonly [a: readonly number[], b: readonly number[], Kernel]>> = {
  "a map": [[700, 501], [700, 501], (a, b) => a.mul(b).tanh()],
  "a map in double precision": [[700, 501], [1], (a) => a.to("f64").exp()],
  "a map to halves": [[700, 501], [1], (a) => a.to("f16").mul(2).to("f32")],
  "a map of a row": [[700, 501], [501], (a, b) => a.mul(b).exp()],
  "a map of columns": [[501, 700], [700, 501], (a, b) => a.add(b.transpose())],
  "a map of planes": [[70, 83, 61], [61, 70, 83], (a, b) => a.mul(b.permute([1, 2, 0])).tanh()],
  "a map of steps": [[700, 1002], [700, 501], (a, b) => a.slice([], [0, null, 2]).add(b).sin()],
  "a product": [[517, 300], [300, 203], (a, b) => a.matmul(b)],
  "a product in double precision": [[217, 200], [200, 203], (a, b) => a.to("f64").matmul(b.to("f64"))],
  "a product of transposed matrices": [[300, 517], [203, 300], (a, b) => a.transpose().matmul(b.transpose())],
  "a wide product": [[30, 400], [400, 1111], (a, b) => a.matmul(b)],
  "products of a batch": [[60, 37, 64], [60, 64, 41], (a, b) => a.matmul(b)],
  "small products of a batch": [[3000, 7, 9], [3000, 9, 5], (a, b) => a.matmul(b)],
  "products of vectors": [[3000, 1, 90], [3000, 90, 1], (a, b) => a.matmul(b)],
  "a sum": [[997, 1003], [1], (a) => a.sum()],
  "sums of rows": [[997, 1003], [1], (a) => a.sum(1)],
  "sums of columns": [[997, 1003], [1], (a) => a.sum(0)],
  "sums of long columns": [[30_011, 19], [1], (a) => a.sum(0)],
  "sums of few rows": [[3, 200_003], [1], (a) => a.mul(0.5).sum(1)],
  "largest elements of long columns": [[30_011, 19], [1], (a) => a.max(0)],
  "sums of planes": [[91, 100, 83], [1], (a) => a.sum([0, 2])],
  "largest elements": [[997, 1003], [1], (a) => a.max(1)],
  "places of the smallest": [[997, 1003], [1], (a) => a.argmin(1)],
  "softmax": [columns, [1], (a) => a.softmax(-1)],
  "softmax of columns": [columns, [1], (a) => a.softmax(0)],
  "logSoftmax": [columns, [1], (a) => a.logSoftmax(-1)],
  "gradients of logSoftmax": [columns, [1], gradients((a, b) => a.logSoftmax(-1).mul(b))],
  "layerNorm": [columns, [703], (a, b) => a.layerNorm([703], { weight: b, bias: b })],
  "gradients of layerNorm": [columns, [703], gradients((a, b) => a.layerNorm([703], { weight: b, bias: b }))],
  "gradients of layerNorm of many rows": [
    [6011, 103],
    [103],
    gradients((a, b) => a.layerNorm([103], { weight: b, bias: b })),
  ],
  "rmsNorm": [columns, [703], (a, b) => a.rmsNorm([703], { weight: b })],
  "gradients of rmsNorm": [columns, [703], gradients((a, b) => a.rmsNorm([703], { weight: b }))],
  "batchNorm": [[16, 24, 20, 21], [24], (a, b) => batchNorm(a, null, null, { ...training, weight: b })],
  "batchNorm's gradient": [
    [16, 24, 20, 21],
    [24],
    (a, b) => vjp((x) => batchNorm(x, null, null, { ...training, weight: b }), a)[1](a.sin())[0],
  ],
  "groupNorm": [[16, 24, 20, 21], [24], (a, b) => groupNorm(a, 8, { weight: b })],
  "cross-entropy": [[601, 301], [601, 1], lose],
  "gradients of cross-entropy": [[601, 301], [601, 1], (a, b) => grad((a: Tensor) => lose(a, b))(a)],
  "maxPool": [[40, 16, 25, 25], [1], (a) => maxPool2d(a, 3, { stride: 2, padding: 1 })],
  "avgPool and its gradient": [
    [40, 16, 25, 25],
    [1],
    (a) => vjp(means, a)[1](means(a))[0],
  ],
  "a convolution of several images": [[8, 16, 24, 24], [32, 16, 5, 5], (a, b) => a.conv2d(b)],
  "a convolution of large images": [[2, 16, 41, 41], [64, 16, 3, 3], (a, b) => a.conv2d(b, { padding: 1 })],
  "a convolution channel by channel": [
    [8, 24, 41, 41],
    [24, 1, 3, 3],
    (a, b) => a.conv2d(b, { groups: 24 }),
  ],
  "gradients of a convolution": [[8, 16, 24, 24], [32, 16, 5, 5], gradients((a, b) => a.conv2d(b))],
  "gradients of a convolution in groups, with edges": [
    [9, 32, 25, 25],
    [48, 16, 3, 3],
    gradients((a, b) => a.conv2d(b, { groups: 2, padding: 1, stride: 2 })),
  ],
  "a transposed convolution": [
    [2, 64, 41, 41],
    [64, 16, 3, 3],
    (a, b) => convTranspose2d(a, b, { padding: 1 }),
  ],
  "attention": [heads, heads, attend],
  "gradients of attention": [heads, heads, gradients(attend)],
  "running sums": [columns, [1], (a) => a.cumsum(1)],
  "running sums of columns": [columns, [1], (a) => a.cumsum(0)],
  "running products of planes": [[91, 100, 83], [1], (a) => a.cumprod(1)],
  "random numbers": [[1], [1], (a) => uniform([1001, 703], { key: key(3) }).add(a)],
  "an order": [columns, [1], (a) => a.argsort(1)],
  "orders of columns": [columns, [1], (a) => a.argsort(0)],
  "gathered rows": [columns, [1], (a) => a.indexSelect(0, placesIn(601, [600]))],
  "gathered elements": [columns, [1], (a) => a.gather(1, placesIn(703, columns))],
  "gathered elements of columns": [columns, [1], (a) => a.gather(0, placesIn(601, columns))],
  "elements added at places": [columns, columns, (a, b) => a.scatterAdd(1, placesIn(703, columns), b)],
  "elements set at places": [columns, columns, (a, b) => a.scatter(0, placesIn(601, columns), b)],
  "an embedding's gradient": [
    columns,
    [3000, 703],
    (a, b) => vjp((a) => a.indexSelect(0, placesIn(601, [3000])), a)[1](b)[0],
  ],
  "maxPool's gradient": [
    [40, 16, 25, 25],
    [40, 16, 13, 13],
    (a, b) => vjp((a) => maxPool2d(a, 3, { stride: 2, padding: 1 }), a)[1](b)[0],
  ],
  "maxUnpool": [[40, 16, 25, 25], [1], (a) => {
    const { values, indices } = maxPool2d(a, 2, { returnIndices: true });
    return maxUnpool2d(values, indices, 2, { outputSize: [25, 25] });
  }],
};

function numbers(shape: readonly number[], seed: number): Float32Array {
  const n = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + seed) * 3);
}

function bitsOf(backend: string, name: string): () => Uint32Array {
  const [a, b, kernel] = kernels[name], on = backendNamed(backend);
  const x = fromArray(numbers(a, 1), [...a], { backend }), y = fromArray(numbers(b, 2), [...b], { backend });
  const run = () => withBackend(on, () => scope(() => kernel(x, y).dataSync()));
  return () => new Uint32Array(run().buffer as ArrayBuffer);
}

// A difference is told in a line.
function isSame(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

for (const name of Object.keys(kernels)) {
  Deno.test(`${name} has the same bits on one thread, two and three`, () => {
    const [one, ...others] = counts.map((count) => bitsOf(`on ${count} threads`, name));
    const expected = one();
    for (let turn = 0; turn < TURNS; turn++) {
      for (const run of others) assert(isSame(run(), expected), `in turn ${turn}`);
    }
  });
}

/** Kernels that cut what they compute, on one thread too. */
const cut = [
  "sums of long columns",
  "sums of few rows",
  "largest elements of long columns",
  "gradients of layerNorm of many rows",
  "elements added at places",
  "an embedding's gradient",
  "maxPool's gradient",
  "maxUnpool",
  "running products of planes",
];
Deno.test("what is computed in pieces is what the cpu computes in one", () => {
  for (const name of cut) {
    const [found, wanted] = ["on 2 threads", "cpu"].map((one) =>
      new Float32Array(bitsOf(one, name)().buffer)
    );
    const most = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    assert(found.every((x, i) => Math.abs(x - wanted[i]) <= 1e-4 * most), name);
  }
});

Deno.test("the first index that is out of range is named, on any number of threads", () => {
  const places = new Int32Array(600 * 500);
  for (const [place, index] of [[299_000, 700], [120_000, 1234], [250_000, -1]]) places[place] = index;
  for (const threads of counts) {
    const backend = `on ${threads} threads`, x = fromArray(numbers([600, 500], 1), [600, 500], { backend });
    const index = fromArray(places, [600, 500], { backend });
    assertThrows(() => x.gather(1, index), IndexError, "index 1234 is out of range");
    assertThrows(() => x.scatterAdd(1, index, x), IndexError, "index 1234 is out of range");
  }
});

Deno.test("what is read is no memory of other threads", () => {
  const x = fromArray(numbers([5000], 3), [5000], { backend: "on 2 threads" });
  assertEquals(x.dataSync().buffer instanceof ArrayBuffer, true);
  assertEquals(x.mul(2).slice(1).dataSync().buffer instanceof ArrayBuffer, true);
});
