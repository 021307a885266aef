/** How normalisations are computed: along which axes, with which weights, and their gradients, all in one op. */
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { checkNumber } from "../../base/integers.ts";
import { reducedShape, sameShape, type Shape } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { apply, applyAll } from "../../call/apply.ts";
import type { Composite, Parts, TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { checkFloating } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import type { AxesAttributes, NormBackwardAttributes } from "../../primitives/attributes.ts";
import { cast, mapping, reshape, sum } from "../../primitives/functions.ts";
import { reduce, reducedCount } from "../../primitives/reduce.ts";
import { constant, filled } from "../../tensor/constants.ts";
import { type Scalar, valueOf } from "../../tensor/scalar.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { div } from "../arithmetic.ts";
import { wide } from "../widen.ts";

/** Along which axes something is normalised. */
export interface NormAttributes extends AxesAttributes {
  /** The axes whose extents weight and bias have, in order; those normalised over unless said. */
  readonly along?: readonly number[];
}

// The mean of an expression of inputs, along axes that stay with extent 1.
function meanAlong(name: string, expr: Expr): (inputs: readonly Tensor[], axes: readonly number[]) => Tensor {
  return (inputs, axes) => {
    const { shape } = inputs[0], sums = apply(reduce, inputs, { kind: "sum", name, expr, axes });
    return div(reshape(sums, reducedShape(shape, axes, true)), reducedCount(shape, axes));
  };
}

/** 1/√(x + eps), elementwise. */
export const scaleOf: (x: Tensor, eps: Tensor) => Tensor = mapping(
  "scale",
  e.rsqrt(e.add(e.input(0), e.input(1))),
);
const average = meanAlong("identity", e.input(0));

/** What a normalisation does, in at least f32. */
interface Formulas {
  /** What is taken of each lane; the last is the mean of squares, of which a scale is made. */
  moments(x: Tensor, axes: readonly number[]): readonly Tensor[];
  /** The result, of x and the moments with the scale. */
  readonly result: (...parts: readonly Tensor[]) => Tensor;
  /** The cotangent times the result, of x, the cotangent and those. */
  readonly slope: Expr;
  /** The cotangent of x from that of the result. */
  pull(x: Tensor, ct: Tensor, known: readonly Tensor[], axes: readonly number[]): Tensor;
}

/** x/√(mean x² + eps), of what is left of x without its mean. */
export function centredFormulas(name: string): Formulas {
  const [x, ct, middle, scale, along, level] = [0, 1, 2, 3, 4, 5].map((i) => e.input(i)),
    left = e.sub(x, middle);
  const squares = meanAlong("squared difference", e.square(e.sub(x, ct)));
  const products = meanAlong("product", e.mul(ct, left));
  const rest = e.sub(e.sub(ct, level), e.mul(e.mul(left, scale), e.mul(scale, along)));
  const pulled = mapping(`${name}Backward`, e.mul(scale, rest));
  return {
    moments(x, axes): readonly Tensor[] {
      const middle = average([x], axes);
      return [middle, squares([x, middle], axes)];
    },
    result: mapping(name, e.mul(e.sub(x, ct), middle)),
    slope: e.mul(ct, e.mul(left, scale)),
    pull(x, ct, [middle, scale], axes): Tensor {
      return pulled(x, ct, middle, scale, products([x, ct, middle], axes), average([ct], axes));
    },
  };
}

/** x/√(mean x² + eps). */
export function plainFormulas(name: string): Formulas {
  const [x, ct, scale, along] = [0, 1, 2, 3].map((i) => e.input(i));
  const squares = meanAlong("square", e.square(x)), products = meanAlong("product", e.mul(ct, x));
  const rest = e.sub(ct, e.mul(e.mul(x, scale), e.mul(scale, along)));
  const pulled = mapping(`${name}Backward`, e.mul(scale, rest));
  return {
    moments: (x, axes) => [squares([x], axes)],
    result: mapping(name, e.mul(x, ct)),
    slope: e.mul(ct, e.mul(x, scale)),
    pull: (x, ct, [scale], axes) => pulled(x, ct, scale, products([x, ct], axes)),
  };
}

function knownOf(moments: readonly Tensor[], eps: Tensor): readonly Tensor[] {
  return moments.with(-1, scaleOf(moments.at(-1)!, eps));
}

const weighted = mapping("weighted", e.mul(e.input(0), e.input(1)));
const affine = mapping("affine", e.add(e.mul(e.input(0), e.input(1)), e.input(2)));

function scaled(x: Tensor, along: readonly number[], weight?: Tensor, bias?: Tensor): Tensor {
  if (!weight) return x;
  const factor = placed(wide(weight), x.shape, along);
  return bias ? affine(x, factor, placed(wide(bias), x.shape, along)) : weighted(x, factor);
}

/** What has the extents of some axes, such that it broadcasts along the others of a shape. */
export function placed(part: Tensor, shape: Shape, along: readonly number[]): Tensor {
  return reshape(part, shape.map((n, i) => along.includes(i) ? n : 1).slice(along[0]));
}

function sameType([{ shape, dtype, backend }]: readonly TensorType[]): TensorType {
  return { shape, dtype, backend };
}

function measured([x]: readonly TensorType[], { axes }: NormAttributes): readonly TensorType[] {
  const { backend } = x, dtype = x.dtype === "f16" ? "f32" : x.dtype;
  const moment = { shape: reducedShape(x.shape, axes), dtype, backend };
  return [sameType([x]), moment, moment];
}

/** The gradients to x, weight and bias that are wanted, of inputs x, eps, the cotangent and the weight if there is one. */
function defineNormBackward(
  name: string,
  { moments, slope, pull }: Formulas,
): Composite<NormBackwardAttributes & NormAttributes> {
  return defineComposite({
    name,
    infer([x], { axes, along = axes, wanted }): readonly TensorType[] {
      const { dtype, backend } = x, part = { shape: along.map((axis) => x.shape[axis]), dtype, backend };
      return [sameType([x]), part, part].filter((_, i) => wanted[i]);
    },
    decompose([x, eps, ct, weight], { axes, along = axes, wanted }): readonly Tensor[] {
      const values = wide(x),
        slopes = wide(ct),
        others = values.shape.map((_, i) => i).filter((axis) => !along.includes(axis));
      if (x.size === 0) return [ct, ...[0, 0].map(() => sum(ct, others))].filter((_, i) => wanted[i]);
      const level = knownOf(moments(values, axes), eps);
      const parts = [
        () => pull(values, scaled(slopes, along, weight), level, axes),
        () => apply(reduce, [values, slopes, ...level], { kind: "sum", name, expr: slope, axes: others }),
        () => sum(slopes, others),
      ];
      return parts.filter((_, i) => wanted[i]).map((part) => cast(part(), x.dtype));
    },
  }, { arity: 4 });
}

/**
 * A normalisation of inputs x, eps, and a weight and a bias if there are; all gradients come from one op. What
 * `measures` has what it took of each lane as further outputs, through which no gradient flows.
 */
export function defineNorm(
  name: string,
  formulasOf: (name: string) => Formulas,
  { measures = false }: { readonly measures?: boolean } = {},
): Composite<NormAttributes> {
  const formulas = formulasOf(name), { moments, result } = formulas;
  const backward = defineNormBackward(`${name}Backward`, formulas);
  return defineComposite<NormAttributes>({
    name,
    infer: measures ? measured : sameType,
    decompose([x, eps, weight, bias], { axes, along = axes }): readonly Tensor[] {
      const values = wide(x), shape = reducedShape(x.shape, axes);
      if (x.size === 0) return measures ? [x, filled(NaN, shape, values), filled(NaN, shape, values)] : [x];
      const found = moments(values, axes), normalized = result(values, ...knownOf(found, eps));
      const output = cast(scaled(normalized, along, weight, bias), x.dtype);
      return measures ? [output, ...found.map((moment) => reshape(moment, shape))] : [output];
    },
    vjp([ct], { inputs, attributes }, [x, , weight = false, bias = false]): Parts {
      if (!ct) return inputs.map(() => null);
      const read = inputs.toSpliced(2, 2, ct, ...inputs.slice(2, 3)) as Tensor[];
      const parts = [...applyAll(backward, read, { ...attributes, wanted: [x, weight, bias] })];
      const next = (isWanted: boolean) => isWanted ? parts.shift()! : null;
      return [next(x), null, next(weight), next(bias)].slice(0, inputs.length);
    },
    saves: (_, wanted) => ({ inputs: wanted.length > 2 ? [0, 1, 2] : [0, 1], outputs: [] }),
    jvp([t, , ...others], { inputs: [x, eps, weight], attributes }): Parts | undefined {
      if (!t || others.some((other) => other !== null)) return undefined;
      const read = [x, eps, t] as Tensor[], wanted = [true, false, false] as const;
      const [pushed] = applyAll(backward, read, { ...attributes, wanted }); // the derivative is symmetric
      const { axes, along = axes } = attributes;
      const tangent = cast(scaled(wide(pushed), along, weight as Tensor | undefined), x.dtype);
      return measures ? [tangent, null, null] : [tangent];
    },
  }, { arity: 4 });
}

/** What is normalised by beside x. */
export interface Scaling {
  /** What each element is multiplied by. */
  readonly weight?: Tensor | null | undefined;
  /** What is added to each element then. */
  readonly bias?: Tensor | null | undefined;
  /** What is added to the mean of squares before its root is taken. */
  readonly eps: number | Scalar;
}

/** eps as a tensor, of the dtype that x is normalised in: of halves f32, and the result is rounded once. */
export function epsOf({ dtype, backend }: Tensor, eps: number | Scalar): Tensor {
  const value = checkNumber("normalise with eps", valueOf(eps));
  return constant(backend, dtype === "f16" ? "f32" : dtype, value, eps);
}

/** The inputs of a normalisation, whose weight and bias have these extents. */
export function inputsOf(x: Tensor, extents: Shape, { weight, bias, eps }: Scaling): readonly Tensor[] {
  const small = epsOf(x, eps);
  if (!weight && !bias) return [x, small];
  const factor = weight ?? filled(1, extents, x);
  return bias ? [x, small, factor, bias] : [x, small, factor];
}

/** The axes of x whose extents are these, its last ones. */
export function lastAxes({ rank }: Tensor, over: Shape): number[] {
  return over.map((_, i) => rank - over.length + i);
}

/** Refuses extents that are not the last ones of x, or not those of weight and bias. */
export function checkLast(
  name: string,
  x: Tensor,
  over: Shape,
  { weight, bias }: Pick<Scaling, "weight" | "bias">,
): void {
  checkFloating(name, x);
  if (!Array.isArray(over) || over.length === 0 || !sameShape(x.shape.slice(-over.length), over)) {
    const shape = Array.isArray(over) ? showShape(over) : described(over);
    throw new ShapeError(
      `Cannot ${name} ${
        showShape(x.shape)
      } over ${shape}: a list of its last extents is needed, one at least`,
      { op: name, shapes: [x.shape] },
    );
  }
  checkParts(name, x, over, { weight, bias });
}

/** Refuses weights, biases and the like that have not the extents that are needed or not x's dtype. */
export function checkParts(
  name: string,
  x: Tensor,
  extents: Shape,
  parts: Readonly<Record<string, Tensor | null | undefined>>,
): void {
  for (const [what, part] of Object.entries(parts)) if (part) checkPart(name, what, part, x, extents);
}

function checkPart(name: string, what: string, part: Tensor, x: Tensor, over: Shape): void {
  checkTensor(`${name} with a ${what}, which is`, part);
  if (!sameShape(part.shape, over)) {
    throw new ShapeError(
      `Cannot ${name} over ${showShape(over)} with a ${what} of ${
        showShape(part.shape)
      }: the shapes must be the same`,
      { op: name, shapes: [x.shape, part.shape] },
    );
  }
  if (part.dtype !== x.dtype) {
    throw new DtypeError(
      `Cannot ${name} ${x.dtype} with a ${what} of ${part.dtype}: cast it with to("${x.dtype}")`,
      { op: name, dtypes: [x.dtype, part.dtype] },
    );
  }
}
