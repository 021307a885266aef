/** What Fourier transforms are told, and what follows from it. */
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions } from "../../base/settings.ts";
import { isCount, listOf, normalizeAxes, normalizeAxis, type Shape } from "../../base/shape.ts";
import { described, listed } from "../../base/text.ts";

/**
 * Which way is divided: by n on the way back, as unless said, on the way there, or by √n on both.
 *
 * @category Fourier transforms
 */
export type FourierNorm = "backward" | "ortho" | "forward";

/**
 * How a transform along one axis is taken.
 *
 * @category Fourier transforms
 */
export interface FourierOptions {
  /** How many numbers are transformed, those that lack being zeros; those that there are, unless said. */
  readonly n?: number | undefined;
  /** Along which axis, that of the pairs not counted: the last unless said. */
  readonly axis?: number | undefined;
  /** Which way is divided. */
  readonly norm?: FourierNorm | undefined;
}

/**
 * How a transform along several axes is taken.
 *
 * @category Fourier transforms
 */
export interface FouriersOptions {
  /** How many numbers are transformed along each, -1 for those that there are; all unless said. */
  readonly s?: readonly number[] | undefined;
  /** Along which axes, that of the pairs not counted. */
  readonly axes?: number | readonly number[] | undefined;
  /** Which way is divided. */
  readonly norm?: FourierNorm | undefined;
}

const divisors: Readonly<Record<FourierNorm, (n: number, inverse: boolean) => number>> = {
  backward: (n, inverse) => inverse ? n : 1,
  ortho: (n) => Math.sqrt(n),
  forward: (n, inverse) => inverse ? 1 : n,
};

/** An axis, how many numbers are transformed along it, how many come out, and what these are multiplied by. */
export interface Along {
  readonly axis: number;
  readonly n: number;
  readonly inverse: boolean;
  readonly scale: number;
}

/** How many numbers are transformed where that is not said, of the extent of an axis. */
export type Usual = (extent: number) => number;

/** As many as there are, and those whose half there is. */
export const same: Usual = (extent) => extent, doubled: Usual = (extent) => 2 * (extent - 1);

function alongOf(
  op: string,
  axis: number,
  n: number,
  inverse: boolean,
  norm: FourierNorm = "backward",
): Along {
  if (!Number.isInteger(n) || n < 1) {
    throw new ShapeError(
      `Cannot ${op} ${described(n)} numbers along axis ${axis}: at least 1 is needed`,
      { op },
    );
  }
  if (!Object.hasOwn(divisors, norm)) {
    throw new TypeError(
      `Cannot ${op} with a norm of ${described(norm)}: "backward", "ortho" or "forward" is needed`,
    );
  }
  return { axis, n, inverse, scale: 1 / divisors[norm](n, inverse) };
}

/** What is told of one axis, of numbers of a shape. */
export function oneAxis(
  op: string,
  shape: Shape,
  options: FourierOptions,
  inverse: boolean,
  usual: Usual,
): Along {
  checkOptions(op, options, { n: 0, axis: 0, norm: "" });
  const axis = normalizeAxis(op, options.axis ?? -1, shape.length);
  return alongOf(op, axis, shape.length === 0 ? 0 : options.n ?? usual(shape[axis]), inverse, options.norm);
}

// In the order in which they are named.
function orderedAxes(op: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  const sorted = normalizeAxes(op, axes, rank);
  return Array.isArray(axes) && rank > 0 ? axes.map((axis) => normalizeAxis(op, axis, rank)) : sorted;
}

/** What is told of several axes, of numbers of a shape, the last of which may be usual in its own way. */
export function severalAxes(
  op: string,
  shape: Shape,
  options: FouriersOptions,
  inverse: boolean,
  last: Usual,
): Along[] {
  checkOptions(op, options, { s: null, axes: null, norm: "" });
  const { s, norm } = options, rank = shape.length;
  const sizes = s === undefined ? undefined : listOf(op, "to sizes", s);
  const axes = orderedAxes(op, options.axes ?? sizes?.map((_, i) => i - sizes.length), rank);
  if (sizes && (sizes.length !== axes.length || !sizes.every((n) => n === -1 || isCount(n)))) {
    throw new ShapeError(
      `Cannot ${op} ${showShape(shape)} with sizes ${
        listed(sizes)
      }: one for each of ${axes.length} axes is needed`,
      { op, shapes: [shape] },
    );
  }
  return axes.map((axis, i) => {
    const usual = i === axes.length - 1 ? last : same, n = sizes?.[i] ?? -1;
    return alongOf(op, axis, n === -1 ? usual(shape[axis]) : n, inverse, norm);
  });
}
