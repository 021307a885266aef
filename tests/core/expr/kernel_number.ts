import * as kernels from "../../../backends/conformance/kernels.ts";
import { type Backend, type DType, type Expr, hostArray, typesOf, type View } from "@tapegrad/core";

function view(dtype: DType, value: number): View {
  const data = hostArray(dtype, 1);
  data[0] = value;
  return { buffer: data as unknown as View["buffer"], dtype, shape: [1], strides: [1], offset: 0 };
}

/** What a kernel of a backend on the host gives for one number an input. */
export function kernelNumber(
  backend: Backend,
  expr: Expr,
  values: readonly number[],
  dtypes: readonly DType[],
): number {
  const output = view(typesOf(expr, dtypes).get(expr)!, 0);
  kernels.map(backend, expr, values.map((value, i) => view(dtypes[i], value)), output);
  return (output.buffer as unknown as ArrayLike<number>)[0];
}
