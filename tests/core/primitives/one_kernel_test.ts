/** The gradient of an elementwise op to all its operands is one kernel, on the device too. */
import {
  type Backend,
  defineElementwise,
  e,
  type Kernel,
  lerp,
  type Tensor,
  tensor,
  where,
} from "@tapegrad/core";
import { vjp } from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import { backend } from "../../backend_traits.ts";

const gated = defineElementwise("test.gated", (x, y, z) => e.add(e.mul(x, e.tanh(y)), z));
const blended = defineElementwise("test.blended", (x, y, z) => e.mul(e.tanh(e.mul(x, y)), e.sigmoid(z)));

const drawn = (seed: number) => tensor(Array.from({ length: 70 }, (_, i) => Math.sin(i * 7 + seed)));
const condition = drawn(5).greater(0);

const cases: readonly [string, (x: Tensor, y: Tensor, z: Tensor) => Tensor][] = [
  ["lerp", (x, y, z) => lerp(x, y, z)],
  ["where", (x, y) => where(condition, x, y)],
  ["x·tanh(y)+z", (x, y, z) => gated(x, y, z)],
  ["tanh(x·y)·sigmoid(z)", (x, y, z) => blended(x, y, z)],
];

/** The names of the kernels that `run` starts on a backend. */
function kernelsOf({ kernels }: Backend, run: () => unknown): string[] {
  const before = new Map(kernels), called: string[] = [];
  for (const [name, kernel] of before) {
    const watched = (...args: Parameters<Kernel>) => {
      called.push(name);
      kernel(...args);
    };
    kernels.set(name, watched);
  }
  try {
    run();
    return called;
  } finally {
    for (const [name, kernel] of before) kernels.set(name, kernel);
  }
}

for (const [name, fn] of cases) {
  Deno.test(`the gradient of ${name} to all its operands is one kernel`, async () => {
    const operands = [drawn(1), drawn(2), drawn(3)] as const, ct = drawn(4);
    const [, pull] = vjp(fn, ...operands);
    pull(ct);
    assertEquals(kernelsOf(backend, () => pull(ct)), ["map"]);
    const profiler = backend.profiler?.();
    if (!profiler) return;
    profiler.attribute("backward");
    pull(ct);
    const times = await profiler.stop();
    assertEquals(times.reduce((sum, { kernels }) => sum + kernels, 0), 1);
  });
}
