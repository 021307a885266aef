/** What parameters an optimizer is given, in groups. */
import { checkOptions, checkTensor, described, quoted, showShape, TapeError, Tensor } from "@tapegrad/core";
import type { Optimizable, ParameterSource } from "./parameters.ts";

/** A name in words. */
export function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Settings, with those changed that are given: `undefined` leaves one as it is. */
export function merged<A extends object, B extends object>(settings: A, changes: B): A & B {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...settings, ...Object.fromEntries(given) as B };
}

/** One list of parameters and settings a group, each parameter checked and in one place only. */
export function parseGroups<Options extends object>(
  given: Optimizable<Options>,
  defaults: Options,
): { readonly parameters: readonly Tensor[]; readonly options: Options }[] {
  const items = [...itemsOf(given)];
  const specs = items.length > 0 && items.every(isGroup) ? items : [{ parameters: items }];
  const groups = specs.map((spec) => {
    if (typeof spec.parameters === "function") return { parameters: [...itemsOf(spec)], options: defaults };
    checkOptions("optimise a group", spec, { parameters: null, ...defaults, nonFinite: null });
    const { parameters, ...options } = spec;
    return { parameters: [...itemsOf(parameters)], options: merged(defaults, options) };
  });
  checkParameters(groups.map((group) => group.parameters));
  return groups as { parameters: Tensor[]; options: Options }[];
}

function isGroup(item: unknown): item is { readonly parameters: unknown } {
  return typeof item === "object" && item !== null && !(item instanceof Tensor) && "parameters" in item;
}

function itemsOf(source: unknown, asked = "optimise"): Iterable<unknown> {
  if (source instanceof Tensor) {
    throw new TypeError(`Cannot ${asked} a tensor by itself: pass a list, [tensor]`);
  }
  if (typeof source === "object" && source !== null) {
    if ("parameters" in source && typeof source.parameters === "function") {
      const found: unknown = source.parameters();
      if (isWalked(found)) return found;
      throw new TypeError(
        `Cannot ${asked} what parameters() gives, ${described(found)}: a list of tensors is needed`,
      );
    }
    if (isWalked(source)) return source;
  }
  throw new TypeError(
    `Cannot ${asked} ${
      source === null ? "null" : typeof source
    }: pass tensors in a list, or a module with parameters()`,
  );
}

// An array of holes would be walked for ever, and numbers are no tensors.
function isWalked(source: unknown): source is Iterable<unknown> {
  if (typeof source !== "object" || source === null || ArrayBuffer.isView(source)) return false;
  return Symbol.iterator in source && !(Array.isArray(source) && source.length > 2 ** 24);
}

/** The tensors in a list, or of what has them, for `asked`; what is no tensor is refused. */
export function tensorsIn(asked: string, source: ParameterSource): Tensor[] {
  const items = [...itemsOf(source, asked)];
  for (const item of items) checkTensor(asked, item);
  return items as Tensor[];
}

function checkParameters(groups: readonly (readonly unknown[])[]): void {
  const all = groups.flat(), seen = new Map<Tensor, number>();
  if (all.length === 0) {
    throw new TypeError("Cannot optimise nothing: the list of parameters is empty");
  }
  all.forEach((item, i) => {
    const parameter = checkedParameter(item as Tensor, i);
    const before = seen.get(parameter);
    if (before !== undefined) {
      throw new TypeError(
        `Cannot optimise ${nameOf(parameter, i)}: it is parameter ${before} already, pass it once`,
      );
    }
    seen.set(parameter, i);
  });
}

function checkedParameter(parameter: Tensor, i: number): Tensor {
  checkTensor(`optimise parameter ${i}, which is`, parameter);
  if (!parameter.isLeaf) {
    throw new TapeError(
      `Cannot optimise ${nameOf(parameter, i)}: it was made by ${parameter.madeBy}, ` +
        "pass the leaf it was made from, or detach() it",
    );
  }
  if (!parameter.requiresGrad) {
    throw new TapeError(
      `Cannot optimise ${nameOf(parameter, i)}: it requires no gradients, set requiresGrad or leave it out`,
    );
  }
  return parameter;
}

/** What errors call a parameter. */
export function nameOf(parameter: Tensor, i: number): string {
  const label = parameter.label ? ` ${quoted(parameter.label)}` : "";
  return `parameter ${i}${label} of shape ${showShape(parameter.shape)}`;
}
