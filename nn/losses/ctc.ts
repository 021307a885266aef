/** Connectionist temporal classification: the loss of labels that no one has aligned with frames. */
import {
  add,
  concat,
  div,
  equal,
  expand,
  full,
  gather,
  greater,
  isInfinite,
  less,
  maximum,
  minimum,
  mul,
  narrow,
  notEqual,
  pad,
  reshape,
  scan,
  stack,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from "@tapegrad/core";
import { type Lengths, positions, type Sequences, sequencesOf } from "./ctc_sequences.ts";
import { advance, ending, normalizer } from "./ctc_steps.ts";
import { checkLossOptions, type LossOptions, reduceLoss } from "./options.ts";

/**
 * What {@link ctcLoss} may be told.
 *
 * @category Losses
 */
export interface CTCOptions extends LossOptions {
  /** The class that stands for no label; 0 unless said. */
  readonly blank?: number;
  /** Whether a loss that no alignment makes finite is 0, without a gradient; it is infinite unless said. */
  readonly zeroInfinity?: boolean;
}

/**
 * The negative logarithm of the chance of labels, over all ways to align them with frames, repeating each and with
 * blanks between (Graves et al., 2006). The input is logarithms of probabilities, as `logSoftmax` gives them,
 * `[frames, batch, classes]` or `[frames, classes]`; the target class indices, `[batch, labels]` with anything after the
 * last label of each, or all labels one after the other. Lengths say how many frames and labels of each count. The
 * mean divides each loss by the number of its labels first. Where there are too few frames it is infinite.
 * `torch.nn.functional.ctc_loss`.
 *
 * Shapes that do not fit are a {@link ShapeError}, labels that are no classes an {@link IndexError}, lengths beyond what
 * there is a `RangeError`. As in PyTorch the gradient takes the input for a log softmax: it is right through one.
 *
 * @category Losses
 * @example
 * ```ts
 * import { full, tensor } from "@tapegrad/core";
 * import { ctcLoss } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * // In two frames of even chances the label 1 is "11", "01" or "10", with 0 for the blank: 3 of 4.
 * const logs = full([2, 1, 2], Math.log(0.5)), target = tensor([[1]], { dtype: "i32" });
 * assertAlmostEquals(await ctcLoss(logs, target, [2], [1]).item(), -Math.log(3 / 4), 1e-6);
 * ```
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: Lengths,
  targetLengths: Lengths,
  options: CTCOptions = {},
): Tensor {
  checkLossOptions("ctcLoss", options);
  const { blank = 0, reduction = "mean", zeroInfinity = false } = options;
  const sequences = sequencesOf(logProbs, targets, [inputLengths, targetLengths], blank);
  const losses = lossesOf(sequences, blank, zeroInfinity), { counts } = sequences;
  const each = reduction === "mean" ? div(losses, maximum(counts, 1)) : losses;
  return reduceLoss(logProbs.rank === 3 ? each : reshape(each, []), options).to(logProbs.dtype);
}

function lossesOf({ logs, frames, counts, labels }: Sequences, blank: number, zeroInfinity: boolean): Tensor {
  const isFrame = less(reshape(positions(logs.shape[0], logs), [-1, 1, 1]), reshape(frames, [1, -1, 1]));
  const states = statesOf(labels, blank);
  const reached = reachedOf(emissionsOf(logs, states, isFrame), states);
  const losses = endOf(at(reached, 0, frames), counts);
  const isLost = isInfinite(losses);
  const share = sum(normalizer(logs, isFrame, zeroInfinity ? false : unsqueeze(isLost, 1)), [0, 2]);
  return zeroInfinity ? where(isLost, 0, add(losses, share)) : add(losses, share);
}

/** Labels with blanks around and between them, `[batch, 2·most + 1]`. */
function statesOf(labels: Tensor, blank: number): Tensor {
  const [batch, most] = labels.shape, { dtype, backend } = labels;
  const blanks = full([batch, most + 1], blank, { dtype, backend: backend.name });
  const pairs = stack([narrow(blanks, 1, 0, most), labels], 2);
  return concat([reshape(pairs, [batch, 2 * most]), narrow(blanks, 1, most, 1)], 1);
}

// What a frame that does not count holds, NaN say, reaches neither a loss nor a gradient.
function emissionsOf(logs: Tensor, states: Tensor, isFrame: Tensor): Tensor {
  const index = expand(unsqueeze(states, 0), [logs.shape[0], ...states.shape]);
  return where(isFrame, gather(logs, 2, index), 0);
}

/** The logarithm of the chance of each state before each frame, and after the last: `[frames + 1, batch, states]`. */
function reachedOf(emissions: Tensor, states: Tensor): Tensor {
  const [batch, width] = states.shape, { dtype, backend } = emissions;
  const shifted = (x: Tensor, value: number) => pad(x, [[0, 0], [2, 0]], value);
  const maySkip = notEqual(states, narrow(shifted(states, -1), 1, 0, width));
  const zero = full([], 0, { dtype, backend: backend.name });
  const start = expand(where(equal(positions(width, states), 0), zero, -Infinity), [batch, width]);
  const [, after] = scan(
    (stay: Tensor, emission: Tensor) => {
      const before = shifted(stay, -Infinity);
      const next = advance(stay, narrow(before, 1, 1, width), narrow(before, 1, 0, width), maySkip, emission);
      return [next, next];
    },
    start,
    emissions,
  );
  return concat([unsqueeze(start, 0), after]);
}

/** The losses, from the chances of states after the last frame. */
function endOf(reached: Tensor, counts: Tensor): Tensor {
  const last = minimum(mul(counts, 2), reached.shape[1] - 1);
  return ending(at(reached, 1, last), at(reached, 1, maximum(sub(last, 1), 0)), greater(counts, 0));
}

/** What stands at an index along an axis, one for each sequence, which lie along the axis after or before it. */
function at(x: Tensor, axis: 0 | 1, index: Tensor): Tensor {
  const shape = x.shape.with(axis, 1), others = axis === 0 ? [1, -1, 1] : [-1, 1];
  return reshape(gather(x, axis, expand(reshape(index, others), shape)), shape.toSpliced(axis, 1));
}
