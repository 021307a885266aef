/** The elementwise family: one primitive, whose rules come from its expression. */
import type { Backend, View } from "../device/backend.ts";
import { gradientExprs, tangentExpr } from "../expr/derivative.ts";
import { apply } from "../call/apply.ts";
import { type DType, dtypeCode } from "../base/dtype.ts";
import { type Expr, input, inputsOf } from "../expr/expr.ts";
import { substitute } from "../expr/rewrite.ts";
import { filled } from "../tensor/constants.ts";
import { OUTPUT, type Primitive, type Signature } from "../call/op.ts";
import {
  broadcastShapes,
  expandLayout,
  type Layout,
  repeatedAxes,
  sameShape,
  type Shape,
} from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { typeOf } from "../expr/typing.ts";
import { reduce } from "./reduce.ts";

/** What is mapped, and caches of what follows from it; make one per expression and keep it. */
export interface MapAttributes {
  /** What errors call it. */
  readonly name: string;
  /** What is computed for each element. */
  readonly expr: Expr;
  /** How many inputs there are, where the last ones do not occur in the expression. */
  readonly arity?: number;
  /** Result dtypes by the codes of the input dtypes. */
  types?: Map<number, DType>;
  /** Gradients by input, reading the saved output where that helps. */
  gradients?: (Gradient | null)[];
}

/** A gradient to one input: a map of its own, and which values it reads. */
export interface Gradient {
  /** The gradient as a map over {@link Gradient.reads}. */
  readonly map: MapAttributes;
  /** Indices of inputs; their number stands for the output, one more for the cotangent. */
  readonly reads: readonly number[];
}

/** `expr` of the inputs, elementwise. */
export const map: Primitive<MapAttributes> = {
  name: "map",
  label: (attributes) => attributes.name,
  infer(inputs, attributes): Signature {
    return { shape: commonShape(attributes.name, inputs), dtype: resultType(attributes, inputs) };
  },
  run(backend: Backend, inputs: readonly View[], output: View, { expr }): void {
    backend.map(expr, broadcastViews(inputs, output.shape), output);
  },
  vjp(ct, { inputs, output, attributes }, i): Tensor | null {
    return runGradient(gradientOf(attributes, i), [...inputs, output, ct], inputs[i]);
  },
  needs(attributes, i): number {
    return needsOf(gradientOf(attributes, i), arityOf(attributes));
  },
  jvp(tangents, { inputs, output, attributes }): Tensor | null | undefined {
    const expr = tangentExpr(attributes.expr, tangents.map((t) => t !== null));
    if (!expr) return null;
    const values = [...inputs, ...tangents.filter((t) => t !== null)];
    // What the tangent reads may be smaller or narrower than what the value did.
    return apply(map, ...compact(`${attributes.name} tangent`, expr, values)).expand(output.shape).to(
      output.dtype,
    );
  },
};

/** The shape that the inputs of an elementwise op broadcast to. */
export function commonShape(name: string, inputs: readonly { readonly shape: Shape }[]): Shape {
  if (inputs.length === 0) return [];
  const { shape } = inputs[0];
  for (let i = 1; i < inputs.length; i++) {
    if (!sameShape(inputs[i].shape, shape)) return broadcastShapes(name, inputs.map((t) => t.shape));
  }
  return shape;
}

/** The dtype of an expression of the inputs. */
export function resultType(attributes: MapAttributes, inputs: readonly Tensor[]): DType {
  // A number holds the codes of so many dtypes and no more.
  if (inputs.length > 16) return typeOf(attributes.expr, inputs.map((t) => t.dtype));
  let key = 1;
  for (let i = 0; i < inputs.length; i++) key = key * 8 + dtypeCode(inputs[i].dtype);
  attributes.types ??= new Map();
  let dtype = attributes.types.get(key);
  if (!dtype) attributes.types.set(key, dtype = typeOf(attributes.expr, inputs.map((t) => t.dtype)));
  return dtype;
}

/** Views repeated to a shape. */
export function broadcastViews(views: readonly View[], shape: Shape): readonly View[] {
  for (let i = 0; i < views.length; i++) {
    if (!sameShape(views[i].shape, shape)) return views.map((v) => viewThrough(v, expandLayout(v, shape)));
  }
  return views;
}

/** The elements of a view in another layout. */
export function viewThrough({ buffer, dtype }: View, layout: Layout): View {
  return { buffer, dtype, shape: layout.shape, strides: layout.strides, offset: layout.offset };
}

function arityOf({ arity, expr }: MapAttributes): number {
  return arity ?? expr.arity;
}

function gradientOf(attributes: MapAttributes, i: number): Gradient | null {
  attributes.gradients ??= gradientExprs(attributes.expr, arityOf(attributes)).map((expr) =>
    expr && compactGradient(attributes.name, expr)
  );
  return attributes.gradients[i];
}

/** A gradient expression on exactly the inputs that it reads. */
export function compactGradient(name: string, expr: Expr): Gradient {
  const reads = inputsOf(expr);
  const positions: Expr[] = [];
  reads.forEach((from, to) => positions[from] = input(to));
  return { map: { name: `${name} backward`, expr: substitute(expr, positions) }, reads };
}

/** The bits of {@link Primitive.needs} for a gradient of a map of `arity` inputs. */
export function needsOf(gradient: Gradient | null, arity: number): number {
  let needs = 0;
  for (const k of gradient?.reads ?? []) needs |= k < arity ? 1 << k : k === arity ? OUTPUT : 0;
  return needs;
}

function compact(name: string, expr: Expr, values: readonly Tensor[]): [Tensor[], MapAttributes] {
  const { map, reads } = compactGradient(name, expr);
  return [reads.map((k) => values[k]), map];
}

/** Runs a gradient on the values it may read, summed to the shape of the input it is for. */
export function runGradient(gradient: Gradient | null, values: readonly Tensor[], of: Tensor): Tensor {
  if (gradient === null) return filled(0, of.shape, { dtype: of.dtype, backend: values.at(-1)!.backend });
  const tensors = gradient.reads.map((k) => values[k]);
  return mapTo(gradient.map, tensors, of.shape).to(of.dtype);
}

/** A map summed over the axes along which `shape` was broadcast, in one kernel. */
export function mapTo(attributes: MapAttributes, inputs: readonly Tensor[], shape: Shape): Tensor {
  const full = commonShape(attributes.name, inputs);
  if (!sameShape(full, shape)) {
    const axes = repeatedAxes(full, shape);
    return apply(reduce, inputs, { kind: "sum", map: attributes, axes }).reshape(shape);
  }
  return attributes.expr.kind === "input" ? inputs[0] : apply(map, inputs, attributes);
}
