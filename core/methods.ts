/** The methods of tensors that are functions of the same name, installed on the prototype. */
import { ops as catalog } from "./call/catalog.ts";
import * as elementwise from "./ops/elementwise.ts";
import * as ops from "./ops/mod.ts";
import { byArguments, type MethodName } from "./method_names.ts";
import { OwnMethods } from "./own_methods.ts";
import { Tensor } from "./tensor/tensor.ts";

/** A function without its first argument, which becomes `this`. */
export type MethodOf<F> = F extends
  (first: never, ...rest: infer Rest extends readonly unknown[]) => infer Result ? (...rest: Rest) => Result
  : never;

/** `x.add(y)` is `add(x, y)`, with the same arguments and contract, for every function of tensors. */
export type OpMethods = {
  [K in keyof Pick<typeof ops, MethodName>]: MethodOf<(typeof ops)[K]>;
};

/** What a {@link Tensor} can do beside being one. */
export interface TensorMethods extends OpMethods, OwnMethods {}

type Op = (x: Tensor, ...rest: unknown[]) => unknown;
type Method = (this: Tensor, ...rest: unknown[]) => unknown;

type Count = keyof typeof byArguments;
const counts: readonly Count[] = ["none", "one", "two", "three"];

// Each count has a function of its own: a list of arguments would be made anew in each call.
const forwarding: Readonly<Record<Count, (op: Op) => Method>> = {
  none: (op) =>
    function (): unknown {
      return op(this);
    },
  one: (op) =>
    function (a): unknown {
      return op(this, a);
    },
  two: (op) =>
    function (a, b): unknown {
      return op(this, a, b);
    },
  three: (op) =>
    function (a, b, c): unknown {
      return op(this, a, b, c);
    },
  list: (op) =>
    function (...list): unknown {
      return op(this, ...list);
    },
};

function install(name: PropertyKey, value: unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}

function installOp(name: MethodName, count: Count): void {
  const method = forwarding[count](ops[name] as Op);
  install(name, Object.defineProperty(method, "name", { value: name }));
}

for (const name of Reflect.ownKeys(OwnMethods.prototype)) {
  if (name !== "constructor") install(name, Reflect.get(OwnMethods.prototype, name));
}
for (const [count, names] of Object.entries(byArguments)) {
  for (const name of names) installOp(name, count as Count);
}
// Every elementwise op is a method, but for the one that takes a condition first.
for (const { name, arity } of catalog()) {
  if (name in elementwise && name !== "where") installOp(name as MethodName, counts[arity - 1] ?? "list");
}
