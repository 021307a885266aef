/** Parameters of a module that are computed of others, as norms of weights are. */
import { checkTensor, keep, quoted, Tensor } from "@tapegrad/core";
import { type AnyModule, Module } from "./module.ts";
import { isParameter } from "./parts.ts";

/** How a parameter is computed. */
export interface Reparametrization {
  /** What it is called in errors. */
  readonly asked: string;
  /** The tensors that take its place, by what is added to its name. */
  readonly parts: Readonly<Record<string, Tensor>>;
  /** The parameter of these, which may have been replaced. */
  compute(parts: Readonly<Record<string, Tensor>>): Tensor;
  /** Ends what it does beside that. */
  end?(): void;
}

const known = new WeakMap<AnyModule, Map<string, Reparametrization>>();

/** The parameter of a name, or the error that says that there is none. */
export function parameterOf(asked: string, module: AnyModule, name: string): Tensor {
  if (!(module instanceof Module)) throw new TypeError(`Cannot ${asked} what is no module`);
  if (known.get(module)?.has(name)) {
    throw new TypeError(`Cannot ${asked} ${quoted(name)} again: it is computed already, remove that first`);
  }
  const found = (module as unknown as Record<string, unknown>)[name];
  if (found instanceof Tensor && isParameter(found)) return found;
  throw new TypeError(
    `Cannot ${asked} ${quoted(name)} of ${module.constructor.name}: it has no such parameter`,
  );
}

/** Tensors that a module holds, by the names that they have there. */
function held(module: AnyModule, name: string, { parts }: Reparametrization): Record<string, Tensor> {
  const owner = module as unknown as Record<string, Tensor>;
  return Object.fromEntries(Object.keys(parts).map((part) => [part, owner[name + part]]));
}

/** Puts parts in the place of a parameter, which is computed of them whenever it is read, and found no more itself. */
export function reparametrize(module: AnyModule, name: string, by: Reparametrization): void {
  Reflect.deleteProperty(module, name);
  const get = () => by.compute(held(module, name, by));
  Object.defineProperty(module, name, { get, configurable: true, enumerable: false });
  for (const [part, tensor] of Object.entries(by.parts)) {
    Object.defineProperty(module, name + part, { value: tensor, ...ordinary });
  }
  const all = known.get(module) ?? new Map<string, Reparametrization>();
  known.set(module, all.set(name, by));
}

const ordinary = { configurable: true, enumerable: true, writable: true } as const;

/** Makes what is computed a parameter of its own again. */
export function restore(asked: string, module: AnyModule, name: string): void {
  const by = known.get(module)?.get(name);
  if (by?.asked !== asked) {
    throw new TypeError(
      `Cannot remove ${asked} of ${quoted(name)} from ${module.constructor.name}: there is none`,
    );
  }
  const value = parameter(by.compute(held(module, name, by)));
  for (const part of Object.keys(by.parts)) Reflect.deleteProperty(module, name + part);
  Object.defineProperty(module, name, { value, ...ordinary });
  known.get(module)!.delete(name);
  by.end?.();
}

/** A leaf of these elements that requires gradients and outlives scopes. */
export function parameter(x: Tensor): Tensor {
  checkTensor("make a parameter of", x);
  const leaf = keep(x.detach());
  leaf.requiresGrad = true;
  return leaf;
}
