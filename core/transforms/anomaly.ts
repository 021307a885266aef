/** Anomaly mode: finds the op that made the first NaN or infinity. */
import { checkFunction } from "../base/settings.ts";
import { type Call, type Layer, withLayer } from "../call/layers.ts";
import { watchRecording } from "../call/record.ts";
import { passesWhole } from "../call/apply.ts";
import { isFloating } from "../base/dtype.ts";
import { BackendError, showShape, TapeError } from "../base/errors.ts";
import { labelOf } from "../call/op.ts";
import { nodeUnderway } from "../tape/backward.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { callingLine } from "./calling_line.ts";
import { synchronous } from "./synchronous.ts";

function firstBad(x: Tensor): { readonly value: number; readonly at: readonly number[] } | null {
  if (!isFloating(x.dtype)) return null;
  if (!x.backend.readSync) {
    throw new BackendError(
      `Cannot detect anomalies on ${x.backend.name}: what an op makes there cannot be looked at before the next; ` +
        'run the function on another backend, as with model.to("cpu")',
    );
  }
  const data = x.dataSync(), flat = data.findIndex((v) => !Number.isFinite(v));
  if (flat < 0) return null;
  let rest = flat;
  const at = x.shape.toReversed().map((n) => {
    const i = rest % n;
    rest = Math.floor(rest / n);
    return i;
  });
  return { value: data[flat], at: at.toReversed() };
}

const detector: Layer = {
  keeps: passesWhole, // what is looked at is what would run without it
  handle(call: Call, next: (call: Call) => readonly Tensor[]): readonly Tensor[] {
    const outputs = next(call);
    for (const output of outputs) {
      const bad = firstBad(output);
      if (!bad || call.inputs.some((x) => firstBad(x) !== null)) continue;
      throw new TapeError(describe(call, output, bad));
    }
    return outputs;
  },
};

function describe(call: Call, output: Tensor, bad: NonNullable<ReturnType<typeof firstBad>>): string {
  const name = labelOf(call.op, call.attributes);
  const shapes = call.inputs.map((x) => showShape(x.shape)).join(" and ") || "nothing";
  const node = nodeUnderway();
  const during = node
    ? ` during backward of ${node.label}, recorded ${node.trace ?? "outside anomaly mode"}`
    : "";
  return `Found ${bad.value} at ${showShape(bad.at)} of ${
    showShape(output.shape)
  }: ${name} of ${shapes} made it ` +
    `from finite inputs${during}, ${callingLine()}`;
}

/**
 * Runs `fn`, which must be synchronous, and throws a {@link TapeError} at the first op that makes a
 * NaN or an infinity of finite inputs, naming it, its shapes, the element, the line that called it
 * and, in backward, the line that recorded what is being differentiated. Reads back after every op:
 * for finding a fault, not for training. On a backend that cannot be read at once it is a {@link BackendError}.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { detectAnomaly, log, tensor, TapeError } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => detectAnomaly(() => log(tensor([1, 0]))), TapeError, "-Infinity at [1]");
 * ```
 */
export function detectAnomaly<T>(fn: () => T): T {
  checkFunction("detect anomalies in", fn);
  const result = watchRecording((node) => node.trace = callingLine(), () => withLayer(detector, fn));
  return synchronous("detect anomalies in", result);
}
