/** Errors of a layer name it by its path in the model that was called. */
import { DtypeError, IndexError, ShapeError } from "@tapegrad/core";
import type { AnyModule } from "./module.ts";
import { describe } from "./parts.ts";

/** A method that is called with anything. */
export type AnyMethod = (this: AnyModule, ...inputs: readonly unknown[]) => unknown;

/** What an error passed first on its way out, and what it said then. */
interface Origin {
  readonly module: AnyModule;
  readonly message: string;
}

const prepared = new WeakSet<object>(), watched = new WeakSet<AnyMethod>();
const origins = new WeakMap<Error, Origin>();

/**
 * Has errors that leave the `forward` of a class say where they came from. It is done once a class, at its first
 * instance: a call that goes well costs nothing more than the call itself.
 */
export function watch(prototype: object): void {
  if (prepared.has(prototype)) return;
  prepared.add(prototype);
  let owner: object | null = prototype;
  while (owner && !Object.hasOwn(owner, "forward")) owner = Object.getPrototypeOf(owner);
  const descriptor = owner && Object.getOwnPropertyDescriptor(owner, "forward");
  const forward: AnyMethod | undefined = descriptor?.value;
  if (!owner || typeof forward !== "function" || watched.has(forward)) return;
  const value: AnyMethod = function called(...inputs): unknown {
    try {
      return forward.apply(this, inputs as unknown[]);
    } catch (error) {
      locate(error, this);
      throw error;
    }
  };
  watched.add(value);
  Reflect.defineProperty(owner, "forward", { ...descriptor, value });
}

function locate(error: unknown, module: AnyModule): void {
  if (!(error instanceof Error)) return;
  const origin = origins.get(error) ?? { module, message: error.message };
  origins.set(error, origin);
  const path = [...module.namedModules()].find(([, other]) => other === origin.module)?.[0];
  if (path) rename(error, placed(error, origin.message, path, describe(origin.module)));
}

function placed(error: Error, message: string, path: string, description: string): string {
  const asked = `apply ${description} to`;
  if (message.includes(asked)) return message.replace(asked, () => `apply ${path}: ${description} to`);
  return isOurs(error) ? `${message}, in ${path}: ${description}` : message;
}

function isOurs(error: Error): boolean {
  return error instanceof ShapeError || error instanceof DtypeError || error instanceof IndexError;
}

// The stack begins with the message as it was when the error was made.
function rename(error: Error, message: string): void {
  const { message: before, stack } = error;
  if (message === before) return;
  error.message = message;
  if (stack) error.stack = stack.replace(before, () => message);
}
