/** Gradients by the weight in pieces that threads share: each adds up some images, then those sums are added. */
import { bytesPerElement, input, type ReduceAttributes, sizeOf } from "@tapegrad/core/backend";
import type { Heap } from "../../memory/heap.ts";
import type { Operand } from "../kernel.ts";
import { costOf } from "../matmul/strips.ts";
import { reduce } from "../reduce.ts";
import { toldFrames } from "./frames.ts";
import { withRoomFor } from "./grid.ts";
import { elements, PatchProducts } from "./products.ts";
import { isByLines } from "./sums.ts";
import type { Frame, Patches } from "./windows.ts";

/** Images and slopes, and what is made of them. */
export interface WeightSums {
  readonly images: Operand;
  readonly frame: Frame;
  readonly patches: Patches;
  readonly groups: number;
  /** Slopes, contiguous: `[batch, groups · channels made, …places]`. */
  readonly slopes: number;
  /** Of a group. */
  readonly made: number;
  /** How far the channels of one group are from those of the next. */
  readonly channel: number;
  readonly output: Operand;
}

/** A piece takes about so many nanoseconds, packing as long as the products of sums this many times over. */
const PIECE = 250_000, PACKING = 2;
/** Into so many pieces a gradient is cut at most, whose sums have so many bytes together at most. */
const PIECES = 16, SUMS = 2 ** 22;

/** Into how many pieces a gradient is cut: by the problem alone, so that no number of threads changes a bit. */
export function piecesOf({ images, patches, groups, made, output }: WeightSums): number {
  const [batch] = images.shape, size = bytesPerElement(output.dtype), depth = sizeOf(patches.taps.extents);
  if (isByLines(made, depth)) return 1;
  const cost = costOf({ m: made, n: depth, k: sizeOf(patches.places.extents) }, size) * PACKING * groups *
    batch;
  const room = Math.floor(SUMS / (sizeOf(output.shape) * size));
  const pieces = Math.max(1, Math.min(batch, PIECES, room, Math.floor(cost / PIECE)));
  return Math.ceil(batch / Math.ceil(batch / pieces));
}

const adding: ReduceAttributes = { name: "conv", kind: "sum", expr: input(0), axes: [0] };

/** Adds up so many pieces. */
export function sumInPieces(heap: Heap, sums: WeightSums, pieces: number): void {
  const { images, frame, patches, output, groups, made } = sums, { dtype } = output;
  const most = Math.ceil(images.shape[0] / pieces), frames = toldFrames(heap, images, frame);
  const depth = sizeOf(patches.taps.extents), places = sizeOf(patches.places.extents);
  const cost = costOf({ m: made, n: depth, k: places }, bytesPerElement(dtype)) * PACKING * groups *
    images.shape[0];
  withRoomFor(heap, output, [pieces, ...output.shape], (parts) => {
    PatchProducts.with(heap, elements[dtype]!, patches, false, (products) => {
      const told = products.toldAcross(made, frames.room > 0);
      heap.parallel(cost, frames.room + told.room, (job, start) => {
        for (let piece = 0; piece < pieces; piece++) {
          const first = piece * most, end = Math.min(images.shape[0], first + most);
          for (let image = first; image < end; image++) {
            const from = frames.tell(job, image, start),
              to = parts.pointer + piece * parts.strides[0] * products.size;
            for (let group = 0; group < groups; group++) {
              told.tell(job, start + frames.room, {
                ...placesOf(sums, products, image, group, from, to),
                adds: image > first,
              });
            }
          }
          job.next();
        }
      });
    });
    reduce([parts], [output], adding, heap);
  });
}

function placesOf(
  { slopes, groups, made, channel, patches }: WeightSums,
  { places, depth, size }: PatchProducts,
  image: number,
  group: number,
  from: number,
  to: number,
): Omit<Parameters<PatchProducts["multiplyAcross"]>[0], "adds"> {
  const row = places * size, c = depth * size;
  return {
    a: { pointer: slopes + (image * groups + group) * made * row, row, column: size },
    c: { pointer: to + group * made * c, row: c, column: size },
    m: made,
    from: from + patches.start * size + group * channel,
  };
}
