/** Poolings by kernels in wasm give what they are composed of on the cpu, of any windows and layouts. */
import * as tg from "@tapegrad/core";
import { type Backend, type DType, fromArray, type Tensor, vjp } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { createWasmBackend } from "../../../../backends/wasm/mod.ts";
import { Draws, heaps } from "./agree.ts";

const composed = createCpuBackend({ name: "composed" });
for (const name of [...composed.kernels.keys()]) if (name.includes("Pool")) composed.kernels.delete(name);
const backends = [...new Set(heaps.map(({ simd }) => simd))].map((simd) =>
  createWasmBackend({ name: `pools by ${simd}`, small: 0, simd })
);

const within: Readonly<Partial<Record<DType, number>>> = { f64: 1e-13, f32: 3e-6, f16: 3e-3 };

type Pool = (x: Tensor, size: unknown, options?: unknown) => Tensor | tg.ValuesAndIndices;

const ops = {
  max: [tg.maxPool1d, tg.maxPool2d, tg.maxPool3d],
  avg: [tg.avgPool1d, tg.avgPool2d, tg.avgPool3d],
  adaptiveMax: [tg.adaptiveMaxPool1d, tg.adaptiveMaxPool2d, tg.adaptiveMaxPool3d],
  adaptiveAvg: [tg.adaptiveAvgPool1d, tg.adaptiveAvgPool2d, tg.adaptiveAvgPool3d],
} as unknown as Readonly<Record<string, readonly Pool[]>>;

function sizesOf(draws: Draws, image: readonly number[], kind: string): readonly [unknown, object] {
  if (kind === "adaptiveMax") return [image.map((n) => 1 + draws.below(n)), { returnIndices: true }];
  if (kind === "adaptiveAvg") return [image.map((n) => draws.below(3) > 0 ? 1 + draws.below(n) : 1), {}];
  const window = image.map(() => 1 + draws.below(3)), ceilMode = draws.below(2) === 0;
  const stride = image.map(() => 1 + draws.below(4)), isPadded = draws.below(2) === 0;
  const padding = window.map((n) => isPadded ? Math.floor(n / 2) : 0),
    options = { stride, padding, ceilMode };
  if (kind === "avg") return [window, { ...options, countIncludePad: draws.below(2) === 0 }];
  return [window, { ...options, dilation: image.map(() => 1 + draws.below(2)), returnIndices: true }];
}

interface Given {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly isTurned: boolean;
  readonly odd: number | undefined;
}

function wavesOn(backend: Backend, { shape, dtype, isTurned, odd }: Given): Tensor {
  const n = shape.reduce((a, b) => a * b, 1),
    values = Float64Array.from({ length: n }, (_, i) => Math.sin(i * 7));
  if (odd !== undefined) values.forEach((_, i) => values[i] = i % 5 === 0 ? odd : Math.round(values[i]));
  const x = fromArray(values, [...shape], { backend, dtype }), axes = shape.map((_, axis) => axis).reverse();
  return isTurned ? x.permute(axes).contiguous().permute(axes) : x;
}

// Values, places, and what is sent back from the values.
function resultsOf(pool: (x: Tensor) => Tensor | tg.ValuesAndIndices, x: Tensor): Tensor[] {
  const partsOf = (y: Tensor | tg.ValuesAndIndices) => y instanceof tg.Tensor ? [y] : [y.values, y.indices];
  const [y, pull] = vjp((t) => partsOf(pool(t))[0], x);
  const ct = wavesOn(x.backend, { shape: y.shape, dtype: y.dtype, isTurned: false, odd: undefined });
  return [...partsOf(pool(x)), pull(ct)[0]];
}

function assertAlike(found: Tensor, wanted: Tensor, text: string): void {
  const a = found.dataSync(), b = wanted.dataSync(), tolerance = within[found.dtype] ?? 0;
  assertEquals([found.shape, found.dtype], [wanted.shape, wanted.dtype], text);
  for (let i = 0; i < a.length; i++) {
    const isNear = Object.is(a[i], b[i]) || a[i] === b[i] ||
      Math.abs(a[i] - b[i]) <= tolerance * Math.max(1, Math.abs(b[i]));
    assert(isNear, `${a[i]} instead of ${b[i]} at ${i}: ${text}`);
  }
}

for (const [kind, pools] of Object.entries(ops)) {
  Deno.test(`${kind}Pool in wasm gives what it is composed of, and so does its gradient`, () => {
    for (let seed = 0; seed < 60; seed++) {
      const draws = new Draws(seed), axes = 1 + draws.below(3), most = [60, 24, 8][axes - 1];
      const image = Array.from({ length: axes }, () => 5 + draws.below(most)),
        [size, options] = sizesOf(draws, image, kind);
      const given: Given = {
        shape: [...draws.of([[2, 3], [1], [3, 0]]), ...image],
        dtype: draws.of(["f32", "f64", "f16"] as const),
        isTurned: draws.below(4) === 0,
        odd: draws.of([undefined, undefined, NaN, Infinity, -Infinity]),
      };
      const pool = (x: Tensor) =>
        kind === "adaptiveAvg" ? pools[axes - 1](x, size) : pools[axes - 1](x, size, options);
      const backend = backends[seed % backends.length];
      const [found, wanted] = [backend, composed].map((one) => resultsOf(pool, wavesOn(one, given)));
      const text = `${JSON.stringify({ ...given, size, options })} of seed ${seed} on ${backend.name}`;
      found.forEach((one, i) => assertAlike(one, wanted[i], text));
    }
  });
}
