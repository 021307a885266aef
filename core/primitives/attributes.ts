/** What primitives are told beside their tensors: plain, readonly data. */
import type { Shape } from "../base/shape.ts";
import type { Expr } from "../expr/expr.ts";

/**
 * What is computed for each element of inputs that broadcast together.
 *
 * @category Backends
 */
export interface MapAttributes {
  /** What errors call it. */
  readonly name: string;
  /** An expression for each output. */
  readonly exprs: readonly Expr[];
}

/**
 * What is computed for each element of one result.
 *
 * @category Backends
 */
export interface ElementExpr {
  /** What errors call it. */
  readonly name: string;
  /** The expression. */
  readonly expr: Expr;
}

/**
 * How a reduction combines elements.
 *
 * @category Backends
 */
export type ReduceKind = "sum" | "prod" | "max" | "min" | "any" | "all" | "argmax" | "argmin";

/**
 * What is reduced, how, and over which axes.
 *
 * @category Backends
 */
export interface ReduceAttributes extends ElementExpr {
  /** How the values of the expression are combined. */
  readonly kind: ReduceKind;
  /** The axes that go, counted from the front, ascending. */
  readonly axes: readonly number[];
}

/**
 * Another shape of the same elements, or the shape they are repeated to.
 *
 * @category Backends
 */
export interface ShapeAttributes {
  /** The new shape. */
  readonly shape: Shape;
}

/**
 * An order of axes.
 *
 * @category Backends
 */
export interface PermuteAttributes {
  /** Which axis of the input comes at each place. */
  readonly axes: readonly number[];
}

/**
 * Start, count and step per axis; steps may be negative, not 0.
 *
 * @category Backends
 */
export interface SliceAttributes {
  /** Index of the first element along each axis. */
  readonly starts: readonly number[];
  /** How many elements along each axis. */
  readonly counts: readonly number[];
  /** Distance between them along each axis. */
  readonly steps: readonly number[];
}

/**
 * Windows along an axis: `size` elements every `step`.
 *
 * @category Backends
 */
export interface UnfoldAttributes {
  /** Along which axis. */
  readonly axis: number;
  /** Elements in a window. */
  readonly size: number;
  /** Distance between the starts of windows. */
  readonly step: number;
}

/**
 * Where overlap-add puts its windows.
 *
 * @category Backends
 */
export interface FoldAttributes {
  /** The axis that counts windows; their elements are the last axis of the input. */
  readonly axis: number;
  /** Distance between the starts of windows. */
  readonly step: number;
  /** Extent of the result along the axis. */
  readonly extent: number;
}

/**
 * How many elements of `value` go before, behind and between the elements along each axis.
 *
 * @category Backends
 */
export interface PadAttributes {
  /** Before the first. */
  readonly low: readonly number[];
  /** Behind the last. */
  readonly high: readonly number[];
  /** Between neighbours. */
  readonly interior: readonly number[];
  /** What is put there. */
  readonly value: number;
}

/**
 * Along which axis.
 *
 * @category Backends
 */
export interface AxisAttributes {
  /** The axis, counted from the front. */
  readonly axis: number;
}

/**
 * How a scattered element meets what is there: it is added, takes its place, is multiplied with it, or the larger or
 * smaller one stays, NaN before both.
 *
 * @category Backends
 */
export type ScatterKind = "add" | "set" | "prod" | "max" | "min";

/**
 * Along which axis, and how elements meet what is there.
 *
 * @category Backends
 */
export interface ScatterAttributes {
  /** The axis that indices count along. */
  readonly axis: number;
  /** Repeated indices meet one after another: `add` sums them, with `set` the last one stays. */
  readonly kind: ScatterKind;
}

/**
 * What accumulates along an axis: the running sum or product, the position of the running extremum, or the
 * linear recurrence `y[k] = a[k]·y[k-1] + b[k]` of two inputs, in which a factor of 0 ends an infinite y.
 *
 * @category Backends
 */
export type CumulateKind = "sum" | "prod" | "argmax" | "argmin" | "linear";

/**
 * How elements accumulate.
 *
 * @category Backends
 */
export interface CumulateAttributes {
  /** What accumulates. */
  readonly kind: CumulateKind;
  /** Along which axis. */
  readonly axis: number;
  /** From the end. */
  readonly reverse: boolean;
}

/**
 * Along which axis to sort, and in which order.
 *
 * @category Backends
 */
export interface SortAttributes {
  /** Along which axis. */
  readonly axis: number;
  /** Largest first. */
  readonly descending: boolean;
}

/**
 * Along which axes a lane runs: one for softmax and its like, none of a scalar, the last ones for layerNorm.
 *
 * @category Backends
 */
export interface AxesAttributes {
  /** The axes, counted from the front. */
  readonly axes: readonly number[];
}

/**
 * Along which axes something was normalised, and which of its gradients are wanted.
 *
 * @category Backends
 */
export interface NormBackwardAttributes extends AxesAttributes {
  /** Whether that of x, that of the weight, and that of the bias. */
  readonly wanted: readonly [x: boolean, weight: boolean, bias: boolean];
}

/**
 * Along which axes something is normalised, and along which it has a weight and a bias.
 *
 * @category Backends
 */
export interface StandardizeAttributes extends AxesAttributes {
  /** The axes whose extents weight and bias have, in order. */
  readonly along: readonly number[];
}

/**
 * How the cross-entropy of classes is taken.
 *
 * @category Backends
 */
export interface CrossEntropyAttributes extends AxisAttributes {
  /** The part of the target that is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** The class index of targets without loss. */
  readonly ignoreIndex: number | null;
}

/**
 * How many numbers are counted.
 *
 * @category Backends
 */
export interface CountAttributes {
  /** How many. */
  readonly length: number;
}

/**
 * A map among several that do not depend on each other.
 *
 * @category Backends
 */
export interface MapPart extends MapAttributes {
  /** How many of the inputs are its own; those of the parts before it come first. */
  readonly reads: number;
}

/**
 * Several maps, each over a space of its own.
 *
 * @category Backends
 */
export interface MapsAttributes {
  /** The maps, in the order of their inputs and outputs: each has an output for each of its expressions. */
  readonly parts: readonly MapPart[];
}

/**
 * A step along lanes: `max` and `sum` fold an expression over a lane to one number, `once` makes a number of numbers and
 * of inputs that are the same all along a lane, `each` an element of each element.
 *
 * @category Backends
 */
export interface RowStep {
  /** What is done. */
  readonly kind: "max" | "sum" | "once" | "each";
  /** Of what: inputs are those of the op, and after them what earlier steps gave. */
  readonly expr: Expr;
}

/**
 * Steps along lanes, and which of them are results.
 *
 * @category Backends
 */
export interface RowsAttributes extends AxesAttributes {
  /** What errors call it. */
  readonly name: string;
  /** The steps, in order. */
  readonly steps: readonly RowStep[];
  /** The step of kind `each` whose elements are the first output; `null` if there is none. */
  readonly element: number | null;
  /** The steps of other kinds whose numbers are the other outputs, which lack the axes. */
  readonly numbers: readonly number[];
}
