/** The module: what a network is made of, and how its tensors are found and named. */
import {
  Changing,
  checkOptions,
  described,
  type DType,
  DtypeError,
  dtypes,
  isFloating,
  noGrad,
  quoted,
  Tensor,
  visible,
} from "@tapegrad/core";
import { load, type LoadReport, type StateDict } from "./state.ts";

/** A module whatever it takes and gives. */
export type AnyModule = Module<readonly never[], unknown>;

/**
 * A part of a network: it holds tensors and other modules, and computes with them in `forward`.
 *
 * Tensors and modules are found by walking public properties, through arrays, `Map`s and plain
 * objects to any depth; each is found once, under the first name that leads to it, and cycles end.
 * A tensor that requires gradients is a parameter, one that does not is a buffer, one made by a
 * recorded op is neither. `#private` properties are not walked. Finding a parameter gives it its
 * name as a label, so that errors of the tape call it that.
 *
 * `Inputs` are the arguments of `forward` and `Output` is its result: a tensor to a tensor unless said.
 *
 * @example
 * ```ts
 * import { type Tensor, tensor, variable } from "@tapegrad/core";
 * import { Module } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class Affine extends Module {
 *   readonly scale = variable(2);
 *   readonly shift = variable(1);
 *
 *   override forward(x: Tensor): Tensor {
 *     return x.mul(this.scale).add(this.shift);
 *   }
 * }
 *
 * const model = new Affine();
 * assertEquals(await model.forward(tensor([1, 2])).array(), [3, 5]);
 * assertEquals([...model.namedParameters().keys()], ["scale", "shift"]);
 * ```
 */
export abstract class Module<Inputs extends readonly unknown[] = readonly [Tensor], Output = Tensor> {
  readonly #training = new Changing(true);

  /** Computes the output from the inputs; this is also how a module is called. */
  abstract forward(...inputs: Inputs): Output;

  /** Whether it behaves as in training, as dropout does; true at first. */
  get training(): boolean {
    return this.#training.value;
  }

  /** Puts it and every module in it into training, or with `false` out of it. */
  train(on = true): this {
    if (typeof on !== "boolean") throw new TypeError(`Cannot train(${described(on)}): a boolean is needed`);
    for (const module of this.namedModules().values()) module.#training.value = on;
    return this;
  }

  /** Puts it and every module in it out of training. */
  eval(): this {
    return this.train(false);
  }

  /** The tensors that require gradients, each once, in the order in which they are found. */
  parameters(): Tensor[] {
    return [...this.namedParameters().values()];
  }

  /** {@link Module.parameters} by name: the path of properties, keys and indices, as `0.weight`. */
  namedParameters(): Map<string, Tensor> {
    return namedTensors(this, isParameter);
  }

  /** The tensors that are part of its state but require no gradients, each once. */
  buffers(): Tensor[] {
    return [...this.namedBuffers().values()];
  }

  /** {@link Module.buffers} by name. */
  namedBuffers(): Map<string, Tensor> {
    return namedTensors(this, isBuffer);
  }

  /** This module, under the empty name, and every module in it, each once. */
  namedModules(): Map<string, AnyModule> {
    return collect(this, (value) => value instanceof Module ? value : null);
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.setGrad(null);
  }

  /**
   * Parameters and buffers by name, off the tape. As in PyTorch they share memory with the module, what
   * changes the one changes the other, and a tensor with several names, as of tied layers, has all of them.
   */
  stateDict(): StateDict {
    return Object.fromEntries([...namedState(this)].map(([name, tensor]) => [name, tensor.detach()]));
  }

  /** For `JSON.stringify`: the state dict, which `fromTransferable` takes back; see {@link Tensor.toJSON}. */
  toJSON(): StateDict {
    return this.stateDict();
  }

  /**
   * Overwrites parameters and buffers with the tensors of those names, cast to their dtype and moved
   * to their backend; after the loss of its device, to that which was opened in its place.
   *
   * Throws a {@link StateDictError} that lists every missing and unexpected name and every shape that
   * differs, before anything is changed; of a tensor with several names one is enough. With `strict: false` names without a partner are passed over
   * and only reported; shapes must agree even so.
   */
  loadStateDict(state: Readonly<StateDict>, options: { readonly strict?: boolean } = {}): LoadReport {
    checkOptions("load a state", options, { strict: true });
    return load(this.constructor.name, namedState(this), state, options.strict ?? true);
  }

  /**
   * Moves parameters and buffers to the backend of that name, or casts those that are floats to a floating
   * dtype, gradients included. It happens in place, as in PyTorch: the tensors stay the same objects, so an
   * optimizer that holds them goes on with them. Nothing is moved if one cannot be, which is the error of
   * {@link Tensor.to}. From a device that cannot be read at once they arrive later: `await ready(model)`.
   */
  to(target: string): this {
    const isDtype = (dtypes as readonly string[]).includes(target);
    if (isDtype && !isFloating(target as DType)) {
      throw new DtypeError(`Cannot cast ${this.constructor.name} to ${target}: a floating dtype is needed`);
    }
    const tensors = [...this.parameters(), ...this.buffers()].filter((t) => !isDtype || isFloating(t.dtype));
    noGrad(() => {
      const moved = tensors.map((t) => {
        const data = t.detach().to(target);
        return [t, data, t.grad?.detach().to(data.dtype).to(data.backend.name)] as const;
      });
      for (const [tensor, data, gradient] of moved) {
        tensor.setData(data);
        if (gradient) tensor.setGrad(gradient);
      }
    });
    return this;
  }

  /** What the summary calls it: its class and, where a subclass adds them, its arguments. */
  protected describe(): string {
    return this.constructor.name;
  }

  /** The tree of modules, a line each, with the number of elements in their parameters. */
  toString(): string {
    const above: string[] = [], lines: string[] = [];
    for (const [name, module] of this.namedModules()) {
      while (above.length > 0 && !name.startsWith(prefix(above.at(-1)!))) above.pop();
      const key = above.length > 0 ? `${name.slice(prefix(above.at(-1)!).length)}: ` : "";
      lines.push("  ".repeat(above.length) + visible(key + module.#line()));
      above.push(name);
    }
    return lines.join("\n");
  }

  #line(): string {
    const count = this.parameters().reduce((n, p) => n + p.size, 0);
    if (count === 0) return this.describe();
    return `${this.describe()}, ${count.toLocaleString("en-US")} parameter${count === 1 ? "" : "s"}`;
  }

  /** Deno's console. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.toString();
  }

  /** Node's console. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * The parameters in a module, a tensor, or arrays, `Map`s and plain objects of them: each tensor
 * that requires gradients, once.
 *
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { collectParameters, Linear } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const scale = variable(1);
 * const parameters = collectParameters({ layers: [new Linear(2, 3)], scale, again: scale });
 * assertEquals(parameters.map((p) => p.shape), [[3, 2], [3], []]);
 * ```
 */
export function collectParameters(thing: unknown): Tensor[] {
  return [...namedTensors(thing, isParameter).values()];
}

function isParameter(tensor: Tensor): boolean {
  return tensor.requiresGrad && tensor.isLeaf;
}

function isBuffer(tensor: Tensor): boolean {
  return !tensor.requiresGrad;
}

function namedTensors(thing: unknown, wanted: (tensor: Tensor) => boolean): Map<string, Tensor> {
  const found = collect(thing, (value) => value instanceof Tensor && wanted(value) ? value : null);
  for (const [name, tensor] of found) nameForErrors(name, tensor);
  return found;
}

/** Parameters and buffers by all of their names. */
function namedState(module: AnyModule): Map<string, Tensor> {
  namedTensors(module, isState);
  return collect(module, (value) => value instanceof Tensor && isState(value) ? value : null, "all");
}

function isState(tensor: Tensor): boolean {
  return isParameter(tensor) || isBuffer(tensor);
}

// The name from further out is the longer one and stays; so does a label of the user's own.
function nameForErrors(name: string, tensor: Tensor): void {
  if (name.endsWith(tensor.label)) tensor.label = name;
}

/** Whether a thing is found once or under all names that lead to it. */
type Names = "first" | "all";

function collect<T>(
  thing: unknown,
  take: (value: object) => T | null,
  names: Names = "first",
): Map<string, T> {
  const found = new Map<string, T>();
  for (const [name, value] of walk(thing, "", new Set(), names)) {
    const taken = take(value);
    if (taken === null) continue;
    if (found.has(name)) {
      throw new TypeError(`Cannot name two things ${quoted(name)}: a key contains a dot, rename it`);
    }
    found.set(name, taken);
  }
  return found;
}

/** As deep as modules are nested, one in another, and lists in lists. */
const DEEPEST = 500;

function* walk(
  value: unknown,
  name: string,
  seen: Set<object>,
  names: Names,
  depth = 0,
): Generator<readonly [string, object]> {
  if (!isWalked(value) || seen.has(value)) return;
  if (depth > DEEPEST) {
    throw new TypeError(`Cannot look for tensors more than ${DEEPEST} levels deep: at ${quoted(name)}`);
  }
  seen.add(value);
  yield [name, value];
  if (!(value instanceof Tensor)) {
    for (const [key, part] of entries(value)) yield* walk(part, prefix(name) + key, seen, names, depth + 1);
  }
  if (names === "all") seen.delete(value); // cycles end even so
}

function isWalked(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Tensor || value instanceof Module) return true;
  return Array.isArray(value) || value instanceof Map || isPlain(value);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function entries(value: object): Iterable<readonly [unknown, unknown]> {
  return value instanceof Map ? value.entries() : Object.entries(value);
}

function prefix(name: string): string {
  return name === "" ? "" : `${name}.`;
}
