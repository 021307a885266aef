/** Ordered primitives: what accumulates along an axis, sorting, counting. */
import { apply } from "../call/apply.ts";
import {
  type Batched,
  nothing,
  type Parts,
  type Primitive,
  primitive,
  type Saved,
  type Saves,
} from "../call/op.ts";
import { currentBackend } from "../device/choice.ts";
import { filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { CountAttributes, CumulateAttributes, CumulateKind, SortAttributes } from "./attributes.ts";
import { allFront, front } from "./batching.ts";
import { concat, cumulate as cumulated, mulOrZero, narrow } from "./functions.ts";

export type { CumulateAttributes };

/** A running sum, product, extremum position, or linear recurrence `y[k] = a[k]·y[k-1] + b[k]`. */
export const cumulate: Primitive<CumulateAttributes> = primitive({
  name: "cumulate",
  label: ({ kind }) => `cumulative ${kind}`,
  infer: ([{ shape, dtype, backend }], { kind }) => ({
    shape,
    dtype: kind === "argmax" || kind === "argmin" || dtype === "bool" ? "i32" : dtype,
    backend,
  }),
  vjp([ct], saved, wanted): Parts {
    const rule = gradients[saved.attributes.kind];
    return rule && ct ? rule(ct, saved, wanted) : saved.inputs.map(() => null);
  },
  saves: ({ kind }): Saves => saved[kind],
  jvp: ([t], { attributes }) => attributes.kind === "sum" ? [t && cumulated([t], attributes)] : undefined,
  batch(inputs, axes, attributes): Batched {
    const shifted = { ...attributes, axis: attributes.axis + 1 };
    return { outputs: [apply(cumulate, allFront(inputs, axes), shifted)], axes: [0] };
  },
});

type Gradient = (ct: Tensor, saved: Saved<CumulateAttributes>, wanted: readonly boolean[]) => Parts;

const gradients: Readonly<Record<CumulateKind, Gradient | null>> = {
  sum: (ct, { attributes }) => [cumulated([ct], turned(attributes))],
  prod: prodGradient,
  linear: linearGradient,
  argmax: null,
  argmin: null,
};

const saved: Readonly<Record<CumulateKind, Saves>> = {
  sum: nothing,
  prod: { inputs: [0], outputs: [0] },
  linear: { inputs: [0], outputs: [0] },
  argmax: nothing,
  argmin: nothing,
};

function turned(attributes: CumulateAttributes): CumulateAttributes {
  return { ...attributes, reverse: !attributes.reverse };
}

// dL/dx[k] = y[k-1] · s[k] with s[k] = ct[k] + x[k+1]·s[k+1]: no division, so zeros are no exception.
function prodGradient(ct: Tensor, { inputs, outputs, attributes }: Saved<CumulateAttributes>): Parts {
  const before = shifted(outputs[0] as Tensor, 1, attributes);
  return [mulOrZero(before, accumulated(ct, inputs[0] as Tensor, attributes))];
}

function linearGradient(
  ct: Tensor,
  { inputs, outputs, attributes }: Saved<CumulateAttributes>,
  [factors, terms]: readonly boolean[],
): Parts {
  const s = accumulated(ct, inputs[0] as Tensor, attributes);
  return [factors ? mulOrZero(s, shifted(outputs[0] as Tensor, 0, attributes)) : null, terms ? s : null];
}

function accumulated(ct: Tensor, factors: Tensor, attributes: CumulateAttributes): Tensor {
  const { axis, reverse } = attributes;
  const next = shifted(factors, 0, turned(attributes));
  return cumulated([next, ct], { kind: "linear", axis, reverse: !reverse });
}

// What stood one place earlier in the order, with a filler in the first place.
function shifted(x: Tensor, filler: number, { axis, reverse }: CumulateAttributes): Tensor {
  const n = x.shape[axis];
  if (n === 0) return x;
  const first = filled(filler, x.shape.map((n, i) => i === axis ? 1 : n), x);
  return reverse
    ? concat([narrow(x, axis, 1, n - 1), first], axis)
    : concat([first, narrow(x, axis, 0, n - 1)], axis);
}

/** The stable order of elements; NaN counts as the largest. */
export const sortOrder: Primitive<SortAttributes> = primitive({
  name: "argsort",
  infer: ([{ shape, backend }]) => ({ shape, dtype: "i32", backend }),
  batch: (inputs, axes, { axis, descending }) =>
    front(inputs, axes, (x) => apply(sortOrder, [x], { axis: axis + 1, descending })),
});

/** 0, 1, 2, … of a length, as u32, on the backend in use: what random numbers are counted with. */
export const countTo: Primitive<CountAttributes> = primitive({
  name: "iota",
  infer: (_, { length }) => ({ shape: [length], dtype: "u32", backend: currentBackend() }),
  compose: (backend, _, [{ buffer }], { length }) =>
    backend.write(buffer, Uint32Array.from({ length }, (_, i) => i)),
  batch: (_inputs, _axes, attributes) => ({ outputs: [apply(countTo, [], attributes)], axes: [null] }),
});
