/** Matrix products, of any size: batches that are one product, sums in slices, matrices too large to be bound. */
import { e, input, type Shape, sizeOf, type View } from "@tapegrad/core/backend";
import type { Gpu } from "./kernel.ts";
import { buffersOf, map, mapAll } from "./map.ts";
import { runDots } from "./matmul_dots.ts";
import { type Plan, planOf, sizesOf } from "./matmul_plan.ts";
import { type Epilogue, type Product, productOf, sliced } from "./matmul_product.ts";
import { runTiles } from "./matmul_tiles.ts";
import { halvesOf, longestAxis } from "../walk/pieces.ts";
import { reduce } from "./reduce.ts";

/** `output = a × b` over the last two axes, batched over the others. */
export function matmul(gpu: Gpu, a: View, b: View, output: View): void {
  if (sizeOf(output.shape) === 0) return;
  const views: Triple = [a, b, output], large = views.findIndex((view) => !gpu.fits(view));
  if (large >= 0) return matmulInHalves(gpu, views, large);
  const [x, y, z] = inOne(views).map((view) => gpu.fit("matmul", view));
  run(gpu, productOf(x, y, z));
}

/** `output = expr(a × b, …beside)`, in one kernel where the product is one and its sums are not sliced. */
export function matmulThen(gpu: Gpu, a: View, b: View, output: View, { expr, beside }: Epilogue): void {
  if (sizeOf(output.shape) === 0) return;
  const views = [a, b, output, ...beside],
    fused = views.every((view) => gpu.fits(view)) ? asOne(views) : null;
  const isFew = buffersOf(views) <= gpu.abilities.storageBuffers;
  if (fused && isFew) {
    const [x, y, z, ...others] = fused.map((view) => gpu.fit("matmul", view));
    const product = productOf(x, y, z, { expr, beside: others }), plan = planOf(sizesOf(product));
    if (plan.slice >= product.k) return queued(gpu, product, plan);
  }
  matmul(gpu, a, b, output);
  mapAll(gpu, [expr], [output, ...beside], [output]);
}

// The views as one product's, with what is beside it; `null` where they are several.
function asOne([a, b, output, ...beside]: readonly View[]): readonly View[] | null {
  const axis = b.shape.length - 3;
  if (axis < 0) return [a, b, output, ...beside];
  if (b.strides[axis] !== 0 || ![a, output, ...beside].every((view) => rowsGoOn(view, axis))) return null;
  const [x, z, ...others] = [a, output, ...beside].map((view) => withRows(view, axis));
  return asOne([x, without(b, axis), z, ...others]);
}

type Triple = readonly [a: View, b: View, output: View];

function run(gpu: Gpu, product: Product): void {
  const plan = planOf(sizesOf(product)), { a, out, k } = product;
  if (plan.slice >= k) return queued(gpu, product, plan);
  const parts = roomForSums(gpu, a, [Math.ceil(k / plan.slice), ...out.shape]);
  queued(gpu, sliced(product, parts, plan.slice), plan);
  reduce(gpu, "sum", input(0), [parts], [0], out);
  gpu.release(parts);
}

function queued(gpu: Gpu, product: Product, plan: Plan): void {
  if ("tile" in plan) runTiles(gpu, product, plan.tile);
  else runDots(gpu, product, plan.team);
}

// Sums of halves are rounded to halves once.
function roomForSums(gpu: Gpu, { dtype }: View, shape: Shape): View {
  return gpu.temporary(dtype === "f16" ? "f32" : dtype, shape);
}

// A batch whose matrices b are all the same is one product with more rows.
function inOne([a, b, output]: Triple): Triple {
  const axis = b.shape.length - 3;
  const isOne = axis >= 0 && b.strides[axis] === 0 && rowsGoOn(a, axis) && rowsGoOn(output, axis);
  if (!isOne) return [a, b, output];
  return inOne([withRows(a, axis), without(b, axis), withRows(output, axis)]);
}

function rowsGoOn({ shape, strides }: View, axis: number): boolean {
  return strides[axis] === shape[axis + 1] * strides[axis + 1];
}

function withRows(view: View, axis: number): View {
  const { shape } = without(view, axis);
  return { ...without(view, axis), shape: shape.with(axis, view.shape[axis] * view.shape[axis + 1]) };
}

function without(view: View, axis: number): View {
  return { ...view, shape: view.shape.toSpliced(axis, 1), strides: view.strides.toSpliced(axis, 1) };
}

const AXES = [["m", "k"], ["k", "n"], ["m", "n"]];
const sum = e.add(input(0), input(1));

// Cuts the extent along which the matrix that cannot be bound is longest in memory.
function matmulInHalves(gpu: Gpu, views: Triple, large: number): void {
  const lead = views[0].shape.length - 2, axis = longestAxis(views[large]);
  const name = AXES[large][axis - lead];
  const [a, b, output] = views.map((view, i) => {
    const own = name ? AXES[i].indexOf(name) : axis - lead;
    return name && own < 0 ? [view, view] : halvesOf(view, lead + own);
  });
  const parts = name === "k" ? output.map((view) => roomForSums(gpu, a[0], view.shape)) : output;
  parts.forEach((part, i) => matmul(gpu, a[i], b[i], part));
  if (name !== "k") return;
  map(gpu, sum, parts, views[2]);
  parts.forEach((part) => gpu.release(part));
}
