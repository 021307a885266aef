/** Products of halves: they are multiplied in single precision, and rounded to halves once. */
import {
  bytesPerElement,
  contiguousLayout,
  type DType,
  input,
  type MapAttributes,
  sizeOf,
} from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { map } from "../map.ts";

type Multiply = (a: Operand, b: Operand, output: Operand) => void;

/** Multiplies copies in single precision. */
export function multiplyHalves(
  multiply: Multiply,
  [a, b]: readonly Operand[],
  output: Operand,
  heap: Heap,
): void {
  withSingle(a, heap, (left) =>
    withSingle(b, heap, (right) =>
      withRoom(output.shape, heap, (sums) => {
        multiply(left, right, sums);
        copy(sums, output, heap);
      })));
}

/** A copy in single precision; what repeats is copied once. */
export function withSingle(x: Operand, heap: Heap, use: (single: Operand) => void): void {
  const shape = x.shape.map((extent, axis) => x.strides[axis] === 0 ? 1 : extent);
  withRoom(shape, heap, (room) => {
    copy({ ...x, shape }, room, heap);
    use({
      ...room,
      shape: x.shape,
      strides: room.strides.map((step, axis) => x.strides[axis] === 0 ? 0 : step),
    });
  });
}

/** Room for elements in single precision. */
export function withRoom(shape: readonly number[], heap: Heap, use: (room: Operand) => void): void {
  const dtype: DType = "f32", { strides } = contiguousLayout(shape);
  heap.scratch(sizeOf(shape) * bytesPerElement(dtype), (pointer) => use({ pointer, dtype, shape, strides }));
}

const same: MapAttributes = { name: "matmul", exprs: [input(0)] };

/** Copies elements, as those of another dtype where it is another. */
export function copy(from: Operand, to: Operand, heap: Heap): void {
  map([from], [to], same, heap);
}
