/** The kernels by the names of ops. */
import {
  type Expr,
  input,
  isContiguous,
  type Kernel,
  kernelTable,
  sizeOf,
  topological,
  type View,
} from "@tapegrad/core";
import { isSameView } from "../common/same_view.ts";
import { bufferOf } from "./memory/buffers.ts";
import type { Executor } from "./stream/executor.ts";
import { fold } from "./kernels/fold.ts";
import { gather } from "./kernels/gather.ts";
import { iota } from "./kernels/iota.ts";
import { map } from "./kernels/map.ts";
import { matmul } from "./kernels/matmul.ts";
import { reduce } from "./kernels/reduce.ts";
import { cumulate } from "./kernels/cumulate.ts";
import { scatter } from "./kernels/scatter.ts";
import { argsort } from "./kernels/sort.ts";

/** The kernels of one device. */
export function kernelsOf(gpu: Executor): Map<string, Kernel> {
  const mapOne = (expr: Expr, inputs: readonly View[], output: View) => {
    renew(output, inputs, expr);
    map(gpu, expr, inputs, output);
  };
  return kernelTable({
    map: (inputs, outputs, { exprs }) => exprs.forEach((expr, i) => mapOne(expr, inputs, outputs[i])),
    reduce(inputs, [output], { kind, expr, axes }): void {
      renew(output, inputs);
      reduce(gpu, kind, expr, inputs.map(plain), axes, plain(output));
    },
    matmul([a, b], [output]): void {
      renew(output, [a, b]);
      matmul(gpu, plain(a), plain(b), plain(output));
    },
    gather([x, index], [output], { axis }): void {
      renew(output, [x, index]);
      gather(gpu, plain(x), axis, plain(index), plain(output));
    },
    scatter([x, index, source], [output], { kind, axis }): void {
      if (!isSameView(x, output)) mapOne(input(0), [x], output);
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
  });
}

// Tensors are views whose buffer is no property of their own: kernels that make views of views need it to be.
function plain({ buffer, dtype, shape, strides, offset }: View): View {
  return { buffer, dtype, shape, strides, offset };
}

// What is overwritten throughout no longer depends on what was there before, unless it is computed from that.
function renew(output: View, inputs: readonly View[], expr?: Expr): void {
  const buffer = bufferOf(output);
  if (buffer.dependence === null || !isContiguous(output) || sizeOf(output.shape) < buffer.length) return;
  const read = expr ? topological(expr).flatMap((x) => x.kind === "input" ? [inputs[x.value]] : []) : inputs;
  if (!read.some((view) => view.buffer === buffer)) buffer.dependence = null;
}
