/** Plans of a device beside its kernels one by one. */
import {
  type Buffer,
  contiguousLayout,
  type DType,
  e,
  hostArray,
  type PlanMemory,
  type PlanStep,
  type PlanView,
  type Shape,
  sizeOf,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import type { WebGpu } from "@tapegrad/backends";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DeviceLostError } from "@tapegrad/core";
import { webGpuTest } from "../open.ts";

/** A program that is written step by step. */
class Sketch {
  readonly memories: PlanMemory[] = [];
  readonly steps: PlanStep[] = [];
  readonly #device: WebGpu;

  constructor(device: WebGpu) {
    this.#device = device;
  }

  memory(kind: PlanMemory["kind"], dtype: DType, shape: Shape, data?: TypedArray): PlanView {
    const length = sizeOf(shape);
    this.memories.push({ kind, dtype, length, first: Infinity, last: -1, ...data && { data } });
    return { memory: this.memories.length - 1, dtype, ...contiguousLayout(shape) };
  }

  step(op: string, inputs: readonly PlanView[], outputs: readonly PlanView[], attributes: unknown): void {
    const k = this.steps.length, kernels = this.#device.kernels;
    for (const { memory } of [...inputs, ...outputs]) {
      const { first, last } = this.memories[memory];
      this.memories[memory] = {
        ...this.memories[memory],
        first: Math.min(first, k),
        last: Math.max(last, k),
      };
    }
    const run = (read: readonly View[], written: readonly View[]) =>
      kernels.get(op)!(read, written, attributes as never);
    this.steps.push({ op, inputs, outputs, attributes, run });
  }

  /** Kernel by kernel. */
  run(given: readonly Buffer[], numbers: readonly number[]): void {
    let place = 0, next = 0;
    const buffers = this.memories.map(({ kind, dtype, length, data }) => {
      if (kind === "given") return given[next++];
      const buffer = this.#device.allocate(dtype, length), elements = hostArray(dtype, length);
      if (kind === "number") elements.set(numbers.slice(place, place += length));
      if (kind !== "inner") this.#device.write(buffer, data ?? elements);
      return buffer;
    });
    const real = ({ memory, ...layout }: PlanView): View => ({ buffer: buffers[memory], ...layout });
    for (const { op, inputs, outputs, attributes, run } of this.steps) {
      if (op !== "upload") run(inputs.map(real), outputs.map(real));
      else this.#device.write(real(outputs[0]).buffer, (attributes as { data: TypedArray }).data);
    }
  }
}

function put(device: WebGpu, dtype: DType, elements: readonly number[]): Buffer {
  const buffer = device.allocate(dtype, elements.length), data = hostArray(dtype, elements.length);
  data.set(elements);
  device.write(buffer, data);
  return buffer;
}

async function got(device: WebGpu, buffer: Buffer, dtype: DType = "f32"): Promise<number[]> {
  const [data] = await device.read([{ buffer, dtype, ...contiguousLayout([buffer.length]) }]);
  return [...data];
}

const add = { exprs: [e.add(e.input(0), e.input(1))] }, times = { exprs: [e.mul(e.input(0), e.input(1))] };

await webGpuTest(
  "a plan does what its kernels do, in place and with other buffers at each run",
  async (device) => {
    const sketch = new Sketch(device),
      f = (kind: PlanMemory["kind"], shape: Shape) => sketch.memory(kind, "f32", shape);
    const [x, w, out] = [f("given", [4, 3]), f("given", [3, 2]), f("given", [4])];
    const rate = f("number", []), two = sketch.memory("constant", "f32", [], Float32Array.of(2));
    const [product, scaled, column] = [f("inner", [4, 2]), f("inner", [4, 2]), f("inner", [3, 2])];
    const over = (view: PlanView, shape: Shape): PlanView => ({
      ...view,
      shape,
      strides: shape.map(() => 0),
    });
    sketch.step("matmul", [x, w], [product], null);
    sketch.step("map", [product, over(rate, [4, 2])], [scaled], times);
    sketch.step("reduce", [scaled], [out], { kind: "sum", expr: e.input(0), axes: [1] });
    sketch.step("map", [w, over(two, [3, 2])], [column], times);
    sketch.step("map", [w, column], [w], add);
    const plan = device.plan!(sketch)!;
    assertEquals(plan.launches, 5);
    const weights = [put(device, "f32", [1, 2, 3, 4, 5, 6]), put(device, "f32", [1, 2, 3, 4, 5, 6])];
    for (const [k, number] of [0.5, 0.5, 3, -1].entries()) {
      const elements = Array.from({ length: 12 }, (_, i) => i - k);
      const results = weights.map((weight, which) => {
        const given = [put(device, "f32", elements), weight, device.allocate("f32", 4)];
        if (which === 0) plan.run(given, [number]);
        else sketch.run(given, [number]);
        return given;
      });
      const [planned, eager] = await Promise.all(results.map(([, , y]) => got(device, y)));
      assertEquals(planned, eager);
      assert(planned.some((v) => v !== 0));
      assertEquals(await got(device, weights[0]), await got(device, weights[1]));
    }
    plan[Symbol.dispose]();
  },
);

await webGpuTest("numbers are parameters or memory, as kernels take them, of every dtype", async (device) => {
  const sketch = new Sketch(device), out = sketch.memory("given", "f32", [2]);
  const ints = sketch.memory("given", "i32", [3]), halves = sketch.memory("given", "f16", [2]);
  const [a, b, c] = (["f32", "i32", "f16"] as const).map((dtype) => sketch.memory("number", dtype, []));
  const key = sketch.memory("number", "u32", [2]), words = sketch.memory("inner", "u32", [2]);
  const over = (view: PlanView, n: number): PlanView => ({ ...view, shape: [n], strides: [0] });
  const one = (view: PlanView, n: number): PlanView => ({ ...view, shape: [n, n] });
  sketch.step("map", [over(b, 3), over(b, 3)], [ints], add);
  sketch.step("map", [over(c, 2)], [halves], { exprs: [e.input(0)] });
  sketch.step("map", [key], [words], { exprs: [e.input(0)] });
  const square = { ...one(a, 1), strides: [1, 1] }, cell = sketch.memory("inner", "f32", [1, 1]);
  sketch.step("matmul", [square, square], [cell], null);
  sketch.step("map", [over(cell, 2), words], [out], {
    exprs: [e.add(e.input(0), e.cast(e.input(1), "f32"))],
  });
  const plan = device.plan!(sketch)!;
  for (const numbers of [[3, -7, 0.1, 1, 2], [3, -7, 0.1, 1, 2], [-2, 5, 65504, 8, 9]]) {
    const make = () => [device.allocate("f32", 2), device.allocate("i32", 3), device.allocate("f16", 2)];
    const [planned, eager] = [make(), make()];
    plan.run(planned, numbers);
    sketch.run(eager, numbers);
    for (const [i, dtype] of (["f32", "i32", "f16"] as const).entries()) {
      assertEquals(await got(device, planned[i], dtype), await got(device, eager[i], dtype));
    }
    assertEquals(await got(device, planned[0]), [numbers[0] ** 2 + numbers[3], numbers[0] ** 2 + numbers[4]]);
  }
});

await webGpuTest("an index out of range in a run is told to who reads what came of it", async (device) => {
  const sketch = new Sketch(device), x = sketch.memory("given", "f32", [3]);
  const index = sketch.memory("given", "i32", [2]), other = sketch.memory("given", "f32", [3]);
  const [found, out] = [sketch.memory("inner", "f32", [2]), sketch.memory("given", "f32", [2])];
  sketch.step("gather", [x, index], [found], { axis: 0 });
  sketch.step("map", [found, found], [out], add);
  sketch.step("map", [x, x], [other], add);
  const plan = device.plan!(sketch)!, elements = put(device, "f32", [1, 2, 3]);
  const run = (indices: readonly number[], from = elements) => {
    const results = [device.allocate("f32", 3), device.allocate("f32", 2)];
    plan.run([from, put(device, "i32", indices), results[0], results[1]], []);
    return results;
  };
  const right = run([2, 0]), wrong = run([1, 7]), later = run([1, 1]);
  assertEquals(await got(device, right[1]), [6, 2]);
  await assertRejects(() => got(device, wrong[1]), RangeError, "index 7");
  assertEquals(await got(device, wrong[0]), [2, 4, 6]);
  assertEquals(await got(device, later[1]), [4, 4]);
  // What a run is given may depend on what failed before.
  const failed = device.allocate("f32", 3);
  const views = [elements, put(device, "i32", [0, 5, 1]), failed].map((buffer, i) => (
    { buffer, dtype: i === 1 ? "i32" as const : "f32" as const, ...contiguousLayout([3]) }
  ));
  device.kernels.get("gather")!(views.slice(0, 2), views.slice(2), { axis: 0 } as never);
  const [doubled, gathered] = run([0, 0], failed);
  await assertRejects(() => got(device, doubled), RangeError, "index 5");
  await assertRejects(() => got(device, gathered), RangeError, "index 5");
  // A buffer that is overwritten throughout depends on that no more.
  plan.run([elements, put(device, "i32", [0, 0]), failed, gathered], []);
  assertEquals([await got(device, failed), await got(device, gathered)], [[2, 4, 6], [2, 2]]);
  for (let k = 0; k < 3000; k++) run([k % 3, 0]);
  await assertRejects(() => got(device, run([-1, 0])[1]), RangeError, "index -1");
});

await webGpuTest("kernels that a user put in the place of a device's run at each turn", async (device) => {
  const own = device.kernels.get("gather")!;
  let calls = 0;
  device.kernels.set("gather", (inputs, outputs, attributes) => {
    calls++;
    own(inputs, outputs, attributes);
  });
  const sketch = new Sketch(device), x = sketch.memory("given", "f32", [3]);
  const index = sketch.memory("given", "i32", [2]), rate = sketch.memory("number", "f32", []);
  const [scaled, found] = [sketch.memory("inner", "f32", [3]), sketch.memory("inner", "f32", [2])];
  const out = sketch.memory("given", "f32", [2]);
  sketch.step("map", [x, { ...rate, shape: [3], strides: [0] }], [scaled], times);
  sketch.step("gather", [scaled, index], [found], { axis: 0 });
  sketch.step("map", [found, found], [out], add);
  const plan = device.plan!(sketch)!, elements = put(device, "f32", [1, 2, 3]);
  const run = (indices: readonly number[], number: number) => {
    const results = device.allocate("f32", 2);
    plan.run([elements, put(device, "i32", indices), results], [number]);
    return results;
  };
  const all = [run([0, 1], 1), run([2, 2], 5), run([3, 0], 1), run([1, 0], 2)];
  assertEquals(calls, 4);
  assertEquals(await got(device, all[0]), [2, 4]);
  assertEquals(await got(device, all[1]), [30, 30]);
  await assertRejects(() => got(device, all[2]), RangeError, "index 3");
  assertEquals(await got(device, all[3]), [8, 4]);
});

await webGpuTest("what the host wrote is written at each run, whatever it became", async (device) => {
  const sketch = new Sketch(device), out = sketch.memory("given", "f32", [3]);
  const one = sketch.memory("given", "f32", []), state = sketch.memory("inner", "f32", [3]);
  sketch.step("upload", [], [state], { data: Float32Array.of(1, 2, 3) });
  sketch.step("map", [state, state], [state], add);
  sketch.step("map", [state, state], [out], add);
  sketch.step("upload", [], [one], { data: Float32Array.of(9) });
  const plan = device.plan!(sketch)!;
  for (let k = 0; k < 3; k++) {
    const given = [device.allocate("f32", 3), put(device, "f32", [k])];
    plan.run(given, []);
    assertEquals([await got(device, given[0]), await got(device, given[1])], [[4, 8, 12], [9]]);
    // What the host knew of the element is no longer so.
    const doubled = device.allocate("f32", 1), view = { dtype: "f32" as const, ...contiguousLayout([]) };
    const read = { ...view, buffer: given[1] }, written = { ...view, buffer: doubled };
    device.kernels.get("map")!([read, read], [written], add as never);
    assertEquals(await got(device, doubled), [18]);
  }
});

await webGpuTest(
  "memory is flat over runs, a plan gives back its own, and a lost device is told of",
  async (device) => {
    const sketch = new Sketch(device), x = sketch.memory("given", "f32", [100]);
    const parts = Array.from({ length: 6 }, () => sketch.memory("inner", "f32", [100]));
    const out = sketch.memory("given", "f32", [100]), rate = sketch.memory("number", "f32", []);
    let last = x;
    for (const part of parts) {
      sketch.step("map", [last, { ...rate, shape: [100], strides: [0] }], [part], add);
      last = part;
    }
    sketch.step("map", [last, x], [out], add);
    const plan = device.plan!(sketch)!;
    assert(plan.bytes < 4 * 512 + 7 * 256 + 4096, `${plan.bytes} bytes`);
    const input = put(device, "f32", Array.from({ length: 100 }, (_, i) => i)), before = device.memory();
    for (let k = 0; k < 2000; k++) {
      const result = device.allocate("f32", 100);
      plan.run([input, result], [k]);
      if (k % 500 === 0) assertEquals((await got(device, result))[7], 14 + 6 * k);
      device.free(result);
    }
    assertEquals(device.memory(), before);
    plan[Symbol.dispose]();
    device.device.destroy();
    assertThrows(() => plan.run([input, input], [0]), DeviceLostError, "it was destroyed");
  },
);
