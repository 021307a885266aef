/** Layers that change nothing, or nothing but the shape. */
import {
  checkOptions,
  checkSetting,
  checkTensor,
  described,
  flatten,
  reshape,
  type Shape,
  ShapeError,
  showShape,
  type Tensor,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * Gives back what it is given (`torch.nn.Identity`).
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Identity } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const x = zeros([2]);
 * assertStrictEquals(new Identity().forward(x), x);
 * ```
 */
export class Identity extends Module {
  /** `x`. */
  override forward(x: Tensor): Tensor {
    return x;
  }
}

/**
 * What {@link Flatten} may be told.
 *
 * @category Layers
 */
export interface FlattenOptions {
  /** The first axis to merge: 1 unless said. */
  readonly start?: number;
  /** The last axis to merge: the last unless said. */
  readonly end?: number;
}

/**
 * `torch.nn.Flatten`: merges the axes `start` (1) to `end` (-1), both included, into one: a batch of anything becomes a
 * batch of vectors.
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Flatten } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Flatten().forward(zeros([5, 2, 3])).shape, [5, 6]);
 * ```
 */
export class Flatten extends Module {
  /** The first axis to merge. */
  readonly start: number;
  /** The last axis to merge. */
  readonly end: number;

  /** Merges `start` to `end`, which may be in an object. */
  constructor(start: number | FlattenOptions = 1, end = -1) {
    super();
    if (typeof start === "object") checkOptions("flatten", start, { start: 1, end: -1 });
    const options = typeof start === "object" ? start : { start, end };
    this.start = options.start ?? 1;
    this.end = options.end ?? -1;
    for (const axis of [this.start, this.end]) checkSetting("flatten", "axis", axis);
  }

  /** `x` with the axes merged. */
  override forward(x: Tensor): Tensor {
    return flatten(x, this.start, this.end);
  }

  /** `Flatten(1, -1)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.start}, ${this.end})`;
  }
}

/**
 * Takes an axis apart into several of these extents, of which one may be -1: `torch.nn.Unflatten`.
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Unflatten } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(new Unflatten(1, [2, -1]).forward(zeros([5, 6])).shape, [5, 2, 3]);
 * ```
 */
export class Unflatten extends Module {
  /** The axis to take apart. */
  readonly axis: number;
  /** What it becomes. */
  readonly sizes: Shape;

  /** Takes `axis` apart into `sizes`. */
  constructor(axis: number, sizes: Shape) {
    super();
    checkSetting("unflatten", "axis", axis);
    if (!Array.isArray(sizes) || sizes.length === 0) {
      throw new TypeError(`Cannot unflatten an axis into ${described(sizes)}: a list of extents is needed`);
    }
    this.axis = axis;
    this.sizes = [...sizes];
  }

  /** `x` with the axis taken apart. */
  override forward(x: Tensor): Tensor {
    checkTensor(`apply ${this.describe()} to`, x);
    const at = this.axis < 0 ? this.axis + x.rank : this.axis, { sizes } = this;
    const known = sizes.reduce((n, extent) => extent === -1 ? n : n * extent, 1);
    const fits = sizes.includes(-1) ? known > 0 && x.shape[at] % known === 0 : x.shape[at] === known;
    if (!fits) throw this.#misfit(x);
    return reshape(
      x,
      [...x.shape.slice(0, at), ...sizes, ...x.shape.slice(at + 1)]
        .map((extent) => extent === -1 ? x.shape[at] / known : extent),
    );
  }

  #misfit(x: Tensor): ShapeError {
    return new ShapeError(
      `Cannot apply ${this.describe()} to ${showShape(x.shape)}: axis ${this.axis} must have ${
        this.sizes.includes(-1) ? "a multiple of " : ""
      }${this.sizes.reduce((n, extent) => extent === -1 ? n : n * extent, 1)} elements`,
      { op: "Unflatten", shapes: [x.shape] },
    );
  }

  /** `Unflatten(1, [2, -1])`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.axis}, ${showShape(this.sizes)})`;
  }
}
