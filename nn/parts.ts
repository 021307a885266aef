/** What is in a module: tensors and modules, their names, and what is done to all of them. */
import {
  checkFunction,
  described,
  htmlTable,
  type MimeBundle,
  quoted,
  showShape,
  Tensor,
  visible,
} from "@tapegrad/core";
import type { AnyModule } from "./module.ts";
import { type BufferOptions, checkBuffer } from "./buffers.ts";
import { pendingOf, unfinished } from "./pending.ts";
import { branches, collect, unsaved, type Walk } from "./walk.ts";

/**
 * The half of a {@link Module} that finds what is in it.
 *
 * @category Modules
 */
export abstract class ModuleParts {
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
    return collect(this, walk, moduleAt);
  }

  /** The values of {@link Module.namedModules}. */
  modules(): AnyModule[] {
    return [...this.namedModules().values()];
  }

  /** The modules directly in this one, not those in them, by name. */
  namedChildren(): Map<string, AnyModule> {
    return collect(this, { ...walk, shallow: true }, (value) => value === this ? null : moduleAt(value));
  }

  /** The values of {@link Module.namedChildren}. */
  children(): AnyModule[] {
    return [...this.namedChildren().values()];
  }

  /** Calls `fn` with every module in this one, each once and after those in it, and with this one last. */
  apply(fn: (module: AnyModule) => unknown): this {
    checkFunction("apply to modules", fn);
    const seen = new Set<ModuleParts>();
    const visit = (module: ModuleParts) => {
      if (seen.has(module)) return;
      seen.add(module);
      module.children().forEach(visit);
      fn(module as AnyModule);
    };
    visit(this);
    return this;
  }

  /** The module of a path, as `encoder.layers.0`, of which `""` is this one; a `TypeError` where there is none. */
  getSubmodule(path: string): AnyModule {
    return named(this, "module", path, collect(this, { ...walk, allNames: true }, moduleAt));
  }

  /** The parameter of a path, as `encoder.layers.0.weight`; a `TypeError` where there is none. */
  getParameter(path: string): Tensor {
    return named(this, "parameter", path, namedTensors(this, isParameter, { allNames: true }));
  }

  /** The buffer of a path; a `TypeError` where there is none. */
  getBuffer(path: string): Tensor {
    return named(this, "buffer", path, namedTensors(this, isBuffer, { allNames: true }));
  }

  /**
   * Puts a tensor without gradients into the property `name` and gives it back. Assigning the property does the
   * same; but with `persistent: false` whatever is in that property moves with the module and is no part of its
   * state.
   *
   * @example
   * ```ts
   * import { ones, type Tensor } from "@tapegrad/core";
   * import { Linear, Module } from "@tapegrad/nn";
   * import "@tapegrad/backends";
   * import { assertEquals } from "@std/assert";
   *
   * class Masked extends Module {
   *   readonly linear = new Linear(2, 2, { bias: false });
   *   readonly mask: Tensor = this.registerBuffer("mask", ones([2]), { persistent: false });
   *
   *   override forward(x: Tensor): Tensor {
   *     return this.linear.forward(x.mul(this.mask));
   *   }
   * }
   *
   * const model = new Masked();
   * assertEquals([...model.namedBuffers().keys()], ["mask"]);
   * assertEquals(Object.keys(model.stateDict()), ["linear.weight"]);
   * ```
   */
  registerBuffer<T extends Tensor | null>(name: string, tensor: T, options: BufferOptions = {}): T {
    checkBuffer(this, name, tensor, options);
    const skipped = unsaved.get(this) ?? new Set();
    if (options.persistent ?? true) skipped.delete(name);
    else unsaved.set(this, skipped.add(name));
    return Object.assign(this, { [name]: tensor })[name] as T;
  }

  /** Asks for gradients of all parameters or, with `false`, for none: those then are buffers until it is asked again. */
  requireGrad(on = true): this {
    if (typeof on !== "boolean") {
      throw new TypeError(`Cannot requireGrad(${described(on)}): a boolean is needed`);
    }
    afterwards(this, (module) => module.requireGrad(on));
    for (const tensor of presentTensors(this, on ? (t) => isBuffer(t) && frozen.has(t) : isParameter)) {
      tensor.requiresGrad = on;
      if (!on) frozen.add(tensor);
    }
    return this;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of presentTensors(this, isParameter)) parameter.setGrad(null);
  }

  /** What the summary calls it: its class and, where a subclass adds them, its arguments. */
  protected describe(): string {
    return this.constructor.name;
  }

  /** The tree of modules, a line each, with the number of elements in their parameters. */
  toString(): string {
    const modules = this.namedModules(), lines = [...modules.values()].map((module) => module.#line());
    return branches(modules.keys())
      .map(({ depth, key }, i) => "  ".repeat(depth) + visible(key + lines[i])).join("\n");
  }

  #line(): string {
    const count = presentTensors(this, isParameter).reduce((n, p) => n + p.size, 0);
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

  /** Notebooks. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return { "text/html": htmlTable(layerTable(this)), "text/plain": this.toString() };
  }
}

/**
 * The parameters in a module, a tensor, or arrays, `Map`s and plain objects of them: each tensor
 * that requires gradients, once.
 *
 * @category Modules
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

const walk: Walk = { isModule: (value) => value instanceof ModuleParts };
/** Parameters that no gradients are asked for at the time. */
const frozen = new WeakSet<Tensor>();

function moduleAt(value: object): AnyModule | null {
  return value instanceof ModuleParts ? value as AnyModule : null;
}

/** Whether a tensor is a parameter. */
export function isParameter(tensor: Tensor): boolean {
  return tensor.requiresGrad && tensor.isLeaf;
}

/** Whether a tensor is a buffer. */
export function isBuffer(tensor: Tensor): boolean {
  return !tensor.requiresGrad;
}

/** Whether a tensor is a parameter or a buffer. */
export function isState(tensor: Tensor): boolean {
  return isParameter(tensor) || isBuffer(tensor);
}

/** The tensors in a thing that are wanted, by name; an error where a module has none yet, unless those that are will do. */
export function namedTensors(
  thing: unknown,
  wanted: (tensor: Tensor) => boolean,
  { arePresent = false, ...how }: Partial<Walk> & { readonly arePresent?: boolean } = {},
): Map<string, Tensor> {
  const take = (value: object) => {
    const pending = pendingOf(value);
    if (pending && !arePresent) throw unfinished(pending);
    return value instanceof Tensor && wanted(value) ? value : null;
  };
  const found = collect(thing, { ...walk, ...how }, take);
  if (!how.allNames) { for (const [name, tensor] of found) nameForErrors(name, tensor); }
  return found;
}

/** The tensors that are wanted of those which are there already. */
export function presentTensors(thing: unknown, wanted: (tensor: Tensor) => boolean): Tensor[] {
  return [...namedTensors(thing, wanted, { arePresent: true }).values()];
}

/** Has something done to the modules in one whose parameters are not there yet, once they are. */
export function afterwards(module: ModuleParts, change: (module: AnyModule) => void): void {
  for (const part of module.modules()) pendingOf(part)?.later.push(change);
}

/** The parameters and buffers of a module that are not in a module in it, by name. */
export function ownTensors(module: AnyModule): Map<string, Tensor> {
  const take = (value: object) => value instanceof Tensor && isState(value) ? value : null;
  return collect(module, { ...walk, shallow: true }, take);
}

/** A line for each module: what it is, the shapes of the tensors that are its own, and how many parameters they are. */
function layerTable(model: ModuleParts): string[][] {
  const modules = model.namedModules(), keys = branches(modules.keys());
  const lines = [...modules.values()].map((module, i) => {
    const own = ownTensors(module), { depth, key } = keys[i];
    const shapes = [...own].map(([name, { shape }]) => `${name} ${showShape(shape)}`);
    return ["  ".repeat(depth) + key + describe(module), shapes.join(", "), countOf(own.values())];
  });
  return [["layer", "tensors", "parameters"], ...lines, [
    "all",
    "",
    countOf(presentTensors(model, isParameter)),
  ]];
}

function countOf(tensors: Iterable<Tensor>): string {
  const count = [...tensors].filter(isParameter).reduce((sum, { size }) => sum + size, 0);
  return count === 0 ? "–" : count.toLocaleString("en-US");
}

/** What a module is called, its class and arguments. */
export function describe(module: object): string {
  return (module as unknown as { describe(): string }).describe();
}

// The name from further out is the longer one and stays; so does a label of the user's own.
function nameForErrors(name: string, tensor: Tensor): void {
  if (name.endsWith(tensor.label)) tensor.label = name;
}

function named<T>(module: ModuleParts, what: string, path: string, all: ReadonlyMap<string, T>): T {
  const found = all.get(path);
  if (found !== undefined) return found;
  const names = [...all.keys()].filter((name) => name !== "").map(quoted).join(", ");
  throw new TypeError(
    `Cannot get the ${what} ${described(path)} of ${module.constructor.name}: it has ${names || "none"}`,
  );
}
