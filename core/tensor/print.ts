/** Tensors as a person reads them. */
import { isFloating } from "../base/dtype.ts";
import { showShape } from "../base/errors.ts";
import type { Backend, View } from "../device/backend.ts";
import { unrecorded } from "../device/observe.ts";
import { dataSync } from "./fetch.ts";
import type { Tensor } from "./tensor.ts";
import { storageOf } from "./internals.ts";

/** Tensors with more elements are shown by their edges. */
export const THRESHOLD = 1000;
/** How many elements are shown at each edge. */
const EDGE = 3;

/** `tensor([[1, 2], [3, 4]], f32 [2, 2])`, summarised where it is large. */
export function format(x: Tensor): string {
  const facts = factsOf(x);
  const { isBatch, released, missing, origin } = storageOf(x);
  if (isBatch) return `tensor(<each element of a batch in vmap>, ${facts})`;
  if (released) return `tensor(<disposed>, ${facts})`;
  if (missing) return `tensor(<did not arrive: await ready(x) says why>, ${facts})`;
  if (origin) return `tensor(<on its way from ${origin.name}: await ready(x)>, ${facts})`;
  if (!x.backend.synchronous) return `tensor(<on ${x.backend.name}: read it with await x.array()>, ${facts})`;
  const shown = x.size > THRESHOLD ? EDGE : Infinity;
  return formatCells(x, unrecorded(() => visible(x, shown)));
}

/** What a tensor is, beside its elements. */
export function factsOf(x: Tensor): string {
  return `${x.dtype} ${showShape(x.shape)}${x.requiresGrad ? ", requiresGrad" : ""}`;
}

/** {@link format} with elements that were read. */
export function formatCells(x: Tensor, cells: Cells): string {
  return `tensor(${layOut(numbersAsText(x.size === 0 ? [] : cells, x), "       ")}, ${factsOf(x)})`;
}

/** A view of a known device. */
type Placed = View & { readonly backend: Backend };

/** Numbers nested by axis, or texts of them, with a gap where elements are left out. */
export type Cells = number | string | Cells[];

const GAP = "…";

// The visible numbers nested by axis, with a gap where elements are left out.
function visible(x: Placed, edge: number): Cells {
  if (x.shape.length === 0) return dataSync(x)[0];
  const n = x.shape[0], row = (i: number) => visible(rowOf(x, i), edge);
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i));
  return n <= 2 * edge ? range(0, n) : [...range(0, edge), GAP, ...range(n - edge, n)];
}

function rowOf({ backend, buffer, dtype, shape, strides, offset }: Placed, i: number): Placed {
  const inner = { shape: shape.slice(1), strides: strides.slice(1), offset: offset + i * strides[0] };
  return { backend, buffer, dtype, ...inner };
}

/** Numbers in one format, as wide as each other. */
export function numbersAsText(cells: Cells, x: Tensor): Cells {
  const numbers = leaves(cells);
  const show = x.dtype === "bool"
    ? (v: number) => v ? "true" : "false"
    : numberFormat(numbers, isFloating(x.dtype));
  const width = numbers.reduce((w, v) => Math.max(w, show(v).length), 0);
  const pad = (c: Cells): Cells =>
    typeof c === "number" ? show(c).padStart(width) : Array.isArray(c) ? c.map(pad) : c;
  return pad(cells);
}

function leaves(cells: Cells): number[] {
  if (typeof cells === "number") return [cells];
  return Array.isArray(cells) ? cells.flatMap(leaves) : [];
}

// One format for all elements: plain integers, four decimals, or powers of ten where magnitudes differ a lot.
function numberFormat(numbers: readonly number[], floating: boolean): (v: number) => string {
  const finite = numbers.filter((v) => Number.isFinite(v)).map(Math.abs);
  const largest = finite.reduce((m, v) => Math.max(m, v), 0);
  const smallest = finite.reduce((m, v) => v > 0 ? Math.min(m, v) : m, Infinity);
  if (!floating) return String;
  if (finite.every(Number.isInteger) && largest < 1e9) return plain((v) => `${v}.`);
  if (largest >= 1e5 || (smallest < 1e-4 && smallest > 0)) return plain((v) => v.toExponential(4));
  return plain((v) => v.toFixed(4));
}

function plain(show: (v: number) => string): (v: number) => string {
  return (v) => Number.isNaN(v) ? "nan" : Number.isFinite(v) ? show(v) : v > 0 ? "inf" : "-inf";
}

function layOut(cells: Cells, indent: string): string {
  if (!Array.isArray(cells)) return String(cells);
  const deep = cells.some(Array.isArray);
  const inner = indent + " ";
  return `[${cells.map((c) => layOut(c, inner)).join(deep ? `,\n${inner}` : ", ")}]`;
}
