/** The stable order of elements along an axis. */
import { bytesPerElement, type SortAttributes } from "@tapegrad/core/backend";
import { eachOuter } from "../../common/walk.ts";
import type { WasmKernel } from "./kernel.ts";
import { made } from "./made.ts";
import { enderOf } from "./pieces.ts";
import { keysOf, sorting } from "./sort_code.ts";
import { sweepOf, withoutAxis } from "./sweep.ts";

/** The places of elements in their order; NaN counts as the largest. */
export const argsort: WasmKernel<SortAttributes> = ([x], [output], { axis, descending }, heap) => {
  const n = output.shape[axis], { dtype } = x, { bytes } = keysOf(dtype);
  const walk = sweepOf(
    [x, output].map((operand) => withoutAxis(operand, axis)),
    output.shape.toSpliced(axis, 1),
    1,
  );
  if (walk.size === 0 || n === 0) return true;
  const run = made(heap, `argsort ${dtype}`, (module) => sorting(module, dtype));
  const [step, move] = [x, output].map((operand) => operand.strides[axis] * bytesPerElement(operand.dtype));
  // Counts of digits, then keys and places twice over: where they are and where they go.
  const room = COUNTS * bytes + 2 * n * (bytes + 4), flip = descending ? -1 : 0, each = n * EACH * bytes;
  heap.parallel(walk.size * each, room, (job, counts) => {
    const keys = counts + COUNTS * bytes, places = keys + 2 * n * bytes, end = enderOf(job);
    eachOuter(walk, 0, ([from, to]) => {
      job.call(run, [from, to, n, step, move, flip, counts, keys, places], ROOMS);
      end(each);
    });
  });
  return true;
};

/** About how many nanoseconds a digit of an element takes. */
const EACH = 3;
/** Which arguments are in the room. */
const ROOMS = 0b1_1100_0000;
/** How much room the counts of a digit of 8 bits take. */
const COUNTS = 256 * 4;
