/** The cross-entropy of each sample, one op on the tape with a gradient of its own. */
import {
  add,
  apply,
  applyAll,
  arange,
  type Composite,
  type CrossEntropyAttributes,
  defineComposite,
  defineElementwise,
  e,
  equal,
  exp,
  type Expr,
  gather,
  indexSelect,
  isFloating,
  logSoftmax,
  mul,
  neg,
  type Parts,
  reshape,
  squeeze,
  sub,
  sum,
  type Tensor,
  type TensorLike,
  type TensorType,
  unsqueeze,
  where,
} from "@tapegrad/core";
import { widened } from "./options.ts";

// The loss is -Σ weight·part·log softmax(x), where the part of a class is its probability, smoothed.
function part(p: Expr, smoothing: Expr, even: Expr): Expr {
  return e.add(e.mul(e.sub(1, smoothing), p), e.mul(smoothing, even));
}

const partOf = /* @__PURE__ */ defineElementwise(
  "crossEntropyPart",
  (p, weight, smoothing, even) => e.mul(weight, part(p, smoothing, even)),
);

const chanceTerm = /* @__PURE__ */ defineElementwise(
  "crossEntropyTerm",
  (log, p, weight, smoothing, even) => e.neg(e.mul(e.mul(weight, part(p, smoothing, even)), log)),
);

// Of a class that is the target or not; what has no part in the loss has none if its logarithm is infinite.
const classTerm = /* @__PURE__ */ defineElementwise(
  "crossEntropyTermOfClass",
  (isHit, log, weight, smoothing, even) =>
    e.neg(e.mul(weight, e.mulOrZero(part(e.select(isHit, 1, 0), smoothing, even), log))),
  { conditions: [0] },
);

function slope(share: Expr, p: Expr, total: Expr, ct: Expr): Expr {
  return e.mul(ct, e.sub(e.mul(p, total), share));
}

const chanceSlope = /* @__PURE__ */ defineElementwise(
  "crossEntropySlope",
  (q, p, weight, smoothing, even, total, ct) => slope(e.mul(weight, part(q, smoothing, even)), p, total, ct),
);

const classSlope = /* @__PURE__ */ defineElementwise(
  "crossEntropySlopeOfClass",
  (isHit, p, weight, smoothing, even, total, ct) =>
    slope(e.mul(weight, part(e.select(isHit, 1, 0), smoothing, even)), p, total, ct),
  { conditions: [0] },
);

/** What is given for each class, in a shape that broadcasts to x's. */
function along(given: Tensor, { shape }: TensorType, axis: number): Tensor {
  return reshape(given, shape.slice(axis).map((n, i) => i === 0 ? n : 1));
}

/** Which targets are ignored, and the class indices, with 0 for those. */
function known(target: Tensor, { ignoreIndex }: CrossEntropyAttributes): readonly [Tensor | null, Tensor] {
  if (ignoreIndex === null) return [null, target];
  const ignored = equal(target, ignoreIndex);
  return [ignored, where(ignored, 0, target)];
}

/** The weights of the classes of targets, 0 of those that are ignored. */
export function weightsOf(weight: Tensor, target: Tensor, attributes: CrossEntropyAttributes): Tensor {
  const [ignored, index] = known(target, attributes);
  const weights = reshape(indexSelect(weight, 0, reshape(index, [-1])), index.shape);
  return ignored ? where(ignored, 0, weights) : weights;
}

/** x where the target counts, 0 where it is ignored. */
export function counted(x: Tensor, target: Tensor, attributes: CrossEntropyAttributes): Tensor {
  const [ignored] = isFloating(target.dtype) ? [null] : known(target, attributes);
  return ignored ? where(ignored, 0, x) : x;
}

// The same of what has one element a class. A NaN among the logits of what is ignored does not matter either.
function countedAlong(axis: number, x: Tensor, target: Tensor, attributes: CrossEntropyAttributes): Tensor {
  const [ignored] = isFloating(target.dtype) ? [null] : known(target, attributes);
  return ignored ? where(unsqueeze(ignored, axis), 0, x) : x;
}

/** What stands at the classes of targets, negated and weighted; of those that are ignored it is anything. */
export function atTargets(
  logs: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  attributes: CrossEntropyAttributes,
): Tensor {
  const { axis } = attributes, [, index] = known(target, attributes);
  const picked = neg(squeeze(gather(logs, axis, unsqueeze(index, axis)), axis));
  return weight ? mul(picked, weightsOf(weight, target, attributes)) : picked;
}

function ofClasses(
  logs: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  attributes: CrossEntropyAttributes,
): Tensor {
  const { axis, labelSmoothing } = attributes, sharp = atTargets(logs, target, weight, attributes);
  if (labelSmoothing === 0) return counted(sharp, target, attributes);
  const spread = sum(weight ? mul(logs, along(weight, logs, axis)) : logs, axis);
  const smooth = sub(mul(sharp, 1 - labelSmoothing), mul(spread, labelSmoothing / logs.shape[axis]));
  return counted(smooth, target, attributes);
}

/** What stands beside the logarithm in the terms of the loss: probabilities, or whether a class is the target. */
function sharesOf(x: TensorType, target: Tensor, attributes: CrossEntropyAttributes): Tensor {
  if (isFloating(target.dtype)) return target;
  return hits(x, known(target, attributes)[1], attributes.axis);
}

/** Whether a class, along an axis of x, is the one that an index names. */
export function hits(x: TensorType, index: Tensor, axis: number): Tensor {
  const { dtype, backend } = index;
  return equal(along(arange(0, x.shape[axis], 1, { dtype, backend }), x, axis), unsqueeze(index, axis));
}

// Σ weight·part of each sample: what its logarithms add up to if they are all 1.
function totalOf(
  x: TensorType,
  target: Tensor,
  weight: Tensor | undefined,
  attributes: CrossEntropyAttributes,
): TensorLike {
  const { axis, labelSmoothing } = attributes, even = 1 / x.shape[axis];
  if (isFloating(target.dtype)) {
    const weights = weight ? along(weight, x, axis) : 1;
    return sum(partOf(target, weights, labelSmoothing, even), axis, { keepDims: true });
  }
  if (!weight) return 1;
  const sharp = mul(weightsOf(weight, target, attributes), 1 - labelSmoothing);
  return unsqueeze(add(sharp, mul(sum(weight), labelSmoothing * even)), axis);
}

// From softmax(x) to the gradient of x.
const backward: Composite<CrossEntropyAttributes> = /* @__PURE__ */ defineComposite({
  name: "crossEntropyBackward",
  infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
  decompose([p, target, ct, weight], attributes): readonly Tensor[] {
    const { axis, labelSmoothing } = attributes, weights = weight ? along(weight, p, axis) : 1;
    const pull = isFloating(target.dtype) ? chanceSlope : classSlope;
    const found = pull(
      sharesOf(p, target, attributes),
      p,
      weights,
      labelSmoothing,
      1 / p.shape[axis],
      totalOf(p, target, weight, attributes),
      unsqueeze(ct, axis),
    );
    return [countedAlong(axis, found, target, attributes).to(p.dtype)];
  },
}, { arity: 4 });

// What comes to softmax(x), from gradients of the gradient alone.
function throughSoftmax(p: Tensor, ct: Tensor, axis: number): Tensor {
  return mul(p, sub(ct, sum(mul(p, ct), axis, { keepDims: true })));
}

// The gradients of the probabilities and of the weights, which few ask for.
function toOthers(
  ct: Tensor,
  [x, target, weight]: readonly Tensor[],
  attributes: CrossEntropyAttributes,
  [ofTarget, ofWeight = false]: readonly boolean[],
): Parts {
  const { axis, labelSmoothing } = attributes, logs = logSoftmax(x, axis), even = 1 / logs.shape[axis];
  const arriving = unsqueeze(counted(ct, target, attributes), axis), others = logs.shape.map((_, i) => i);
  const term = isFloating(target.dtype)
    ? () => chanceTerm(logs, target, arriving, labelSmoothing, even)
    : () => classTerm(sharesOf(x, target, attributes), logs, arriving, labelSmoothing, even);
  const weighed = () => weight ? mul(arriving, along(weight, logs, axis)) : arriving;
  return [
    ofTarget ? mul(mul(weighed(), labelSmoothing - 1), logs).to(target.dtype) : null,
    ofWeight ? sum(term(), others.toSpliced(axis, 1)).to(weight.dtype) : null,
  ];
}

// The losses, and softmax(x) for their gradient.
const losses: Composite<CrossEntropyAttributes> = /* @__PURE__ */ defineComposite({
  name: "crossEntropy",
  infer([x, target], { axis }): readonly TensorType[] {
    const { shape, backend } = x, { dtype } = isFloating(target.dtype) ? commonType(x, target) : x;
    return [
      { shape: shape.toSpliced(axis, 1), dtype, backend },
      { shape, dtype: x.dtype === "f16" ? "f32" : x.dtype, backend },
    ];
  },
  decompose([x, target, weight], attributes): readonly Tensor[] {
    const { axis, labelSmoothing } = attributes, logs = logSoftmax(widened(x), axis);
    const found = isFloating(target.dtype)
      ? sum(
        chanceTerm(logs, target, weight ? along(weight, x, axis) : 1, labelSmoothing, 1 / logs.shape[axis]),
        axis,
      )
      : ofClasses(logs, target, weight, attributes);
    return [found.to((isFloating(target.dtype) ? commonType(x, target) : x).dtype), exp(logs)];
  },
  vjp([ct, ctSoftmax], { inputs, outputs: [, softmax], attributes }, [ofX, ...ofOthers]): Parts {
    const [{ dtype }, target, ...weight] = inputs as readonly Tensor[], p = softmax as Tensor;
    const terms = [
      ct && ofX ? apply(backward, [p, target, ct, ...weight], attributes) : null,
      ctSoftmax && ofX ? throughSoftmax(p, ctSoftmax, attributes.axis) : null,
    ].filter((term) => term !== null);
    const first = terms.length > 0 ? terms.reduce((a, b) => add(a, b)).to(dtype) : null;
    const rest = ct && ofOthers.includes(true)
      ? toOthers(ct, inputs as readonly Tensor[], attributes, ofOthers)
      : [null, null];
    return [first, ...rest].slice(0, inputs.length);
  },
  saves: (_, [, ...ofOthers]) => ({
    inputs: [...ofOthers.includes(true) ? [0] : [], ...ofOthers.map((_, i) => i + 1)],
    outputs: [1],
  }),
}, { arity: 3 });

function commonType(...[a, b]: readonly TensorType[]): TensorType {
  const order = ["f16", "f32", "f64"];
  return order.indexOf(a.dtype) < order.indexOf(b.dtype) ? b : a;
}

/** The loss of each sample, 0 of those that are ignored; the weight is of x's dtype. */
export function classLosses(
  x: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  attributes: CrossEntropyAttributes,
): Tensor {
  return applyAll(losses, weight ? [x, target, weight] : [x, target], attributes)[0];
}
