/** Normalisation by mean and variance whose weight and bias lie along any axes, as of channels over a batch. */
import {
  type CompositeKernels,
  type DType,
  e,
  type Expr,
  type NormBackwardAttributes,
  type Shape,
  sizeOf,
  type StandardizeAttributes,
  type View,
} from "@tapegrad/core/backend";
import type { LaneTools } from "./lane_kernels.ts";
import { type Add, madeOnce, program, scaleOf } from "./lane_program.ts";
import { otherAxes, plain, repeatedAlong, spread } from "./views.ts";

function momentsOf(add: Add, x: Expr): readonly [mean: Expr, left: Expr, variance: Expr] {
  const mean = add("mean", x), left = e.sub(x, mean);
  return [mean, left, add("mean", e.square(left))];
}

/** (x - mean)/√(variance + eps)·weight + bias, mean and variance. */
const standardize = madeOnce((inputs: number) =>
  program("standardize", inputs, (add, x, eps, weight?, bias?) => {
    const [mean, left, variance] = momentsOf(add, x), scaled = e.mul(left, scaleOf(add, variance, eps));
    const weighed = weight ? e.mul(scaled, weight) : scaled;
    return [add("each", bias ? e.add(weighed, bias) : weighed), mean, variance];
  })
);

// A weight that is one number of each lane: the gradients to it and to the bias are sums of lanes.
const backwardOfLanes = madeOnce((inputs: number, ofX: boolean, ofWeight: boolean, ofBias: boolean) =>
  program("standardizeBackward", inputs, (add, x, eps, ct, weight?) => {
    const [, left, variance] = momentsOf(add, x),
      scale = scaleOf(add, variance, eps),
      along = e.mul(ct, left);
    const pulled = () => {
      const slope = add("once", e.mul(scale, add("mean", along))), level = add("mean", ct);
      const factor = weight ? add("once", e.mul(weight, scale)) : scale;
      return add("each", e.mul(factor, e.sub(e.sub(ct, level), e.mul(e.mul(left, scale), slope))));
    };
    return [
      ofX ? pulled() : null,
      ofWeight ? add("once", e.mul(scale, add("sum", along))) : null,
      ofBias ? add("sum", ct) : null,
    ];
  })
);

// A weight that differs within lanes: to sum its gradient over lanes their mean and scale are wanted.
const backwardWithin = madeOnce((inputs: number, ofX: boolean, ofWeight: boolean) =>
  program("standardizeBackward within lanes", inputs, (add, x, eps, ct, weight?) => {
    const [mean, left, variance] = momentsOf(add, x), scale = scaleOf(add, variance, eps);
    const pulled = () => {
      const slope = weight ? e.mul(ct, weight) : ct, along = add("mean", e.mul(slope, left));
      const rest = e.mul(e.mul(left, scale), add("once", e.mul(scale, along)));
      return add("each", e.mul(scale, e.sub(e.sub(slope, add("mean", slope)), rest)));
    };
    return [ofX ? pulled() : null, ofWeight ? mean : null, ofWeight ? scale : null];
  })
);

type Backward = StandardizeAttributes & NormBackwardAttributes;

/** Their kernels. */
export type StandardizeKernels = Pick<CompositeKernels, "standardize" | "standardizeBackward">;

/** The kernels by the names of the composites. */
export function standardizeKernels(tools: LaneTools): StandardizeKernels {
  return {
    standardize: (inputs, outputs, { axes, along }) =>
      tools.run(standardize(inputs.length), placed(inputs, along), axes, outputs),
    standardizeBackward(inputs, outputs, attributes): void {
      const task = {
        tools,
        inputs: placed(inputs, attributes.along),
        outputs: outputs.map(plain),
        attributes,
      };
      const isOfLanes = attributes.along.every((axis) => !attributes.axes.includes(axis));
      (sizeOf(inputs[0].shape) === 0 ? pullNothing : isOfLanes ? pullOfLanes : pullWithin)(task);
    },
  };
}

interface Task {
  readonly tools: LaneTools;
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
  readonly attributes: Backward;
}

// Sums of nothing.
function pullNothing({ tools, inputs: [x, , ct], outputs, attributes: { along, wanted } }: Task): void {
  const others = otherAxes(x.shape.length, along), value = wideInput(0, x.dtype);
  for (const part of outputs.slice(Number(wanted[0]))) tools.reduce("sum", value, [ct], others, part);
}

function pullOfLanes({ tools, inputs, outputs, attributes: { axes, along, wanted } }: Task): void {
  const [{ shape, dtype }] = inputs,
    kept = otherAxes(shape.length, axes),
    parts = outputs.slice(Number(wanted[0]));
  const given = dtype === "f16" ? "f32" : dtype, isSum = along.length < kept.length || given !== dtype;
  const extents = extentsOf(shape, kept),
    numbers = parts.map((part) => isSum ? tools.temporary(given, extents) : part);
  const lead = outputs.slice(0, Number(wanted[0]));
  tools.run(backwardOfLanes(inputs.length, ...wanted), inputs, axes, [...lead, ...numbers]);
  if (!isSum) return;
  const others = kept.flatMap((axis, i) => along.includes(axis) ? [] : [i]);
  numbers.forEach((sums, i) => {
    tools.reduce("sum", e.input(0), [sums], others, parts[i]);
    tools.release(sums);
  });
}

function pullWithin({ tools, inputs, outputs, attributes: { axes, along, wanted } }: Task): void {
  const [x, , ct] = inputs,
    { shape, dtype } = x,
    [ofX, ofWeight, ofBias] = wanted,
    given = dtype === "f16" ? "f32" : dtype;
  const extents = extentsOf(shape, otherAxes(shape.length, axes)), others = otherAxes(shape.length, along);
  const numbers = ofWeight ? [0, 1].map(() => tools.temporary(given, extents)) : [];
  const parts = [...outputs], lead = ofX ? [parts.shift()!] : [];
  if (ofX || ofWeight) {
    tools.run(backwardWithin(inputs.length, ofX, ofWeight), inputs, axes, [...lead, ...numbers]);
  }
  const [value, slope] = [wideInput(0, dtype), wideInput(1, dtype)];
  if (ofWeight) {
    const read = [x, ct, ...numbers.map((view) => repeatedAlong(view, shape, axes))];
    const expr = e.mul(slope, e.mul(e.sub(value, e.input(2)), e.input(3)));
    tools.reduce("sum", expr, read, others, parts.shift()!);
  }
  if (ofBias) tools.reduce("sum", value, [ct], others, parts[0]);
  numbers.forEach((view) => tools.release(view));
}

function wideInput(k: number, dtype: DType): Expr {
  return dtype === "f16" ? e.cast(e.input(k), "f32") : e.input(k);
}

function extentsOf(shape: Shape, axes: readonly number[]): Shape {
  return axes.map((axis) => shape[axis]);
}

function placed(inputs: readonly View[], along: readonly number[]): readonly View[] {
  return inputs.map((view) => spread(view, inputs[0].shape, along));
}
