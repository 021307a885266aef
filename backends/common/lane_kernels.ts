/** The kernels that are programs over lanes, whatever runs these. */
import type { CompositeKernels, View } from "@tapegrad/core/backend";
import type { LaneProgram } from "./lane_program.ts";
import * as programs from "./lane_program.ts";
import { reshaped } from "./views.ts";

/** Runs a program along axes of inputs of the output's shape. */
export type LaneKernel = (
  program: LaneProgram,
  inputs: readonly View[],
  axes: readonly number[],
  output: View,
) => void;

/** The kernels by the names of the composites. */
export function laneKernels(run: LaneKernel): CompositeKernels {
  const along = (program: LaneProgram): CompositeKernels["softmax"] => (inputs, [output], { axes }) =>
    run(program, inputs.map((view) => spread(view, output)), axes, output);
  return {
    softmax: along(programs.softmax),
    logSoftmax: along(programs.logSoftmax),
    softmaxBackward: along(programs.softmaxBackward),
    logSoftmaxBackward: along(programs.logSoftmaxBackward),
    layerNorm: along(programs.layerNorm),
    layerNormBackward: along(programs.layerNormBackward),
    rmsNorm: along(programs.rmsNorm),
    rmsNormBackward: along(programs.rmsNormBackward),
  };
}

// A scalar is one for all.
function spread(view: View, { shape }: View): View {
  return view.shape.length === shape.length ? view : reshaped(view, shape, shape.map(() => 0));
}
