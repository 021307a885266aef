/**
 * From which size on tensors are better kept in wasm memory: what an op costs on the cpu's arrays, and in wasm memory
 * with a scope to release it and without one: `deno run -A bench/small.ts`.
 */
import "@tapegrad/backends";
import { type Backend, ones, scope, type Tensor } from "@tapegrad/core";
import { createCpuBackend, createWasmBackend } from "@tapegrad/backends";
import { median } from "./harness/measure.ts";

const SIZES = [1, 2, 4, 8, 16, 32, 64, 256, 1024, 4096];
const ROUNDS = 15;

const ops: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "x + x": (x) => x.add(x),
  "tanh x": (x) => x.tanh(),
  "sum x": (x) => x.sum(),
};

interface Way {
  readonly name: string;
  readonly backend: Backend;
  readonly isScoped: boolean;
}

const cpu = createCpuBackend(),
  arrays = createWasmBackend({ small: Infinity }),
  memory = createWasmBackend({ small: 0 });

const ways: readonly Way[] = [
  { name: "cpu, scope", backend: cpu, isScoped: true },
  { name: "cpu", backend: cpu, isScoped: false },
  { name: "wasm's arrays, scope", backend: arrays, isScoped: true },
  { name: "wasm's arrays", backend: arrays, isScoped: false },
  { name: "wasm memory, scope", backend: memory, isScoped: true },
  { name: "wasm memory", backend: memory, isScoped: false },
];

/** Microseconds of an op, over some milliseconds of them and a turn of the host's loop, in which the collector frees. */
function runnerOf(
  { backend, isScoped }: Way,
  op: (x: Tensor) => Tensor,
  size: number,
): () => Promise<number> {
  const x = ones([size], { backend }), count = Math.ceil(5000 / (0.5 + size / 500));
  const many = () => {
    for (let i = 0; i < count; i++) op(x);
  };
  return async () => {
    const start = performance.now();
    if (isScoped) scope(many);
    else many();
    await new Promise((resolve) => setTimeout(resolve));
    return (performance.now() - start) * 1000 / count;
  };
}

// In turns, and the median of each, since what was forgotten is freed in some turns and not in others.
async function compare(op: (x: Tensor) => Tensor, size: number): Promise<readonly number[]> {
  const runners = ways.map((way) => runnerOf(way, op, size)), times = ways.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, run] of runners.entries()) times[i].push(await run());
  }
  return times.map(median);
}

if (import.meta.main) {
  console.log(["µs", "elements", ...ways.map(({ name }) => name)].map((name) => name.padStart(20)).join(" "));
  for (const [name, op] of Object.entries(ops)) {
    for (const size of SIZES) {
      const times = (await compare(op, size)).map((time) => time.toFixed(2));
      console.log([name, size, ...times].map((text) => String(text).padStart(20)).join(" "));
    }
  }
}
