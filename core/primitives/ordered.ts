/** Ordered primitives: scans and sorting along an axis. */
import type { Backend, ScanKind } from "../device/backend.ts";
import { apply } from "../call/apply.ts";
import { concat, narrow } from "../ops/shape.ts";
import { filled } from "../tensor/constants.ts";
import { OUTPUT, type Primitive, type Saved } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { map } from "./map.ts";
import { finiteProduct } from "./reduce.ts";

/** How a scan runs. */
export interface ScanAttributes {
  /** What it accumulates. */
  readonly kind: ScanKind;
  /** Along which axis. */
  readonly axis: number;
  /** From the end. */
  readonly reverse: boolean;
}

/** A running sum, product, extremum position, or linear recurrence `y[k] = a[k]·y[k-1] + b[k]`. */
export const scan: Primitive<ScanAttributes> = {
  name: "scan",
  label: ({ kind }) => `cumulative ${kind}`,
  infer: (inputs, { kind }) => ({
    shape: inputs[0].shape,
    dtype: kind === "argmax" || kind === "argmin"
      ? "i32"
      : inputs[0].dtype === "bool"
      ? "i32"
      : inputs[0].dtype,
  }),
  run: (backend, inputs, output, { kind, axis, reverse }) =>
    backend.scan(kind, inputs, axis, reverse, output),
  vjp(ct, saved, i): Tensor | null {
    return gradients[saved.attributes.kind]?.(ct, saved, i) ?? null;
  },
  needs: ({ kind }) => kind === "sum" ? 0 : (OUTPUT - 1) | OUTPUT,
  jvp: ([t], { attributes }) => attributes.kind === "sum" ? t && apply(scan, [t], attributes) : undefined,
};

type ScanGradient = (ct: Tensor, saved: Saved<ScanAttributes>, i: number) => Tensor;

const gradients: Readonly<Record<ScanKind, ScanGradient | null>> = {
  sum: (ct, { attributes }) => apply(scan, [ct], turned(attributes)),
  prod: prodGradient,
  linear: linearGradient,
  argmax: null,
  argmin: null,
};

function turned(attributes: ScanAttributes): ScanAttributes {
  return { ...attributes, reverse: !attributes.reverse };
}

// dL/dx[k] = y[k-1] · s[k] with s[k] = ct[k] + x[k+1]·s[k+1]: no division, so zeros are no exception.
function prodGradient(ct: Tensor, { inputs: [x], output, attributes }: Saved<ScanAttributes>): Tensor {
  const before = shifted(output, 1, attributes);
  return apply(map, [before, accumulated(ct, x, attributes)], finiteProduct);
}

function linearGradient(
  ct: Tensor,
  { inputs: [a], output, attributes }: Saved<ScanAttributes>,
  i: number,
): Tensor {
  const s = accumulated(ct, a, attributes);
  return i === 1 ? s : apply(map, [s, shifted(output, 0, attributes)], finiteProduct);
}

function accumulated(ct: Tensor, factors: Tensor, attributes: ScanAttributes): Tensor {
  const { axis, reverse } = attributes;
  const next = shifted(factors, 0, turned(attributes));
  return apply(scan, [next, ct], { kind: "linear", axis, reverse: !reverse });
}

// What stood one place earlier in the order of the scan, with a filler in the first place.
function shifted(x: Tensor, filler: number, { axis, reverse }: ScanAttributes): Tensor {
  const n = x.shape[axis];
  if (n === 0) return x;
  const first = filled(filler, x.shape.map((n, i) => i === axis ? 1 : n), x);
  return reverse
    ? concat([narrow(x, axis, 1, n - 1), first], axis)
    : concat([first, narrow(x, axis, 0, n - 1)], axis);
}

/** Along which axis to sort, and in which order. */
export interface SortAttributes {
  /** Along which axis. */
  readonly axis: number;
  /** Largest first. */
  readonly descending: boolean;
}

/** The stable order of elements; NaN counts as the largest. */
export const sortOrder: Primitive<SortAttributes> = {
  name: "argsort",
  infer: ([x]) => ({ shape: x.shape, dtype: "i32" }),
  run: (backend, [x], output, { axis, descending }) => backend.argsort(x, axis, descending, output),
};

/** 0, 1, 2, … of a length, as u32: what random numbers are counted with. */
export const countTo: Primitive<{ readonly length: number; readonly backend: Backend }> = {
  name: "iota",
  backend: ({ backend }) => backend,
  infer: (_, { length }) => ({ shape: [length], dtype: "u32" }),
  run: (backend, _inputs, output) => backend.iota(output),
};
