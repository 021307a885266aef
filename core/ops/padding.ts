/** Tensors with more around them, or less. */
import { ShapeError, showShape } from "../base/errors.ts";
import { checkHeld, checkNumber } from "../base/integers.ts";
import { checkOptions } from "../base/settings.ts";
import { checkShape, listOf } from "../base/shape.ts";
import { described, listed } from "../base/text.ts";
import { castNumber } from "../expr/evaluate.ts";
import { concat, expand, flip, narrow, pad as padWith, slice } from "../primitives/functions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";

/**
 * How many elements to put before and behind, per axis; a number below 0 takes as many away.
 *
 * @category Shape
 */
export type Widths = readonly (readonly [number, number])[];

/**
 * What is put around a tensor: one number, its elements mirrored about those at the edge, those at the edge, or its
 * elements from the other end.
 *
 * @category Shape
 */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/**
 * How {@link pad} pads.
 *
 * @category Shape
 */
export interface PadOptions {
  /** What is put around: `"constant"` unless said. */
  readonly mode?: PadMode;
  /** The number of the mode `"constant"`: 0 unless said. */
  readonly value?: number;
}

/** A mode that puts elements of the tensor itself around it, along one axis. */
interface Repetition {
  /** Whether what is taken away is, before elements are put around what is left. */
  readonly cropsFirst: boolean;
  /** How many elements it can put at an end of so many. */
  readonly most: (extent: number) => number;
  readonly before: (x: Tensor, axis: number, count: number) => Tensor;
  readonly behind: (x: Tensor, axis: number, count: number) => Tensor;
}

function repeated(x: Tensor, axis: number, at: number, count: number): Tensor {
  return expand(narrow(x, axis, at, 1), x.shape.with(axis, count));
}

const repetitions: Readonly<Record<Exclude<PadMode, "constant">, Repetition>> = {
  reflect: {
    cropsFirst: false,
    most: (extent) => extent - 1,
    before: (x, axis, count) => flip(narrow(x, axis, 1, count), axis),
    behind: (x, axis, count) => flip(narrow(x, axis, x.shape[axis] - 1 - count, count), axis),
  },
  replicate: {
    cropsFirst: false,
    most: (extent) => extent > 0 ? Infinity : 0,
    before: (x, axis, count) => repeated(x, axis, 0, count),
    behind: (x, axis, count) => repeated(x, axis, x.shape[axis] - 1, count),
  },
  circular: {
    cropsFirst: true,
    most: (extent) => extent,
    before: (x, axis, count) => narrow(x, axis, x.shape[axis] - count, count),
    behind: (x, axis, count) => narrow(x, axis, 0, count),
  },
};

const modes: readonly string[] = ["constant", ...Object.keys(repetitions)];

/** A pair of numbers for each axis. */
type Pairs = readonly (readonly [before: number, behind: number])[];

const added = (n: number): number => Math.max(n, 0);

function cropped(x: Tensor, pairs: Pairs): Tensor {
  if (pairs.every(([before, behind]) => before >= 0 && behind >= 0)) return x;
  return slice(x, {
    starts: pairs.map(([before]) => added(-before)),
    counts: x.shape.map((n, i) => n - added(-pairs[i][0]) - added(-pairs[i][1])),
    steps: pairs.map(() => 1),
  });
}

function withConstant(x: Tensor, pairs: Pairs, value: number): Tensor {
  const [low, high] = [pairs.map(([n]) => added(n)), pairs.map(([, n]) => added(n))];
  return padWith(cropped(x, pairs), { low, high, interior: low.map(() => 0), value });
}

function withItself(x: Tensor, pairs: Pairs, mode: Exclude<PadMode, "constant">): Tensor {
  const { cropsFirst, most, before, behind } = repetitions[mode];
  const grown = pairs.reduce((t, [low, high], axis) => {
    const widest = Math.max(low, high);
    if (widest <= 0) return t;
    if (widest > most(t.shape[axis])) throw tooWide(x, pairs, mode, axis, most(t.shape[axis]));
    const parts = [
      ...low > 0 ? [before(t, axis, low)] : [],
      t,
      ...high > 0 ? [behind(t, axis, high)] : [],
    ];
    return concat(parts, axis);
  }, cropsFirst ? cropped(x, pairs) : x);
  return cropsFirst ? grown : cropped(grown, pairs);
}

function tooWide(x: Tensor, pairs: Pairs, mode: PadMode, axis: number, most: number): ShapeError {
  return new ShapeError(
    `Cannot pad axis ${axis} of ${showShape(x.shape)} by ${listed(pairs[axis])} with mode ${mode}: ` +
      `at most ${added(most)} elements can be put at an end of it`,
    { op: "pad", shapes: [x.shape] },
  );
}

/** A pair for each axis, of those given for the last few. */
function pairsOf(x: Tensor, widths: Widths): Pairs {
  const given = listOf("pad", "by", widths), missing = x.rank - given.length;
  if (missing < 0 || !given.every(isPairOfIntegers)) {
    throw refusal(x, given, `at most ${x.rank} pairs of integers are needed`);
  }
  return [...x.shape.slice(0, missing).map(() => [0, 0] as const), ...given];
}

/** Refuses to take away more than there is, of what there is at first or of what has grown. */
function checkExtents(x: Tensor, pairs: Pairs, cropsFirst: boolean): void {
  const grown = (width: number) => cropsFirst ? Math.min(width, 0) : width;
  const axis = x.shape.findIndex((n, i) => n + grown(pairs[i][0]) + grown(pairs[i][1]) < 0);
  if (axis >= 0) {
    throw refusal(x, pairs, `axis ${axis} has ${x.shape[axis]} elements, and no more can be taken away`);
  }
  checkShape("pad to", x.shape.map((n, i) => pairs[i][0] + n + pairs[i][1]));
}

function refusal(x: Tensor, pairs: Widths, why: string): ShapeError {
  return new ShapeError(`Cannot pad ${showShape(x.shape)} by ${listed(pairs)}: ${why}`, {
    op: "pad",
    shapes: [x.shape],
  });
}

function isPairOfIntegers(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && [0, 1].every((i) => Number.isSafeInteger(pair[i]));
}

/** Refuses a mode that is none of those, for a function that was asked for it under a name. */
export function checkMode(asked: string, mode: unknown, modes: readonly string[]): void {
  if (typeof mode === "string" && modes.includes(mode)) return;
  const choice = modes.join(", ").replace(/, (\w+)$/, " or $1");
  throw new RangeError(`Cannot ${asked} ${described(mode)}: choose ${choice}`);
}

/**
 * With more around it: `widths` gives how many elements before and behind for each axis, or for the last few; numbers
 * below 0 take as many away. Around it is a number, 0 unless said, or by `mode` its own elements, as with
 * `torch.nn.functional.pad`. More pairs than axes, and more elements than a mode can put at an end, which is one less
 * than there are with `"reflect"` and as many as there are with `"circular"`, are a {@link ShapeError}.
 *
 * @category Shape
 * @example
 * ```ts
 * import { pad, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * assertEquals(await pad(x, [[1, 0]]).array(), [[0, 1, 2], [0, 3, 4]]);
 * assertEquals(await pad(x, [[0, 1], [0, 0]], 9).array(), [[1, 2], [3, 4], [9, 9]]);
 *
 * const row = tensor([1, 2, 3]);
 * assertEquals(await pad(row, [[2, 1]], { mode: "reflect" }).array(), [3, 2, 1, 2, 3, 2]);
 * assertEquals(await pad(row, [[2, 1]], { mode: "replicate" }).array(), [1, 1, 1, 2, 3, 3]);
 * assertEquals(await pad(row, [[2, 1]], { mode: "circular" }).array(), [2, 3, 1, 2, 3, 1]);
 * assertEquals(await pad(row, [[-1, 0]]).array(), [2, 3]);
 * ```
 */
export function pad(x: Tensor, widths: Widths, options: number | PadOptions = 0): Tensor {
  checkTensor("pad", x);
  const isList = typeof options === "object" && options !== null;
  if (isList) checkOptions("pad", options, { mode: null, value: null });
  const pairs = pairsOf(x, widths), { mode = "constant", value = 0 } = isList ? options : { value: options };
  checkMode("pad with mode", mode, modes);
  checkExtents(x, pairs, mode === "constant" || repetitions[mode].cropsFirst);
  const filler = checkHeld("pad with", checkNumber("pad with", value), x.dtype);
  return mode === "constant"
    ? withConstant(x, pairs, castNumber(filler, x.dtype))
    : withItself(x, pairs, mode);
}
