/** What a call brings into a compiled function: what it has to be like, and what may differ. */
import { attributesKey } from "../../call/attributes_key.ts";
import type { Storage } from "../../device/storage.ts";
import { isPlain } from "../../tensor/tree.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Argument, isKeyWords } from "../program/structure.ts";
import { storageOf } from "../../tensor/internals.ts";

/** The arguments of a call, each number of them replaced by what is given for it and the path that leads to it. */
export function withNumbers(
  value: unknown,
  replace: (number: number, path: string) => unknown,
  path = "args",
): unknown {
  if (typeof value === "number") return replace(value, path);
  if (value instanceof Tensor || isKeyWords(value)) return value;
  if (Array.isArray(value)) return value.map((part, i) => withNumbers(part, replace, `${path}[${i}]`));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withNumbers(part, replace, `${path}.${key}`)]),
  );
}

/** The arguments of a call. */
export interface Arguments {
  /** What calls have to agree in to run the same program. */
  readonly key: string;
  /** Tensors and keys, in order. */
  readonly given: readonly Argument[];
  /** Numbers, in order. */
  readonly numbers: readonly number[];
  /** Whether one of the tensors asks for gradients. */
  readonly requireGrad: boolean;
}

/** Arguments that are taken for themselves, not for their likeness to others. */
export class TakenArguments implements Arguments {
  readonly key: string;
  readonly given: Argument[] = [];
  readonly numbers: number[] = [];
  readonly #storages: Storage[] = [];

  /** The arguments of one call. */
  constructor(args: readonly unknown[]) {
    this.key = args.map((value) => this.#keyOf(value)).join();
  }

  #keyOf(value: unknown): string {
    if (value instanceof Tensor) return this.#tensorKey(value);
    if (typeof value === "number") {
      this.numbers.push(value);
      return "number";
    }
    if (isKeyWords(value)) {
      this.given.push(value);
      return "key";
    }
    if (Array.isArray(value)) return `[${value.map((part) => this.#keyOf(part)).join()}]`;
    if (!isPlain(value)) return attributesKey(value);
    const members = Object.keys(value).map((name) => `${JSON.stringify(name)}:${this.#keyOf(value[name])}`);
    return `{${members.join()}}`;
  }

  // Arguments of one memory are told by which it is.
  #tensorKey(tensor: Tensor): string {
    const { dtype, shape, requiresGrad } = tensor, storage = storageOf(tensor);
    this.given.push(tensor);
    let i = this.#storages.indexOf(storage);
    if (i < 0) i = this.#storages.push(storage) - 1;
    return `${dtype}[${shape}] on ${attributesKey(tensor.backend)}${requiresGrad ? " with grad" : ""} #${i}`;
  }

  get requireGrad(): boolean {
    return this.given.some((one) => one instanceof Tensor && one.requiresGrad);
  }
}
