/** Modules that hold others: in a row, in a list, by name. */
import { described, IndexError, quoted } from "@tapegrad/core";
import { type AnyModule, Module } from "./module.ts";
import { contents } from "./walk.ts";

/**
 * Modules by position, `list[i]` being the i-th, which is how its parameters are named: {@link Sequential} and
 * {@link ModuleList}. What is put there instead, `list[i] = module`, takes its place.
 *
 * @category Modules
 */
export abstract class ModuleSequence<
  M extends AnyModule,
  Inputs extends readonly unknown[],
  Output,
> extends Module<Inputs, Output> {
  /** The modules by position. */
  [index: number]: M;
  #length = 0;

  /** How many modules. */
  get length(): number {
    return this.#length;
  }

  /** The modules in order. */
  *[Symbol.iterator](): IterableIterator<M> {
    for (let i = 0; i < this.#length; i++) yield this[i];
  }

  /** The module at a position, from the end where it is negative; an {@link IndexError} where there is none. */
  at(position: number): M {
    return this[this.#place(position, this.#length)];
  }

  /** Adds a module at the end. */
  append(module: M): this {
    return this.insert(this.#length, module);
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    for (const module of [...modules]) this.append(module);
    return this;
  }

  /** Adds a module before the one at a position, which may be the end. */
  insert(position: number, module: M): this {
    checkModule(module, `put module ${position} into a ${this.constructor.name}`);
    return this.#replace([...this].toSpliced(this.#place(position, this.#length + 1), 0, module));
  }

  /** Takes a module out, the last unless said, and gives it back. */
  pop(position = -1): M {
    const place = this.#place(position, this.#length), module = this[place];
    this.#replace([...this].toSpliced(place, 1));
    return module;
  }

  #place(position: number, length: number): number {
    const place = position < 0 ? position + this.#length : position;
    if (Number.isInteger(place) && place >= 0 && place < length) return place;
    throw new IndexError(
      `Cannot take module ${described(position)} of a ${this.constructor.name}: it has ${this.#length}`,
    );
  }

  // Own properties, so that the walk finds each under its position.
  #replace(modules: readonly M[]): this {
    for (let i = modules.length; i < this.#length; i++) delete this[i];
    modules.forEach((module, i) => this[i] = module);
    this.#length = modules.length;
    return this;
  }
}

/** Refuses what is no module. */
export function checkModule(module: unknown, asked: string): void {
  if (module instanceof Module) return;
  const mend = Array.isArray(module) ? ", spread it with ..." : "";
  throw new TypeError(`Cannot ${asked}: a module is needed, this is ${described(module)}${mend}`);
}

/**
 * Modules in a list (`torch.nn.ModuleList`), found under their positions; it computes nothing itself. A plain array
 * of modules in a property is as good.
 *
 * @category Modules
 * @example
 * ```ts
 * import { type Tensor, zeros } from "@tapegrad/core";
 * import { Linear, Module, ModuleList } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class Ladder extends Module {
 *   readonly steps = new ModuleList([new Linear(4, 3), new Linear(3, 2)]);
 *
 *   override forward(x: Tensor): Tensor {
 *     for (const step of this.steps) x = step.forward(x);
 *     return x;
 *   }
 * }
 *
 * const model = new Ladder();
 * model.steps.append(new Linear(2, 1, { bias: false }));
 * assertEquals(model.forward(zeros([5, 4])).shape, [5, 1]);
 * assertEquals([...model.namedParameters().keys()].slice(3), ["steps.1.bias", "steps.2.weight"]);
 * ```
 */
export class ModuleList<M extends AnyModule = Module> extends ModuleSequence<M, readonly never[], never> {
  /** A list of these modules. */
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** The modules from `start` to before `end`, as {@link Array.slice}: in another list. */
  slice(start?: number, end?: number): ModuleList<M> {
    return new ModuleList([...this].slice(start, end));
  }

  /** A list computes nothing. */
  override forward(): never {
    throw notCalled(this);
  }
}

/**
 * Modules by name (`torch.nn.ModuleDict`), with the methods of a `Map`; it computes nothing itself. A plain object or
 * a `Map` of modules in a property is as good.
 *
 * @category Modules
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { Linear, ModuleDict } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const heads = new ModuleDict({ left: new Linear(2, 1), right: new Linear(2, 3, { bias: false }) });
 * assertEquals(heads.get("right")!.forward(zeros([5, 2])).shape, [5, 3]);
 * assertEquals([...heads.namedParameters().keys()], ["left.weight", "left.bias", "right.weight"]);
 * ```
 */
export class ModuleDict<M extends AnyModule = Module> extends Module<readonly never[], never> {
  readonly #modules = new Map<string, M>();

  /** A dictionary of these modules, of an object or of pairs as from a `Map`. */
  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    contents.set(this, () => [...this.#modules, ...Object.entries(this)]);
    this.update(modules);
  }

  /** How many modules. */
  get size(): number {
    return this.#modules.size;
  }

  /** The module of a name. */
  get(name: string): M | undefined {
    return this.#modules.get(name);
  }

  /** Whether there is a module of that name. */
  has(name: string): boolean {
    return this.#modules.has(name);
  }

  /** Puts a module under a name, instead of the one that was there. */
  set(name: string, module: M): this {
    checkName(name);
    checkModule(module, `put ${quoted(name)} into a ${this.constructor.name}`);
    this.#modules.set(name, module);
    return this;
  }

  /** Puts in all of these modules. */
  update(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]>): this {
    const isList = typeof (modules as Iterable<unknown>)?.[Symbol.iterator] === "function";
    const pairs = isList ? modules as Iterable<readonly [string, M]> : Object.entries(modules);
    for (const [name, module] of pairs) this.set(name, module);
    return this;
  }

  /** Takes the module of a name out, and tells whether there was one. */
  delete(name: string): boolean {
    return this.#modules.delete(name);
  }

  /** Takes all modules out. */
  clear(): void {
    this.#modules.clear();
  }

  /** The names. */
  keys(): IterableIterator<string> {
    return this.#modules.keys();
  }

  /** The modules. */
  values(): IterableIterator<M> {
    return this.#modules.values();
  }

  /** Names and modules. */
  entries(): IterableIterator<[string, M]> {
    return this.#modules.entries();
  }

  /** Names and modules. */
  [Symbol.iterator](): IterableIterator<[string, M]> {
    return this.entries();
  }

  /** A dictionary computes nothing. */
  override forward(): never {
    throw notCalled(this);
  }
}

/** Refuses what is no name of a module. */
export function checkName(name: unknown): void {
  if (typeof name === "string" && name !== "" && !name.includes(".")) return;
  throw new TypeError(`Cannot name a module ${described(name)}: a string without dots is needed`);
}

function notCalled(module: AnyModule): TypeError {
  return new TypeError(`Cannot call a ${module.constructor.name}: call the modules in it`);
}
