/** Composites that a kernel ran and that ONNX has an operator for; of others, and of odd cases, the parts are written. */
import {
  type AdjointAttributes,
  type AxesAttributes,
  type ConvolutionAttributes,
  type DType,
  isFloating,
  type Shape,
  sizeOf,
  type WindowAttributes,
} from "@tapegrad/core";
import type { Attributes, Edge } from "./graph.ts";
import { reads, type Rule, write, type Writing } from "./steps.ts";

function windowOf({ stride, padding, dilation }: WindowAttributes): Attributes {
  return {
    strides: stride,
    dilations: dilation,
    pads: [...padding.map(([before]) => before), ...padding.map(([, behind]) => behind)],
  };
}

function inputsOf(writing: Writing): Edge[] {
  return writing.step.inputs.map((_, i) => reads(writing, i));
}

function isOperatorOf(edges: readonly Edge[]): boolean {
  return edges.every(({ dtype, shape }) => isFloating(dtype as DType) && sizeOf(shape) > 0);
}

function convolved(writing: Writing): boolean {
  const { graph, step } = writing, attributes = step.attributes as ConvolutionAttributes;
  const inputs = inputsOf(writing), [x, weight] = inputs, [{ shape }] = step.outputs;
  if (!isOperatorOf(inputs) || attributes.padding.flat().some((n) => n < 0)) return false;
  const told = { ...windowOf(attributes), group: attributes.groups, "kernel_shape": weight.shape.slice(2) };
  write(writing, graph.node("Conv", inputs, { ...x, shape }, told));
  return true;
}

function transposed(writing: Writing): boolean {
  const { graph, step } = writing, attributes = step.attributes as AdjointAttributes;
  const { stride, dilation, padding, extents, groups } = attributes;
  const inputs = inputsOf(writing),
    [x, weight] = inputs,
    [{ shape }] = step.outputs,
    window = weight.shape.slice(2);
  // What the windows reach beyond the extents is cut off behind, what they lack is added there.
  const more = extents.map((n, i) =>
    n - ((x.shape[2 + i] - 1) * stride[i] + dilation[i] * (window[i] - 1) + 1 - padding[i][0] - padding[i][1])
  );
  const fits = more.every((n, i) => n >= 0 && n < stride[i]);
  if (!isOperatorOf(inputs) || !fits || padding.flat().some((n) => n < 0)) return false;
  const told = { ...windowOf(attributes), group: groups, "kernel_shape": window, "output_padding": more };
  write(writing, graph.node("ConvTranspose", inputs, { ...x, shape }, told));
  return true;
}

interface Pooling extends WindowAttributes {
  readonly window: Shape;
  readonly counts: Shape;
  readonly image: Shape;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
}

/** Images with one axis for all that comes before their channels. */
function imagesOf(writing: Writing, image: Shape): Edge {
  const { graph } = writing, x = reads(writing, 0), channels = sizeOf(x.shape) / sizeOf(image);
  return graph.reshape(x, [1, channels, ...image]);
}

function largest(writing: Writing): boolean {
  const { graph, step } = writing,
    attributes = step.attributes as Pooling,
    { window, counts, image } = attributes;
  const x = imagesOf(writing, image);
  if (!isOperatorOf([x])) return false;
  const shape = [1, x.shape[1], ...counts], told = { ...windowOf(attributes), "kernel_shape": window };
  const [values, places] = graph.nodeOf("MaxPool", [x], [{ ...x, shape }, { shape, dtype: "i64" }], told);
  // They count through all images there, and through each here.
  const own = graph.node("Mod", [places, graph.number(sizeOf(image), "i64")], places);
  write(writing, graph.reshape(values, step.outputs[0].shape), 0);
  write(writing, graph.cast(graph.reshape(own, step.outputs[1].shape), "i32"), 1);
  return true;
}

function averaged(writing: Writing): boolean {
  const { graph, step } = writing, attributes = step.attributes as Pooling, { window, counts } = attributes;
  const { padding, countIncludePad, divisorOverride } = attributes;
  const x = imagesOf(writing, step.inputs[0].shape.slice(-window.length));
  // Where windows reach beyond the padding that was asked for, that part does not count.
  const isEven = padding.every(([before, behind]) => behind <= before) || !countIncludePad;
  if (!isOperatorOf([x]) || divisorOverride !== null || !isEven) return false;
  const { strides, pads } = windowOf(attributes), shape = [1, x.shape[1], ...counts];
  const told = { "kernel_shape": window, strides, pads, "count_include_pad": Number(countIncludePad) };
  write(writing, graph.reshape(graph.node("AveragePool", [x], { ...x, shape }, told), step.outputs[0].shape));
  return true;
}

function lanes(type: string): Rule {
  return (writing) => {
    const { graph, step } = writing, { axes } = step.attributes as AxesAttributes, x = reads(writing, 0);
    if (axes.length !== 1) return false;
    write(writing, graph.node(type, [x], x, { axis: axes[0] }));
    return true;
  };
}

function normalized(writing: Writing): boolean {
  const { graph, memory, step } = writing, { axes } = step.attributes as AxesAttributes;
  const { kind, dtype, ...eps } = memory.value(step.inputs[1].value), [x, , weight, bias] = inputsOf(writing);
  const first = x.shape.length - axes.length, isLast = axes.every((axis, i) => axis === first + i);
  if (!isLast || axes.length === 0 || kind !== "literal" || sizeOf(x.shape) === 0) return false;
  const shape = x.shape.slice(first), number = memory.numberOf({ kind, dtype, ...eps });
  const scale = weight ?? graph.expand(graph.number(1, x.dtype), shape);
  const inputs = bias ? [x, scale, bias] : [x, scale];
  write(
    writing,
    graph.node("LayerNormalization", inputs, x, { axis: first, epsilon: { float: number } }),
  );
  return true;
}

/** The rules of composites, by name; each may pass. */
export const compositeRules: Readonly<Record<string, Rule>> = {
  conv1d: convolved,
  conv2d: convolved,
  conv3d: convolved,
  convTranspose1d: transposed,
  convTranspose2d: transposed,
  convTranspose3d: transposed,
  maxPool1d: largest,
  maxPool2d: largest,
  maxPool3d: largest,
  avgPool1d: averaged,
  avgPool2d: averaged,
  avgPool3d: averaged,
  softmax: lanes("Softmax"),
  logSoftmax: lanes("LogSoftmax"),
  layerNorm: normalized,
};
