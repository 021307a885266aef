/** The kernels that are programs over lanes, whatever runs these. */
import type { CompositeKernels, View } from "@tapegrad/core/backend";
import {
  type LaneProgram,
  logSoftmax,
  logSoftmaxBackward,
  softmax,
  softmaxBackward,
} from "./lane_program.ts";

/** Runs a program along axes of inputs of the output's shape. */
export type LaneKernel = (
  program: LaneProgram,
  inputs: readonly View[],
  axes: readonly number[],
  output: View,
) => void;

/** The kernels by the names of the composites. */
export function laneKernels(run: LaneKernel): CompositeKernels {
  const plain = (program: LaneProgram): CompositeKernels["softmax"] => (inputs, [output], { axes }) =>
    run(program, inputs, axes, output);
  return {
    softmax: plain(softmax),
    logSoftmax: plain(logSoftmax),
    softmaxBackward: plain(softmaxBackward),
    logSoftmaxBackward: plain(logSoftmaxBackward),
  };
}
