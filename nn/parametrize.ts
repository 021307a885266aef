/**
 * Parameters that are computed of others: the namespace `parametrize` of `@tapegrad/nn`, as PyTorch's.
 *
 * @module
 */
import { checkOptions, noGrad, quoted, Tensor } from "@tapegrad/core";
import { checkModule, ModuleDict } from "./containers.ts";
import type { AnyModule, Module } from "./module.ts";
import {
  checkAlike,
  current,
  leafOf,
  leafWith,
  type Parametrization,
  ParametrizationList,
} from "./parametrize/list.ts";
import { isState } from "./parts.ts";

export { cached, type Parametrization, ParametrizationList } from "./parametrize/list.ts";

type Owner = AnyModule & { parametrizations?: ModuleDict<ParametrizationList> };

const ordinary = { configurable: true, enumerable: true, writable: true } as const;

function listOf(module: AnyModule, name: string): ParametrizationList | undefined {
  return (module as Owner).parametrizations?.get(name);
}

function tensorOf(module: AnyModule, name: string): Tensor {
  const own = Object.getOwnPropertyDescriptor(module, name)?.value;
  if (own instanceof Tensor && isState(own)) return own;
  throw new TypeError(
    `Cannot parametrize ${quoted(name)} of ${module.constructor.name}: it has no such parameter or buffer`,
  );
}

/**
 * Has a parameter or buffer of a module computed by another module, which gets what is the parameter instead,
 * `parametrizations.weight.original`: `torch.nn.utils.parametrize.register_parametrization`. A second one gets what the
 * first gave. Assigning the property calls `rightInverse` of these, from the last to the first. What it computes must have the
 * shape and dtype that were there, unless `unsafe`. It gives the module back.
 *
 * @category Modules
 * @example
 * ```ts
 * import { type Tensor, tensor } from "@tapegrad/core";
 * import { Linear, Module, parametrize } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * class Symmetric extends Module {
 *   override forward(x: Tensor): Tensor {
 *     return x.triu().add(x.triu(1).transpose());
 *   }
 * }
 *
 * const layer = parametrize.registerParametrization(new Linear(2, 2), "weight", new Symmetric());
 * layer.loadStateDict({ "parametrizations.weight.original": tensor([[1, 2], [0, 3]]) }, { strict: false });
 * assertEquals(await layer.weight.array(), [[1, 2], [2, 3]]);
 * assertEquals(Object.keys(layer.stateDict()), ["bias", "parametrizations.weight.original"]);
 * parametrize.removeParametrizations(layer, "weight");
 * assertEquals(await layer.stateDict().weight.array(), [[1, 2], [2, 3]]);
 * ```
 */
export function registerParametrization<M extends AnyModule>(
  module: M,
  name: string,
  parametrization: Parametrization,
  options: { readonly unsafe?: boolean } = {},
): M {
  checkModule(module, `parametrize ${quoted(String(name))}`);
  checkModule(parametrization, `parametrize ${quoted(String(name))} by it`);
  checkOptions("parametrize", options, { unsafe: true });
  const { unsafe = false } = options, list = listOf(module, name);
  if (list) add(list, parametrization, unsafe);
  else begin(module, name, parametrization, unsafe);
  return module;
}

function begin(module: Owner, name: string, parametrization: Parametrization, unsafe: boolean): void {
  const original = tensorOf(module, name), before = original.detach().add(0);
  const list = new ParametrizationList(parametrization, original);
  try {
    if (!unsafe) checkAlike("what it gives", noGrad(() => list.forward()), before);
  } catch (error) {
    leafWith(original, before);
    throw error;
  } finally {
    before.dispose();
  }
  module.parametrizations ??= new ModuleDict();
  module.parametrizations.set(name, list.train(module.training));
  const get = () => current(list), set = (value: Tensor) => list.assign(value);
  Object.defineProperty(module, name, { get, set, configurable: true, enumerable: false });
}

function add(list: ParametrizationList, parametrization: Parametrization, unsafe: boolean): void {
  const call = parametrization as Module;
  if (!unsafe) {
    noGrad(() => {
      const value = list.forward(), given = call.forward(value);
      checkAlike("what it gives", given, value);
      if (parametrization.rightInverse) {
        checkAlike("its right inverse", parametrization.rightInverse(given), value);
      }
    });
  }
  list.append(parametrization);
}

/**
 * Whether a tensor of this name in a module, or any, is parametrized: `torch.nn.utils.parametrize.is_parametrized`.
 *
 * @category Modules
 */
export function isParametrized(module: AnyModule, name?: string): boolean {
  checkModule(module, "tell what is parametrized in");
  const { parametrizations } = module as Owner;
  if (!(parametrizations instanceof ModuleDict)) return false;
  return name === undefined ? parametrizations.size > 0 : parametrizations.has(name);
}

/**
 * Makes what is computed a parameter or buffer again, or with `leaveParametrized: false` what it is computed of:
 * `torch.nn.utils.parametrize.remove_parametrizations`. It gives the module back.
 *
 * @category Modules
 */
export function removeParametrizations<M extends AnyModule>(
  module: M,
  name: string,
  options: { readonly leaveParametrized?: boolean } = {},
): M {
  checkOptions("remove parametrizations", options, { leaveParametrized: true });
  const list = isParametrized(module, name) ? listOf(module, name)! : null;
  if (!list) {
    throw new TypeError(
      `Cannot remove the parametrizations of ${
        quoted(String(name))
      } from ${module.constructor.name}: there are none`,
    );
  }
  const value = left(list, options.leaveParametrized ?? true), owner: Owner = module;
  Object.defineProperty(module, name, { value, ...ordinary });
  owner.parametrizations!.delete(name);
  if (owner.parametrizations!.size === 0) delete owner.parametrizations;
  return module;
}

function left(list: ParametrizationList, computed: boolean): Tensor {
  const [first, ...others] = list.originals;
  if (computed) {
    const value = noGrad(() => list.forward());
    return others.length === 0 ? leafWith(first, value) : leafOf(value, first.requiresGrad);
  }
  if (others.length === 0) return first;
  throw new TypeError(
    `Cannot leave what a parameter is computed of: these are ${
      others.length + 1
    } tensors, leave it parametrized`,
  );
}

/**
 * Has another module compute its parameters by the same modules, of the same tensors: all that are parametrized, or
 * the one of a name: `torch.nn.utils.parametrize.transfer_parametrizations_and_params`. It gives the other module back.
 *
 * @category Modules
 */
export function transferParametrizationsAndParams<M extends AnyModule>(
  from: AnyModule,
  to: M,
  name?: string,
): M {
  checkModule(to, "transfer parametrizations to");
  if (!isParametrized(from, name)) return to;
  const names = name === undefined ? [...(from as Owner).parametrizations!.keys()] : [name];
  for (const each of names) {
    const list = listOf(from, each)!;
    if (!(each in to)) {
      const value = leafOf(noGrad(() => list.forward()), list.originals[0].requiresGrad);
      Object.defineProperty(to, each, { value, ...ordinary });
    }
    for (const module of list) registerParametrization(to, each, module, { unsafe: true });
    listOf(to, each)!.put(list.originals);
  }
  return to;
}
