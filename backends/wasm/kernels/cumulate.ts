/** What accumulates along an axis: lane by lane, or all lanes side by side where these lie next to each other. */
import { bytesPerElement, type CumulateAttributes } from "@tapegrad/core/backend";
import { eachOuter } from "../../common/walk.ts";
import type { Heap } from "../memory/heap.ts";
import type { Run } from "../modules.ts";
import { cellOf, isPlain } from "./cells.ts";
import { across, along, type Code, STATE } from "./cumulate_code.ts";
import type { Operand, WasmKernel } from "./kernel.ts";
import { made } from "./made.ts";
import { enderOf, pieceOf } from "./pieces.ts";
import { runningOf } from "./running.ts";
import { type Strided, sweepOf, withoutAxis } from "./sweep.ts";

/** From so many lanes next to each other on it pays to run across them, and so many at a time. */
const ACROSS = 8, BLOCK = 512;
/** About how many nanoseconds an element takes. */
const EACH = 1.5;
/** Which argument is in the room, where lanes are run across. */
const ROOM = 1 << 12;

/** A running sum, product, extremum position or linear recurrence along an axis. */
export const cumulate: WasmKernel<CumulateAttributes> = (inputs, [output], { kind, axis, reverse }, heap) => {
  const { dtype } = inputs[0];
  if (!isPlain(dtype) || !isPlain(output.dtype)) return false;
  const running = runningOf(kind, dtype), name = `cumulate ${kind} ${dtype}`;
  if (!running) return false;
  const code: Code = { running, cell: cellOf(dtype), result: cellOf(output.dtype), inputs: inputs.length };
  const operands = [inputs[0], inputs[inputs.length - 1], output];
  // Positions are counted from the other end.
  const last = reverse && kind.startsWith("arg") ? output.shape[axis] - 1 : -1;
  visit(
    heap,
    { operands, axis, reverse, last },
    (isAcross) =>
      isAcross
        ? made(heap, `${name} across`, (module) => across(module, code))
        : made(heap, name, (module) => along(module, code)),
  );
  return true;
};

/** Two inputs, which may be the same, and the output; how they are run through; the last position or -1. */
interface Lanes {
  readonly operands: readonly Operand[];
  readonly axis: number;
  readonly reverse: boolean;
  readonly last: number;
}

function visit(
  heap: Heap,
  { operands, axis, reverse, last }: Lanes,
  choose: (isAcross: boolean) => Run,
): void {
  const { shape } = operands[2], n = shape[axis], lanes = operands.map((x) => laneOf(x, axis, reverse));
  const walk = sweepOf(lanes, shape.toSpliced(axis, 1)), count = walk.shape.at(-1)!;
  if (walk.size === 0 || n === 0) return;
  const [row, otherRow, toRow] = walk.strides.map((steps) => steps.at(-1)!);
  const [step, otherStep, toStep] = lanes.map((lane) => lane.step);
  const isAcross = count >= ACROSS && Math.abs(toRow) < Math.abs(toStep), run = choose(isAcross);
  const each = n * EACH, cost = isInPlace(operands) ? 0 : walk.size * each;
  const most = heap.isShared(cost)
    ? isAcross ? BLOCK / 2 : Math.min(BLOCK, pieceOf(count, count * each))
    : BLOCK;
  heap.parallel(cost, isAcross ? BLOCK * STATE : 0, (job, state) => {
    const end = enderOf(job);
    eachOuter(walk, 1, ([x, other, y]) => {
      for (let k = 0; k < count; k += most) {
        const rows = Math.min(most, count - k), at = [x + k * row, other + k * otherRow, y + k * toRow];
        const args = [...at, n, step, otherStep, toStep, rows, row, otherRow, toRow, last, state];
        job.call(run, args, isAcross ? ROOM : 0);
        end(rows * each);
      }
    });
  });
}

// What is read and written at once cannot be computed again, where a thread dies that had begun.
function isInPlace([a, b, output]: readonly Operand[]): boolean {
  return a.pointer === output.pointer || b.pointer === output.pointer;
}

// What is left of an operand without the axis, from its first element or, in reverse, its last; its step in bytes.
function laneOf(operand: Operand, axis: number, reverse: boolean): Strided & { readonly step: number } {
  const step = operand.strides[axis] * bytesPerElement(operand.dtype), lane = withoutAxis(operand, axis);
  if (!reverse) return { ...lane, step };
  return { ...lane, pointer: lane.pointer + (operand.shape[axis] - 1) * step, step: -step };
}
