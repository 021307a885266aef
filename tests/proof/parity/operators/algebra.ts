/** Products, norms and distances. */
import * as t from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { type Call, NAMED, type Operator } from "../call.ts";
import { NotCovered } from "../sample.ts";

function added(op: t.AddedProductOp): Operator {
  return (c) =>
    op(c.tensor(0), c.tensor(1), c.tensor(2), {
      beta: c.number(NAMED, "beta", 1),
      alpha: c.number(NAMED, "alpha", 1),
    });
}

function product(op: (a: Tensor, b: Tensor) => Tensor): Operator {
  return (c) => op(c.tensor(0), c.tensor(1));
}

function tensordot(c: Call): Tensor {
  return t.tensordot(c.tensor(0), c.tensor(1), c.value(2, "dims") as t.TensordotAxes);
}

function orderOf(c: Call, at: number, name: string, fallback: number): number {
  const order = c.value(at, name);
  if (order === "fro") return 2;
  return c.number(at, name, fallback);
}

function norm(c: Call): Tensor {
  return t.norm(c.tensor(0), c.axes(2), { order: orderOf(c, 1, "p", 2), ...c.keep(3) });
}

function vectorNorm(c: Call): Tensor {
  const order = c.number(1, "ord", 2);
  if (order !== Math.fround(order)) throw new NotCovered("PyTorch takes the order as f32, in the value only");
  return t.norm(c.tensor(0), c.axes(2), { order, ...c.keep(3) });
}

function covariance(c: Call): Tensor {
  return t.cov(c.tensor(0), {
    correction: c.number(NAMED, "correction", 1),
    fweights: c.maybe(NAMED, "fweights"),
    aweights: c.maybe(NAMED, "aweights"),
  });
}

/** PyTorch's names of products, norms and distances. */
export const algebra: Readonly<Record<string, Operator>> = {
  "addbmm": added(t.addbmm),
  "addmm": added(t.addmm),
  "addmm.decomposed": added(t.addmm),
  "addmv": added(t.addmv),
  "addr": added(t.addr),
  "baddbmm": added(t.baddbmm),
  "bmm": product(t.matmul),
  "mm": product(t.matmul),
  "mv": product(t.matmul),
  "matmul": product(t.matmul),
  "__rmatmul__": (c) => t.matmul(c.tensor(1), c.tensor(0)),
  "dot": product(t.dot),
  "vdot": product(t.dot),
  "inner": product(t.inner),
  "outer": product(t.outer),
  "kron": product(t.kron),
  "tensordot": tensordot,
  "einsum": (c) => t.einsum(c.text(1, "", ""), ...c.tensors(0)),
  "cross": (c) => t.cross(c.tensor(0), c.tensor(1), c.maybeNumber(2, "dim")),
  "linalg.cross": (c) => t.linalg.cross(c.tensor(0), c.tensor(1), c.maybeNumber(2, "dim")),
  "linalg.multi_dot": (c) => t.multiDot(c.tensors(0)),
  "linalg.vecdot": (c) => t.vecdot(c.tensor(0), c.tensor(1), c.number(2, "dim", -1)),
  "linalg.vector_norm": vectorNorm,
  "norm": norm,
  "norm.fro": norm,
  "norm.inf": norm,
  "trace": (c) => t.trace(c.tensor(0)),
  "dist": (c) => t.dist(c.tensor(0), c.tensor(1), { p: c.number(2, "p", 2) }),
  "renorm": (c) => t.renorm(c.tensor(0), c.number(1, "p"), c.number(2, "dim"), c.number(3, "maxnorm")),
  "cov": covariance,
  "corrcoef": (c) => t.corrcoef(c.tensor(0)),
};
