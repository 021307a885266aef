/** Kernels that look at elements before they go on: a plan has both ways, and takes the one that eager takes. */
import { createWasmBackend } from "@tapegrad/backends/wasm";
import {
  compile,
  convTranspose2d,
  fromArray,
  scaledDotProductAttention,
  type Shape,
  sizeOf,
  type Tensor,
  vjp,
} from "@tapegrad/core";
import { assert, assertEquals, assertMatch } from "@std/assert";

type Backend = ReturnType<typeof createWasmBackend>;

/** What is computed, of operands of shapes, one of which may hold what is not finite. */
interface Case {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly watched: number;
  run(operands: readonly Tensor[]): Tensor[];
}

function attend([q, k, v]: readonly Tensor[]): Tensor {
  return scaledDotProductAttention(q, k, v, { isCausal: true });
}

const heads = [2, 6, 64, 32];

const cases: readonly Case[] = [
  { name: "causal attention", shapes: [heads, heads, heads], watched: 2, run: (all) => [attend(all)] },
  {
    name: "causal attention's gradients",
    shapes: [heads, heads, heads],
    watched: 2,
    run(all): Tensor[] {
      const [output, pull] = vjp((...own: Tensor[]) => attend(own), ...all);
      return pull(output);
    },
  },
  {
    name: "a padded transposed convolution",
    shapes: [[2, 3, 9, 9], [3, 5, 3, 3]],
    watched: 1,
    run: ([x, weight]) => [convTranspose2d(x, weight, { padding: 1 })],
  },
];

function operandsOf({ shapes, watched }: Case, backend: Backend, special?: number): Tensor[] {
  return shapes.map((shape, i) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, (_, k) => Math.sin(7 * k + i));
    if (i === watched && special !== undefined) data[data.length - 1] = special;
    return fromArray(data, shape, { backend });
  });
}

for (const threads of [1, 2]) {
  for (const one of cases) {
    Deno.test(`${one.name}, compiled on ${threads} threads, has eager's bits whatever elements are`, () => {
      const backend = createWasmBackend({ threads });
      const compiled = compile((...operands: Tensor[]) => one.run(operands));
      for (const special of [0.5, 0.5, 0.5, Infinity, 0.5, NaN, -Infinity, 0.5]) {
        const own = operandsOf(one, backend, special), found = compiled(...own), wanted = one.run(own);
        found.forEach((x, i) => {
          const [a, b] = [x.dataSync(), wanted[i].dataSync()];
          assert(a.every((y, k) => Object.is(y, b[k])), `output ${i} with ${special}`);
        });
      }
      assertMatch(compiled.explain(), /[12] kernels that go on by what elements are/);
      assertEquals(compiled.explain().includes("by the host"), false);
      assertEquals(compiled.programs.length, 1);
      backend[Symbol.dispose]();
    });
  }
}
