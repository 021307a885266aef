/** The sequences that CTC is given, in one form: padded, in batches, with lengths on the device. */
import {
  add,
  arange,
  checkFloating,
  cumsum,
  described,
  expand,
  gather,
  indexSelect,
  less,
  reshape,
  ShapeError,
  showShape,
  sub,
  Tensor,
  tensor,
  unsqueeze,
  where,
} from "@tapegrad/core";
import { checkIndices } from "./class_targets.ts";
import { checkTensors, misfit, widened } from "./options.ts";

/**
 * How long sequences are: i32, or numbers, one of them for a sequence alone.
 *
 * @category Losses
 */
export type Lengths = Tensor | readonly number[] | number;

/** Sequences as CTC counts their alignments. */
export interface Sequences {
  /** Logarithms of probabilities, `[frames, batch, classes]`. */
  readonly logs: Tensor;
  /** How many of the frames count, `[batch]`. */
  readonly frames: Tensor;
  /** How many labels there are, `[batch]`. */
  readonly counts: Tensor;
  /** The labels, `[batch, most]`, and the blank after the last one. */
  readonly labels: Tensor;
}

/** Positions 0 to `n`, on the device of a tensor. */
export function positions(n: number, { backend }: Tensor): Tensor {
  return arange(0, n, 1, { dtype: "i32", backend: backend.name });
}

/** The arguments of CTC in one form; those that do not fit each other are refused. */
export function sequencesOf(
  input: Tensor,
  target: Tensor,
  lengths: readonly [input: Lengths, target: Lengths],
  blank: number,
): Sequences {
  checkTensors("ctcLoss", [input, target]);
  checkFloating("ctcLoss", input);
  checkIndices("ctcLoss", target);
  if (input.rank !== 2 && input.rank !== 3) {
    throw misfit(
      "ctcLoss",
      [input, target],
      "the input has the shape [frames, batch, classes] or [frames, classes]",
    );
  }
  const logs = widened(input.rank === 3 ? input : unsqueeze(input, 1)), [most, batch, classes] = logs.shape;
  checkBlank(blank, classes);
  const frames = lengthsOf(lengths[0], { what: "frames", batch, most, like: input });
  const rows = input.rank === 2 && target.rank === 1 ? unsqueeze(target, 0) : target;
  const isPadded = rows.rank === 2 && rows.shape[0] === batch;
  if (!isPadded && target.rank !== 1) {
    throw misfit(
      "ctcLoss",
      [input, target],
      `targets have the shape [${batch}, labels], or [labels] one after the other`,
    );
  }
  const counts = lengthsOf(lengths[1], { what: "labels", batch, most: rows.shape.at(-1)!, like: input });
  const padded = isPadded ? rows : aligned(target, counts, most);
  const isLabel = less(positions(padded.shape[1], input), unsqueeze(counts, 1));
  return { logs, frames, counts, labels: where(isLabel, padded.to("i32"), blank) };
}

function checkBlank(blank: number, classes: number): void {
  if (Number.isInteger(blank) && blank >= 0 && blank < classes) return;
  throw new RangeError(
    `Cannot take the ctcLoss with a blank of ${described(blank)}: it must name one of ${classes} classes`,
  );
}

interface Wanted {
  readonly what: "frames" | "labels";
  readonly batch: number;
  readonly most: number;
  readonly like: Tensor;
}

function lengthsOf(given: Lengths, { what, batch, most, like }: Wanted): Tensor {
  if (!(given instanceof Tensor || Array.isArray(given) || typeof given === "number")) {
    throw new TypeError(
      `Cannot take the ctcLoss of ${described(given)} ${what}: a tensor or a list is needed`,
    );
  }
  const size = typeof given === "number" ? 1 : given instanceof Tensor ? given.size : given.length;
  if (size !== batch) {
    const found = given instanceof Tensor ? showShape(given.shape) : described(given);
    throw new ShapeError(
      `Cannot take the ctcLoss with numbers of ${what} ${found}: one a sequence is needed, [${batch}]`,
      { op: "ctcLoss", shapes: [like.shape] },
    );
  }
  if (!(given instanceof Tensor)) return listed(given, { what, batch, most, like });
  checkIndices("ctcLoss", given);
  // A length beyond is an error of the index, on any device.
  return indexSelect(positions(most + 1, like), 0, reshape(given, [batch]));
}

function listed(given: readonly number[] | number, { what, most, like }: Wanted): Tensor {
  const list = [given].flat();
  for (const n of list) {
    if (Number.isInteger(n) && n >= 0 && n <= most) continue;
    throw new RangeError(`Cannot take the ctcLoss of ${described(n)} ${what}: there are 0 to ${most}`);
  }
  return tensor(Int32Array.from(list), { backend: like.backend.name });
}

// Labels one after the other, in rows. More than there are frames fit into no alignment, so that one more will do.
function aligned(target: Tensor, counts: Tensor, frames: number): Tensor {
  const width = Math.min(target.size, frames + 1), [batch] = counts.shape, total = target.size;
  const starts = sub(cumsum(counts, 0), counts), steps = positions(width, target);
  const places = add(unsqueeze(starts, 1), steps);
  const index = where(less(steps, unsqueeze(counts, 1)), places, 0);
  return gather(expand(unsqueeze(target, 0), [batch, total]), 1, index);
}
