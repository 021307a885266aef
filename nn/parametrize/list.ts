/** The modules that compute a parameter one after the other, and what they compute it of. */
import {
  described,
  DtypeError,
  isRecording,
  keep,
  noGrad,
  sameShape,
  ShapeError,
  showShape,
  Tensor,
} from "@tapegrad/core";
import { ModuleSequence } from "../containers.ts";
import type { Module } from "../module.ts";

/**
 * What computes a parameter by its `forward`. `rightInverse` gives what `forward` makes a value of: a tensor, or a
 * list of them that it takes as arguments; without one that is the value itself.
 */
export type Parametrization = Module<readonly never[], Tensor> & {
  /** What `forward` gives this value for. */
  rightInverse?(value: Tensor): Tensor | readonly Tensor[];
};

type Call = (...inputs: readonly Tensor[]) => Tensor;

/** A leaf of these elements that outlives scopes. */
export function leafOf(x: Tensor, requiresGrad: boolean): Tensor {
  const leaf = keep(x.detach());
  if (requiresGrad) leaf.requiresGrad = true;
  return leaf;
}

/** The same leaf with these elements; another one where they do not fit it. */
export function leafWith(leaf: Tensor, value: Tensor): Tensor {
  if (value === leaf) return leaf;
  if (!sameShape(leaf.shape, value.shape)) return leafOf(value, leaf.requiresGrad);
  return noGrad(() => leaf.assign(value));
}

/** Refuses a value that cannot stand where another one did. */
export function checkAlike(what: string, found: unknown, wanted: Tensor): void {
  if (!(found instanceof Tensor)) {
    throw new TypeError(`Cannot parametrize: ${what} is ${described(found)}, a tensor is needed`);
  }
  const mend = "; unsafe: true allows that";
  if (found.dtype !== wanted.dtype) {
    throw new DtypeError(`Cannot parametrize ${wanted.dtype}: ${what} is ${found.dtype}${mend}`, {
      op: "registerParametrization",
      dtypes: [wanted.dtype, found.dtype],
    });
  }
  if (!sameShape(found.shape, wanted.shape)) {
    throw new ShapeError(
      `Cannot parametrize ${showShape(wanted.shape)}: ${what} is ${showShape(found.shape)}${mend}`,
      { op: "registerParametrization", shapes: [wanted.shape, found.shape] },
    );
  }
}

/**
 * The modules that compute a parameter in turn, the first of the property `original`, or of `original0`, `original1` …
 * where it takes several tensors: `torch.nn.utils.parametrize._ParametrizationList`.
 */
export class ParametrizationList extends ModuleSequence<Parametrization, readonly [], Tensor> {
  readonly #names: readonly string[];

  /** Of one module, which is to compute a tensor. */
  constructor(parametrization: Parametrization, original: Tensor) {
    super();
    this.append(parametrization);
    const found = this.#inverted(original);
    this.#names = found instanceof Tensor ? ["original"] : found.map((_, i) => `original${i}`);
    const leaves = found instanceof Tensor
      ? [leafWith(original, found)]
      : found.map((part) => leafOf(part, original.requiresGrad));
    this.put(leaves);
  }

  /** What the parameter is computed of. */
  get originals(): readonly Tensor[] {
    const held = this as unknown as Readonly<Record<string, Tensor>>;
    return this.#names.map((name) => held[name]);
  }

  /** Puts tensors in the places of those that the parameter is computed of. */
  put(originals: readonly Tensor[]): void {
    this.#names.forEach((name, i) => Object.assign(this, { [name]: originals[i] }));
  }

  /** The parameter. */
  override forward(): Tensor {
    return [...this].reduce<readonly Tensor[]>(
      (inputs, module) => [(module.forward as Call).apply(module, inputs as Tensor[])],
      this.originals,
    )[0];
  }

  /** Changes what the parameter is computed of so that it is this value. */
  assign(value: Tensor): void {
    const found = this.#inverted(value), parts = found instanceof Tensor ? [found] : found;
    if (parts.length !== this.#names.length) {
      throw new TypeError(
        `Cannot set a parametrized tensor: its right inverse gave ${parts.length} tensors and not ${this.#names.length}`,
      );
    }
    this.put(this.originals.map((leaf, i) => leafWith(leaf, parts[i])));
    cache.delete(this);
  }

  #inverted(value: Tensor): Tensor | readonly Tensor[] {
    return noGrad(() =>
      [...this].reverse().reduce<Tensor | readonly Tensor[]>(
        (x, module) => module.rightInverse ? module.rightInverse(x as Tensor) : x,
        value,
      )
    );
  }
}

interface Kept {
  readonly value: Tensor;
  readonly recorded: boolean;
}

const cache = new Map<ParametrizationList, Kept>();
let caching = 0;

/** The parameter, computed once while it is cached. */
export function current(list: ParametrizationList): Tensor {
  if (caching === 0) return list.forward();
  const known = cache.get(list), recorded = isRecording();
  if (known && known.recorded === recorded && !known.value.isDisposed) return known.value;
  const value = list.forward();
  cache.set(list, { value, recorded });
  return value;
}

/**
 * Computes each parametrized tensor once while `fn` runs, or until its promise has settled, as a recurrent network
 * asks for the same one at each time: `torch.nn.utils.parametrize.cached`.
 *
 * @example
 * ```ts
 * import { Linear, parametrizations, parametrize } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assert } from "@std/assert";
 *
 * const layer = parametrizations.weightNorm(new Linear(2, 3));
 * assert(layer.weight !== layer.weight);
 * parametrize.cached(() => assert(layer.weight === layer.weight));
 * ```
 */
export function cached<T>(fn: () => T): T {
  caching++;
  const end = () => {
    if (--caching === 0) cache.clear();
  };
  let result: T;
  try {
    result = fn();
  } catch (error) {
    end();
    throw error;
  }
  if (result instanceof Promise) return result.finally(end) as T;
  end();
  return result;
}
