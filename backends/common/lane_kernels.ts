/** The kernels that are programs over lanes, whatever runs these. */
import type {
  AxesAttributes,
  CompositeKernels,
  Kernel,
  NormBackwardAttributes,
  View,
} from "@tapegrad/core/backend";
import type { LaneProgram } from "./lane_program.ts";
import * as programs from "./lane_program.ts";
import { standardizeKernels } from "./standardizing.ts";
import { spread } from "./views.ts";
import type { Tools } from "./whole_program.ts";

/** Runs a program along axes of inputs of one shape, for those of its results that are wanted. */
export type LaneKernel = (
  program: LaneProgram,
  inputs: readonly View[],
  axes: readonly number[],
  outputs: readonly View[],
) => void;

/** What these kernels are run with. */
export interface LaneTools extends Pick<Tools, "reduce" | "temporary" | "release"> {
  /** Runs a program. */
  readonly run: LaneKernel;
}

/** The kernels by the names of the composites. */
export function laneKernels(tools: LaneTools): CompositeKernels {
  const along = <A extends AxesAttributes>(
    program: (inputs: number, attributes: A) => LaneProgram,
  ): Kernel<A> =>
  (inputs, outputs, attributes) => {
    const { axes } = attributes, { shape } = inputs[0];
    const views = inputs.map((view) => spread(view, shape, axes));
    tools.run(program(inputs.length, attributes), views, axes, outputs);
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
    ...standardizeKernels(tools),
  };
}
