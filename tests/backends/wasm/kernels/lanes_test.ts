import type { DType, Shape } from "@tapegrad/core/backend";
import { laneKernels } from "../../../../backends/wasm/kernels/lanes.ts";
import type { WasmKernel } from "../../../../backends/wasm/kernels/kernel.ts";
import type { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { anyView, assertNear, type Call, Draws, filled, heaps, type HostView } from "./agree.ts";

const shapes: readonly Shape[] = [
  [1],
  [7],
  [5, 4],
  [3, 33],
  [2, 3, 64],
  [4, 100],
  [2, 1, 9, 12],
  [0, 3],
  [3, 0],
  [3, 1500],
  [600, 530],
];
const within: Readonly<Partial<Record<DType, number>>> = { f64: 1e-12, f32: 1e-5, f16: 1e-2 };

function contiguous(dtype: DType, shape: Shape): HostView {
  return anyView({ below: () => 1 } as unknown as Draws, dtype, shape);
}

function assertAgrees(name: keyof typeof laneKernels, call: Omit<Call, "name">, heap: Heap): void {
  const tolerance = within[call.inputs[0].dtype]!;
  assertNear(laneKernels[name] as WasmKernel<unknown>, { name, ...call }, tolerance, heap);
}

for (const name of ["softmax", "logSoftmax", "softmaxBackward", "logSoftmaxBackward"] as const) {
  Deno.test(`${name} gives what the cpu's does, in every way of computing`, () => {
    for (let seed = 0; seed < 150; seed++) {
      const draws = new Draws(seed),
        shape = draws.of(shapes),
        dtype = draws.of(["f32", "f64", "f16"] as const);
      const lie = () => seed % 2 === 0 ? contiguous(dtype, shape) : anyView(draws, dtype, shape);
      const view = () => filled(lie(), () => 4 * draws.next() - 2);
      const inputs = name.endsWith("Backward") ? [view(), view()] : [view()];
      const attributes = { axes: [draws.below(shape.length)] };
      assertAgrees(name, { inputs, outputs: [lie()], attributes }, heaps[seed % heaps.length]);
    }
  });
}

for (const norm of ["layerNorm", "rmsNorm"] as const) {
  Deno.test(`${norm} and its gradients are what the cpu's are, in every way of computing`, () => {
    for (let seed = 0; seed < 250; seed++) {
      const draws = new Draws(seed),
        shape = draws.of(shapes),
        dtype = draws.of(["f32", "f64", "f16"] as const);
      const first = draws.below(shape.length), axes = shape.map((_, axis) => axis).slice(first);
      const fill = (view: HostView) => filled(view, () => draws.next() - 0.5),
        heap = heaps[seed % heaps.length];
      const whole = () => fill(seed % 3 > 0 ? contiguous(dtype, shape) : anyView(draws, dtype, shape)),
        lane = () => fill(contiguous(dtype, shape.slice(first)));
      const eps = filled(contiguous(dtype, []), () => 1e-2), x = whole(), weight = lane(), bias = lane();
      const others = [[], [weight], [weight, bias]].slice(0, norm === "layerNorm" ? 3 : 2);
      const inputs = [x, eps, ...draws.of(others)];
      assertAgrees(norm, { inputs, outputs: [whole()], attributes: { axes } }, heap);
      const wanted = [draws.below(3) > 0, draws.below(2) > 0, norm === "layerNorm" && draws.below(2) > 0];
      const outputs = [whole(), lane(), lane()].filter((_, i) => wanted[i]);
      const call = {
        inputs: [x, eps, whole(), ...draws.of([[], [weight]])],
        outputs,
        attributes: { axes, wanted },
      };
      if (outputs.length > 0) assertAgrees(`${norm}Backward`, call, heap);
    }
  });
}

for (const name of ["softmax", "logSoftmax"] as const) {
  Deno.test(`${name} of NaN and infinities is the cpu's`, () => {
    const rows = [[NaN, 1, 2], [Infinity, 1, 2], [-Infinity, 1, 2], [-Infinity, -Infinity, -Infinity], [
      1e30,
      1e30,
      -1e30,
    ]];
    for (const heap of heaps) {
      for (const row of rows) {
        for (const long of [0, 30]) {
          const numbers = [...row, ...new Array(long).fill(row[2])],
            view = contiguous("f32", [1, numbers.length]);
          numbers.forEach((x, i) => view.buffer[view.offset + i] = x);
          const outputs = [contiguous("f32", [1, numbers.length])];
          assertNear(
            laneKernels[name],
            { name, inputs: [view], outputs, attributes: { axes: [1] } },
            1e-5,
            heap,
          );
        }
      }
    }
  });
}
