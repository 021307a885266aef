/** Modules in a row, and dropout. */
import {
  checkOptions,
  checkSetting,
  checkTensor,
  defineElementwise,
  drawKey,
  e,
  greaterEqual,
  type Key,
  keyTensor,
  type Tensor,
  uniform,
} from "@tapegrad/core";
import { checkName, ModuleSequence } from "./containers.ts";
import { Module } from "./module.ts";
import { contents } from "./walk.ts";

/**
 * Modules applied one after another (`torch.nn.Sequential`); `model[i]` is the i-th, and names its parameters `i.…`.
 * In an object they have names: `new Sequential({ encoder, decoder })`.
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
export class Sequential extends ModuleSequence<Module, readonly [x: Tensor], Tensor> {
  readonly #names = new Map<unknown, string>();

  /** A row of modules, the first applied first; in an object or a `Map` they have names instead of positions. */
  constructor(
    ...modules: readonly Module[] | [Readonly<Record<string, Module>> | ReadonlyMap<string, Module>]
  ) {
    super();
    const named = modules.length === 1 ? namedIn(modules[0]) : null;
    this.extend(named?.values() ?? modules as readonly Module[]);
    for (const [name, module] of named ?? []) this.#name(module, name);
  }

  #name(module: Module, name: string): void {
    checkName(name);
    this.#names.set(module, name);
    contents.set(
      this,
      () => Object.entries(this).map(([key, value]) => [this.#names.get(value) ?? key, value]),
    );
  }

  /** The modules from `start` to before `end`, as {@link Array.slice}: in another row. */
  slice(start?: number, end?: number): Sequential {
    const row = new Sequential(...[...this].slice(start, end));
    for (const module of row) if (this.#names.has(module)) row.#name(module, this.#names.get(module)!);
    return row;
  }

  /** The last module's output of the one's before, and so on; x itself where there is none. */
  override forward(x: Tensor): Tensor {
    for (let i = 0, { length } = this; i < length; i++) x = this[i].forward(x);
    return x;
  }
}

function namedIn(given: unknown): ReadonlyMap<string, Module> | null {
  if (given instanceof Map) return given;
  const isPlain = Object.prototype.toString.call(given) === "[object Object]" && !(given instanceof Module);
  return isPlain ? new Map(Object.entries(given as Record<string, Module>)) : null;
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
