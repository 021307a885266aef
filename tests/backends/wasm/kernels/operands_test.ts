import { assertEquals } from "@std/assert";
import { contiguousLayout, type DType, hostArray, type View } from "@tapegrad/core/backend";
import { WasmBuffer } from "../../../../backends/wasm/memory/buffer.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import type { Operand } from "../../../../backends/wasm/kernels/kernel.ts";
import { withOperands } from "../../../../backends/wasm/kernels/operands.ts";

const heap = new Heap({ debug: true });

function onHost(values: readonly number[], dtype: DType = "f32"): View {
  const buffer = hostArray(dtype, values.length);
  buffer.set(values);
  return { buffer, dtype, ...contiguousLayout([values.length]) };
}

function inWasm(values: readonly number[]): View & { readonly buffer: WasmBuffer } {
  const buffer = new WasmBuffer(heap, "f32", values.length);
  buffer.elements.set(values);
  return { buffer, dtype: "f32", ...contiguousLayout([values.length]) };
}

function doubled([x]: readonly Operand[], [out]: readonly Operand[]): boolean {
  const elements = heap.array("f32"), from = x.pointer / 4, to = out.pointer / 4;
  for (let i = 0; i < out.shape[0]; i++) {
    elements[to + i * out.strides[0]] = 2 * elements[from + i * x.strides[0]];
  }
  return true;
}

Deno.test("operands in wasm memory are where they are, from their first element", () => {
  const x = inWasm([1, 2, 3]), out = inWasm([0, 0, 0]);
  withOperands(heap, [{ ...x, shape: [2], offset: 1 }], [out], ([view], outputs) => {
    assertEquals(view.pointer, x.buffer.pointer + 4);
    return doubled([view], [{ ...outputs[0], shape: [2] }]);
  });
  assertEquals(out.buffer.elements, Float32Array.of(4, 6, 0));
});

Deno.test("small operands are copied for the call, and results back, beside what is around them", () => {
  const x = onHost([1, 2, 3]), out = onHost([9, 9, 9, 9]);
  const every = { ...out, shape: [2], strides: [2], offset: 1 };
  assertEquals(withOperands(heap, [{ ...x, shape: [2] }], [every], doubled), true);
  assertEquals(out.buffer, Float32Array.of(9, 2, 9, 4));
});

Deno.test("views of one array are views of one copy", () => {
  const x = onHost([1, 2, 3]);
  withOperands(heap, [x, { ...x, shape: [1], offset: 2 }], [x], ([a, b], [out]) => {
    assertEquals([b.pointer - a.pointer, out.pointer], [8, a.pointer]);
    return doubled([a], [out]);
  });
  assertEquals(x.buffer, Float32Array.of(2, 4, 6));
});

Deno.test("copies of all dtypes are aligned, and a kernel that does not run leaves arrays as they were", () => {
  const views = [onHost([1], "bool"), onHost([2.5], "f64"), onHost([3], "f16"), onHost([-4], "i32")];
  const ran = withOperands(heap, views, [views[3]], (operands) => {
    const found = operands.map(({ dtype, pointer }) => {
      const elements = heap.array(dtype), at = pointer / elements.BYTES_PER_ELEMENT, value = elements[at];
      elements[at] = 0;
      return value;
    });
    assertEquals(found, [1, 2.5, 3, -4]);
    return false;
  });
  assertEquals([ran, views[3].buffer], [false, Int32Array.of(-4)]);
});
