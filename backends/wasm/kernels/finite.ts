/** Whether elements are finite, which decides what kernels may leave out. */
import { bytesPerElement, e, input, sizeOf } from "@tapegrad/core/backend";
import type { Callable } from "../assembler/body.ts";
import type { Module } from "../assembler/module.ts";
import { f32, f64, i32, load, op } from "../assembler/values.ts";
import type { Heap } from "../memory/heap.ts";
import type { Operand } from "./kernel.ts";
import { made } from "./made.ts";
import { reduce } from "./reduce.ts";

/** Whether all elements of all operands, which have one dtype, are numbers and finite. */
export function areFinite(heap: Heap, operands: readonly Operand[]): boolean {
  const all = operands.filter(({ shape }) => sizeOf(shape) > 0);
  if (all.length === 0) return true;
  const dtype = all[0].dtype as "f32" | "f64", bytes = bytesPerElement(dtype);
  return heap.scratch(all.length * bytes, (start) => {
    all.forEach((x, i) => {
      const largest = { pointer: start + i * bytes, dtype, shape: [], strides: [] };
      const axes = x.shape.map((_, axis) => axis);
      reduce([x], [largest], { name: "finite", kind: "max", expr: e.abs(input(0)), axes }, heap);
    });
    return heap.decide(made(heap, `finite ${dtype}`, (module) => areBelow(module, dtype)), [
      start,
      all.length,
    ]);
  });
}

function areBelow(module: Module, dtype: "f32" | "f64"): Callable<readonly ["i32", "i32"], "i32"> {
  const bytes = bytesPerElement(dtype);
  return module.define(["i32", "i32"], "i32", (body, [start, count]) => {
    const isSo = body.keep(i32(1)), at = body.keep(start), left = body.keep(count);
    body.while(left, () => {
      const isBelow = dtype === "f32"
        ? op("f32.lt", load("f32.load", at), f32(Infinity))
        : op("f64.lt", load("f64.load", at), f64(Infinity));
      body.set(isSo, op("i32.and", isSo, isBelow));
      body.advance(at, bytes);
      body.advance(left, -1);
    });
    return isSo;
  });
}
