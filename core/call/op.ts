import type { DType } from "../base/dtype.ts";
import type { Layout } from "../base/layout.ts";
import type { Shape } from "../base/shape.ts";
import type { Backend, View } from "../device/backend.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * What a tensor is beside its elements.
 *
 * @category Own ops
 */
export interface TensorType {
  /** Extents, outermost first. */
  readonly shape: Shape;
  /** What the elements are. */
  readonly dtype: DType;
  /** The device it is on. */
  readonly backend: Backend;
}

/**
 * A tensor an input or an output, `null` where it is zero or not wanted.
 *
 * @category Own ops
 */
export type Parts = readonly (Tensor | null)[];

/**
 * What a gradient rule may read: values where {@link Rules.saves} asked for them, elsewhere types alone.
 *
 * @category Own ops
 */
export interface Saved<A> {
  /** The inputs. */
  readonly inputs: readonly (Tensor | TensorType)[];
  /** The outputs. */
  readonly outputs: readonly (Tensor | TensorType)[];
  /** The attributes of the call. */
  readonly attributes: A;
}

/**
 * Which values a gradient rule reads, by position.
 *
 * @category Own ops
 */
export interface Saves {
  /** Positions of inputs. */
  readonly inputs: readonly number[];
  /** Positions of outputs. */
  readonly outputs: readonly number[];
}

/**
 * What is known of an op, in one place. Rules are written in ops, so they are differentiable themselves and
 * gradients of any order follow; attributes are plain, readonly data.
 *
 * @category Own ops
 */
export interface Rules<A> {
  /** Unique name. */
  readonly name: string;
  /** Checks the inputs and gives the type of the output, or a list of types where there are several outputs. */
  infer(inputs: readonly TensorType[], attributes: A): TensorType | readonly TensorType[];
  /**
   * Cotangents of the inputs that are `wanted`, from those of the outputs, at least one of which is not `null`.
   * It must be linear in the cotangents.
   */
  vjp?(cts: Parts, saved: Saved<A>, wanted: readonly boolean[]): Parts;
  /** What {@link Rules.vjp} reads if gradients to these inputs are wanted; everything unless said. */
  saves?(attributes: A, wanted: readonly boolean[]): Saves;
  /** Tangents of the outputs, where two VJPs would be wasteful; `undefined` asks for two VJPs after all. */
  jvp?(tangents: Parts, saved: Saved<A>): Parts | undefined;
  /** Whether the output is linear in all its floating inputs together: its tangent is then the op itself. */
  readonly linear?: boolean;
  /** What errors call a use of it, where that says more than the name. */
  label?(attributes: A): string;
}

/**
 * Tensors with one more axis where the op knows of none: what {@link Primitive.batch} gives.
 *
 * @category Own ops
 */
export interface Batched {
  /** The outputs. */
  readonly outputs: readonly Tensor[];
  /** Where each output's batch axis is; `null` where it has none. */
  readonly axes: readonly (number | null)[];
}

/**
 * An op that backends implement. A kernel of its name runs it; without one, {@link Primitive.compose} does.
 *
 * @category Own ops
 */
export interface Primitive<A = unknown> extends Rules<A> {
  /** The op on inputs of which those with an axis hold a batch along it, each element on its own. */
  batch(inputs: readonly Tensor[], axes: readonly (number | null)[], attributes: A): Batched;
  /** Where the elements of a view of the first input lie; `null` where they have to be copied. */
  view?(input: Layout, attributes: A): Layout | null;
  /** The inputs as kernels are to see them, where that is not as they are. */
  views?(inputs: readonly View[], outputs: readonly View[], attributes: A): readonly View[];
  /** Runs it by other kernels of the backend, which has none of its own. */
  compose?(backend: Backend, inputs: readonly View[], outputs: readonly View[], attributes: A): void;
  /** Makes the outputs by other means than a kernel, off the tape; `null` where a kernel is to run after all. */
  host?(inputs: readonly Tensor[], attributes: A): readonly Tensor[] | null;
  /**
   * Whether its gradient is given by the caller, in terms of what the caller has at hand: where that stands for each
   * element of a batch, so does the gradient.
   */
  readonly given?: boolean;
  /** Positions of inputs that it changes in place and gives as its outputs; a function where the attributes tell. */
  readonly writes?: readonly number[] | ((attributes: A) => readonly number[]);
}

/**
 * An op made of others, for which a backend may have a kernel.
 *
 * @category Own ops
 */
export interface Composite<A = unknown> extends Rules<A> {
  /** The same outputs by other ops. */
  decompose(inputs: readonly Tensor[], attributes: A): readonly Tensor[];
  /** A batch of it as one op, as {@link Primitive.batch}: where the gradient of its parts would be another. */
  batch?(inputs: readonly Tensor[], axes: readonly (number | null)[], attributes: A): Batched;
}

/**
 * Whatever passes the funnel.
 *
 * @category Own ops
 */
export type Op<A = unknown> = Primitive<A> | Composite<A>;

/** Whether an op is made of others. */
export function isComposite<A>(op: Op<A>): op is Composite<A> {
  return (op as Composite<A>).decompose !== undefined;
}

/** The same primitive with every rule in its place, so that what reads rules finds all primitives alike. */
export function primitive<A>(rules: Primitive<A>): Primitive<A> {
  const { name, infer, vjp, saves, jvp, linear, label, batch, view, views, compose, host, writes } = rules;
  const decompose = undefined;
  const all = {
    name,
    infer,
    vjp,
    saves,
    jvp,
    linear,
    label,
    batch,
    view,
    views,
    compose,
    host,
    writes,
    decompose,
  };
  return all;
}

/** Whether an op changes inputs in place. */
export function isUpdate<A>(op: Op<A>): boolean {
  return (op as Primitive<A>).writes !== undefined;
}

/** Positions of the inputs that a use of an op changes in place. */
export function writesOf<A>({ writes = [] }: Primitive<A>, attributes: A): readonly number[] {
  return typeof writes === "function" ? writes(attributes) : writes;
}

/** The name of one use of an op, for errors and traces. */
export function labelOf<A>(op: Rules<A>, attributes: A): string {
  return op.label?.(attributes) ?? op.name;
}

/** Nothing is read. */
export const nothing: Saves = { inputs: [], outputs: [] };

/** What a `saves` gives that reads some inputs whatever is wanted. */
export function inputsAt(...inputs: readonly number[]): () => Saves {
  const saves = { inputs, outputs: [] };
  return () => saves;
}
