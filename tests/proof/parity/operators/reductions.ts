/** Operators that reduce axes, run along one, or sort. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

function reduce(op: (x: Tensor, axes?: t.Axes, options?: t.ReduceOptions) => Tensor): Operator {
  return (c) => op(c.tensor(0), c.axes(1), c.keep(2));
}

/** At least one axis. */
export function lifted(x: Tensor): Tensor {
  return x.rank === 0 ? x.reshape([1]) : x;
}

function correctionOf(c: Call): number {
  const unbiased = c.value(1) === false ? false : c.flag(2, "unbiased", true);
  return c.number(NAMED, "correction", unbiased ? 1 : 0);
}

function spread(op: t.VarianceOp): (c: Call) => Tensor {
  return (c) =>
    op(c.tensor(0), typeof c.value(1) === "boolean" ? undefined : c.axes(1), {
      correction: correctionOf(c),
      ...c.keep(3),
    });
}

const [std, variance] = [spread(t.std), spread(t.variance)];

function meanBeside(c: Call): Tensor {
  return t.mean(c.tensor(0), typeof c.value(1) === "boolean" ? undefined : c.axes(1), c.keep(3));
}

function varMean(c: Call): ReturnType<Operator> {
  const axes = typeof c.value(1) === "boolean" ? undefined : c.axes(1);
  return Object.values(t.varMean(c.tensor(0), axes, { correction: correctionOf(c), ...c.keep(3) }));
}

// The gradient of an extremum along an axis goes to the one position that is returned beside it.
function extremum(position: t.PositionOp): Operator {
  return (c) => {
    const x = c.tensor(0), axis = c.number(1, "dim"), { keepDims } = c.keep(2);
    const at = position(x, axis, { keepDims: true });
    return picked(x, at, axis, keepDims);
  };
}

function picked(x: Tensor, at: Tensor, axis: number, keepDims: boolean): [Tensor, Tensor] {
  if (x.rank === 0) return [x, at.reshape([])];
  const values = t.gather(x, axis, at);
  return keepDims ? [values, at] : [values.squeeze(axis), at.squeeze(axis)];
}

function kthvalue(c: Call): readonly Tensor[] {
  const x = lifted(c.tensor(0)), axis = c.number(2, "dim", -1), k = c.number(1);
  const at = t.narrow(t.argsort(x, axis), axis, k - 1, 1);
  return picked(c.tensor(0), at, axis, c.keep(3).keepDims);
}

/** The lower of the middle elements that are no NaN, or, unless NaNs are ignored, NaN if there is one. */
export function medianOf(
  x: Tensor,
  axis: number,
  { ignoreNaN, keepDims }: { ignoreNaN: boolean; keepDims: boolean },
): [Tensor, Tensor] {
  const rows = lifted(x), order = t.argsort(rows, axis), extent = rows.shape.at(axis)!;
  const numbers = t.sum(rows.isNaN().logicalNot().to("i32"), axis, { keepDims: true });
  const middle = t.maximum(t.floorDivide(numbers.sub(1), 2), 0);
  const place = ignoreNaN ? middle : t.where(numbers.equal(extent), middle, extent - 1);
  return picked(x, t.gather(order, axis, place), axis, keepDims);
}

function median(ignoreNaN: boolean): Operator {
  return (c) => {
    const x = c.tensor(0);
    if (c.value(1, "dim") !== undefined) {
      return medianOf(x, c.number(1, "dim"), { ignoreNaN, ...c.keep(2) });
    }
    return medianOf(x.reshape([-1]), 0, { ignoreNaN, keepDims: false })[0];
  };
}

function quantile(c: Call): Tensor {
  const { keepDims } = c.keep(3), how = c.text(NAMED, "interpolation", "linear");
  const flat = c.value(2, "dim") === undefined, whole = c.tensor(0);
  const x = flat ? whole.reshape([-1]) : lifted(whole), axis = flat ? 0 : c.number(2, "dim");
  const sorted = t.moveAxis(t.sort(x, axis).values, axis, 0), q = c.operand(1);
  const levels = (typeof q === "object" ? q : t.full([], Number(q), { dtype: x.dtype })).mul(
    x.shape.at(axis)! - 1,
  );
  const between = levels.reshape([-1]), low = t.floor(between.detach());
  const weight = how === "linear" ? between.sub(low) : how === "midpoint" ? 0.5 : undefined;
  if (weight === undefined) throw new NotCovered(`quantile by interpolation "${how}"`);
  const take = (at: Tensor) => t.indexSelect(sorted, 0, at.to("i32"));
  const wide = typeof weight === "number"
    ? weight
    : weight.reshape([-1, ...sorted.shape.slice(1).map(() => 1)]);
  const found = t.lerp(take(low), take(t.ceil(between.detach())), wide);
  const rest = keepDims
    ? whole.shape.map((n, i) => flat || i === (axis + x.rank) % x.rank ? 1 : n)
    : found.shape.slice(1);
  return found.reshape([...levels.shape, ...rest]);
}

function topk(c: Call): readonly Tensor[] {
  const x = c.tensor(0), k = c.number(1, "k");
  const { values, indices } = t.topk(x, k, {
    axis: c.number(2, "dim", -1),
    largest: c.flag(3, "largest", true),
  });
  return x.rank === 0 ? [values.reshape([]), indices.reshape([])] : [values, indices];
}

function sort(c: Call): readonly Tensor[] {
  const { values, indices } = t.sort(c.tensor(0), c.number(1, "dim", -1), {
    descending: c.flag(2, "descending", false),
  });
  return [values, indices];
}

function running(op: (x: Tensor, axis: number) => t.ValuesAndIndices): Operator {
  return (c) => {
    const { values, indices } = op(c.tensor(0), c.number(1, "dim"));
    return [values, indices];
  };
}

function logCumSumExp(c: Call): Tensor {
  const x = c.tensor(0), axis = c.number(1, "dim");
  const top = x.size > 0 && x.rank > 0 ? t.max(x.detach(), axis, { keepDims: true }) : x.detach();
  return t.log(t.cumsum(t.exp(x.sub(top)), axis)).add(top);
}

function diff(c: Call): Tensor {
  const axis = c.number(2, "dim", -1);
  const parts = [c.maybe(3, "prepend"), c.tensor(0), c.maybe(4, "append")].flatMap((p) => p ?? []);
  if (c.number(1, "n", 1) === 0) return c.tensor(0);
  let x = parts.length === 1 ? parts[0] : t.concat(parts, axis);
  for (let n = c.number(1, "n", 1); n > 0; n--) {
    const length = Math.max(0, x.shape.at(axis)! - 1), start = Math.min(1, x.shape.at(axis)!);
    x = t.narrow(x, axis, start, length).sub(t.narrow(x, axis, 0, length));
  }
  return x;
}

// Areas of the trapezia between neighbours.
function areas(c: Call): [Tensor, number] {
  const y = c.tensor(0), axis = c.number(NAMED, "dim", -1), x = c.maybe(1, "x");
  const sides = (v: Tensor, at: number): [Tensor, Tensor] => {
    const n = v.shape.at(at)! - 1;
    return [t.narrow(v, at, 1, n), t.narrow(v, at, 0, n)];
  };
  const [right, left] = sides(y, axis), heights = right.add(left).mul(0.5);
  if (!x) return [heights.mul(c.number(NAMED, "dx", 1)), axis];
  const along = x.rank === 1 && y.rank > 1
    ? x.reshape(y.shape.map((_, i) => i === (axis + y.rank) % y.rank ? -1 : 1))
    : x;
  const [end, start] = sides(along, axis);
  return [heights.mul(end.sub(start)), axis];
}

function trapezoid(c: Call): Tensor {
  return t.sum(...areas(c));
}

function softmaxWith(op: t.SoftmaxOp): Operator {
  return (c) => op(c.tensor(0), c.number(1, "dim"));
}

/** PyTorch's names of reductions. */
export const reductions: Readonly<Record<string, Operator>> = {
  "amax": reduce(t.max),
  "amin": reduce(t.min),
  "logsumexp": reduce(t.logSumExp),
  "mean": reduce(t.mean),
  "prod": reduce(t.prod),
  "sum": reduce(t.sum),
  "nansum": reduce((x, axes, options) => t.sum(t.where(x.isNaN(), 0, x), axes, options)),
  "nanmean": reduce((x, axes, options) =>
    t.sum(t.where(x.isNaN(), 0, x), axes, options).div(t.sum(x.isNaN().logicalNot(), axes, options))
  ),
  "max.reduction_no_dim": reduce(t.max),
  "max.reduction_with_dim": extremum(t.argmax),
  "min.reduction_no_dim": reduce(t.min),
  "min.reduction_with_dim": extremum(t.argmin),
  "std": std,
  "std_mean": (c) => [std(c), meanBeside(c)],
  "var": variance,
  "var_mean": varMean,
  "kthvalue": kthvalue,
  "median": median(false),
  "nanmedian": median(true),
  "quantile": quantile,
  "nanquantile": quantile,
  "cummax": running(t.cummax),
  "cummin": running(t.cummin),
  "cumprod": (c) => t.cumprod(c.tensor(0), c.number(1, "dim")),
  "cumsum": (c) => t.cumsum(c.tensor(0), c.number(1, "dim")),
  "logcumsumexp": logCumSumExp,
  "sort": sort,
  "msort": (c) => t.sort(c.tensor(0), 0).values,
  "topk": topk,
  "diff": diff,
  "trapezoid": trapezoid,
  "trapz": trapezoid,
  "cumulative_trapezoid": (c) => t.cumsum(...areas(c)),
  "softmax": softmaxWith(t.softmax),
  "softmax.with_dtype": softmaxWith(t.softmax),
  "log_softmax": softmaxWith(t.logSoftmax),
  "log_softmax.dtype": softmaxWith(t.logSoftmax),
  "nn.functional.softmin": softmaxWith(t.softmin),
  "nn.functional.softmin.with_dtype": softmaxWith(t.softmin),
};
