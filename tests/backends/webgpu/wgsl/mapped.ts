/** Elementwise kernels on a device, from elements to elements. */
import * as kernels from "../../../../backends/conformance/kernels.ts";
import {
  type Backend,
  contiguousLayout,
  type DType,
  type Expr,
  type TypedArray,
  type View,
} from "@tapegrad/core";

/** Elements of a dtype. */
export interface Column {
  readonly dtype: DType;
  readonly data: TypedArray;
}

/** Queues `expr` on columns; what it gives is read later. */
export function queued(device: Backend, expr: Expr, columns: readonly Column[], dtype: DType): View {
  const count = columns[0].data.length, layout = contiguousLayout([count]);
  const inputs = columns.map((column) => {
    const buffer = device.allocate(column.dtype, count);
    device.write(buffer, column.data);
    return { buffer, dtype: column.dtype, ...layout };
  });
  const output = { buffer: device.allocate(dtype, count), dtype, ...layout };
  kernels.map(device, expr, inputs, output);
  return output;
}

/** `expr` on columns, elementwise. */
export async function mapped(
  device: Backend,
  expr: Expr,
  columns: readonly Column[],
  dtype: DType,
): Promise<TypedArray> {
  const [found] = await device.read([queued(device, expr, columns, dtype)]);
  return found;
}

/** A column of f32. */
export function floats(values: Iterable<number>): Column {
  return { dtype: "f32", data: Float32Array.from(values) };
}
