/** What sums over repeated indices cost that always come out the same: `deno run -A bench/repeated.ts`. */
import "@tapegrad/backends";
import { grad, indexSelect, key, normal, randint, scope, type Tensor } from "@tapegrad/core";
import { openWebGpu, type WebGpu } from "@tapegrad/backends";

const sizes = [
  { rows: 1000, width: 64, indices: 512 },
  { rows: 30_000, width: 128, indices: 2048 },
  { rows: 100_000, width: 1, indices: 100_000 },
  { rows: 1000, width: 1, indices: 100_000 },
  { rows: 100_000, width: 1, indices: 1000 },
];

type Size = typeof sizes[number];

function stepOf(backend: WebGpu, { rows, width, indices }: Size): () => Promise<number> {
  const [x, ct] = [rows, indices].map((n, i) => normal([n, width], { key: key(i), backend }));
  const index = randint(0, rows, { shape: [indices], key: key(2), backend });
  const gradient = grad((v: Tensor) => indexSelect(v, 0, index).mul(ct).sum());
  return async () => {
    const start = performance.now();
    scope(() => void gradient(x));
    await backend.synchronize();
    return performance.now() - start;
  };
}

// In turns, and the least of each, since others use the machine.
async function compare(size: Size, backends: readonly WebGpu[]): Promise<readonly number[]> {
  const steps = backends.map((backend) => stepOf(backend, size)), least = steps.map(() => Infinity);
  for (let round = 0; round < 30; round++) {
    for (const [i, step] of steps.entries()) least[i] = Math.min(least[i], await step());
  }
  return least;
}

if (import.meta.main) {
  const backends = await Promise.all([false, true].map((deterministic) => openWebGpu({ deterministic })));
  for (const size of sizes) {
    const [atomics, same] = await compare(size, backends);
    const { rows, width, indices } = size, name = `${indices} indices of ${rows} rows of ${width}`;
    console.log(`${name}: ${atomics.toFixed(1)} ms with atomics, ${same.toFixed(1)} ms the same each time`);
  }
}
