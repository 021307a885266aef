/** Elementwise kernels: one shader per list of expressions, dtypes and layout classes. */
import { contiguousLayout, type DType, type Expr, input, sizeOf, type View } from "@tapegrad/core/backend";
import { dtypesOf, plain } from "../../common/views.ts";
import { bufferOf } from "../memory/buffers.ts";
import { type Dispatch, eachInvocation, type Gpu, invocations, nameOf, type Operand } from "./kernel.ts";
import { halvesOf, longestAxis } from "../walk/pieces.ts";
import {
  coordinates,
  type LayoutClass,
  offsetWord,
  position,
  type ShaderWalk,
  shaderWalkOf,
  walkKey,
  walkSize,
  walkWords,
} from "../walk/strided.ts";
import { emitAll, librarySource, loaded, stored } from "../wgsl/expression.ts";

/** `output = expr(inputs)`, elementwise. */
export function map(gpu: Gpu, expr: Expr, inputs: readonly View[], output: View): void {
  mapAll(gpu, [expr], inputs, [output]);
}

/** An expression of the inputs for each output, elementwise; an output may be the very same view as an input. */
export function mapAll(
  gpu: Gpu,
  exprs: readonly Expr[],
  inputs: readonly View[],
  outputs: readonly View[],
): void {
  if (exprs.length === 0) return;
  const most = gpu.abilities.storageBuffers, together = most - buffersOf(inputs);
  if (together < 1 || (together < outputs.length && buffersOf([...outputs, ...inputs]) > most)) {
    return mapInGroups(gpu, exprs, inputs, outputs);
  }
  const views = [...outputs, ...inputs], large = views.find((view) => !gpu.fits(view));
  if (large) return mapInHalves(gpu, exprs, views.map(plain), longestAxis(large));
  const bound = views.map((view) => gpu.fit("map", view));
  gpu.run(
    mapDispatch(exprs, bound, withElements(shaderWalkOf(bound, outputs[0].shape), bound, exprs.length)),
  );
}

// As many outputs at once as the device binds; what one group writes, the next ones must not read.
function mapInGroups(
  gpu: Gpu,
  exprs: readonly Expr[],
  inputs: readonly View[],
  outputs: readonly View[],
): void {
  const together = gpu.abilities.storageBuffers - buffersOf(inputs), written = new Set(outputs.map(bufferOf));
  const overwrites = exprs.length > 1 && inputs.some((view) => written.has(bufferOf(view)));
  if (together < 1 || overwrites) {
    return packed(gpu, inputs, (views) => mapAll(gpu, exprs, views, outputs));
  }
  for (let from = 0; from < exprs.length; from += together) {
    const to = from + together;
    mapAll(gpu, exprs.slice(from, to), inputs, outputs.slice(from, to));
  }
}

function mapInHalves(gpu: Gpu, exprs: readonly Expr[], views: readonly View[], axis: number): void {
  const halves = views.map((view) => halvesOf(view, axis)), count = exprs.length;
  for (const i of [0, 1] as const) {
    const half = halves.map((pair) => pair[i]);
    mapAll(gpu, exprs, half.slice(count), half.slice(0, count));
  }
}

/** How many buffers a kernel must bind for its inputs. */
export function buffersOf(inputs: readonly View[]): number {
  return inputs.length < 2 ? inputs.length : new Set(inputs.map(bufferOf)).size;
}

function mapDispatch(exprs: readonly Expr[], views: readonly View[], walk: ShaderWalk): Dispatch {
  const { classes } = walk, count = exprs.length;
  const operands = views.flatMap((view, k): Operand[] =>
    classes[k] === "v" ? [] : [{ view, access: k < count ? "write" : "read" }]
  );
  const dtypes = dtypesOf(views);
  return {
    key: `map${exprs.map(({ id }) => id).join()}:${walkKey(walk)}:${elementTypes(classes, dtypes)}`,
    label: `map ${exprs.map(nameOf).join(", ")}`,
    operands,
    words: walkWords(walk, views.map((view, k) => classes[k] === "v" ? elementWord(view) : view.offset)),
    source: (names) => mapSource(exprs, dtypes, walk, names),
    workgroups: invocations(walk.size),
  };
}

function mapSource(
  exprs: readonly Expr[],
  dtypes: readonly DType[],
  walk: ShaderWalk,
  names: readonly string[],
): string {
  const count = exprs.length, types = dtypes.slice(0, count);
  const { loads, inputs } = loadInputs(dtypes, walk, names, "i", count);
  const { statements, results, functions } = emitAll(exprs, dtypes.slice(count), inputs, types);
  const stores = results.map((result, k) =>
    `${names[k]}[${position(walk, k, "i")}] = ${stored(result, types[k])};`
  );
  const body = [coordinates(walk, "i"), ...loads, ...statements, ...stores].join("\n  ");
  return librarySource(functions) + eachInvocation(walkSize, body);
}

/** Statements that load all views of a walk but the outputs, the first `count`, and the names of their values. */
export function loadInputs(
  dtypes: readonly DType[],
  walk: ShaderWalk,
  names: readonly string[],
  i: string,
  count = 1,
): { readonly loads: string[]; readonly inputs: string[] } {
  const loads: string[] = [], inputs: string[] = [];
  let next = count;
  for (let k = count; k < dtypes.length; k++) {
    const element = walk.classes[k] === "v"
      ? parameter(walk, k, dtypes[k])
      : loaded(`${names[next++]}[${position(walk, k, i)}]`, dtypes[k]);
    loads.push(`let x${k - count} = ${element};`);
    inputs.push(`x${k - count}`);
  }
  return { loads, inputs };
}

/** Text of view `k`'s only element, which is a parameter. */
export function parameter(walk: ShaderWalk, k: number, dtype: DType): string {
  const bits = offsetWord(walk, k);
  if (dtype === "bool") return `(${bits} != 0u)`;
  if (dtype === "u32") return bits;
  return `bitcast<${dtype === "i32" ? "i32" : "f32"}>(${bits})`;
}

/** Marks inputs of one element that the host knows, which a kernel takes as a parameter; outputs are the first `count`. */
export function withElements(walk: ShaderWalk, views: readonly View[], count = 1): ShaderWalk {
  const classes = walk.classes.map((c, k): LayoutClass => k >= count && bufferOf(views[k]).element ? "v" : c);
  return { ...walk, classes };
}

/** Tells kernels apart by the dtypes of elements that are parameters, which no binding shows. */
export function elementTypes(classes: readonly LayoutClass[], dtypes: readonly DType[]): string {
  return classes.map((c, k) => c === "v" ? dtypes[k] : "").join();
}

const scratch = new DataView(new ArrayBuffer(4));

/** The only element of a view's buffer as a word; where a plan is made, what stands for it. */
export function elementWord(view: View): number {
  const { slot, element } = bufferOf(view);
  return slot === null ? wordOf(view.dtype, element![0]) : standIn(slot);
}

/** An element as a word: a float's bits, also of a half, which kernels compute in f32. */
export function wordOf(dtype: DType, value: number): number {
  if (dtype !== "f32" && dtype !== "f16") return value;
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/** A word that no kernel has: it stands for what is known when a plan runs. */
export function standIn(slot: number): number {
  return slot + 0.5;
}

/** What a word stands for; `null` if for itself. */
export function slotOf(word: number): number | null {
  return Number.isInteger(word) ? null : word - 0.5;
}

const identity = input(0);

/** Runs a kernel on copies of its inputs that lie in one buffer a dtype, where it has too many for the device. */
export function packed(gpu: Gpu, inputs: readonly View[], run: (views: readonly View[]) => void): void {
  const packs = new Map<DType, View>();
  for (const dtype of new Set(dtypesOf(inputs))) {
    const size = inputs.reduce((n, v) => n + (v.dtype === dtype ? sizeOf(v.shape) : 0), 0);
    packs.set(dtype, gpu.temporary(dtype, [size]));
  }
  const next = new Map<DType, number>();
  const views = inputs.map((view) => {
    const offset = next.get(view.dtype) ?? 0;
    next.set(view.dtype, offset + sizeOf(view.shape));
    const copy = { ...packs.get(view.dtype)!, ...contiguousLayout(view.shape), offset };
    map(gpu, identity, [view], copy);
    return copy;
  });
  run(views);
  packs.forEach((view) => gpu.release(view));
}
