/** Attention's gradients in tiles: no scores are in memory, but where the gradient of a mask is wanted. */
import { type AttentionBackwardAttributes, e, input, sizeOf, type View } from "@tapegrad/core/backend";
import { columnsSource, rowsSource } from "./attention_backward_source.ts";
import { type Arrays, type AttentionTask, LARGEST, ownParameters, ROWS } from "./attention_tiles.ts";
import { alongBatch, asColumn, broadcast, onceForAll } from "./attention.ts";
import { type Gpu, type Operand, spread } from "./kernel.ts";
import { map } from "./map.ts";
import { lastStrides } from "./matmul_product.ts";
import { reduce } from "./reduce.ts";
import { shaderWalkOf, walkKey, walkWords } from "../walk/strided.ts";
import { floatBits } from "../wgsl/types.ts";

/** The names of arrays; the first may be written. */
const names = [
  ...["outside", "dq", "slopes", "dk", "dv"],
  ...["q", "k", "v", "mask", "key", "log", "slope", "logSlope"],
] as const;
type Name = typeof names[number];
type Views = Partial<Record<Name, View>>;

/** The gradients that are wanted, of q, k, v and an additive mask. */
export function attendBackward(
  gpu: Gpu,
  inputs: readonly View[],
  outputs: readonly View[],
  attributes: AttentionBackwardAttributes,
): void {
  const { wanted } = attributes, places = [...outputs];
  const [dq, dk, dv, dMask] = [0, 1, 2, 3].map((i) => wanted[i] ? places.shift() : undefined);
  const given = givenOf(inputs, attributes), { q, k } = given, batch = q.shape.slice(0, -2);
  const room = (columns: number) => gpu.temporary("f32", [...batch, q.shape.at(-2)!, columns]);
  const outside = room(1), slopes = dMask && room(k.shape.at(-2)!);
  if (slopes && attributes.isCausal) map(gpu, e.constant(0), [], slopes);
  const byRow = { ...given, outside, dq, slopes };
  if (dq || dk || slopes) dispatch(gpu, "rows", byRow, ["outside", "dq", "slopes"], attributes);
  const byColumn = { ...given, outside: dk && outside, logSlope: undefined, dk, dv };
  if (dk || dv) dispatch(gpu, "columns", byColumn, ["dk", "dv"], attributes);
  if (slopes) sumTo(gpu, slopes, dMask);
  for (const one of [outside, slopes]) if (one) gpu.release(one);
}

type Given = Views & { readonly q: View; readonly k: View; readonly v: View };

function givenOf(
  inputs: readonly View[],
  { isMasked, dropoutP, hasSlope, hasLogSlope }: AttentionBackwardAttributes,
): Given {
  const [q, k, v] = inputs, rest = inputs.slice(3), batch = q.shape.slice(0, -2);
  const [rows, columns] = [q.shape.at(-2)!, k.shape.at(-2)!];
  const next = (isThere: boolean): View | undefined => isThere ? rest.shift() : undefined;
  const mask = next(isMasked),
    key = next(dropoutP > 0),
    log = next(true),
    slope = next(hasSlope),
    own = next(hasLogSlope);
  return {
    ...{ q, k, v, slope, log: asColumn(log!), logSlope: own && asColumn(own) },
    ...{ mask: mask && broadcast(mask, [...batch, rows, columns]), key: key && onceForAll(key, batch) },
  };
}

function dispatch(
  gpu: Gpu,
  over: "rows" | "columns",
  given: Given,
  written: readonly Name[],
  { scale, isCausal, dropoutP }: AttentionBackwardAttributes,
): void {
  const { q, v } = given, batch = q.shape.slice(0, -2);
  const [rows, features] = q.shape.slice(-2), [columns, values] = v.shape.slice(-2);
  const used = names.filter((name) => given[name] !== undefined);
  const views = names.map((name) => gpu.fit("attend", given[name] ?? q));
  const walk = shaderWalkOf(views.map((view) => alongBatch(view, batch)), batch, ownParameters(names));
  const tiles = Math.ceil((over === "rows" ? rows : columns) / ROWS), groups = tiles * sizeOf(batch);
  const growth = dropoutP < 1 ? 1 / (1 - dropoutP) : 0;
  const task: AttentionTask = {
    ...{ names, walk, dtypes: views.map(({ dtype }) => dtype), isCausal },
    ...{ isMasked: given.mask !== undefined, isDropped: given.key !== undefined },
  };
  const chunks = [features, values].map((width) => Math.ceil(width / ROWS));
  gpu.run({
    key: `attend back ${over}${used.join()}${isCausal}${chunks.join()}:${walkKey(walk)}`,
    label: "attend backward",
    operands: used.map((name): Operand => ({
      view: views[names.indexOf(name)],
      access: written.includes(name) ? "write" : "read",
    })),
    words: [
      ...[rows, columns, features, values, tiles, groups],
      ...[scale, dropoutP, growth].map(floatBits),
      ...views.flatMap((view) => lastStrides(view)),
      ...walkWords(walk),
    ],
    source(arrays): string {
      const byName: Arrays = Object.fromEntries(used.map((name, i) => [name, arrays[i]]));
      return (over === "rows" ? rowsSource : columnsSource)(task, { features, values }, byName);
    },
    workgroups: spread(groups),
  });
}

// Over the axes along which a mask was repeated.
function sumTo(gpu: Gpu, slopes: View, { shape, strides, ...mask }: View): void {
  const lead = slopes.shape.length - shape.length;
  const axes = slopes.shape.flatMap((_, axis) => axis < lead || shape[axis - lead] === 1 ? [axis] : []);
  const kept = shape.flatMap((n, axis) => n === 1 ? [] : [axis]), extents = kept.map((axis) => shape[axis]);
  const sums = gpu.temporary("f32", extents);
  reduce(gpu, "sum", input(0), [slopes], axes, sums);
  map(gpu, e.cast(input(0), mask.dtype), [sums], {
    ...mask,
    shape: extents,
    strides: kept.map((axis) => strides[axis]),
  });
  gpu.release(sums);
}

/** Whether the kernels have no room for these operands; what the op is made of then runs. */
export function cannotAttendBackward(gpu: Gpu, inputs: readonly View[]): boolean {
  const [q, , v] = inputs, most = Math.max(q.shape.at(-1)!, v.shape.at(-1)!);
  return most > LARGEST || inputs.length + 3 > gpu.abilities.storageBuffers ||
    !inputs.every((view) => gpu.fits(view));
}
