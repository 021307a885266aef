/** The kernels by the names of ops. */
import {
  type AttentionBackwardAttributes,
  type Expr,
  input,
  inputsOf,
  isContiguous,
  type Kernel,
  kernelTable,
  mapParts,
  sizeOf,
  type View,
} from "@tapegrad/core/backend";
import { type LaneKernel, laneKernels } from "../common/lane_kernels.ts";
import { rowProgram } from "../common/row_program.ts";
import { isSameView, plain } from "../common/views.ts";
import { runWhole, type Tools } from "../common/whole_program.ts";
import { bufferOf } from "./memory/buffers.ts";
import { attend, type Attending, cannotAttend } from "./kernels/attention.ts";
import { attendBackward, cannotAttendBackward } from "./kernels/attention_backward.ts";
import { convolutionKernels, isTooLarge } from "./kernels/convolve.ts";
import { fold } from "./kernels/fold.ts";
import { gather } from "./kernels/gather.ts";
import { iota } from "./kernels/iota.ts";
import { runLanes } from "./kernels/lanes.ts";
import { mapAll } from "./kernels/map.ts";
import { maps } from "./kernels/maps.ts";
import type { Gpu } from "./kernels/kernel.ts";
import { matmul, matmulThen } from "./kernels/matmul.ts";
import { poolKernels } from "./kernels/pool.ts";
import { reduce } from "./kernels/reduce.ts";
import { cumulate } from "./kernels/cumulate.ts";
import { scatter } from "./kernels/scatter.ts";
import { smallDeterminants } from "./kernels/small_determinants.ts";
import { smallFactors } from "./kernels/small_factors.ts";
import { smallMatrices } from "./kernels/small_matrices.ts";
import { argsort } from "./kernels/sort.ts";

/** The kernels of one device. */
export function kernelsOf(gpu: Gpu): Map<string, Kernel> {
  const mapped = (exprs: readonly Expr[], inputs: readonly View[], outputs: readonly View[]) => {
    for (const output of outputs) renew(output, inputs, exprs);
    mapAll(gpu, exprs, inputs, outputs);
  };
  const tools: Tools = {
    map: (expr, inputs, output) => mapAll(gpu, [expr], inputs, [output]),
    reduce: (kind, expr, inputs, axes, output) => reduce(gpu, kind, expr, inputs, axes, output),
    temporary: (dtype, shape) => gpu.temporary(dtype, shape),
    release: (view) => gpu.release(view),
  };
  const convolutions = convolutionKernels((work) => (inputs, [output], sliding) => {
    renew(output, inputs);
    work(gpu, inputs.map(plain), plain(output), sliding);
  });
  const lanes: LaneKernel = (program, inputs, axes, outputs) => {
    for (const output of outputs) renew(output, inputs);
    const read = inputs.map(plain), written = outputs.map(plain);
    if (!runLanes(gpu, program, read, axes, written)) runWhole(tools, program, read, axes, written);
  };
  const table = kernelTable({
    map: (inputs, outputs, { exprs }) => mapped(exprs, inputs, outputs),
    reduce(inputs, [output], { kind, expr, axes }): void {
      renew(output, inputs);
      reduce(gpu, kind, expr, inputs.map(plain), axes, plain(output));
    },
    matmul([a, b], [output]): void {
      renew(output, [a, b]);
      matmul(gpu, plain(a), plain(b), plain(output));
    },
    mappedMatmul(inputs, [output], { expr }): void {
      renew(output, inputs);
      const [a, b, ...beside] = inputs.map(plain);
      matmulThen(gpu, a, b, plain(output), { expr, beside });
    },
    maps(inputs, outputs, attributes): void {
      const all = mapParts(attributes, inputs, outputs).map(({ part: { exprs }, inputs, outputs }) => {
        for (const output of outputs) renew(output, inputs, exprs);
        return { exprs, inputs, outputs };
      });
      maps(gpu, all);
    },
    gather([x, index], [output], { axis }): void {
      renew(output, [x, index]);
      gather(gpu, plain(x), axis, plain(index), plain(output));
    },
    scatter([x, index, source], [output], { kind, axis }): void {
      if (!isSameView(x, output)) mapped([input(0)], [x], [output]);
      scatter(gpu, kind, axis, plain(index), plain(source), plain(output));
    },
    fold([x], [output], { axis, step }): void {
      renew(output, [x]);
      fold(gpu, plain(x), axis, step, plain(output));
    },
    cumulate(inputs, [output], { kind, axis, reverse }): void {
      renew(output, inputs);
      cumulate(gpu, kind, inputs.map(plain), axis, reverse, plain(output));
    },
    argsort([x], [output], { axis, descending }): void {
      renew(output, [x]);
      argsort(gpu, plain(x), axis, descending, plain(output));
    },
    iota(_inputs, [output]): void {
      renew(output, []);
      iota(gpu, output);
    },
    ...laneKernels({
      ...tools,
      reduce(kind, expr, inputs, axes, output): void {
        renew(output, inputs);
        tools.reduce(kind, expr, inputs.map(plain), axes, output);
      },
      run: lanes,
    }),
    rows: (inputs, outputs, attributes) =>
      lanes(rowProgram(attributes, inputs.length), inputs, attributes.axes, outputs),
    ...convolutions,
  });
  const scaledDotProductAttention: Kernel<Attending> = (inputs, outputs, attributes) => {
    for (const output of outputs) renew(output, inputs);
    attend(gpu, inputs.map(plain), outputs.map(plain), attributes);
  };
  const poolings = Object.entries(poolKernels(gpu)).map(([name, kernel]): [string, Kernel] => [
    name,
    (inputs, outputs, attributes) => {
      for (const output of outputs) renew(output, inputs);
      kernel(inputs, outputs, attributes as never);
    },
  ]);
  const attentionBackward: Kernel<AttentionBackwardAttributes> = (inputs, outputs, attributes) => {
    for (const output of outputs) renew(output, inputs);
    attendBackward(gpu, inputs.map(plain), outputs.map(plain), attributes);
  };
  const matrices = Object.entries({ ...smallMatrices, ...smallDeterminants, ...smallFactors }).map((
    [name, kernel],
  ): [string, Kernel] => [
    name,
    (inputs, outputs, attributes) => {
      for (const output of outputs) renew(output, inputs);
      if (outputs.some(({ shape }) => sizeOf(shape) > 0)) kernel(gpu, inputs, outputs, attributes);
    },
  ]);
  return new Map([
    ...table,
    ...poolings,
    ...matrices,
    ["scaledDotProductAttention", scaledDotProductAttention as Kernel],
    ["attentionBackward", attentionBackward as Kernel],
  ]);
}

/** Whether the kernel of a composite has no room for these operands; what the op is made of then runs. */
export function declines(gpu: Gpu, op: string, inputs: readonly View[]): boolean {
  if (/Pool\dd(Backward)?$/.test(op)) return !gpu.fits(inputs[0]);
  if (op === "attentionBackward") return cannotAttendBackward(gpu, inputs);
  return op === "scaledDotProductAttention" ? cannotAttend(gpu, inputs) : isTooLarge(gpu, op, inputs);
}

// What is overwritten throughout no longer depends on what was there before, unless it is computed from that.
function renew(output: View, inputs: readonly View[], exprs?: readonly Expr[]): void {
  const buffer = bufferOf(output);
  if (buffer.dependence === null || !isContiguous(output) || sizeOf(output.shape) < buffer.length) return;
  const read = exprs ? exprs.flatMap(inputsOf).map((i) => inputs[i]) : inputs;
  if (!read.some((view) => view.buffer === buffer)) buffer.dependence = null;
}
