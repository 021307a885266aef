/** Products, norms and distances. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

// beta·input + alpha·product.
function added(product: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (c) => {
    const [alpha, beta] = [c.number(NAMED, "alpha", 1), c.number(NAMED, "beta", 1)];
    return c.tensor(0).mul(beta).add(product(c.tensor(1), c.tensor(2)).mul(alpha));
  };
}

function product(op: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0), c.tensor(1));
}

function inner(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0) return a.mul(b);
  return contract(a, b, [[a.rank - 1], [b.rank - 1]]);
}

function contract(a: Tensor, b: Tensor, [left, right]: readonly (readonly number[])[]): Tensor {
  const place = (axis: number, x: Tensor) => axis < 0 ? axis + x.rank : axis;
  const gone = left.map((axis) => place(axis, a)), met = right.map((axis) => place(axis, b));
  const rows = a.shape.map((_, i) => i).filter((i) => !gone.includes(i));
  const columns = b.shape.map((_, i) => i).filter((i) => !met.includes(i));
  const count = (x: Tensor, axes: readonly number[]) => axes.reduce((n, i) => n * x.shape[i], 1);
  const x = t.permute(a, [...rows, ...gone]).reshape([count(a, rows), count(a, gone)]);
  const y = t.permute(b, [...met, ...columns]).reshape([count(b, met), count(b, columns)]);
  return t.matmul(x, y).reshape([...rows.map((i) => a.shape[i]), ...columns.map((i) => b.shape[i])]);
}

function tensordot(c: Call): Tensor {
  const [a, b] = [c.tensor(0), c.tensor(1)], dims = c.value(2, "dims");
  if (typeof dims === "number") {
    const axes = Array.from({ length: dims }, (_, i) => i);
    return contract(a, b, [axes.map((i) => i - dims), axes]);
  }
  return contract(a, b, dims as readonly number[][]);
}

function kron(a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.rank, b.rank);
  const grown = (x: Tensor) => [...new Array<number>(rank - x.rank).fill(1), ...x.shape];
  const [p, q] = [grown(a), grown(b)];
  const wide = a.reshape(p.flatMap((n) => [n, 1])).mul(b.reshape(q.flatMap((n) => [1, n])));
  return wide.reshape(p.map((n, i) => n * q[i]));
}

function cross(c: Call): Tensor {
  const [a, b] = t.broadcastTensors([c.tensor(0), c.tensor(1)]);
  const axis = c.number(2, "dim", a.shape.indexOf(3));
  const turned = (x: Tensor) => t.roll(x, -1, axis);
  return turned(a.mul(turned(b)).sub(turned(a).mul(b)));
}

function matrixPower(c: Call): Tensor {
  const x = c.tensor(0), n = c.number(1);
  if (n < 0) throw new NotCovered("inverse of a matrix: dense algebra is a later issue");
  if (n === 0) return t.expand(t.eye(x.shape.at(-1)!, undefined, { dtype: x.dtype }), x.shape);
  return Array.from({ length: n }, () => x).reduce((a, b) => t.matmul(a, b));
}

function vander(c: Call): Tensor {
  const x = c.tensor(0), n = c.number(1, "N", x.shape.at(-1) ?? 1);
  return t.pow((x.rank === 0 ? x.reshape([1]) : x).unsqueeze(-1), t.arange(n, undefined, { dtype: x.dtype }));
}

function vectorNorm(
  x: Tensor,
  order: number,
  { axes, ...options }: t.ReduceOptions & { axes?: readonly number[] },
): Tensor {
  return t.norm(x, axes, { order, ...options });
}

function orderOf(c: Call, at: number, name: string, fallback: number): number {
  const order = c.value(at, name);
  if (order === "fro") return 2;
  if (order === "nuc") throw new NotCovered("nuclear norm: singular values, dense algebra is a later issue");
  return c.number(at, name, fallback);
}

function norm(c: Call): Tensor {
  const axes = c.axes(2), options = c.keep(3);
  return vectorNorm(c.tensor(0), orderOf(c, 1, "p", 2), axes ? { axes, ...options } : options);
}

function vectorNormOf(c: Call): Tensor {
  const axes = c.axes(2), options = c.keep(3), order = c.number(1, "ord", 2);
  if (order !== Math.fround(order)) throw new NotCovered("PyTorch takes the order as f32, in the value only");
  return vectorNorm(c.tensor(0), order, axes ? { axes, ...options } : options);
}

function matrixNorm(c: Call, axes: readonly number[], options: t.ReduceOptions): Tensor {
  const x = c.tensor(0),
    kind = c.value(1, "ord") ?? "fro",
    [rows, columns] = axes.map((a) => a < 0 ? a + x.rank : a);
  if (kind === "fro") return t.norm(x, [rows, columns], options);
  const order = orderOf(c, 1, "ord", 2);
  if (Math.abs(order) === 2) {
    throw new NotCovered("spectral norm: singular values, dense algebra is a later issue");
  }
  const [summed, left] = Math.abs(order) === 1 ? [rows, columns] : [columns, rows];
  const sums = t.norm(x, summed, { order: 1, keepDims: true });
  const found = (order > 0 ? t.max : t.min)(sums, left, { keepDims: true });
  return options.keepDims ? found : found.reshape(x.shape.filter((_, i) => i !== rows && i !== columns));
}

function linalgNorm(c: Call): Tensor {
  const x = c.tensor(0), axes = c.maybeIntegers(2, "dim"), options = c.keep(3);
  const plain = c.value(1, "ord") === undefined;
  if (axes?.length === 2 && !plain) return matrixNorm(c, axes, options);
  if (!axes && x.rank === 2 && !plain) return matrixNorm(c, [0, 1], options);
  return vectorNorm(x, c.number(1, "ord", 2), axes ? { axes, ...options } : options);
}

function renorm(c: Call): Tensor {
  const x = c.tensor(0), axis = c.number(2, "dim"), most = c.number(3, "maxnorm");
  const axes = x.shape.flatMap((_, i) => i === (axis < 0 ? axis + x.rank : axis) ? [] : [i]);
  const length = vectorNorm(x, c.number(1, "p"), { axes, keepDims: true });
  return t.where(length.greater(most), x.mul(t.div(most, length.add(1e-7))), x);
}

function covariance(c: Call): Tensor {
  const whole = c.tensor(0), x = whole.rank < 2 ? whole.reshape([1, whole.size]) : whole, n = x.shape[1];
  const [counts, weights] = ["fweights", "aweights"].map((name) => c.maybe(NAMED, name)?.to(x.dtype));
  const w = [counts, weights].flatMap((v) => v ?? []).reduce<t.Tensor | number>((a, b) => t.mul(a, b), 1);
  const total = typeof w === "object" ? t.sum(w) : n, correction = c.number(NAMED, "correction", 1);
  const spent = weights ? t.div(t.sum(t.mul(w, weights)), total).mul(correction) : correction;
  const center = t.div(t.sum(t.mul(x, w), 1, { keepDims: true }), total), d = x.sub(center);
  const left = t.maximum(
    t.sub(total, typeof spent === "object" ? spent : t.full([], spent, { dtype: x.dtype })),
    0,
  );
  return t.div(t.matmul(t.mul(d, w), t.transpose(d)), left).squeeze();
}

function correlation(c: Call): Tensor {
  const s = covariance(c);
  if (s.rank === 0) return s.div(s);
  const d = t.sqrt(t.diag(s));
  return t.clamp(s.div(d.unsqueeze(1)).div(d), -1, 1);
}

/** PyTorch's names of products, norms and distances. */
export const algebra: Readonly<Record<string, Operator>> = {
  "addbmm": added((a, b) => t.sum(t.matmul(a, b), 0)),
  "addmm": added(t.matmul),
  "addmm.decomposed": added(t.matmul),
  "addmv": added(t.matmul),
  "addr": added(t.outer),
  "baddbmm": added(t.matmul),
  "bmm": product(t.matmul),
  "mm": product(t.matmul),
  "mv": product(t.matmul),
  "matmul": product(t.matmul),
  "__rmatmul__": product((a, b) => t.matmul(b, a)),
  "dot": product(t.dot),
  "vdot": product(t.dot),
  "inner": product(inner),
  "outer": product(t.outer),
  "kron": product(kron),
  "tensordot": tensordot,
  "einsum": (c) => t.einsum(c.text(1, "", ""), ...c.tensors(0)),
  "cross": cross,
  "linalg.cross": cross,
  "linalg.multi_dot": (c) => c.tensors(0).reduce((a, b) => t.matmul(a, b)),
  "linalg.matrix_power": matrixPower,
  "linalg.vander": vander,
  "linalg.vecdot": (c) => t.sum(c.tensor(0).mul(c.tensor(1)), c.number(2, "dim", -1)),
  "linalg.norm": linalgNorm,
  "linalg.norm.subgradients_at_zero": linalgNorm,
  "linalg.vector_norm": vectorNormOf,
  "linalg.matrix_norm": (c) => matrixNorm(c, c.maybeIntegers(2, "dim") ?? [-2, -1], c.keep(3)),
  "norm": norm,
  "norm.fro": norm,
  "norm.inf": norm,
  "trace": (c) => t.trace(c.tensor(0)),
  "dist": (c) => t.norm(c.tensor(0).sub(c.tensor(1)), undefined, { order: c.number(2, "p", 2) }),
  "renorm": renorm,
  "cov": covariance,
  "corrcoef": correlation,
};
