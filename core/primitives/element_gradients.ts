/** Gradients of elementwise expressions: which there are, what they read, and the kernels that compute them. */
import { repeatedAxes, sameShape, type Shape } from "../base/shape.ts";
import { apply, applyAll } from "../call/apply.ts";
import { primitiveNamed } from "../call/catalog.ts";
import type { Parts, Saves, TensorType } from "../call/op.ts";
import { type Expr, input, inputsOf } from "../expr/expr.ts";
import { substitute } from "../expr/rewrite.ts";
import { filled } from "../tensor/constants.ts";
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

/** Gradients to some inputs together, and which values they read. */
interface GradientKernel {
  readonly attributes: MapAttributes;
  readonly reads: readonly number[];
}

// A number where one holds so many bits.
function maskOf(wanted: readonly boolean[]): number | string {
  if (wanted.length > 30) return wanted.join();
  let mask = 0;
  for (let i = 0; i < wanted.length; i++) if (wanted[i]) mask |= 1 << i;
  return mask;
}

/** What gradients read: inputs, then outputs, then cotangents. */
type Values = readonly (Tensor | TensorType | null)[];

/** The gradients of expressions to their inputs, those of several inputs in one kernel. */
export class ElementGradients {
  readonly #name: string;
  readonly #exprs: readonly (Expr | null)[];
  readonly #arity: number;
  readonly #kernels = new Map<number | string, GradientKernel>();
  readonly #saves = new Map<number | string, Saves>();

  /** From what `gradientExprs` gave for `arity` inputs. */
  constructor(name: string, exprs: readonly (Expr | null)[], arity: number) {
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
    const { shape: full, backend } = values.findLast((value) => value !== null)!;
    const whole: number[] = [];
    const parts = inputs.map(({ shape, dtype }, i) => {
      const expr = this.#exprs[i];
      if (!wanted[i]) return null;
      if (expr === null) return filled(0, shape, { dtype, backend });
      if (!sameShape(shape, full)) return cast(this.#summed(i, values, full, shape), dtype);
      if (expr.kind === "input") return cast(values[expr.value] as Tensor, dtype);
      whole.push(i);
      return null;
    });
    if (whole.length > 0) {
      const together = this.#mapped(whole, values);
      whole.forEach((i, k) => parts[i] = cast(together[k], inputs[i].dtype));
    }
    return parts;
  }

  #mapped(positions: readonly number[], values: Values): readonly Tensor[] {
    const { attributes, reads } = this.#kernel(positions.length === 1 ? positions[0] : positions.join());
    return applyAll(primitiveNamed<MapAttributes>("map"), reads.map((k) => values[k] as Tensor), attributes);
  }

  #summed(i: number, values: Values, full: Shape, shape: Shape): Tensor {
    const { attributes: { name, exprs: [expr] }, reads } = this.#kernel(i);
    const attributes: ReduceAttributes = { kind: "sum", name, expr, axes: repeatedAxes(full, shape) };
    const reduce = primitiveNamed<ReduceAttributes>("reduce");
    return reshape(apply(reduce, reads.map((k) => values[k] as Tensor), attributes), shape);
  }

  // By one position, or several with commas between them.
  #kernel(key: number | string): GradientKernel {
    let found = this.#kernels.get(key);
    if (!found) {
      const positions = typeof key === "number" ? [key] : key.split(",").map(Number);
      const { exprs, reads } = compact(positions.map((i) => this.#exprs[i]!));
      this.#kernels.set(key, found = { attributes: { name: this.#name, exprs }, reads });
    }
    return found;
  }
}
