/** The list of ops. It imports nothing that defines one, so that it is there before any of them. */
import { type DType, dtypes } from "../base/dtype.ts";
import { described, quoted, visible } from "../base/text.ts";
import type { Composite, Op, Primitive } from "./op.ts";

/**
 * How an op came to be.
 *
 * @category Own ops
 */
export type OpKind = "primitive" | "elementwise" | "composite";

/**
 * What {@link ops} tells of an op.
 *
 * @category Own ops
 */
export interface OpInfo {
  /** Unique name. */
  readonly name: string;
  /** How it is defined. */
  readonly kind: OpKind;
  /** How many tensors it takes; `Infinity` for a list of them, 0 for an op that makes one. */
  readonly arity: number;
  /** The dtypes it takes, or makes. */
  readonly dtypes: readonly DType[];
  /** Whether gradients flow through it. */
  readonly differentiable: boolean;
}

const table = new Map<string, OpInfo>();

/** Adds an op; a name is taken once. */
export function register(info: OpInfo): void {
  const { name } = info;
  if (typeof name !== "string" || name === "" || visible(name) !== name) {
    throw new TypeError(`Cannot define op ${described(name)}: its name is a text without control characters`);
  }
  if (table.has(name)) {
    throw new TypeError(`Cannot define op ${quoted(name)}: the name is taken, choose another`);
  }
  table.set(name, info);
}

/** Adds functions written without a definition: how many tensors each takes, and what they have in common. */
export function registerFunctions(
  arities: Readonly<Record<string, number>>,
  common: Partial<Pick<OpInfo, "dtypes" | "differentiable">> = {},
): void {
  for (const [name, arity] of Object.entries(arities)) {
    register({ name, kind: "composite", arity, dtypes, differentiable: true, ...common });
  }
}

const withKernels = new Set<string>();

/** Says that a kernel of an op's name is asked for when it is called. */
export function mayHaveKernel(name: string): void {
  withKernels.add(name);
}

/** Why a kernel of a name would never run; nothing where it would. */
export function whyNoKernel(name: string): string | undefined {
  if (withKernels.has(name)) return undefined;
  const kind = table.get(name)?.kind;
  if (kind === undefined) return "no op has that name, ops() lists those there are";
  if (kind === "elementwise") return 'it is an expression, which the kernel of "map" runs';
  if (kind === "primitive") return "it runs none, its output is a view or made by other means";
  return "it is a function of other ops, whose kernels run; declare it with defineComposite";
}

const primitives = new Map<string, Primitive>();

/** Adds a primitive, by whose name rules of others call it. */
export function registerPrimitive<A>(op: Primitive<A>, arity: number, dtypes: readonly DType[]): void {
  register({ name: op.name, kind: "primitive", arity, dtypes, differentiable: op.vjp !== undefined });
  primitives.set(op.name, op as Primitive);
  if (op.compose || (!op.host && !op.view)) mayHaveKernel(op.name);
}

const composites = new Map<string, Composite>();

/** Keeps the rules of a composite: kernels of its name are asked for, and recorded programs find it. */
export function keepComposite<A>(op: Composite<A>): Composite<A> {
  mayHaveKernel(op.name);
  composites.set(op.name, op as Composite);
  return op;
}

/** The rules of a name, of a primitive or of a composite that has some. */
export function opNamed(name: string): Op | undefined {
  return primitives.get(name) ?? composites.get(name);
}

/** The primitive of a name. */
export function primitiveNamed<A>(name: string): Primitive<A> {
  const found = primitives.get(name);
  if (found) return found as Primitive<A>;
  throw new TypeError(`Cannot call primitive "${name}": it is not defined, import "@tapegrad/core"`);
}

/**
 * Every op, in order of definition.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { ops } from "@tapegrad/core";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ops().find((op) => op.name === "tanh")?.kind, "elementwise");
 * ```
 */
export function ops(): readonly OpInfo[] {
  return [...table.values()];
}
