/** A module called with other tensors than its own. */
import { checkOptions, checkTensor, quoted, Tensor } from "@tapegrad/core";
import { checkModule } from "./containers.ts";
import type { AnyModule, Module } from "./module.ts";
import { isState, ModuleParts } from "./parts.ts";
import { collect, contents, entries } from "./walk.ts";

/**
 * What {@link functionalCall} may be told.
 *
 * @category Modules
 */
export interface FunctionalCallOptions {
  /** Whether a tensor with several names is replaced under all of them; it is unless said. */
  readonly tieWeights?: boolean;
  /** Whether all parameters and buffers must be given; they need not unless said. */
  readonly strict?: boolean;
}

/** Where a tensor stands in a module. */
interface Place {
  readonly tensor: Tensor;
  put(value: Tensor): void;
}

const walk = { isModule: (value: object) => value instanceof ModuleParts, allNames: true };

function placesIn(module: AnyModule): Map<string, Place> {
  const found = new Map<string, Place>();
  for (const [path, holder] of collect(module, walk, (value) => value)) {
    if (holder instanceof Tensor) continue;
    const map = holder instanceof Map ? holder : contents.get(holder)?.();
    for (const [key, tensor] of entries(holder, walk)) {
      if (!(tensor instanceof Tensor && isState(tensor))) continue;
      const put = (value: Tensor) => {
        if (map instanceof Map) map.set(key, value);
        else Object.assign(holder, { [key as string]: value });
      };
      found.set(`${path === "" ? "" : `${path}.`}${key}`, { tensor, put });
    }
  }
  return found;
}

/** What stands where during a call, and what is put back after it. */
function replacements(
  module: AnyModule,
  given: Readonly<Record<string, Tensor>>,
  { tieWeights = true, strict = false }: FunctionalCallOptions,
): [place: Place, value: Tensor][] {
  const places = placesIn(module), values = new Map<Tensor, Tensor>();
  const strange = Object.keys(given).filter((name) => !places.has(name));
  const refuse = (why: string) => new TypeError(`Cannot functionalCall ${module.constructor.name}: ${why}`);
  if (strange.length > 0) throw refuse(`it has no ${strange.map(quoted).join(", ")}`);
  for (const [name, value] of Object.entries(given)) {
    checkTensor(`functionalCall with ${quoted(name)}`, value);
    const { tensor } = places.get(name)!, other = values.get(tensor);
    if (tieWeights && other && other !== value) {
      throw refuse(`${quoted(name)} is tied to a tensor that is given another value`);
    }
    values.set(tensor, value);
  }
  const missing = [...places].filter(([, { tensor }]) => !values.has(tensor)).map(([name]) => quoted(name));
  if (strict && missing.length > 0) throw refuse(`no ${missing.join(", ")} is given, and it is strict`);
  return [...places].flatMap(([name, place]) => {
    const value = tieWeights ? values.get(place.tensor) : given[name];
    return value ? [[place, value] as [Place, Tensor]] : [];
  });
}

/**
 * What `module.forward(...args)` gives with other parameters and buffers, by their names in its state, as `torch.func.functional_call`
 * and `torch.nn.utils.stateless.functional_call`. Gradients are those of the tensors that are given, and buffers that the call changes are the given ones; its own are
 * in place again afterwards. A name that it does not have is a `TypeError`.
 *
 * @category Modules
 * @example
 * ```ts
 * import { grad, key, normal, stack, type Tensor, vmap, zeros } from "@tapegrad/core";
 * import { functionalCall, Linear } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const model = new Linear(3, 2), x = normal([5, 3], { key: key(1) });
 * const loss = (weights: { weight: Tensor }) => functionalCall(model, weights, [x]).sum();
 * assertEquals(grad(loss)({ weight: zeros([2, 3]) }).weight.shape, [2, 3]);
 *
 * const members = [new Linear(3, 2), new Linear(3, 2)]; // an ensemble in one call
 * const weight = stack(members.map((member) => member.weight)), bias = stack(members.map((member) => member.bias!));
 * const all = vmap((weight: Tensor, bias: Tensor) => functionalCall(model, { weight, bias }, [x]))(weight, bias);
 * assertEquals(all.shape, [2, 5, 2]);
 * ```
 */
export function functionalCall<Inputs extends readonly unknown[], Output>(
  module: Module<Inputs, Output>,
  parametersAndBuffers: Readonly<Record<string, Tensor>>,
  args: Readonly<Inputs>,
  options: FunctionalCallOptions = {},
): Output {
  checkModule(module, "functionalCall");
  checkOptions("functionalCall", options, { tieWeights: true, strict: true });
  const all = replacements(module as AnyModule, parametersAndBuffers, options);
  const restore = () => all.forEach(([{ tensor, put }]) => put(tensor));
  for (const [{ put }, value] of all) put(value);
  let isWaiting = false;
  try {
    const output = module.forward(...args as Inputs);
    if (!(output instanceof Promise)) return output;
    isWaiting = true;
    return output.finally(restore) as Output;
  } finally {
    if (!isWaiting) restore();
  }
}
