/** Normalisation of channels and groups: programs over lanes, and sums of what these give. */
import type { Kernel } from "@tapegrad/core/backend";
import type { LaneKernel } from "../../common/lane_kernels.ts";
import { type StandardizeKernels, standardizeKernels } from "../../common/standardizing.ts";
import type { WasmKernel, WasmKernelsFor } from "./kernel.ts";
import { runLanes } from "./lanes.ts";
import { operandOf, viewOf, withTools } from "./lanes_whole.ts";

function onViews<A>(kernelOf: (kernels: StandardizeKernels) => Kernel<A>): WasmKernel<A> {
  return (inputs, outputs, attributes, heap) => {
    const run: LaneKernel = (program, views, axes, results) =>
      runLanes(heap, program, { inputs: views.map(operandOf), outputs: results.map(operandOf), axes });
    withTools(heap, (tools) => {
      const kernel = kernelOf(standardizeKernels({ ...tools, run }));
      kernel(inputs.map(viewOf), outputs.map(viewOf), attributes);
    });
    return true;
  };
}

/** The kernels by the names of the composites. */
export const standardizing: WasmKernelsFor<StandardizeKernels> = {
  standardize: onViews(({ standardize }) => standardize),
  standardizeBackward: onViews(({ standardizeBackward }) => standardizeBackward),
};
