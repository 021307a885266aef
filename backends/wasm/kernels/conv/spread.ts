/**
 * Transposes of convolutions, image by image as products of weights and slopes that are added up where windows were: what
 * is sent to one place by many is multiplied once, and what would come from beyond the edges not at all.
 */
import { type AdjointAttributes, bytesPerElement, sameShape, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import type { Run } from "../../modules.ts";
import { made } from "../made.ts";
import { lanesOf } from "../matmul/lanes.ts";
import { type Means, multiply } from "../matmul/multiply.ts";
import { productsOf } from "../matmul/products.ts";
import type { Compute } from "./compute.ts";
import { withOptional } from "./compute.ts";
import { fillImages, withContiguous } from "./frames.ts";
import { contiguousAt, copyTo, part, withRoomFor, withTable } from "./grid.ts";
import { elements } from "./products.ts";
import { defineSpread } from "./spread_code.ts";
import { spreadImages } from "./spread_images.ts";
import { type Frame, frameOf, type Patches, patchesOf, slidings } from "./windows.ts";

/** Products of so many elements are added up before the next are computed: they stay in a cache. */
const BLOCK = 2 ** 17;

/** Products of a group of channels, and where they go. */
interface Spreading {
  readonly means: Means;
  readonly weights: number;
  readonly slopes: number;
  readonly taken: number;
  readonly patches: Patches;
  readonly table: number;
  readonly to: number;
}

/** The transpose of a convolution. */
export const spreadBack: Compute<AdjointAttributes> = ([x, weight, bias], output, attributes, heap) => {
  const { groups } = attributes, [batch, channels, ...counts] = x.shape, [, made, ...window] = weight.shape;
  const axes = slidings(output.shape.slice(2), window, counts, attributes), frame = frameOf([axes]);
  const patches = patchesOf(made, axes, frame), { dtype } = output, size = bytesPerElement(dtype);
  const means = { products: productsOf(heap, elements[dtype]!), heap }, taken = channels / groups;
  const weights = taken * made * sizeOf(window) * size, slopes = taken * sizeOf(counts) * size;
  const spread = (x: Operand, weight: Operand, table: number, bias: Operand | undefined) =>
    eachFrame(heap, output, frame, (image, frame) => {
      fillImages(heap, frame, bias);
      for (let group = 0; group < groups; group++) {
        spreadGroup({
          ...{ means, taken, patches, table, weights: weight.pointer + group * weights },
          slopes: x.pointer + (image * groups + group) * slopes,
          to: frame.pointer + (patches.start + group * made * patches.taps.steps[0]) * size,
        });
      }
    }, batch);
  withOptional(
    heap,
    bias,
    (bias) =>
      withContiguous(
        heap,
        x,
        (x) =>
          withContiguous(heap, weight, (weight) =>
            withTable(heap, patches.taps, size, (table) => {
              if (bias || heap.multiplier) return spread(x, weight, table, bias);
              const shared = { means, batch, groups, taken, made, patches, frame, table, output };
              const [blocks, add] = [blocksFor(patches), adding(means, patches)];
              spreadImages({ ...shared, blocks, add, weights: weight.pointer, slopes: x.pointer });
            })),
      ),
  );
};

// Each image of an output with what windows reach beyond it.
function eachFrame(
  heap: Heap,
  output: Operand,
  { extents, begins }: Frame,
  visit: (image: number, frame: Operand) => void,
  batch: number,
): void {
  const [, channels, ...given] = output.shape, { dtype } = output;
  const bytes = output.strides[0] * bytesPerElement(dtype);
  const imageAt = (i: number) => contiguousAt(output.pointer + i * bytes, dtype, [1, channels, ...given]);
  if (sameShape(extents, given)) {
    for (let i = 0; i < batch; i++) visit(i, imageAt(i));
    return;
  }
  withRoomFor(heap, output, [1, channels, ...extents], (frame) => {
    const inner = begins.reduce((x, from, i) => part(x, 2 + i, from, given[i]), frame);
    for (let i = 0; i < batch; i++) {
      visit(i, frame);
      copyTo(heap, inner, imageAt(i));
    }
  });
}

function spreadGroup({ means, weights, slopes, taken, patches, table, to }: Spreading): void {
  const { products: { size }, heap } = means, { taps, places } = patches;
  const depth = sizeOf(taps.extents), all = sizeOf(places.extents), step = places.steps.at(-1)! * size;
  const add = adding(means, patches), blocks = blocksFor(patches);
  const most = blocks.reduce((most, { lines, n }) => Math.max(most, lines * n), 0);
  heap.scratch(depth * most * size, (room) => {
    for (const { first, at, lines, n, next } of blocks) {
      const row = lines * n * size;
      multiply(means, {
        a: { pointer: weights, row: size, column: depth * size },
        b: { pointer: slopes + first * size, row: all * size, column: size },
        c: { pointer: room, row, column: size },
        ...{ m: depth, n: lines * n, k: taken },
      });
      heap.job.call(add, [room, row, table, depth, to + at * size, lines, n * size, next * size, n, step]);
    }
  });
}

function adding({ products: { size, element }, heap }: Means, { places }: Patches): Run {
  const isDense = places.steps.at(-1)! * size === size;
  return made(
    heap,
    `spread ${element} ${isDense}`,
    (module) => defineSpread(module, lanesOf(element, heap.simd), isDense),
  );
}

function blocksFor(patches: Patches): readonly Block[] {
  return blocksOf(patches, Math.max(1, Math.floor(BLOCK / sizeOf(patches.taps.extents))));
}

/** Places one after another: lines, or a part of one. */
export interface Block {
  readonly first: number;
  /** Where the first of them is, in elements. */
  readonly at: number;
  readonly lines: number;
  readonly n: number;
  /** From one line to the next. */
  readonly next: number;
}

// Of as many places as are wanted at most.
function blocksOf({ places: { extents, steps } }: Patches, most: number): Block[] {
  const n = extents[extents.length - 1], step = steps[steps.length - 1], axis = extents.length - 2;
  const lines = axis < 0 ? 1 : extents[axis], next = axis < 0 ? 0 : steps[axis], blocks: Block[] = [];
  const count = Math.max(1, Math.floor(most / n)), width = Math.min(n, most);
  for (let outer = 0; outer < (axis > 0 ? extents[0] : 1); outer++) {
    for (let line = 0; line < lines; line += count) {
      for (let j = 0; j < n; j += width) {
        blocks.push({
          first: (outer * lines + line) * n + j,
          at: (axis > 0 ? outer * steps[0] : 0) + line * next + j * step,
          ...{ lines: Math.min(count, lines - line), n: Math.min(width, n - j), next },
        });
      }
    }
  }
  return blocks;
}
