/** Ops from outside: their rules are checked when they are declared, and what these give, so that errors name them. */
import { described } from "../base/text.ts";
import { type Composite, labelOf, type Parts, type Rules, type Saved, type TensorType } from "../call/op.ts";
import { checkGradient } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";

const rules = [
  "infer",
  "vjp",
  "saves",
  "jvp",
  "label",
  "batch",
  "decompose",
  "view",
  "views",
  "compose",
  "host",
];

/** Refuses what is to be a function of a definition and is none. */
export function checkFunction(name: string, what: string, value: unknown): void {
  if (typeof value === "function") return;
  throw new TypeError(
    `Cannot define op ${described(name)}: its ${what} is ${described(value)}, a function is needed`,
  );
}

/** Refuses rules that are no functions, and an op without those that are needed. */
export function checkFunctions(op: Rules<never>, needed: readonly string[]): void {
  for (const rule of rules) {
    const value: unknown = Reflect.get(op, rule);
    if (value !== undefined || needed.includes(rule)) checkFunction(op.name, rule, value);
  }
}

/** The op with rules of which it is checked what they give. */
export function checked<A, T extends Rules<A>>(op: T): T {
  const own: Partial<Composite<A>> = {
    infer: (inputs, attributes) => checkedTypes(op, op.infer(inputs, attributes)),
  };
  if (op.vjp) own.vjp = (cts, saved, wanted) => checkedParts(op, op.vjp!(cts, saved, wanted), saved);
  const composite = op as Rules<A> as Composite<A>;
  // Not by isComposite(), which each op passes: engines would take it for a place that meets everything.
  if (Reflect.get(op, "decompose") !== undefined) {
    own.decompose = (inputs, attributes) => checkedOutputs(op, composite.decompose(inputs, attributes));
  }
  // Not a copy, which would lack what an instance of a class inherits.
  return Object.create(op, Object.getOwnPropertyDescriptors(own));
}

function checkedOutputs(op: Rules<never>, outputs: readonly Tensor[]): readonly Tensor[] {
  if (Array.isArray(outputs)) return outputs;
  throw new TypeError(
    `Cannot ${op.name}: its decompose gave ${described(outputs)}, a list of tensors is needed`,
  );
}

function checkedTypes<T extends TensorType | readonly TensorType[]>(op: Rules<never>, types: T): T {
  const all: readonly unknown[] = Array.isArray(types) ? types : [types];
  if (all.length > 0 && all.every(isType)) return types;
  const found = all.length > 0 ? faultOf(all.find((type) => !isType(type))) : "no types";
  throw new TypeError(
    `Cannot ${op.name}: its infer gave ${found}; a type has shape, dtype and backend, ` +
      "and { ...x } of a tensor lacks the last",
  );
}

function isType(type: unknown): boolean {
  return typeof type === "object" && type !== null && missing(type).length === 0;
}

function missing(type: object): string[] {
  return ["shape", "dtype", "backend"].filter((key) => Reflect.get(type, key) === undefined);
}

function faultOf(type: unknown): string {
  return typeof type === "object" && type !== null
    ? `a type without ${missing(type).join(" and ")}`
    : described(type);
}

function checkedParts<A>(op: Rules<A>, parts: Parts, { inputs, attributes }: Saved<A>): Parts {
  if (!Array.isArray(parts) || parts.length !== inputs.length) {
    const found = Array.isArray(parts) ? `${parts.length} cotangents` : described(parts);
    throw new TypeError(
      `Cannot differentiate ${labelOf(op, attributes)}: its vjp gave ${found}, ` +
        `a list with one or null for each of its ${inputs.length} inputs is needed`,
    );
  }
  parts.forEach((part, i) => {
    if (part) {
      checkGradient(`use what the vjp of ${labelOf(op, attributes)} gave for`, inputs[i], part, `input ${i}`);
    }
  });
  return parts;
}
