/** Sequences of several lengths as one tensor, and back. */
import {
  checkOptions,
  checkTensor,
  described,
  narrow,
  pad,
  sameShape,
  ShapeError,
  showShape,
  stack,
  Tensor,
} from "@tapegrad/core";

/**
 * What {@link unpadSequence} may be told.
 *
 * @category Layers
 */
export interface UnpadSequenceOptions {
  /** Whether the batch comes first, and the time second; the other way around unless said, as in PyTorch. */
  readonly batchFirst?: boolean;
}

/**
 * What {@link padSequence} may be told.
 *
 * @category Layers
 */
export interface PadSequenceOptions extends UnpadSequenceOptions {
  /** What stands beyond the end of a sequence: 0 unless said. */
  readonly paddingValue?: number;
  /** Where that stands: at the `right` unless said. */
  readonly paddingSide?: "left" | "right";
}

function checkSequences(sequences: readonly Tensor[]): void {
  if (!Array.isArray(sequences) || sequences.length === 0) {
    throw new TypeError(
      `Cannot padSequence ${described(sequences)}: a list of at least one tensor is needed`,
    );
  }
  for (const sequence of sequences) {
    checkTensor("padSequence", sequence);
    const { shape } = sequence, [first] = sequences;
    if (shape.length > 0 && sameShape(shape.slice(1), first.shape.slice(1))) continue;
    throw new ShapeError(
      `Cannot padSequence ${showShape(first.shape)} and ${
        showShape(shape)
      }: sequences are [length, …], alike but for their lengths`,
      { op: "padSequence", shapes: [first.shape, shape] },
    );
  }
}

/**
 * Sequences `[length, …]` as one tensor `[longest, sequences, …]`, or with `batchFirst` `[sequences, longest, …]`, filled up
 * behind their ends: `torch.nn.utils.rnn.pad_sequence`. Recurrent layers take it with the lengths. Sequences that differ in more than
 * their lengths are a {@link ShapeError}.
 *
 * @category Layers
 * @example
 * ```ts
 * import { ones } from "@tapegrad/core";
 * import { GRU, padSequence, unpadSequence } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const sequences = [ones([3, 1]), ones([1, 1])], lengths = sequences.map(({ shape }) => shape[0]);
 * const x = padSequence(sequences, { batchFirst: true, paddingValue: -1 });
 * assertEquals(await x.array(), [[[1], [1], [1]], [[1], [-1], [-1]]]);
 * const [y] = new GRU(1, 4, { batchFirst: true }).forward(x, undefined, { lengths });
 * assertEquals(unpadSequence(y, lengths, { batchFirst: true }).map(({ shape }) => shape), [[3, 4], [1, 4]]);
 * ```
 */
export function padSequence(sequences: readonly Tensor[], options: PadSequenceOptions = {}): Tensor {
  checkOptions("padSequence", options, { batchFirst: true, paddingValue: 0, paddingSide: "" });
  checkSequences(sequences);
  const { batchFirst = false, paddingValue = 0, paddingSide = "right" } = options;
  if (paddingSide !== "left" && paddingSide !== "right") {
    throw new TypeError(
      `Cannot padSequence with a paddingSide of ${described(paddingSide)}: choose left or right`,
    );
  }
  const longest = Math.max(...sequences.map(({ shape }) => shape[0]));
  const padded = sequences.map((sequence) => {
    const { shape: [length, ...rest] } = sequence, more = longest - length;
    const width = paddingSide === "left" ? [more, 0] as const : [0, more] as const;
    return pad(sequence, [width, ...rest.map(() => [0, 0] as const)], paddingValue);
  });
  return stack(padded, batchFirst ? 0 : 1);
}

/**
 * The sequences of a padded batch without what was filled up, each a view `[length, …]`: `torch.nn.utils.rnn.unpad_sequence`.
 * Lengths in a tensor are read at once, which devices that cannot do refuse: pass numbers there. Other lengths than one from 0 to the
 * longest for each sequence are a {@link ShapeError}.
 *
 * @category Layers
 */
export function unpadSequence(
  padded: Tensor,
  lengths: readonly number[] | Tensor,
  options: UnpadSequenceOptions = {},
): Tensor[] {
  checkOptions("unpadSequence", options, { batchFirst: true });
  checkTensor("unpadSequence", padded);
  const [time, batch] = options.batchFirst ?? false ? [1, 0] : [0, 1];
  const counts = lengths instanceof Tensor ? [...lengths.dataSync()] : lengths;
  const steps = padded.shape[time], { shape } = padded;
  const isLength = (n: unknown) => Number.isInteger(n) && n as number >= 0 && n as number <= steps;
  if (
    shape.length < 2 || !Array.isArray(counts) || counts.length !== shape[batch] || !counts.every(isLength)
  ) {
    throw new ShapeError(
      `Cannot unpadSequence ${showShape(shape)} to lengths ${
        Array.isArray(counts) ? showShape(counts) : described(counts)
      }: a length of at most ${steps ?? "its steps"} is needed for each of ${
        shape[batch] ?? "its"
      } sequences`,
      { op: "unpadSequence", shapes: [shape] },
    );
  }
  return padded.unbind(batch).map((sequence, i) => narrow(sequence, 0, 0, counts[i]));
}
