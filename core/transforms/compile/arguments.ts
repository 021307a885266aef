/** What a call brings into a compiled function: what it has to be like, and what may differ. */
import { attributesKey } from "../../call/attributes_key.ts";
import type { Storage } from "../../device/storage.ts";
import { isPlain } from "../../tensor/tree.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Argument, isKeyWords } from "../program/structure.ts";
import { storageOf } from "../../tensor/internals.ts";

/** The arguments of a call. */
export class Arguments {
  /** What calls have to agree in to run the same program. */
  readonly key: string;
  /** Tensors and keys, in order. */
  readonly given: Argument[] = [];
  /** Numbers, in order. */
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

  /** Whether one of the tensors asks for gradients. */
  get requireGrad(): boolean {
    return this.given.some((one) => one instanceof Tensor && one.requiresGrad);
  }
}
