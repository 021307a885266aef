/** Freezes what primitives are told beside their tensors, so that a test fails by which anything writes to it. */
import { ops, type Primitive } from "@tapegrad/core";
import { primitiveNamed } from "../core/call/catalog.ts";
import { isPlain } from "../core/tensor/tree.ts";

/** Freezes a value as far as it is plain data. */
export function freeze(value: unknown): void {
  if (!(Array.isArray(value) || isPlain(value)) || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}

/** Rules that a call passes by, whose last argument are its attributes. */
const rules = ["infer", "view", "views", "compose", "host"] as const;

type Rule = (this: Primitive, ...args: readonly unknown[]) => unknown;

/** Has every call of a primitive freeze its attributes. */
export function freezesAttributes(op: Primitive): void {
  for (const name of rules) {
    const rule = op[name] as Rule | undefined;
    if (!rule) continue;
    const freezing: Rule = function (...args): unknown {
      freeze(args.at(-1));
      return Reflect.apply(rule, this, args);
    };
    Object.assign(op, { [name]: freezing });
  }
}

for (const { name, kind } of ops()) if (kind === "primitive") freezesAttributes(primitiveNamed(name));
