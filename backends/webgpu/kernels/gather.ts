/** Reading at computed positions. */
import type { View } from "@tapegrad/core/backend";
import { describeIndex, faultSource, leaveOutOfRange } from "../device/faults.ts";
import { eachInvocation, type Gpu, invocations } from "./kernel.ts";
import { coordinates, position, shaderWalkOf, standing, walkKey, walkWords, word } from "../walk/strided.ts";

/** The kernel's own parameters, which come before those of its walk. */
const OWN = 3;

/** `output[…, i, …] = input[…, index[…, i, …], …]` along `axis`. */
export function gather(gpu: Gpu, input: View, axis: number, index: View, output: View): void {
  const { shape } = output, extent = input.shape[axis];
  const fitted = [output, index, input].map((view) => gpu.fit("gather", view));
  const views = [fitted[0], fitted[1], standing(fitted[2], axis, shape)];
  const walk = shaderWalkOf(views, shape, OWN);
  const reports = gpu.watch(describeIndex("gather", index, axis, extent));
  gpu.run({
    key: `gather${walkKey(walk)}`,
    label: "gather",
    operands: [
      { view: views[0], access: "write" },
      { view: views[1], access: "read" },
      { view: views[2], access: "read" },
    ],
    reports,
    words: [extent, fitted[2].strides[axis], reports.slot, ...walkWords(walk)],
    source: ([to, positions, from, fault]) =>
      faultSource(fault) + eachInvocation(
        word(OWN),
        `
  ${coordinates(walk, "i")}
  let at = bitcast<u32>(${positions}[${position(walk, 1, "i")}]);
  ${leaveOutOfRange("at", word(0), word(2))}
  ${to}[${position(walk, 0, "i")}] = ${from}[${position(walk, 2, "i")} + at * ${word(1)}];`,
      ),
    workgroups: invocations(walk.size),
  });
}
