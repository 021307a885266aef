import { assert } from "@std/assert";
import { sizeOf } from "./size.ts";
import { permitted } from "../permitted.ts";

const test = permitted("read", "write", "run");

// The first two are meant to stay so small; what adds to the others says so here.
const most: Readonly<Record<string, number>> = {
  "an error class": 1000,
  "./expr": 8170,
  // Lists, factories and backends that are none are refused: 300 bytes.
  // Approximations of scalar functions, which only programs that use them have: 7900 bytes. The normal quantile: 300.
  // Threads that are asked for or refused: 60. Settings of a backend that there are not: 500.
  // Places for memory that is needed for a time: 740. Exponentials and tanh of f32 in fewer steps: 230. Several maps: 60.
  // Dtypes that are told by comparison: 20.
  "./backend": 27_410,
  // What wasm has is not for those who do without.
  // A BLAS may multiply, which comes with wasm: 100.
  // Pooling by the largest: 490. Settings that there are not: 600. Channels, images and groups normalised, and lanes in
  // rows: 1400. Adapted windows: 90.
  // Scattering with products and extrema: 40.
  // Programs as generated functions, which only those who compile have run, and places for their memory: 2750.
  // Several maps, as such programs have them: 190.
  "the cpu backend": 32_410,
  // Operands, options and callbacks are checked where they are taken: 2000 bytes. conv2d and attention, being
  // methods: 4000 more; layerNorm and rmsNorm 1500.
  // Convolutions along any number of axes, whose gradients are ops of their own, and padding of all modes: 1600.
  // Elementwise functions that PyTorch has too, and options of others: 1650. Resampling, embeddings and distances, marked as pure: 300.
  // layerNorm's rules along other axes: 250. Tables and what is undone: 100.
  // What PyTorch has beside: order statistics, quantiles, stacking, placing, products of many kinds, x[key]: 6600.
  // Texts of elements that were read for notebooks: 50.
  // Names of PyTorch's, and what would be undefined: 260. Classes that are counted: 100. Backends that prefer parts: 20.
  // Backends that are asked for a BLAS: 20. Attention's gradients, an op of their own, for which there are kernels: 220.
  // Primitives that are computed on the host: 30. Decisions that programs look at: 60. Linear algebra itself is left out by who does not use it.
  // Products and extrema at indices, with gradients that are right at ties and zeros: 820.
  // Names of functions that choose, search and count by value, in the list of ops: 100.
  // One number that is read at once: 70. Gradients that nobody has asked for: 30. Masks of indexPut, by setItem: 560.
  "core with all methods": 72_660,
  // The aim is 45,000. Methods, which a program has whether it calls them or not, are 24,000 of it; what is left are
  // primitives with their rules, expressions with their derivatives, the tape, modules and the kernels of the cpu.
  // Programs as generated functions: 2750. Masks of indexPut: 540.
  "a network on the cpu": 102_880,
};

for (const [name, bytes] of Object.entries(most)) {
  test(`${name} takes at most ${bytes} bytes, minified and compressed`, async () => {
    const { minified, gzip } = await sizeOf(name);
    assert(gzip <= bytes && minified > 200, `it takes ${gzip}, ${minified} before compression`);
  });
}

test("a program with GD alone has none of the other optimizers", async () => {
  const [one, all] = await Promise.all(["core and GD", "core and optim"].map(sizeOf));
  assert(all.minified - one.minified > 9000, `GD takes ${one.minified}, all of them ${all.minified}`);
});
