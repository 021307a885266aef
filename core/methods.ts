/** The methods of tensors that are functions of the same name, installed on the prototype. */
import { ops as catalog } from "./call/catalog.ts";
import * as ops from "./ops/mod.ts";
import { type MethodName, notMethods, variadic, withChoices } from "./method_names.ts";
import { OwnMethods } from "./own_methods.ts";
import { PyTorchNames, strange, strangers, synonyms } from "./pytorch_names.ts";
import { Tensor } from "./tensor/tensor.ts";

/**
 * A function without its first argument, which becomes `this`.
 *
 * @category Tensors
 */
export type MethodOf<F> = F extends
  (first: never, ...rest: infer Rest extends readonly unknown[]) => infer Result ? (...rest: Rest) => Result
  : never;

/**
 * `x.add(y)` is `add(x, y)`, with the same arguments and contract, for every function of tensors.
 *
 * @category Tensors
 */
export type OpMethods = {
  [K in keyof Pick<typeof ops, MethodName>]: MethodOf<(typeof ops)[K]>;
};

/**
 * Methods by PyTorch's names: `x.eq(y)` is `x.equal(y)`.
 *
 * @category Tensors
 * @internal
 */
export type Synonyms = {
  [K in keyof typeof synonyms]: OpMethods[(typeof synonyms)[K]];
};

/**
 * What a {@link Tensor} can do beside being one.
 *
 * @category Tensors
 */
export interface TensorMethods extends OpMethods, OwnMethods, PyTorchNames, Synonyms {}

type Op = (x: Tensor, ...rest: unknown[]) => unknown;
type Method = (this: Tensor, ...rest: unknown[]) => unknown;

// Each count of arguments has a function of its own: a list of them would be made anew in each call.
const forwarding: readonly ((op: Op) => Method)[] = [
  (op) =>
    function (): unknown {
      return op(this);
    },
  (op) =>
    function (a): unknown {
      return op(this, a);
    },
  (op) =>
    function (a, b): unknown {
      return op(this, a, b);
    },
  (op) =>
    function (a, b, c): unknown {
      return op(this, a, b, c);
    },
];

function forwardingAll(op: Op): Method {
  return function (...list): unknown {
    return op(this, ...list);
  };
}

function install(name: PropertyKey, value: unknown): void {
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}

for (const { prototype } of [OwnMethods, PyTorchNames]) {
  const { constructor: _, ...own } = Object.getOwnPropertyDescriptors(prototype);
  Object.defineProperties(Tensor.prototype, own);
}

const apart = new Set<string>(Object.values(notMethods).flat()), ofAny = new Set<string>(variadic);
// Elementwise ops count what they are given; others do not see what they do not take.
const elementwise = catalog().filter(({ kind }) => kind === "elementwise");
const choosing = new Set<string>(withChoices);
const counts = new Map(
  elementwise.map(({ name, arity }) => [name, choosing.has(name) ? arity : arity - 1]),
);

for (const [name, op] of Object.entries(ops)) {
  if (apart.has(name)) continue;
  const forward = ofAny.has(name) ? forwardingAll : forwarding[counts.get(name) ?? 3] ?? forwardingAll;
  install(name, Object.defineProperty(forward(op as Op), "name", { value: name }));
}

for (const [name, ours] of Object.entries(synonyms)) install(name, Tensor.prototype[ours]);

for (const name of Object.keys(strangers)) {
  const fail = () => {
    throw strange(name);
  };
  Object.defineProperty(Tensor.prototype, name, { get: fail, set: fail, configurable: true });
}

// What `p.data = x` would hide.
Object.defineProperty(Tensor.prototype, "data", { writable: false });
