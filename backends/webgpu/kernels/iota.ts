/** 0, 1, 2, … */
import type { View } from "@tapegrad/core/backend";
import { eachInvocation, type Gpu, invocations } from "./kernel.ts";
import { word } from "../walk/strided.ts";
import { storageType } from "../wgsl/expression.ts";

/** `output[i] = i` for a contiguous output of one axis. */
export function iota(gpu: Gpu, output: View): void {
  const [n] = output.shape, view = gpu.fit("count", output);
  gpu.run({
    key: "iota",
    label: "iota",
    operands: [{ view, access: "write" }],
    words: [n, view.offset],
    source: ([out]) => eachInvocation(word(0), `${out}[i + ${word(1)}] = ${storageType(output.dtype)}(i);`),
    workgroups: invocations(n),
  });
}
