/** Composites for networks. */
import { normalizeAxes, normalizeAxis, reducedShape } from "../../base/shape.ts";
import { apply } from "../../call/apply.ts";
import type { Saves, TensorType } from "../../call/op.ts";
import { defineComposite } from "../../define/composite.ts";
import { checkFloating } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import type { Expr } from "../../expr/expr.ts";
import type { AxesAttributes } from "../../primitives/attributes.ts";
import { mapping, reshape } from "../../primitives/functions.ts";
import { reduce } from "../../primitives/reduce.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { div, sub } from "../arithmetic.ts";
import { to } from "../convert.ts";
import { exp, log } from "../math.ts";
import { max, sum } from "../reductions.ts";
import { wide, widened } from "../widen.ts";

/**
 * A normalisation along an axis.
 *
 * @category Network functions
 */
export type SoftmaxOp = (x: Tensor, axis?: number) => Tensor;

// The largest element comes out first, off the tape: the result does not depend on it.
function centered(x: Tensor, axes: readonly number[]): Tensor {
  return sub(x, max(x.detach(), axes, { keepDims: true }));
}

const outputAlone: Saves = { inputs: [], outputs: [0] };

/** A linear map of a cotangent or tangent 1, given a result 0: what is summed along the axis, and what is made of the sum 2. */
interface Slope {
  readonly summed: Expr;
  readonly result: Expr;
}

/** What sets two normalisations apart. */
interface Normalization {
  readonly name: string;
  /** The result, in at least f32. */
  readonly compute: (x: Tensor, axes: readonly number[]) => Tensor;
  readonly backward: Slope;
  readonly forward: Slope;
}

type Through = (y: Tensor, part: Tensor, attributes: AxesAttributes) => Tensor;

function through(name: string, { summed, result }: Slope): Through {
  const last = mapping(name, result);
  return (y, part, { axes }) => {
    const inputs = [wide(y), wide(part)];
    const sums = apply(reduce, inputs, { kind: "sum", name, expr: summed, axes });
    return to(last(...inputs, reshape(sums, reducedShape(y.shape, axes, true))), y.dtype);
  };
}

function defineNormalization({ name, compute, ...slopes }: Normalization): SoftmaxOp {
  const pull = through(`${name}Backward`, slopes.backward), push = through(`${name} tangent`, slopes.forward);
  const infer = ([{ shape, dtype, backend }]: readonly TensorType[]): TensorType => ({
    shape,
    dtype,
    backend,
  });
  // A composite in turn, for which a backend may have a kernel.
  const backward = defineComposite<AxesAttributes>({
    name: `${name}Backward`,
    infer,
    decompose: ([y, ct], attributes) => [pull(y, ct, attributes)],
  }, { arity: 2 });
  const op = defineComposite<AxesAttributes>({
    name,
    infer,
    decompose: ([x], { axes }) => [x.size === 0 ? x : widened(x, (values) => compute(values, axes))],
    vjp: ([ct], { outputs: [y], attributes }) => [ct && apply(backward, [y as Tensor, ct], attributes)],
    saves: () => outputAlone,
    jvp: ([t], { outputs: [y], attributes }) => [t && push(y as Tensor, t, attributes)],
  });
  return (x, axis = -1) => {
    checkFloating(name, x);
    return apply(op, [x], { axes: normalizeAxes(name, normalizeAxis(name, axis, x.rank), x.rank) });
  };
}

const y = e.input(0), part = e.input(1), total = e.input(2);
const alongSoftmax = { summed: e.mul(y, part), result: e.mul(y, e.sub(part, total)) };

/**
 * eˣ/Σeˣ along an axis, the last unless said, of the shape of x, without overflow; NaN where all elements
 * are -Infinity. Integers are a {@link DtypeError}. `torch.nn.functional.softmax`.
 * It is `torch.special.softmax`.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { softmax, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await softmax(tensor([1000, 1000])).array(), [0.5, 0.5]);
 * assertEquals(await softmax(tensor([0, -Infinity])).array(), [1, 0]);
 * const columns = softmax(tensor([[1, 2], [1, 2]]), 0);
 * assertEquals(await columns.array(), [[0.5, 0.5], [0.5, 0.5]]);
 * ```
 */
export const softmax: SoftmaxOp = defineNormalization({
  name: "softmax",
  compute(x, axes): Tensor {
    const weights = exp(centered(x, axes));
    return div(weights, sum(weights, axes, { keepDims: true }));
  },
  backward: alongSoftmax, // symmetric
  forward: alongSoftmax,
});

/**
 * log softmax(x) along an axis, the last unless said, of the shape of x, without taking the logarithm of a
 * tiny number. Integers are a {@link DtypeError}. `torch.nn.functional.log_softmax`.
 * It is `torch.special.log_softmax`.
 *
 * @category Network functions
 * @example
 * ```ts
 * import { logSoftmax, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const logits = tensor([0, 1000]);
 * assertEquals(await logits.softmax().log().array(), [-Infinity, 0]);
 * assertEquals(await logSoftmax(logits).array(), [-1000, 0]);
 * ```
 */
export const logSoftmax: SoftmaxOp = defineNormalization({
  name: "logSoftmax",
  compute(x, axes): Tensor {
    const shifted = centered(x, axes);
    return sub(shifted, log(sum(exp(shifted), axes, { keepDims: true })));
  },
  backward: { summed: part, result: e.sub(part, e.mul(e.exp(y), total)) },
  forward: { summed: e.mul(e.exp(y), part), result: e.sub(part, total) },
});
