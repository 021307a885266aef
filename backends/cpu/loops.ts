/** Walking strided views: what kernels have in common. */
import {
  coalesce,
  type DType,
  type Expr,
  type Loops,
  Recent,
  sizeOf,
  type TypedArray,
  type View,
} from "@tapegrad/core";

/** The elements of a view's buffer: on this backend a buffer is a typed array. */
export function elementsOf(view: View): TypedArray {
  return view.buffer as unknown as TypedArray;
}

/** A view of the same elements with other extents and strides. */
export function reshaped(
  { buffer, dtype, offset }: View,
  shape: readonly number[],
  strides: readonly number[],
): View {
  return { buffer, dtype, offset, shape, strides };
}

/** The buffers of a kernel's operands. */
export type Buffers = readonly TypedArray[];

/** Where a kernel starts in each buffer. */
export type Positions = readonly number[];

/** The strides of a kernel's loops through each buffer, the innermost last. */
export type Strides = readonly (readonly number[])[];

/** Loops over views of one shape, with their start positions. */
export interface Walk extends Loops {
  /** The first position of each view. */
  readonly starts: readonly number[];
}

/** The fewest loops over views of one shape. */
export function walkOf(views: readonly View[], shape: readonly number[]): Walk {
  return { ...coalesce(views.map((v) => v.strides), shape), starts: views.map((v) => v.offset) };
}

/**
 * Visits all but the last `inner` loops in order, calling `visit` with the positions that the inner
 * loops start from. The array is reused.
 */
export function eachOuter(walk: Walk, inner: number, visit: (positions: readonly number[]) => void): void {
  const rank = walk.shape.length - inner;
  const at = [...walk.starts];
  if (rank <= 0) return visit(at);
  const count = new Array<number>(rank).fill(0);
  for (let left = sizeOf(walk.shape.slice(0, rank)); left > 0; left--) {
    visit(at);
    for (let axis = rank - 1; axis >= 0; axis--) {
      advance(at, walk.strides, axis, 1);
      if (++count[axis] < walk.shape[axis]) break;
      advance(at, walk.strides, axis, -walk.shape[axis]);
      count[axis] = 0;
    }
  }
}

function advance(at: number[], strides: readonly number[][], axis: number, by: number): void {
  for (let k = 0; k < at.length; k++) at[k] += strides[k][axis] * by;
}

/** How a loop's step through a view looks to generated code: every element, one element, or a stride. */
export type StepClass = "1" | "0" | "s";

/** The class of a stride. */
export function stepClass(stride: number): StepClass {
  return stride === 1 ? "1" : stride === 0 ? "0" : "s";
}

/** The dtypes of views, as part of a kernel's key. */
export function dtypesOf(views: readonly View[]): DType[] {
  return views.map((v) => v.dtype);
}

/** The kernels of so many expressions are kept at least, the last used; a power of 2. */
const KEPT = 512;

interface Kernels<Key, Kernel> {
  readonly expr: Expr;
  readonly byKey: Map<Key, Kernel>;
}

/** Caches kernels by expression and key. */
export class KernelCache<Key, Kernel> {
  readonly #recent = new Recent<Expr, Kernels<Key, Kernel>>(KEPT);
  // By the ids of several expressions, which are never given again, and by the lists that were met.
  readonly #several = new Recent<string, Map<Key, Kernel>>(KEPT);
  readonly #lists = new WeakMap<readonly Expr[], Map<Key, Kernel>>();
  // The last used of all expressions whose ids end alike: what an op on one element costs, a map would add a tenth to.
  readonly #near = new Array<Kernels<Key, Kernel> | undefined>(KEPT).fill(undefined);

  /** The kernels of expressions, by key. */
  of(exprs: readonly Expr[]): Map<Key, Kernel> {
    if (exprs.length !== 1) return this.#lists.get(exprs) ?? this.#fetchSeveral(exprs);
    const [expr] = exprs, near = this.#near[expr.id & (KEPT - 1)];
    return near !== undefined && near.expr === expr ? near.byKey : this.#fetch(expr).byKey;
  }

  #fetchSeveral(exprs: readonly Expr[]): Map<Key, Kernel> {
    const ids = exprs.map(({ id }) => id).join();
    let byKey = this.#several.get(ids);
    if (!byKey) this.#several.set(ids, byKey = new Map());
    this.#lists.set(exprs, byKey);
    return byKey;
  }

  #fetch(expr: Expr): Kernels<Key, Kernel> {
    let kernels = this.#recent.get(expr);
    if (!kernels) this.#recent.set(expr, kernels = { expr, byKey: new Map() });
    return this.#near[expr.id & (KEPT - 1)] = kernels;
  }

  /** The kernel under `key`, made at first use. */
  get(exprs: readonly Expr[], key: Key, make: () => Kernel): Kernel {
    const kernels = this.of(exprs);
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, kernel = make());
    return kernel;
  }
}
