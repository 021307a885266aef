/** Normalisation of channels and groups by kernels in wasm, beside the cpu's. */
import { otherAxes } from "../../../../backends/common/views.ts";
import type { WasmKernel } from "../../../../backends/wasm/kernels/kernel.ts";
import { standardizing } from "../../../../backends/wasm/kernels/standardize.ts";
import type { Heap } from "../../../../backends/wasm/memory/heap.ts";
import type { DType, Shape } from "@tapegrad/core/backend";
import { anyView, assertNear, type Call, Draws, filled, heaps, type HostView } from "./agree.ts";

const within: Readonly<Partial<Record<DType, number>>> = { f64: 1e-12, f32: 3e-5, f16: 1e-2 };

const shapes: readonly Shape[] = [
  [5, 3],
  [40, 6],
  [3, 4, 2],
  [3, 4, 33],
  [2, 3, 4, 5],
  [6, 2, 9, 12],
  [2, 4, 3, 7, 5],
  [0, 3, 4],
  [2, 3, 0],
  [3, 2, 40, 41],
];

function contiguous(dtype: DType, shape: Shape): HostView {
  return anyView({ below: () => 1 } as unknown as Draws, dtype, shape);
}

function assertAgrees(name: keyof typeof standardizing, call: Omit<Call, "name">, heap: Heap): void {
  const tolerance = within[call.inputs[0].dtype]!;
  assertNear(standardizing[name] as WasmKernel<unknown>, { name, ...call }, tolerance, heap);
}

/** Over which axes channels of a batch, of each image, and groups of channels are normalised. */
function waysOf(
  rank: number,
): readonly { readonly axes: readonly number[]; readonly along: readonly number[] }[] {
  const behind = otherAxes(rank, [0, 1]);
  return [
    { axes: [0, ...behind], along: [1] },
    ...rank > 2 ? [{ axes: behind, along: [1] }, { axes: behind, along: [1, 2] }] : [],
  ];
}

for (const name of ["standardize", "standardizeBackward"] as const) {
  Deno.test(`${name} gives what the cpu's does, in every way of computing`, () => {
    for (let seed = 0; seed < 240; seed++) {
      const draws = new Draws(seed),
        shape = draws.of(shapes),
        dtype = draws.of(["f32", "f64", "f16"] as const);
      const attributes = draws.of(waysOf(shape.length)), { axes, along } = attributes;
      const fill = (view: HostView) => filled(view, () => draws.next() - 0.5);
      const whole = () => fill(seed % 3 > 0 ? contiguous(dtype, shape) : anyView(draws, dtype, shape));
      const part = () => fill(contiguous(dtype, along.map((axis) => shape[axis])));
      const eps = filled(contiguous(dtype === "f16" ? "f32" : dtype, []), () => 1e-2),
        heap = heaps[seed % heaps.length];
      const lanes = otherAxes(shape.length, axes).map((axis) => shape[axis]);
      const moment = () => contiguous(eps.dtype, lanes), weights = draws.of([[], [part()], [part(), part()]]);
      if (name === "standardize") {
        const outputs = [whole(), moment(), moment()];
        assertAgrees(name, { inputs: [whole(), eps, ...weights], outputs, attributes }, heap);
        continue;
      }
      const wanted = draws.of([[true, true, true], [true, false, false], [false, true, true], [
        true,
        false,
        true,
      ]]);
      const outputs = [whole(), part(), part()].filter((_, i) => wanted[i]);
      const inputs = [whole(), eps, whole(), ...weights.slice(0, 1)];
      assertAgrees(name, { inputs, outputs, attributes: { ...attributes, wanted } }, heap);
    }
  });
}

Deno.test("a channel with a NaN or an infinity is the cpu's, and leaves the others alone", () => {
  for (const heap of heaps) {
    for (const odd of [NaN, Infinity, -Infinity]) {
      const shape = [2, 3, 20], x = filled(contiguous("f32", shape), () => 0.5);
      x.buffer[x.offset + 25] = odd;
      const eps = filled(contiguous("f32", []), () => 1e-5), ct = filled(contiguous("f32", shape), () => 1);
      const attributes = { axes: [0, 2], along: [1] }, moments = [0, 1].map(() => contiguous("f32", [3]));
      const outputs = [contiguous("f32", shape), ...moments];
      assertAgrees("standardize", { inputs: [x, eps], outputs, attributes }, heap);
      const slopes = [contiguous("f32", shape), ...[0, 1].map(() => contiguous("f32", [3]))];
      const wanted = [true, true, true];
      assertAgrees("standardizeBackward", {
        inputs: [x, eps, ct],
        outputs: slopes,
        attributes: { ...attributes, wanted },
      }, heap);
    }
  }
});
