/** Loops over operands by pointers and steps in bytes: the innermost run in wasm, the host has the others. */
import { bytesPerElement, coalesce, type Shape, sizeOf } from "@tapegrad/core/backend";
import type { Walk } from "../../common/walk.ts";
import type { Operand } from "./kernel.ts";

/** Where elements are, and how far apart in elements. */
export type Strided = Pick<Operand, "pointer" | "dtype" | "strides">;

/** The fewest loops, but so many at least, over operands of one shape: where each starts, and its steps, in bytes. */
export function sweepOf(operands: readonly Strided[], shape: Shape, least = 2): Walk {
  const loops = coalesce(operands.map(({ strides }) => strides), shape);
  const missing = new Array<number>(Math.max(0, least - loops.shape.length)).fill(0);
  return {
    shape: [...missing.map(() => 1), ...loops.shape],
    strides: operands.map(({ dtype }, k) => {
      const bytes = bytesPerElement(dtype);
      return [...missing, ...loops.strides[k].map((step) => step * bytes)];
    }),
    size: sizeOf(shape),
    starts: operands.map(({ pointer }) => pointer),
  };
}

/** An operand that stands still along an axis. */
export function repeatedAt({ pointer, dtype, strides }: Strided, axis: number): Strided {
  return { pointer, dtype, strides: strides.with(axis, 0) };
}

/** An operand without an axis: of what it has along it, what is at index 0. */
export function withoutAxis({ pointer, dtype, strides }: Strided, axis: number): Strided {
  return { pointer, dtype, strides: strides.toSpliced(axis, 1) };
}

/** An operand along some of its axes. */
export function stridedAlong({ pointer, dtype, strides }: Strided, axes: readonly number[]): Strided {
  return { pointer, dtype, strides: axes.map((axis) => strides[axis]) };
}
