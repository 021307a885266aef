/** The elementwise family: one primitive, whose rules come from its expressions. */
import { type DType, dtypeCode } from "../base/dtype.ts";
import { Nearby } from "../base/nearby.ts";
import { broadcastShapes, sameShape, type Shape } from "../base/shape.ts";
import { expandLayout, type Layout } from "../base/layout.ts";
import { apply, applyAll } from "../call/apply.ts";
import {
  type Batched,
  type Parts,
  type Primitive,
  primitive,
  type Saved,
  type Saves,
  type TensorType,
} from "../call/op.ts";
import { currentBackend } from "../device/choice.ts";
import type { Backend, View } from "../device/backend.ts";
import { gradientExprs } from "../expr/derivative.ts";
import { type Expr, inputsOf } from "../expr/expr.ts";
import { typeOf } from "../expr/typing.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { MapAttributes } from "./attributes.ts";
import { broadcastFront } from "./batching.ts";
import { ElementGradients, tangentOf } from "./element_gradients.ts";
import { cast, expand } from "./functions.ts";

export type { MapAttributes };

/**
 * The primitive of all elementwise ops: expressions of the inputs, one for each output, which share subterms.
 *
 * @category Own ops
 * @example
 * ```ts
 * import { applyAll, e, map, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable([1, 4]), root = e.sqrt(e.input(0));
 * const [y, z] = applyAll(map, [x], { name: "roots", exprs: [root, e.mul(root, e.input(0))] });
 * assertEquals(await z.array(), [1, 8]);
 * y.mul(2).add(z).sum().backward();
 * assertEquals(await x.grad!.array(), [2.5, 3.5]);
 * ```
 */
export const map: Primitive<MapAttributes> = primitive({
  name: "map",
  label: (attributes) => attributes.name,
  infer(inputs, { name, exprs }): TensorType | readonly TensorType[] {
    const shape = commonShape(name, inputs), backend = inputs[0]?.backend ?? currentBackend();
    return exprs.length === 1
      ? { shape, dtype: resultType(exprs[0], inputs), backend }
      : typesOf(exprs, inputs, shape, backend);
  },
  views: (inputs, outputs) => broadcastViews(inputs, outputs[0].shape),
  vjp: mapGradient,
  saves: savesOf,
  jvp(tangents, saved): Parts {
    return saved.attributes.exprs.map((_, k) => tangentAt(k, tangents, saved));
  },
  batch(inputs, axes, attributes): Batched {
    const outputs = applyAll(map, broadcastFront(inputs, axes), attributes);
    return { outputs, axes: outputs.map(() => 0) };
  },
});

function typesOf(
  exprs: readonly Expr[],
  inputs: readonly TensorType[],
  shape: Shape,
  backend: Backend,
): readonly TensorType[] {
  return exprs.map((expr) => ({ shape, dtype: resultType(expr, inputs), backend }));
}

/** The shape that the inputs of an elementwise op broadcast to. */
export function commonShape(name: string, inputs: readonly { readonly shape: Shape }[]): Shape {
  if (inputs.length === 0) return [];
  let { shape } = inputs[0];
  for (let i = 1; i < inputs.length; i++) {
    const next = inputs[i].shape;
    if (next.length === 0 || sameShape(next, shape)) continue;
    if (shape.length > 0) return broadcastShapes(name, inputs.map(shapeOf));
    shape = next;
  }
  return shape;
}

function shapeOf({ shape }: { readonly shape: Shape }): Shape {
  return shape;
}

const types = new Nearby<Expr, Map<number, DType>>();

/** The dtype of an expression of the inputs. */
export function resultType(expr: Expr, inputs: readonly { readonly dtype: DType }[]): DType {
  // A number holds the codes of so many dtypes and no more.
  if (inputs.length > 16) return typeOf(expr, inputs.map(dtypeOf));
  let key = 1;
  for (let i = 0; i < inputs.length; i++) key = key * 8 + dtypeCode(inputs[i].dtype);
  let known = types.get(expr, expr.id);
  if (!known) types.set(expr, expr.id, known = new Map());
  let dtype = known.get(key);
  if (!dtype) known.set(key, dtype = typeOf(expr, inputs.map(dtypeOf)));
  return dtype;
}

function dtypeOf({ dtype }: { readonly dtype: DType }): DType {
  return dtype;
}

/** Views repeated to a shape. */
export function broadcastViews(views: readonly View[], shape: Shape): readonly View[] {
  for (let i = 0; i < views.length; i++) {
    if (!sameShape(views[i].shape, shape)) return expandViews(views, shape);
  }
  return views;
}

function expandViews(views: readonly View[], shape: Shape): readonly View[] {
  return views.map((v) => sameShape(v.shape, shape) ? v : viewThrough(v, expandLayout(v, shape)));
}

/** The elements of a view in another layout. */
export function viewThrough({ buffer, dtype }: View, layout: Layout): View {
  return { buffer, dtype, shape: layout.shape, strides: layout.strides, offset: layout.offset };
}

/** Gradients of the same expressions, by the number of inputs, and by which outputs have a cotangent if not all. */
interface KnownGradients {
  readonly all: ElementGradients[];
  readonly some: Map<string, ElementGradients>;
}

const gradientsOf = new Nearby<readonly Expr[], KnownGradients>();

function gradients({ name, exprs }: MapAttributes, arity: number): ElementGradients {
  return knownGradients(exprs).all[arity] ??= new ElementGradients(name, gradientExprs(exprs, arity), arity);
}

function gradientsFor({ name, exprs }: MapAttributes, arity: number, cts: Parts): ElementGradients {
  const { some } = knownGradients(exprs), present = cts.map((ct) => ct !== null), key = `${arity} ${present}`;
  let found = some.get(key);
  if (!found) {
    const reached = new Set(exprs.flatMap((expr, k) => present[k] ? inputsOf(expr) : []));
    found = new ElementGradients(name, gradientExprs(exprs, arity, { present }), arity, reached);
    some.set(key, found);
  }
  return found;
}

function knownGradients(exprs: readonly Expr[]): KnownGradients {
  const place = exprs[0].id;
  let known = gradientsOf.get(exprs, place);
  if (!known) gradientsOf.set(exprs, place, known = { all: [], some: new Map() });
  return known;
}

function mapGradient(
  cts: Parts,
  { inputs, outputs, attributes }: Saved<MapAttributes>,
  wanted: readonly boolean[],
): Parts {
  const rules = cts.length === 1 || !cts.includes(null)
    ? gradients(attributes, inputs.length)
    : gradientsFor(attributes, inputs.length, cts);
  return rules.run(valuesOf(inputs, outputs, cts), inputs, wanted);
}

// All that gradients may read, in the order in which they count it.
function valuesOf(
  inputs: readonly (Tensor | TensorType)[],
  outputs: readonly (Tensor | TensorType)[],
  cts: Parts,
): readonly (Tensor | TensorType | null)[] {
  const n = inputs.length, m = n + outputs.length;
  const values = new Array<Tensor | TensorType | null>(m + cts.length);
  for (let i = 0; i < n; i++) values[i] = inputs[i];
  for (let i = n; i < m; i++) values[i] = outputs[i - n];
  for (let i = m; i < values.length; i++) values[i] = cts[i - m];
  return values;
}

function savesOf(attributes: MapAttributes, wanted: readonly boolean[]): Saves {
  return gradients(attributes, wanted.length).saves(wanted, attributes.exprs.length);
}

function tangentAt(
  k: number,
  tangents: Parts,
  { inputs, outputs, attributes }: Saved<MapAttributes>,
): Tensor | null {
  const found = tangentOf(attributes.exprs[k], tangents.map((t) => t !== null));
  if (!found) return null;
  const { exprs, reads } = found;
  const values = [...inputs, ...tangents.filter((t) => t !== null)] as Tensor[];
  const tangent = apply(map, reads.map((i) => values[i]), { name: `${attributes.name} tangent`, exprs });
  // What the tangent reads may be smaller or narrower than what the value did.
  return cast(expand(tangent, outputs[k].shape), outputs[k].dtype);
}
