/** What stands in the way of `structuredClone` and `postMessage`, which know no classes and no devices. */
import { BackendError } from "../base/errors.ts";
import { described } from "../base/text.ts";
import type { Backend } from "./backend.ts";

const MESSAGE =
  "Cannot clone a tensor, nor what holds one: send await x.toTransferable(), or of a tree such as " +
  "model.stateDict() await toTransferable(tree), and make tensors of it with fromTransferable(message)";

/** Refuses to be cloned; it prints in a word, and is left out of JSON. */
class Uncloneable {
  toJSON(): undefined {}

  [Symbol.for("Deno.customInspect")](): string {
    return "Uncloneable";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "Uncloneable";
  }
}

/**
 * All backends refer to this one object, and all tensors to a backend. Only a clone looks inside: whoever compares
 * two backends finds the same object in both.
 */
export const uncloneable: object = Object.defineProperty(new Uncloneable(), "contents", {
  enumerable: true,
  get(): never {
    throw new TypeError(MESSAGE);
  },
});

/** The backend, unless it is none, of which a clone meets the refusal before all else: numbers come before names. */
export function refusingClones(backend: Backend): Backend {
  if (!(backend?.kernels instanceof Map)) {
    throw new BackendError(
      `Cannot use ${described(backend)} as a backend: pass its name, or one that is open`,
    );
  }
  if (!Object.hasOwn(backend, 0) && Object.isExtensible(backend)) Object.assign(backend, { 0: uncloneable });
  return backend;
}
