/** Modules that hold parameters: in a list, and by name. */
import { described, IndexError, quoted, Tensor } from "@tapegrad/core";
import { checkName } from "./containers.ts";
import { Module } from "./module.ts";
import { isParameter } from "./parts.ts";
import { parameter } from "./reparametrized.ts";
import { contents } from "./walk.ts";

// As in PyTorch, a tensor that asks for no gradients is made a parameter of the same elements.
function parameterOf(value: unknown, asked: string): Tensor {
  if (value instanceof Tensor) return isParameter(value) ? value : parameter(value);
  throw new TypeError(`Cannot ${asked}: a tensor is needed, this is ${described(value)}`);
}

function notCalled(module: Module<readonly never[], never>): TypeError {
  return new TypeError(`Cannot call a ${module.constructor.name}: it holds parameters`);
}

/**
 * Parameters in a list, found under their positions: `torch.nn.ParameterList`. A tensor that is none is made one. A plain
 * array of tensors in a property is as good.
 *
 * @category Modules
 * @example
 * ```ts
 * import { ones, type Tensor, tensor } from "@tapegrad/core";
 * import { Module, ParameterDict, ParameterList } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class Polynomial extends Module {
 *   readonly terms = new ParameterList([ones([]), ones([])]);
 *   readonly scales = new ParameterDict({ first: tensor(2) });
 *
 *   override forward(x: Tensor): Tensor {
 *     return this.terms.at(0).add(this.terms.at(1).mul(x)).mul(this.scales.get("first")!);
 *   }
 * }
 *
 * const model = new Polynomial();
 * assertEquals(await model.forward(tensor(3)).item(), 8);
 * assertEquals([...model.namedParameters().keys()], ["terms.0", "terms.1", "scales.first"]);
 * ```
 */
export class ParameterList extends Module<readonly never[], never> {
  readonly #parameters = new Map<number, Tensor>();

  /** A list of these parameters. */
  constructor(values: Iterable<Tensor> = []) {
    super();
    contents.set(this, () => this.#parameters);
    this.extend(values);
  }

  /** How many parameters. */
  get length(): number {
    return this.#parameters.size;
  }

  /** The parameters in order. */
  [Symbol.iterator](): IterableIterator<Tensor> {
    return this.#parameters.values();
  }

  /** The parameter at a position, from the end where it is negative; an {@link IndexError} where there is none. */
  at(position: number): Tensor {
    const found = this.#parameters.get(position < 0 ? position + this.length : position);
    if (found) return found;
    throw new IndexError(
      `Cannot take parameter ${described(position)} of a ${this.constructor.name}: it has ${this.length}`,
    );
  }

  /** Adds a parameter at the end. */
  append(value: Tensor): this {
    this.#parameters.set(this.length, parameterOf(value, `append to a ${this.constructor.name}`));
    return this;
  }

  /** Adds parameters at the end. */
  extend(values: Iterable<Tensor>): this {
    for (const value of [...values]) this.append(value);
    return this;
  }

  /** A list computes nothing. */
  override forward(): never {
    throw notCalled(this);
  }
}

/**
 * Parameters by name, with methods of a `Map`: `torch.nn.ParameterDict`. A tensor that is none is made one. See
 * {@link ParameterList}; a plain object of tensors in a property is as good.
 *
 * @category Modules
 */
export class ParameterDict extends Module<readonly never[], never> {
  readonly #parameters = new Map<string, Tensor>();

  /** A dictionary of these parameters, of an object or of pairs as from a `Map`. */
  constructor(values: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]> = {}) {
    super();
    contents.set(this, () => this.#parameters);
    this.update(values);
  }

  /** How many parameters. */
  get size(): number {
    return this.#parameters.size;
  }

  /** The parameter of a name. */
  get(name: string): Tensor | undefined {
    return this.#parameters.get(name);
  }

  /** Whether there is a parameter of that name. */
  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  /** Puts a parameter under a name, instead of the one that was there. */
  set(name: string, value: Tensor): this {
    checkName(name);
    this.#parameters.set(name, parameterOf(value, `put ${quoted(name)} into a ${this.constructor.name}`));
    return this;
  }

  /** Puts in all of these parameters. */
  update(values: Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]>): this {
    const isList = typeof (values as Iterable<unknown>)?.[Symbol.iterator] === "function";
    const pairs = isList ? values as Iterable<readonly [string, Tensor]> : Object.entries(values);
    for (const [name, value] of pairs) this.set(name, value);
    return this;
  }

  /** Takes the parameter of a name out, and tells whether there was one. */
  delete(name: string): boolean {
    return this.#parameters.delete(name);
  }

  /** The names. */
  keys(): IterableIterator<string> {
    return this.#parameters.keys();
  }

  /** The parameters. */
  values(): IterableIterator<Tensor> {
    return this.#parameters.values();
  }

  /** Names and parameters. */
  [Symbol.iterator](): IterableIterator<[string, Tensor]> {
    return this.#parameters.entries();
  }

  /** A dictionary computes nothing. */
  override forward(): never {
    throw notCalled(this);
  }
}
