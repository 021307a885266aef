/** Several maps in one kernel: each has workgroups of its own. */
import { type Expr, sizeOf, type View } from "@tapegrad/core/backend";
import { dtypesOf } from "../../common/views.ts";
import {
  coordinates,
  position,
  type ShaderWalk,
  shaderWalkOf,
  walkKey,
  walkWords,
  word,
} from "../walk/strided.ts";
import { emitAll, librarySource, stored } from "../wgsl/expression.ts";
import { type Gpu, type Operand, spread, THREADS } from "./kernel.ts";
import { buffersOf, elementTypes, elementWord, loadInputs, mapAll, withElements } from "./map.ts";

/** A map. */
export interface Part {
  readonly exprs: readonly Expr[];
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
}

/** A map as a part of a kernel. */
interface Placed {
  readonly exprs: readonly Expr[];
  /** The outputs, then the inputs. */
  readonly views: readonly View[];
  /** Its loops, whose parameters come behind those of the parts before it. */
  readonly walk: ShaderWalk;
}

/** Runs maps that do not depend on each other; in one kernel, if it can bind what they read and write. */
export function maps(gpu: Gpu, all: readonly Part[]): void {
  const parts = all.filter(({ outputs: [{ shape }] }) => sizeOf(shape) > 0);
  const fits = parts.every(({ inputs, outputs }) => [...inputs, ...outputs].every((view) => gpu.fits(view)));
  const one = fits && parts.length > 1 ? placed(gpu, parts) : null;
  const bound = one?.flatMap((part) => part.views.filter((_, k) => isBound(part, k))) ?? [];
  if (one && buffersOf(bound) <= gpu.abilities.storageBuffers) return together(gpu, one);
  for (const { exprs, inputs, outputs } of parts) mapAll(gpu, exprs, inputs, outputs);
}

function placed(gpu: Gpu, parts: readonly Part[]): Placed[] {
  let first = parts.length;
  return parts.map(({ exprs, inputs, outputs }) => {
    const views = [...outputs, ...inputs].map((view) => gpu.fit("map", view));
    const walk = withElements(shaderWalkOf(views, outputs[0].shape, first), views, exprs.length);
    first += 1 + walk.shape.length + views.length * (1 + walk.shape.length);
    return { exprs, views, walk };
  });
}

// Whether a view is an operand, and not a parameter.
function isBound({ walk: { classes } }: Placed, k: number): boolean {
  return classes[k] !== "v";
}

function together(gpu: Gpu, parts: readonly Placed[]): void {
  const apart = parts.map((part) =>
    part.views.flatMap((view, k): Operand[] =>
      isBound(part, k) ? [{ view, access: k < part.exprs.length ? "write" : "read" }] : []
    )
  );
  let groups = 0;
  const ends = parts.map(({ walk }) => groups += Math.ceil(walk.size / THREADS));
  gpu.run({
    key: `maps${parts.map(keyOf).join(";")}`,
    label: `${parts.length} maps`,
    operands: apart.flat(),
    apart,
    words: [...ends, ...parts.flatMap(wordsOf)],
    source: (names) => sourceOf(parts, names),
    workgroups: spread(groups),
  });
}

function keyOf({ exprs, views, walk }: Placed): string {
  const types = elementTypes(walk.classes, dtypesOf(views));
  return `${exprs.map(({ id }) => id).join()}:${walkKey(walk)}:${types}`;
}

function wordsOf(part: Placed): readonly number[] {
  const offsets = part.views.map((view, k) => isBound(part, k) ? view.offset : elementWord(view));
  return walkWords(part.walk, offsets);
}

function sourceOf(parts: readonly Placed[], names: readonly string[]): string {
  const functions = new Set<string>();
  let next = 0;
  const bodies = parts.map((part, k) => {
    const own = part.views.flatMap((_, i) => isBound(part, i) ? [names[next++]] : []);
    const start = k === 0 ? "0u" : word(k - 1), { body, calls } = bodyOf(part, own);
    for (const name of calls) functions.add(name);
    return `if (w < ${word(k)}) {
    let i = (w - ${start}) * ${THREADS}u + lane;
    if (i >= ${word(part.walk.first!)}) { return; }
    ${body}
    return;
  }`;
  });
  return `${librarySource(functions)}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
  let w = group.y * groups.x + group.x;
  ${bodies.join("\n  ")}
}`;
}

function bodyOf(
  { exprs, views, walk }: Placed,
  names: readonly string[],
): { readonly body: string; readonly calls: Iterable<string> } {
  const count = exprs.length, dtypes = dtypesOf(views), types = dtypes.slice(0, count);
  const { loads, inputs } = loadInputs(dtypes, walk, names, "i", count);
  const { statements, results, functions } = emitAll(exprs, dtypes.slice(count), inputs, types);
  const stores = results.map((result, k) =>
    `${names[k]}[${position(walk, k, "i")}] = ${stored(result, types[k])};`
  );
  return {
    body: [coordinates(walk, "i"), ...loads, ...statements, ...stores].join("\n    "),
    calls: functions,
  };
}
