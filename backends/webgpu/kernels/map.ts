/** Elementwise kernels: one shader per expression, dtypes and layout classes. */
import { contiguousLayout, type DType, type Expr, input, sizeOf, type View } from "@tapegrad/core";
import { bufferOf } from "../memory/buffers.ts";
import { type Dispatch, eachInvocation, type Gpu, invocations, nameOf, type Operand } from "./kernel.ts";
import { halvesOf, longestAxis } from "../walk/pieces.ts";
import {
  coordinates,
  type LayoutClass,
  offsetWord,
  position,
  type Walk,
  walkKey,
  walkOf,
  walkSize,
  walkWords,
} from "../walk/strided.ts";
import { emitWgsl, librarySource, loaded, stored } from "../wgsl/expression.ts";

/** `output = expr(inputs)`, elementwise. */
export function map(gpu: Gpu, expr: Expr, inputs: readonly View[], output: View): void {
  if (buffersOf(inputs) >= gpu.abilities.storageBuffers) {
    return packed(gpu, inputs, (views) => map(gpu, expr, views, output));
  }
  const large = gpu.fits(output) ? inputs.find((view) => !gpu.fits(view)) : output;
  if (large) return mapInHalves(gpu, expr, [output, ...inputs], longestAxis(large));
  const views = [output, ...inputs].map((view) => gpu.fit("map", view));
  const walk = withElements(walkOf(views, output.shape), views);
  gpu.run(mapDispatch(expr, views, walk));
}

function mapInHalves(gpu: Gpu, expr: Expr, views: readonly View[], axis: number): void {
  const halves = views.map((view) => halvesOf(view, axis));
  for (const i of [0, 1] as const) {
    const [output, ...inputs] = halves.map((pair) => pair[i]);
    map(gpu, expr, inputs, output);
  }
}

/** How many buffers a kernel must bind for its inputs. */
export function buffersOf(inputs: readonly View[]): number {
  return inputs.length < 2 ? inputs.length : new Set(inputs.map(bufferOf)).size;
}

function mapDispatch(expr: Expr, views: readonly View[], walk: Walk): Dispatch {
  const { classes } = walk;
  const operands = views.flatMap((view, k): Operand[] =>
    classes[k] === "v" ? [] : [{ view, access: k === 0 ? "write" : "read" }]
  );
  const dtypes = views.map((v) => v.dtype);
  return {
    key: `map${expr.id}:${walkKey(walk)}:${elementTypes(classes, dtypes)}`,
    label: `map ${nameOf(expr)}`,
    operands,
    words: walkWords(walk, views.map((view, k) => classes[k] === "v" ? elementWord(view) : view.offset)),
    source: (names) => mapSource(expr, dtypes, walk, names),
    workgroups: invocations(walk.size),
  };
}

function mapSource(expr: Expr, dtypes: readonly DType[], walk: Walk, names: readonly string[]): string {
  const { loads, inputs } = loadInputs(dtypes, walk, names, "i");
  const { statements, result, functions } = emitWgsl(expr, dtypes.slice(1), inputs, dtypes[0]);
  const body = `
  ${coordinates(walk, "i")}
  ${loads.join("\n  ")}
  ${statements.join("\n  ")}
  ${names[0]}[${position(walk, 0, "i")}] = ${stored(result, dtypes[0])};`;
  return librarySource(functions) + eachInvocation(walkSize, body);
}

/** Statements that load all views of a walk but the first, and the names of their values. */
export function loadInputs(
  dtypes: readonly DType[],
  walk: Walk,
  names: readonly string[],
  i: string,
): { readonly loads: string[]; readonly inputs: string[] } {
  const loads: string[] = [], inputs: string[] = [];
  let next = 1;
  for (let k = 1; k < dtypes.length; k++) {
    const element = walk.classes[k] === "v"
      ? parameter(walk, k, dtypes[k])
      : loaded(`${names[next++]}[${position(walk, k, i)}]`, dtypes[k]);
    loads.push(`let x${k - 1} = ${element};`);
    inputs.push(`x${k - 1}`);
  }
  return { loads, inputs };
}

/** Text of view `k`'s only element, which is a parameter. */
export function parameter(walk: Walk, k: number, dtype: DType): string {
  const bits = offsetWord(walk, k);
  if (dtype === "bool") return `(${bits} != 0u)`;
  if (dtype === "u32") return bits;
  return `bitcast<${dtype === "i32" ? "i32" : "f32"}>(${bits})`;
}

/** Marks views of one element that the host knows: a kernel takes it as a parameter. */
export function withElements(walk: Walk, views: readonly View[]): Walk {
  const classes = walk.classes.map((c, k): LayoutClass => k > 0 && bufferOf(views[k]).element ? "v" : c);
  return { ...walk, classes };
}

/** Tells kernels apart by the dtypes of elements that are parameters, which no binding shows. */
export function elementTypes(classes: readonly LayoutClass[], dtypes: readonly DType[]): string {
  return classes.map((c, k) => c === "v" ? dtypes[k] : "").join();
}

const scratch = new DataView(new ArrayBuffer(4));

/** The only element of a view's buffer as a word: a float's bits, also of a half, which kernels compute in f32. */
export function elementWord(view: View): number {
  const value = bufferOf(view).element![0];
  if (view.dtype !== "f32" && view.dtype !== "f16") return value;
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

const identity = input(0);

/** Runs a kernel on copies of its inputs that lie in one buffer a dtype, where it has too many for the device. */
export function packed(gpu: Gpu, inputs: readonly View[], run: (views: readonly View[]) => void): void {
  const packs = new Map<DType, View>();
  for (const dtype of new Set(inputs.map((v) => v.dtype))) {
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
