/** Modules in a row, and the small ones that stand between layers. */
import {
  checkOptions,
  checkSetting,
  checkTensor,
  defineElementwise,
  drawKey,
  e,
  flatten,
  greaterEqual,
  type Key,
  keyTensor,
  type Tensor,
  uniform,
} from "@tapegrad/core";
import { Module } from "./module.ts";

/**
 * Modules applied one after another; `model[i]` is the i-th, and names its parameters `i.…`.
 *
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Linear, Sequential, Tanh } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
 * assertEquals(model.forward(zeros([5, 2])).shape, [5, 1]);
 * assertEquals([...model.namedParameters().keys()], ["0.weight", "0.bias", "2.weight", "2.bias"]);
 * ```
 */
export class Sequential extends Module {
  /** The modules by position. */
  readonly [index: number]: Module;
  readonly #modules: readonly Module[];

  /** A row of modules, the first applied first. */
  constructor(...modules: readonly Module[]) {
    super();
    modules.forEach(checkModule);
    this.#modules = modules;
    // Own properties, so that the walk finds each under its position.
    Object.assign(this, modules);
  }

  /** How many modules. */
  get length(): number {
    return this.#modules.length;
  }

  /** The modules in order. */
  [Symbol.iterator](): Iterator<Module> {
    return this.#modules[Symbol.iterator]();
  }

  /** The last module's output of the one's before, and so on; x itself where there is none. */
  override forward(x: Tensor): Tensor {
    return this.#modules.reduce((y, module) => module.forward(y), x);
  }
}

function checkModule(module: unknown, i: number): void {
  if (module instanceof Module) return;
  const found = Array.isArray(module) ? "an array, spread it with ..." : `a ${typeof module}`;
  throw new TypeError(`Cannot put argument ${i} into a Sequential: a module is needed, this is ${found}`);
}

/**
 * Gives back what it is given.
 *
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
 * Merges the axes `start` (1) to `end` (-1), both included, into one: a batch of anything becomes a
 * batch of vectors.
 *
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

  /** Merges `start` to `end`. */
  constructor(start = 1, end = -1) {
    super();
    for (const axis of [start, end]) checkSetting("flatten", "axis", axis);
    this.start = start;
    this.end = end;
  }

  /** `x` with the axes merged. */
  override forward(x: Tensor): Tensor {
    return flatten(x, this.start, this.end);
  }
}

const drop = defineElementwise("dropout", (x, isKept, scale) => e.select(isKept, e.mul(x, scale), 0), {
  conditions: [1],
});

/**
 * In training, sets each element to 0 with probability `p` (½) and divides the others by 1 - p, so that
 * the expectation stays (Srivastava et al., 2014); otherwise gives back what it is given.
 * A `p` outside 0 … 1 is a `RangeError`.
 *
 * @example
 * ```ts
 * import { key, ones } from "@tapegrad/core";
 * import { Dropout } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertStrictEquals } from "@std/assert";
 *
 * const dropout = new Dropout(0.2, { key: key(1) }), x = ones([10_000]);
 * assertAlmostEquals(await dropout.forward(x).mean().item(), 1, 0.03);
 * assertStrictEquals(dropout.eval().forward(x), x);
 * ```
 */
export class Dropout extends Module {
  /** The probability of an element to become 0. */
  readonly p: number;
  /** What it draws from, as a buffer that each call changes; `null` where that is the global sequence. */
  readonly key: Tensor | null;

  /** Draws from `key`, a new part of it each time, or from the global sequence. */
  constructor(p = 0.5, options: { readonly key?: Key } = {}) {
    super();
    checkSetting("drop", "probability", p, 0, 1);
    checkOptions("drop", options, { key: null });
    this.p = p;
    this.key = options.key ? keyTensor(options.key) : null;
    if (this.key) this.key.label = "key";
  }

  /** `x` with some elements dropped, or `x` itself out of training. */
  override forward(x: Tensor): Tensor {
    checkTensor("drop elements of", x);
    if (!this.training || this.p === 0) return x;
    const draw = this.key ? { key: drawKey(this.key) } : {};
    // The eleven bits of f16 could not tell a small probability from none.
    const dtype = x.dtype === "f16" ? "f32" : x.dtype;
    const isKept = greaterEqual(uniform(x.shape, { ...draw, dtype, backend: x.backend }), this.p);
    return drop(x, isKept, this.p < 1 ? 1 / (1 - this.p) : 0);
  }

  /** `Dropout(0.5)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.p})`;
  }
}
