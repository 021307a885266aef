/** The kernels that are programs over lanes, whatever runs these. */
import type {
  AxesAttributes,
  CompositeKernels,
  Kernel,
  NormBackwardAttributes,
  Shape,
  View,
} from "@tapegrad/core/backend";
import type { LaneProgram } from "./lane_program.ts";
import * as programs from "./lane_program.ts";
import { otherAxes, plain, repeatedAlong } from "./views.ts";

/** Runs a program along axes of inputs of one shape, for those of its results that are wanted. */
export type LaneKernel = (
  program: LaneProgram,
  inputs: readonly View[],
  axes: readonly number[],
  outputs: readonly View[],
) => void;

/** The kernels by the names of the composites. */
export function laneKernels(run: LaneKernel): CompositeKernels {
  const along = <A extends AxesAttributes>(
    program: (inputs: number, attributes: A) => LaneProgram,
  ): Kernel<A> =>
  (inputs, outputs, attributes) => {
    const { axes } = attributes, { shape } = inputs[0];
    const views = inputs.map((view) => spread(view, shape, axes));
    run(program(inputs.length, attributes), views, axes, outputs);
  };
  return {
    softmax: along(() => programs.softmax),
    logSoftmax: along(() => programs.logSoftmax),
    softmaxBackward: along(() => programs.softmaxBackward),
    logSoftmaxBackward: along(() => programs.logSoftmaxBackward),
    layerNorm: along(programs.layerNorm),
    layerNormBackward: along<NormBackwardAttributes>((inputs, { wanted }) =>
      programs.layerNormBackward(inputs, ...wanted)
    ),
    rmsNorm: along(programs.rmsNorm),
    rmsNormBackward: along<NormBackwardAttributes>((inputs, { wanted }) =>
      programs.rmsNormBackward(inputs, ...wanted)
    ),
  };
}

// A scalar is one for all, and what has the extents of the lanes is the same for each.
function spread(view: View, shape: Shape, axes: readonly number[]): View {
  const { length: rank } = view.shape;
  if (rank === shape.length) return view;
  return repeatedAlong(plain(view), shape, otherAxes(shape.length, rank === 0 ? [] : axes));
}
