/** Gradients of elementwise expressions: which there are, what they read, and the kernels that compute them. */
import { repeatedAxes, sameShape, type Shape } from "../base/shape.ts";
import { apply, applyAll } from "../call/apply.ts";
import { primitiveNamed } from "../call/catalog.ts";
import type { Parts, Saves, TensorType } from "../call/op.ts";
import { tangentExpr } from "../expr/derivative.ts";
import { type Expr, input, inputsOf } from "../expr/expr.ts";
import { substitute } from "../expr/rewrite.ts";
import { computed, filled } from "../tensor/constants.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { MapAttributes, ReduceAttributes } from "./attributes.ts";
import { cast, reshape } from "./functions.ts";

/** Expressions on exactly the inputs that they read, in order. */
export interface Compact {
  /** The expressions, of {@link Compact.reads} and no more. */
  readonly exprs: readonly Expr[];
  /** Indices of what is read among the original inputs. */
  readonly reads: readonly number[];
}

/** Expressions on exactly the inputs that they read. */
export function compact(exprs: readonly Expr[]): Compact {
  const reads = exprs.length === 1
    ? inputsOf(exprs[0])
    : [...new Set(exprs.flatMap(inputsOf))].sort((a, b) => a - b);
  const positions: Expr[] = [];
  reads.forEach((from, to) => positions[from] = input(to));
  return { exprs: exprs.map((expr) => substitute(expr, positions)), reads };
}

const tangentsOf = new WeakMap<Expr, Map<number | string, Compact | null>>();

/** The tangent of an expression of inputs, `moving` or not, then the tangents of those that are; `null` for zero. */
export function tangentOf(expr: Expr, moving: readonly boolean[]): Compact | null {
  let known = tangentsOf.get(expr);
  if (!known) tangentsOf.set(expr, known = new Map());
  const key = maskOf(moving);
  let found = known.get(key);
  if (found === undefined) {
    const tangent = tangentExpr(expr, moving);
    known.set(key, found = tangent && compact([tangent]));
  }
  return found;
}

/** Gradients to some inputs together, and which values they read. */
interface GradientKernel {
  readonly attributes: MapAttributes;
  readonly reads: readonly number[];
}

// How many there are, and which; a number where one holds so many bits.
function maskOf(wanted: readonly boolean[]): number | string {
  if (wanted.length > 29) return wanted.join();
  let mask = 1 << wanted.length;
  for (let i = 0; i < wanted.length; i++) if (wanted[i]) mask |= 1 << i;
  return mask;
}

// A number where one holds so many bits.
function keyOf(positions: readonly number[]): number | string {
  if (positions[positions.length - 1] > 29) return positions.join();
  let mask = 0;
  for (let k = 0; k < positions.length; k++) mask |= 1 << positions[k];
  return mask;
}

/** What gradients read: inputs, then outputs, then cotangents. */
type Values = readonly (Tensor | TensorType | null)[];

function readsOf(reads: readonly number[], values: Values): readonly Tensor[] {
  const tensors = new Array<Tensor>(reads.length);
  for (let k = 0; k < reads.length; k++) tensors[k] = values[reads[k]] as Tensor;
  return tensors;
}

/** The gradients of expressions to their inputs, those of several inputs in one kernel. */
export class ElementGradients {
  readonly #name: string;
  readonly #exprs: readonly (Expr | null)[];
  readonly #arity: number;
  readonly #reached: ReadonlySet<number> | null;
  readonly #kernels = new Map<number | string, GradientKernel>();
  readonly #saves = new Map<number | string, Saves>();

  /**
   * From what `gradientExprs` gave for `arity` inputs. Those that are not reached have no gradient, where others
   * may have one of zeros: a zero that goes further back would meet infinities there.
   */
  constructor(
    name: string,
    exprs: readonly (Expr | null)[],
    arity: number,
    reached: ReadonlySet<number> | null = null,
  ) {
    this.#reached = reached;
    this.#name = `${name} backward`;
    this.#exprs = exprs;
    this.#arity = arity;
  }

  /** The positions that gradients to the wanted inputs read, of expressions with `count` outputs. */
  saves(wanted: readonly boolean[], count: number): Saves {
    const key = maskOf(wanted);
    let found = this.#saves.get(key);
    if (!found) this.#saves.set(key, found = this.#savesOf(wanted, count));
    return found;
  }

  #savesOf(wanted: readonly boolean[], count: number): Saves {
    const n = this.#arity;
    const reads = new Set(this.#exprs.flatMap((expr, i) => expr && wanted[i] ? inputsOf(expr) : []));
    const positions = [...reads];
    return {
      inputs: positions.filter((k) => k < n),
      outputs: positions.filter((k) => k >= n && k < n + count).map((k) => k - n),
    };
  }

  /** Gradients to the wanted inputs, each summed to its shape and in its dtype. */
  run(values: Values, inputs: readonly TensorType[], wanted: readonly boolean[]): Parts {
    const like = lastOf(values), parts = new Array<Tensor | null>(inputs.length), together: number[] = [];
    for (let i = 0; i < inputs.length; i++) {
      const isAsked = wanted[i] && (this.#reached === null || this.#reached.has(i));
      const needsKernel = isAsked && this.#needsKernel(i, inputs[i], like);
      if (needsKernel) together.push(i);
      parts[i] = isAsked && !needsKernel ? this.#part(i, values, inputs[i], like) : null;
    }
    if (together.length === 1) parts[together[0]] = this.#alone(together[0], values, inputs[together[0]]);
    else if (together.length > 1) this.#together(together, values, inputs, parts);
    return parts;
  }

  // Whether the gradient is a map of the full shape, and not one of the values already.
  #needsKernel(i: number, { shape }: TensorType, { shape: full }: TensorType): boolean {
    const expr = this.#exprs[i];
    return expr !== null && expr.kind !== "input" && sameShape(shape, full);
  }

  #part(
    i: number,
    values: Values,
    { shape, dtype }: TensorType,
    { shape: full, backend }: TensorType,
  ): Tensor {
    const expr = this.#exprs[i];
    if (expr === null) return filled(0, shape, { dtype, backend });
    const whole = expr.kind === "input" && sameShape(shape, full);
    return cast(whole ? values[expr.value] as Tensor : this.#summed(i, values, full, shape), dtype);
  }

  #alone(i: number, values: Values, type: TensorType): Tensor {
    const { attributes, reads } = this.#kernel([i]), read = readsOf(reads, values);
    return computed(attributes.exprs[0], read, type) ??
      cast(apply(primitiveNamed<MapAttributes>("map"), read, attributes), type.dtype);
  }

  #together(
    positions: readonly number[],
    values: Values,
    inputs: readonly TensorType[],
    parts: (Tensor | null)[],
  ): void {
    const { attributes, reads } = this.#kernel(positions);
    const outputs = applyAll(primitiveNamed<MapAttributes>("map"), readsOf(reads, values), attributes);
    for (let k = 0; k < positions.length; k++) {
      const i = positions[k];
      parts[i] = cast(outputs[k], inputs[i].dtype);
    }
  }

  #summed(i: number, values: Values, full: Shape, shape: Shape): Tensor {
    const { attributes: { name, exprs: [expr] }, reads } = this.#kernel([i]);
    const attributes: ReduceAttributes = { kind: "sum", name, expr, axes: repeatedAxes(full, shape) };
    const reduce = primitiveNamed<ReduceAttributes>("reduce");
    return reshape(apply(reduce, readsOf(reads, values), attributes), shape);
  }

  #kernel(positions: readonly number[]): GradientKernel {
    const key = keyOf(positions);
    let found = this.#kernels.get(key);
    if (!found) {
      const { exprs, reads } = compact(positions.map((i) => this.#exprs[i]!));
      this.#kernels.set(key, found = { attributes: { name: this.#name, exprs }, reads });
    }
    return found;
  }
}

function lastOf(values: Values): Tensor | TensorType {
  let k = values.length - 1;
  while (values[k] === null) k--;
  return values[k]!;
}
