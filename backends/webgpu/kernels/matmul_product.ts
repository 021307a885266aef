/** What the kernels of matrix products have in common: the product they compute, and its parameters. */
import { contiguousLayout, type Expr, type View } from "@tapegrad/core/backend";
import type { Operand } from "./kernel.ts";
import { emitWgsl, librarySource, loaded, registerType } from "../wgsl/expression.ts";
import {
  coordinates,
  position,
  type ShaderWalk,
  shaderWalkOf,
  walkKey,
  walkWords,
  word,
} from "../walk/strided.ts";

/** A product to compute, or the slices of it whose sum it is. */
export interface Product {
  readonly a: View;
  readonly b: View;
  /** The result; several slices come one after another along a first axis of their own. */
  readonly out: View;
  /** Rows of the result. */
  readonly m: number;
  /** Columns of the result. */
  readonly n: number;
  /** The inner extent. */
  readonly k: number;
  /** The loops over the matrices of a, b and the result. */
  readonly batch: ShaderWalk;
  /** In how many slices the inner extent is summed. */
  readonly slices: number;
  /** How much of it is a slice, a multiple of four but where it is all of it. */
  readonly slice: number;
  /** What is stored for each sum, if not itself: of one matrix, in one slice. */
  readonly epilogue?: Epilogue;
}

/** What is made of a sum: an expression of it and of the elements of other views at its place. */
export interface Epilogue {
  readonly expr: Expr;
  readonly beside: readonly View[];
}

/** The product of two views, in one slice. */
export function productOf(a: View, b: View, out: View, epilogue?: Epilogue): Product {
  const [m, n] = out.shape.slice(-2), k = a.shape[a.shape.length - 1];
  return { a, b, out, m, n, k, batch: batchOf([a, b, out]), slices: 1, slice: k, epilogue };
}

function batchOf(views: readonly View[]): ShaderWalk {
  const shape = views[0].shape.slice(0, -2);
  return shaderWalkOf(views.map((v) => ({ ...v, shape, strides: v.strides.slice(0, -2) })), shape);
}

/** The product in slices, which `out` is large enough for. */
export function sliced(product: Product, out: View, slice: number): Product {
  const { a, b } = product, [slices] = out.shape;
  const matrices = { ...out, ...contiguousLayout(out.shape.slice(1)) };
  return { ...product, out, batch: batchOf([a, b, matrices]), slices, slice };
}

/** The strides along rows and columns of a matrix. */
export function lastStrides({ strides }: View): readonly [number, number] {
  return [strides[strides.length - 2], strides[strides.length - 1]];
}

const NAMES = [
  "m",
  "n",
  "slice",
  "k",
  "aRow",
  "aColumn",
  "bRow",
  "bColumn",
  "outRow",
  "outColumn",
  "outSlice",
  "parts",
  "tiles",
  "across",
  "groups",
] as const;

/** Where kernels find the parameters of a product. */
export type Parameters = Readonly<Record<typeof NAMES[number], string>>;

/** The text of each parameter. */
export function parametersOf(product: Product): Parameters {
  const first = wordsOf(product);
  return Object.fromEntries(NAMES.map((name, i) => [name, word(first + i)])) as Parameters;
}

// How many parameters come before those by name.
function wordsOf({ batch: { shape: { length: rank } } }: Product): number {
  return 1 + rank + 3 * (1 + rank);
}

/** Those by which workgroups find their part. */
export type CutParameters = Pick<Parameters, "k" | "slice" | "parts" | "groups">;

/** How workgroups share out the work. */
export interface Cut {
  /** Workgroups for a slice. */
  readonly parts: number;
  /** Of these, how many compute one matrix, if they do not cross from one to the next. */
  readonly tiles?: number;
  /** Of these, how many lie beside each other. */
  readonly across?: number;
}

/** The parameters of the product, in the order of their names. */
export function productWords(
  { a, b, out, m, n, k, batch, slices, slice, epilogue }: Product,
  { parts, tiles = 0, across = 0 }: Cut,
): number[] {
  const words = walkWords(batch, [a.offset, b.offset, out.offset]);
  words.push(m, n, slice, k, ...lastStrides(a), ...lastStrides(b), ...lastStrides(out));
  words.push(slices > 1 ? out.strides[0] : 0, parts, tiles, across, parts * slices);
  for (const view of epilogue?.beside ?? []) words.push(view.offset, ...lastStrides(view));
  return words;
}

/** What tells the source of one product from that of another, beside how it is cut. */
export function productKey({ batch, epilogue }: Product): string {
  return epilogue ? `${walkKey(batch)}:then${epilogue.expr.id}` : walkKey(batch);
}

/** What a kernel reads beside the matrices. */
export function besideOf({ epilogue }: Product): Operand[] {
  return (epilogue?.beside ?? []).map((view) => ({ view, access: "read" }));
}

/** Declares `finished(sum, row, column)`, what is stored for a sum, given the names of what is read beside it. */
export function finishing(product: Product, names: readonly string[]): string {
  const { out: { dtype }, epilogue } = product, type = registerType(dtype);
  if (!epilogue) return "";
  const { expr, beside } = epilogue, first = wordsOf(product) + NAMES.length;
  const loads = beside.map((view, i) => {
    const [start, row, column] = [0, 1, 2].map((j) => word(first + 3 * i + j));
    return `let x${i} = ${loaded(`${names[i]}[${start} + row * ${row} + column * ${column}]`, view.dtype)};`;
  });
  const inputs = ["sum", ...beside.map((_, i) => `x${i}`)],
    dtypes = [dtype, ...beside.map(({ dtype }) => dtype)];
  const { statements, result, functions } = emitWgsl(expr, dtypes, inputs, dtype);
  return `${librarySource(functions)}
fn finished(sum: ${type}, row: u32, column: u32) -> ${type} {
  ${[...loads, ...statements].join("\n  ")}
  return ${result};
}`;
}

/** Text of what is stored for a sum at a place. */
export function finished({ epilogue }: Product, sum: string, row: string, column: string): string {
  return epilogue ? `finished(${sum}, ${row}, ${column})` : sum;
}

/** A kernel's source up to its statements, which begin by finding the `part` and the `slice` of a workgroup. */
export function entry(threads: number, p: CutParameters): string {
  return `
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let id = group.y * groups.x + group.x;
  if (id >= ${p.groups}) { return; }
  let part = id % ${p.parts};
  let slice = id / ${p.parts};
  let start = slice * ${p.slice};
  let end = min(start + ${p.slice}, ${p.k});`;
}

/** Statements that declare where matrix number `one` of a, b and the result begins. */
export function places({ batch }: Product, p: Parameters): string {
  return `${coordinates(batch, "one")}
  let aAt = ${position(batch, 0, "one")};
  let bAt = ${position(batch, 1, "one")};
  let outAt = ${position(batch, 2, "one")} + slice * ${p.outSlice};`;
}
