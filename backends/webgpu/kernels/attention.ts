/** Attention in tiles: of the scores a workgroup holds those of 32 rows and 32 columns, and none are in memory. */
import { type Shape, sizeOf, type View } from "@tapegrad/core/backend";
import { attentionSource } from "./attention_source.ts";
import { type AttentionTask, LARGEST, ownParameters, ROWS } from "./attention_tiles.ts";
import { type Gpu, type Operand, spread } from "./kernel.ts";
import { lastStrides } from "./matmul_product.ts";
import { shaderWalkOf, walkKey, walkWords } from "../walk/strided.ts";
import { floatBits } from "../wgsl/types.ts";

/** How attention is computed. */
export interface Attending {
  readonly scale: number;
  readonly isCausal: boolean;
  /** Whether the fourth input is a mask. */
  readonly isMasked: boolean;
  /** Above 0 the last input is a key, u32 `[2]`. */
  readonly dropoutP: number;
}

/** The names of an attention's arrays, the ones it writes first. */
const names = ["out", "log", "q", "k", "v", "mask", "key"] as const;

/** The result and the log-sum-exp of each row, of q, k, v and perhaps a mask and a key. */
export function attend(
  gpu: Gpu,
  inputs: readonly View[],
  [out, log]: readonly View[],
  { scale, isCausal, isMasked, dropoutP }: Attending,
): void {
  const [q, k, v] = inputs, [rows, features] = q.shape.slice(-2), [columns, values] = v.shape.slice(-2);
  const batch = q.shape.slice(0, -2), isDropped = dropoutP > 0;
  const mask = isMasked ? broadcast(inputs[3], [...batch, rows, columns]) : null;
  const all = [out, asColumn(log), q, k, v, mask ?? q, isDropped ? onceForAll(inputs.at(-1)!, batch) : q];
  const views = all.map((view) => gpu.fit("attend", view));
  const used = names.filter((name) => (name !== "mask" || isMasked) && (name !== "key" || isDropped));
  const walk = shaderWalkOf(views.map((view) => alongBatch(view, batch)), batch, ownParameters(names));
  const tiles = Math.ceil(rows / ROWS), groups = tiles * sizeOf(batch);
  const growth = dropoutP < 1 ? 1 / (1 - dropoutP) : 0;
  const numbers = [
    rows,
    columns,
    features,
    values,
    tiles,
    groups,
    ...[scale, dropoutP, growth].map(floatBits),
  ];
  const dtypes = views.map(({ dtype }) => dtype),
    task: AttentionTask = { names, walk, dtypes, isCausal, isMasked, isDropped };
  gpu.run({
    key: `attend${isCausal}${isMasked}${isDropped}${Math.ceil(values / ROWS)}:${walkKey(walk)}`,
    label: "attend",
    operands: used.map((name, i): Operand => ({
      view: views[names.indexOf(name)],
      access: i < 2 ? "write" : "read",
    })),
    words: [...numbers, ...views.flatMap((view) => lastStrides(view)), ...walkWords(walk)],
    source: (arrays) =>
      attentionSource(task, values, Object.fromEntries(used.map((name, i) => [name, arrays[i]]))),
    workgroups: spread(groups),
  });
}

/** Whether the kernel has no room for these operands; what the op is made of then runs. */
export function cannotAttend(gpu: Gpu, inputs: readonly View[]): boolean {
  const [, , { shape }] = inputs;
  return shape[shape.length - 1] > LARGEST || inputs.length + 2 > gpu.abilities.storageBuffers ||
    !inputs.every((view) => gpu.fits(view));
}

/** Numbers of rows as a column. */
export function asColumn(view: View): View {
  return { ...view, shape: [...view.shape, 1], strides: [...view.strides, 0] };
}

/** A view of fewer axes, or of extents of 1, in a shape that it broadcasts to. */
export function broadcast(view: View, shape: Shape): View {
  const lead = shape.length - view.shape.length;
  const strides = shape.map((_, i) => i < lead || view.shape[i - lead] === 1 ? 0 : view.strides[i - lead]);
  return { ...view, shape, strides };
}

/** A list, as rows of one element that are the same for each of a batch. */
export function onceForAll(view: View, batch: Shape): View {
  const { shape: [count], strides: [step] } = view;
  return { ...view, shape: [...batch, count, 1], strides: [...batch.map(() => 0), step, 0] };
}

/** Where the matrices of a batch are. */
export function alongBatch(view: View, batch: Shape): View {
  return { ...view, shape: batch, strides: view.strides.slice(0, -2) };
}
