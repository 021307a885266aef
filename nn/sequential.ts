/** Modules in a row. */
import type { Tensor } from "@tapegrad/core";
import { checkName, ModuleSequence } from "./containers.ts";
import { Module } from "./module.ts";
import { contents } from "./walk.ts";

/**
 * Modules applied one after another (`torch.nn.Sequential`); `model[i]` is the i-th, and names its parameters `i.…`.
 * In an object they have names: `new Sequential({ encoder, decoder })`.
 *
 * @category Modules
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
