/** Kernels in wasm held to the cpu's on operands of any layout. */
import {
  bytesPerElement,
  type DType,
  hostArray,
  type Kernel,
  type Shape,
  type TypedArray,
  type View,
} from "@tapegrad/core/backend";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assertEquals, AssertionError } from "@std/assert";
import { simds, validates } from "../../../../backends/wasm/features.ts";
import type { Operand, WasmKernel } from "../../../../backends/wasm/kernels/kernel.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";

/** Numbers from 0 to 1 that are the same in every run. */
export class Draws {
  #state: number;

  /** From a seed. */
  constructor(seed: number) {
    this.#state = seed;
  }

  /** The next one. */
  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return ((this.#state ^ (this.#state >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 below a limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of several. */
  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

/** Elements on the host that a kernel sees through a layout. */
export type HostView = View & { readonly buffer: TypedArray };

/** What a layout may do. */
export interface LayoutOptions {
  /** Whether elements may repeat, as those of inputs may. */
  readonly repeats?: boolean;
}

/** Elements of a shape that lie in any way: in any order of axes, forward or backward, next to each other or apart. */
export function anyView(
  draws: Draws,
  dtype: DType,
  shape: Shape,
  { repeats = false }: LayoutOptions = {},
): HostView {
  const order = shape.map((_, axis) => axis), strides = shape.map(() => 0);
  if (draws.below(2) === 0) order.sort(() => draws.next() - 0.5);
  let span = 1, offset = draws.below(4);
  for (const axis of order.toReversed()) {
    if (repeats && draws.below(6) === 0) continue;
    const step = span * (draws.below(5) === 0 ? 2 : 1), extent = Math.max(shape[axis], 1);
    const isBackward = draws.below(5) === 0;
    strides[axis] = isBackward ? -step : step;
    if (isBackward) offset += step * (extent - 1);
    span = step * extent;
  }
  return { buffer: hostArray(dtype, span + offset + 3) as HostView["buffer"], dtype, shape, strides, offset };
}

/** Fills the whole buffer of a view. */
export function filled(view: HostView, element: (place: number) => number): HostView {
  for (let i = 0; i < view.buffer.length; i++) view.buffer[i] = element(i);
  return view;
}

/** A call of a kernel. */
export interface Call {
  /** Its name in the table. */
  readonly name: string;
  /** Its inputs. */
  readonly inputs: readonly HostView[];
  /** Its outputs. */
  readonly outputs: readonly HostView[];
  /** What it is told beside them. */
  readonly attributes: unknown;
}

const cpu = createCpuBackend({ name: "reference" });

/** A heap for each way of computing that this runtime has, the best first. */
export const heaps: readonly Heap[] = simds.filter(validates).map((simd) => new Heap({ simd, debug: true }));
const [usual] = heaps;

/** What is left in the buffers of the outputs after a call of the cpu's kernel. */
export function onCpu({ name, inputs, outputs, attributes }: Call): TypedArray[] {
  const kernel = cpu.kernels.get(name) as Kernel<unknown>, copies = outputs.map(copyOf);
  kernel(inputs, copies, attributes);
  return copies.map(({ buffer }) => buffer);
}

function copyOf(view: HostView): HostView {
  return { ...view, buffer: view.buffer.slice() as HostView["buffer"] };
}

/** The same after a call of a kernel in wasm, which must have one. */
export function onWasm<A>(
  kernel: WasmKernel<A>,
  { inputs, outputs, attributes }: Call,
  heap: Heap = usual,
): TypedArray[] {
  const views = [...inputs, ...outputs], blocks = views.map(({ buffer }) => heap.allocate(buffer.byteLength));
  const operands = views.map((view, i): Operand => {
    const { dtype, shape, strides, offset, buffer } = view, bytes = bytesPerElement(dtype);
    heap.array(dtype).set(buffer, blocks[i] / bytes);
    return { pointer: blocks[i] + offset * bytes, dtype, shape, strides };
  });
  try {
    const outs = operands.slice(inputs.length);
    assertEquals(kernel(operands.slice(0, inputs.length), outs, attributes as A, heap), true);
    return outputs.map(({ dtype, buffer }, i) => {
      const first = blocks[inputs.length + i] / bytesPerElement(dtype);
      return heap.array(dtype).slice(first, first + buffer.length);
    });
  } finally {
    blocks.forEach((pointer, i) => heap.free(pointer, views[i].buffer.byteLength));
  }
}

/** Asserts that a kernel in wasm leaves the same bits as the cpu's, also beside what it is to write. */
export function assertAgrees<A>(kernel: WasmKernel<A>, call: Call, heap: Heap = usual): void {
  assertEquals(onWasm(kernel, call, heap), onCpu(call), toldOf(call, heap));
}

function toldOf({ name, attributes, inputs }: Call, { simd }: Heap): string {
  const views = inputs.map(({ dtype, shape, strides }) => `${dtype} [${shape}] by [${strides}]`);
  return `${simd} ${name} ${JSON.stringify(attributes)} of ${views.join(", ")}`;
}

/** Asserts that it leaves the same numbers to within so much; zeros are alike, whatever their sign. */
export function assertNear<A>(kernel: WasmKernel<A>, call: Call, within: number, heap: Heap = usual): void {
  const [actual, expected] = [onWasm(kernel, call, heap), onCpu(call)];
  expected.forEach((array, k) => {
    array.forEach((x: number, i: number) => {
      const found = actual[k][i];
      if (found === x || Math.abs(found - x) <= within || (x !== x && found !== found)) return;
      throw new AssertionError(`${found} instead of ${x} at ${i}: ${toldOf(call, heap)}`);
    });
  });
}
