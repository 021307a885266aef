/** Overlap-add, element by element of the result: nothing is added to twice at once. */
import type { View } from "@tapegrad/core/backend";
import { eachInvocation, type Gpu, invocations } from "./kernel.ts";
import {
  coordinates,
  counting,
  position,
  shaderWalkOf,
  standing,
  walkKey,
  walkWords,
  word,
} from "../walk/strided.ts";
import { loaded, registerType, stored, wgslNumber } from "../wgsl/expression.ts";

/** The kernel's own parameters, which come before those of its walk. */
const OWN = 5;

/** Window `i` of `input` along `axis`, whose elements are its last axis, is added from `i·step` on. */
export function fold(gpu: Gpu, input: View, axis: number, step: number, output: View): void {
  const { shape, dtype } = output, [to, from] = [output, input].map((view) => gpu.fit("fold", view));
  const last = input.shape.length - 1;
  const windows = { ...from, shape: from.shape.slice(0, -1), strides: from.strides.slice(0, -1) };
  const views = [to, standing(windows, axis, shape), counting(to, axis)];
  const walk = shaderWalkOf(views, shape, OWN);
  const own = [input.shape[axis], input.shape[last], step, input.strides[axis], input.strides[last]];
  gpu.run({
    key: `fold${walkKey(walk)}`,
    label: "fold",
    operands: [{ view: to, access: "write" }, { view: from, access: "read" }],
    words: [...own, ...walkWords(walk)],
    source: ([target, source]) => {
      const element = loaded(
        `${source}[start + window * ${word(3)} + (at - window * ${word(2)}) * ${word(4)}]`,
        dtype,
      );
      return eachInvocation(
        word(OWN),
        `
  ${coordinates(walk, "i")}
  let start = ${position(walk, 1, "i")};
  let at = ${position(walk, 2, "i")};
  var window = select(0u, (at - ${word(1)}) / ${word(2)} + 1u, at >= ${word(1)});
  var total: ${registerType(dtype)} = ${wgslNumber(0, dtype)};
  while (window < ${word(0)} && window * ${word(2)} <= at) {
    total = total ${dtype === "bool" ? "||" : "+"} ${element};
    window++;
  }
  ${target}[${position(walk, 0, "i")}] = ${stored("total", dtype)};`,
      );
    },
    workgroups: invocations(walk.size),
  });
}
