/** Normalisation over the last axes. */
import { DtypeError, ShapeError, showShape } from "../../base/errors.ts";
import { checkNumber } from "../../base/integers.ts";
import { checkOptions } from "../../base/settings.ts";
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

/** What {@link rmsNorm} may be told. */
export interface RmsNormOptions {
  /** What each element is multiplied by: of the shape that is normalised over, and of x's dtype. */
  readonly weight?: Tensor | undefined;
  /** What is added to the mean square before its root is taken: the distance of 1 and the next float unless said. */
  readonly eps?: number | Scalar | undefined;
}

/** What {@link layerNorm} may be told. */
export interface LayerNormOptions {
  /** What each element is multiplied by: of the shape that is normalised over, and of x's dtype. */
  readonly weight?: Tensor | undefined;
  /** What is added to each element then, likewise. */
  readonly bias?: Tensor | undefined;
  /** What is added to the variance before its root is taken: 1e-5 unless said. */
  readonly eps?: number | Scalar | undefined;
}

// The mean of an expression of inputs, along axes that stay with extent 1.
function meanAlong(name: string, expr: Expr): (inputs: readonly Tensor[], axes: readonly number[]) => Tensor {
  return (inputs, axes) => {
    const { shape } = inputs[0], sums = apply(reduce, inputs, { kind: "sum", name, expr, axes });
    return div(reshape(sums, reducedShape(shape, axes, true)), reducedCount(shape, axes));
  };
}

const scaleOf = mapping("scale", e.rsqrt(e.add(e.input(0), e.input(1))));
const average = meanAlong("identity", e.input(0));

/** What a normalisation does, in at least f32. */
interface Formulas {
  /** What is known of each lane, from which the rest follows. */
  known(x: Tensor, eps: Tensor, axes: readonly number[]): readonly Tensor[];
  /** The result, of x and what is known. */
  readonly result: (...parts: readonly Tensor[]) => Tensor;
  /** The cotangent times the result, of x, the cotangent and what is known. */
  readonly slope: Expr;
  /** The cotangent of x from that of the result. */
  pull(x: Tensor, ct: Tensor, known: readonly Tensor[], axes: readonly number[]): Tensor;
}

// x/√(mean x² + eps), of what is left of x without its mean.
function centredFormulas(name: string): Formulas {
  const [x, ct, middle, scale, along, level] = [0, 1, 2, 3, 4, 5].map((i) => e.input(i)),
    left = e.sub(x, middle);
  const squares = meanAlong("squared difference", e.square(e.sub(x, ct)));
  const products = meanAlong("product", e.mul(ct, left));
  const rest = e.sub(e.sub(ct, level), e.mul(e.mul(left, scale), e.mul(scale, along)));
  const pulled = mapping(`${name}Backward`, e.mul(scale, rest));
  return {
    known(x, eps, axes): readonly Tensor[] {
      const middle = average([x], axes);
      return [middle, scaleOf(squares([x, middle], axes), eps)];
    },
    result: mapping(name, e.mul(e.sub(x, ct), middle)),
    slope: e.mul(ct, e.mul(left, scale)),
    pull(x, ct, [middle, scale], axes): Tensor {
      return pulled(x, ct, middle, scale, products([x, ct, middle], axes), average([ct], axes));
    },
  };
}

// x/√(mean x² + eps).
function plainFormulas(name: string): Formulas {
  const [x, ct, scale, along] = [0, 1, 2, 3].map((i) => e.input(i));
  const squares = meanAlong("square", e.square(x)), products = meanAlong("product", e.mul(ct, x));
  const rest = e.sub(ct, e.mul(e.mul(x, scale), e.mul(scale, along)));
  const pulled = mapping(`${name}Backward`, e.mul(scale, rest));
  return {
    known: (x, eps, axes) => [scaleOf(squares([x], axes), eps)],
    result: mapping(name, e.mul(x, ct)),
    slope: e.mul(ct, e.mul(x, scale)),
    pull: (x, ct, [scale], axes) => pulled(x, ct, scale, products([x, ct], axes)),
  };
}

const weighted = mapping("weighted", e.mul(e.input(0), e.input(1)));
const affine = mapping("affine", e.add(e.mul(e.input(0), e.input(1)), e.input(2)));

function scaled(x: Tensor, weight?: Tensor, bias?: Tensor): Tensor {
  if (!weight) return x;
  return bias ? affine(x, wide(weight), wide(bias)) : weighted(x, wide(weight));
}

function sameType([{ shape, dtype, backend }]: readonly TensorType[]): TensorType {
  return { shape, dtype, backend };
}

/** The gradients to x, weight and bias that are wanted, of inputs x, eps, the cotangent and the weight if there is one. */
function defineNormBackward(name: string, formulas: Formulas): Composite<NormBackwardAttributes> {
  const { known, slope, pull } = formulas;
  return defineComposite<NormBackwardAttributes>({
    name,
    infer([x], { axes, wanted }): readonly TensorType[] {
      const { dtype, backend } = x, part = { shape: axes.map((axis) => x.shape[axis]), dtype, backend };
      return [sameType([x]), part, part].filter((_, i) => wanted[i]);
    },
    decompose([x, eps, ct, weight], { axes, wanted }): readonly Tensor[] {
      const values = wide(x),
        slopes = wide(ct),
        others = values.shape.map((_, i) => i).slice(0, -axes.length);
      if (x.size === 0) return [ct, ...[0, 0].map(() => sum(ct, others))].filter((_, i) => wanted[i]);
      const level = known(values, eps, axes);
      const parts = [
        () => pull(values, scaled(slopes, weight), level, axes),
        () => apply(reduce, [values, slopes, ...level], { kind: "sum", name, expr: slope, axes: others }),
        () => sum(slopes, others),
      ];
      return parts.filter((_, i) => wanted[i]).map((part) => cast(part(), x.dtype));
    },
  }, { arity: 4 });
}

type Normalize = (inputs: readonly Tensor[], axes: readonly number[]) => Tensor;

// Inputs are x, eps, and a weight and a bias if there are; all gradients come from one op.
function defineNorm(name: string, formulas: Formulas): Normalize {
  const backward = defineNormBackward(`${name}Backward`, formulas), { known, result } = formulas;
  const op = defineComposite<AxesAttributes>({
    name,
    infer: sameType,
    decompose([x, eps, weight, bias], { axes }): readonly Tensor[] {
      if (x.size === 0) return [x];
      const values = wide(x), normalized = result(values, ...known(values, eps, axes));
      return [cast(scaled(normalized, weight, bias), x.dtype)];
    },
    vjp([ct], { inputs, attributes: { axes } }, [x, , weight = false, bias = false]): Parts {
      if (!ct) return inputs.map(() => null);
      const read = inputs.toSpliced(2, 2, ct, ...inputs.slice(2, 3)) as Tensor[];
      const parts = [...applyAll(backward, read, { axes, wanted: [x, weight, bias] })];
      const next = (isWanted: boolean) => isWanted ? parts.shift()! : null;
      return [next(x), null, next(weight), next(bias)].slice(0, inputs.length);
    },
    saves: (_, wanted) => ({ inputs: wanted.length > 2 ? [0, 1, 2] : [0, 1], outputs: [] }),
    jvp([t, , ...others], { inputs: [x, eps, weight], attributes: { axes } }): Parts | undefined {
      if (!t || others.some((other) => other !== null)) return undefined;
      const read = [x, eps, t] as Tensor[], wanted = [true, false, false] as const;
      const [along] = applyAll(backward, read, { axes, wanted }); // the derivative is symmetric
      return [cast(scaled(wide(along), weight as Tensor | undefined), x.dtype)];
    },
  }, { arity: 4 });
  return (inputs, axes) => apply(op, inputs, { axes });
}

const centred = defineNorm("layerNorm", centredFormulas("layerNorm"));
const plain = defineNorm("rmsNorm", plainFormulas("rmsNorm"));

// Halves are normalised in f32, and the result is rounded once.
function run(normalize: Normalize, x: Tensor, over: Shape, { weight, bias, eps }: LayerNormOptions): Tensor {
  const { backend, rank } = x, dtype = x.dtype === "f16" ? "f32" : x.dtype;
  const small = constant(backend, dtype, checkNumber("normalise with eps", valueOf(eps!)), eps);
  const axes = over.map((_, i) => rank - over.length + i);
  if (!weight && !bias) return normalize([x, small], axes);
  const factor = weight ?? filled(1, over, x);
  return normalize(bias ? [x, small, factor, bias] : [x, small, factor], axes);
}

function check(name: string, x: Tensor, over: Shape, { weight, bias }: LayerNormOptions): void {
  checkTensor(name, x);
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
  for (const [what, part] of Object.entries({ weight, bias })) if (part) checkPart(name, what, part, x, over);
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

/**
 * (x - mean)/√(variance + eps) over the last axes, whose extents are `normalizedShape`, times a weight and plus a bias
 * of that shape; the variance is Σ(x - mean)²/n. Integers, and a weight or bias of another dtype, are a {@link
 * DtypeError}, other shapes a {@link ShapeError}. Ba, Kiros and Hinton (2016).
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = tensor([[1, 3], [-20, 0]]), weight = tensor([1, 10]);
 * assertEquals(await layerNorm(x, [2], { eps: 0 }).array(), [[-1, 1], [-1, 1]]);
 * assertEquals(await layerNorm(x, [2], { weight, bias: tensor([0, 5]), eps: 0 }).array(), [[-1, 15], [-1, 15]]);
 * ```
 */
export function layerNorm(x: Tensor, normalizedShape: Shape, options: LayerNormOptions = {}): Tensor {
  checkOptions("layerNorm", options, { weight: null, bias: null, eps: null });
  check("layerNorm", x, normalizedShape, options);
  const { weight, bias, eps = 1e-5 } = options;
  return run(centred, x, normalizedShape, { weight, bias, eps });
}

const epsilons: Readonly<Record<string, number>> = { f16: 2 ** -10, f32: 2 ** -23, f64: 2 ** -52 };

/**
 * x/√(mean x² + eps) over the last axes, whose extents are `normalizedShape`, times a weight of that shape. Integers,
 * and a weight of another dtype, are a {@link DtypeError}, other shapes a {@link ShapeError}. Zhang and Sennrich (2019).
 *
 * @example
 * ```ts
 * import { rmsNorm, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await rmsNorm(tensor([[1, -7], [5, 5]]), [2], { eps: 0 }).array(), [[0.2, -1.4], [1, 1]].map(
 *   (row) => row.map(Math.fround),
 * ));
 * ```
 */
export function rmsNorm(x: Tensor, normalizedShape: Shape, options: RmsNormOptions = {}): Tensor {
  checkOptions("rmsNorm", options, { weight: null, eps: null });
  check("rmsNorm", x, normalizedShape, options);
  const { weight, eps = epsilons[x.dtype] } = options;
  return run(plain, x, normalizedShape, { weight, eps });
}
