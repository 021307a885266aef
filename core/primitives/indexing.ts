/** Reading and writing at indices along an axis. */
import { apply } from "../call/apply.ts";
import { inputsAt, type Parts, type Primitive, primitive, type Saved, type Saves } from "../call/op.ts";
import { input } from "../expr/expr.ts";
import { div } from "../expr/scalars/arithmetic.ts";
import { eq, isNaN, select } from "../expr/scalars/logic.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { AxisAttributes, ScatterAttributes, ScatterKind } from "./attributes.ts";
import { allFront } from "./batching.ts";
import { concat, cumulate, flip, mapping, mul, mulOrZero, narrow, positions } from "./functions.ts";
import { sortOrder } from "./ordered.ts";

/** `output[…, i, …] = x[…, index[…, i, …], …]`: inputs x and index, whose other extents fit in x's. */
export const gatherAt: Primitive<AxisAttributes> = primitive({
  name: "gather",
  infer: ([x, index]) => ({ shape: index.shape, dtype: x.dtype, backend: x.backend }),
  vjp([ct], { inputs: [x, index], attributes: { axis } }): Parts {
    if (!ct) return [null, null];
    const zeros = filled(0, x.shape, ct);
    return [apply(scatterAt, [zeros, index as Tensor, ct], { axis, kind: "add" }), null];
  },
  saves: inputsAt(1),
  jvp: ([t], { inputs: [, index], attributes }) => [t && apply(gatherAt, [t, index as Tensor], attributes)],
  batch: (inputs, axes, { axis }) => ({
    outputs: [apply(gatherAt, allFront(inputs, axes), { axis: axis + 1 })],
    axes: [0],
  }),
});

/** A copy of x that source meets at index: inputs x, index, source. */
export const scatterAt: Primitive<ScatterAttributes> = primitive({
  name: "scatter",
  infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
  vjp([ct], saved, [base, , source]): Parts {
    if (!ct) return [null, null, null];
    const [ofBase, ofSource] = gradients[saved.attributes.kind];
    return [base ? ofBase(ct, saved) : null, null, source ? ofSource(ct, saved) : null];
  },
  saves: ({ kind }) => reads[kind],
  jvp([x, , source], { inputs: [base, index, values], attributes }): Parts | undefined {
    if (!isLinear(attributes.kind)) return undefined;
    if (!x && !source) return [null];
    return [apply(scatterAt, [
      x ?? filled(0, base.shape, source!),
      index as Tensor,
      source ?? filled(0, values.shape, x!),
    ], attributes)];
  },
  batch: (inputs, axes, { axis, kind }) => ({
    outputs: [apply(scatterAt, allFront(inputs, axes), { axis: axis + 1, kind })],
    axes: [0],
  }),
});

function isLinear(kind: ScatterKind): boolean {
  return kind === "add" || kind === "set";
}

type Gradient = (ct: Tensor, saved: Saved<ScatterAttributes>) => Tensor;

/** The gradients to x and to what is scattered. */
const gradients: Readonly<Record<ScatterKind, readonly [x: Gradient, source: Gradient]>> = {
  add: [(ct) => ct, picked],
  set: [
    (ct, saved) => scattered("set", ct, saved, filled(0, saved.inputs[1].shape, ct)),
    (ct, saved) => whereLast(lastAt(saved), turns(saved), picked(ct, saved)),
  ],
  prod: [
    (ct, saved) =>
      mulOrZero(ct, scattered("prod", filled(1, ct.shape, ct), saved, saved.inputs[2] as Tensor)),
    (ct, saved) => mulOrZero(picked(mulOrZero(ct, saved.inputs[0] as Tensor), saved), others(saved)),
  ],
  max: [extremumOfBase, extremumOfSource],
  min: [extremumOfBase, extremumOfSource],
};

const index: Saves = { inputs: [1], outputs: [] };
const everything: Saves = { inputs: [0, 1, 2], outputs: [0] };
const reads: Readonly<Record<ScatterKind, Saves>> = {
  add: index,
  set: index,
  prod: everything,
  max: everything,
  min: everything,
};

type Indexed = Pick<Saved<ScatterAttributes>, "inputs" | "attributes">;

function picked(x: Tensor, { inputs, attributes: { axis } }: Indexed): Tensor {
  return apply(gatherAt, [x, inputs[1] as Tensor], { axis });
}

function scattered(kind: ScatterKind, x: Tensor, { inputs, attributes }: Indexed, source: Tensor): Tensor {
  return apply(scatterAt, [x, inputs[1] as Tensor, source], { axis: attributes.axis, kind });
}

// What was overwritten by a later element has no gradient.
const whereLast = mapping("scatter backward", select(eq(input(0), input(1)), input(2), 0));

function turns({ inputs: [, index], attributes: { axis } }: Indexed): Tensor {
  return positions(index.shape, axis, index as Tensor);
}

/** The position of the last element that was written where each was. */
function lastAt(saved: Indexed): Tensor {
  const places = turns(saved);
  return picked(scattered("set", filled(0, saved.inputs[0].shape, places), saved, places), saved);
}

// What equals the extremum shares the cotangent evenly.
function extremumOfBase(ct: Tensor, saved: Saved<ScatterAttributes>): Tensor {
  return mul(hits(saved.inputs[0], saved.outputs[0]), shareOf(ct, saved));
}

function extremumOfSource(ct: Tensor, saved: Saved<ScatterAttributes>): Tensor {
  return mul(sourceHits(saved), picked(shareOf(ct, saved), saved));
}

const ones = mapping("extremum", select(eq(input(0), input(1)), input(2), 0));
const divided = mapping("div", div(input(0), input(1)));

type Value = Saved<ScatterAttributes>["inputs"][number];

function hits(x: Value, extremum: Value): Tensor {
  return ones(x as Tensor, extremum as Tensor, filled(1, [], x));
}

function sourceHits(saved: Saved<ScatterAttributes>): Tensor {
  return hits(saved.inputs[2], picked(saved.outputs[0] as Tensor, saved));
}

function shareOf(ct: Tensor, saved: Saved<ScatterAttributes>): Tensor {
  const own = hits(saved.inputs[0], saved.outputs[0]);
  return divided(ct, scattered("add", own, saved, sourceHits(saved)));
}

/** The product of what is scattered to the same place beside each element: right with zeros too. */
function others(saved: Saved<ScatterAttributes>): Tensor {
  const { inputs: [, places, values], outputs: [result], attributes: { axis } } = saved;
  const order = apply(sortOrder, [places as Tensor], { axis, descending: false });
  const [at, sorted] = [places, values].map((x) => apply(gatherAt, [x as Tensor, order], { axis }));
  const after = flip(productsBefore(flip(at, axis), flip(sorted, axis), axis), axis);
  const back = apply(sortOrder, [order], { axis, descending: false });
  const product = apply(gatherAt, [mulOrZero(productsBefore(at, sorted, axis), after), back], { axis });
  return unlessNaN(picked(result as Tensor, saved), product);
}

// A run of equal places begins with 1.
function productsBefore(at: Tensor, values: Tensor, axis: number): Tensor {
  const n = at.shape[axis];
  if (n < 2) return filled(1, values.shape, values);
  const [one, before] = [
    filled(1, at.shape.map((n, i) => i === axis ? 1 : n), values),
    narrow(at, axis, 0, n - 1),
  ];
  const next = narrow(at, axis, 1, n - 1), factors = ifSame(before, next, narrow(values, axis, 0, n - 1));
  const terms = ifOther(before, next, filled(1, [], values));
  const along = { kind: "linear", axis, reverse: false } as const;
  return cumulate([concat([one, factors], axis), concat([one, terms], axis)], along);
}

// A NaN among the factors would pass from one run to the next.
const ifSame = mapping("same place", select(eq(input(0), input(1)), select(isNaN(input(2)), 1, input(2)), 0));
const ifOther = mapping("other place", select(eq(input(0), input(1)), 0, input(2)));
const unlessNaN = mapping("number", select(isNaN(input(0)), input(0), input(1)));
