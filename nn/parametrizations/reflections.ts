/** Householder's reflections: a matrix as a product of them, and their product. */
import {
  concat,
  div,
  equal,
  eye,
  matmul,
  mul,
  narrow,
  neg,
  pad,
  sign,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tril,
  where,
} from "@tapegrad/core";

/**
 * The first columns of the product of the reflections I - τwwᵀ, where w is 0, then 1 on the diagonal, then what stands
 * below that in a column, and τ is what makes them reflections.
 */
export function reflected(below: Tensor): Tensor {
  const [rows, columns] = below.shape.slice(-2), { dtype, backend } = below;
  const vectors = tril(below, -1), tau = div(2, sum(square(vectors), -2, { keepDims: true }).add(1));
  const start = eye(rows, columns, { dtype, backend }), ones = vectors.add(start);
  let made = start;
  for (let i = columns - 1; i >= 0; i--) {
    const w = narrow(ones, -1, i, 1);
    made = sub(made, mul(narrow(tau, -1, i, 1), matmul(w, matmul(w.transpose(), made))));
  }
  return made;
}

/** A column of what a matrix becomes, from the diagonal on, and what is left of the matrix to its right. */
interface Step {
  readonly column: Tensor;
  readonly rest: Tensor;
}

// As LAPACK's geqrf, but that the diagonal is the sign which `reflected` is to have there.
function reflect(matrix: Tensor): Step {
  const [rows, columns] = matrix.shape.slice(-2), first = narrow(matrix, -1, 0, 1);
  const alpha = narrow(first, -2, 0, 1), tail = narrow(first, -2, 1, rows - 1);
  const squares = sum(square(tail), -2, { keepDims: true }), isDone = equal(squares, 0);
  const length = sqrt(squares.add(square(alpha)));
  const beta = where(alpha.less(0), length, neg(length));
  const below = where(isDone, 0, div(tail, sub(alpha, where(isDone, 1, beta))));
  const tau = where(isDone, 0, div(sub(beta, alpha), where(isDone, 1, beta)));
  const diagonal = where(isDone, neg(sign(alpha)), sign(beta)), rest = narrow(matrix, -1, 1, columns - 1);
  const w = concat([alpha.onesLike(), below], -2);
  return {
    column: concat([diagonal, below], -2),
    rest: sub(rest, mul(tau, matmul(w, matmul(w.transpose(), rest)))),
  };
}

/** The matrix, no wider than high, whose {@link reflected}, each column times its sign on the diagonal, is the Q of its QR. */
export function reflections(matrix: Tensor): Tensor {
  const [rows, columns] = matrix.shape.slice(-2), lead = matrix.shape.slice(0, -2).map(() => [0, 0] as const);
  let rest = matrix, made = matrix.zerosLike();
  for (let i = 0; i < columns; i++) {
    const step = reflect(rest), count = rows - i - 1;
    const upper = narrow(step.rest, -2, 0, 1);
    made = made
      .add(pad(step.column, [...lead, [i, 0], [i, columns - i - 1]]))
      .add(pad(upper, [...lead, [i, count], [i + 1, 0]]));
    rest = narrow(step.rest, -2, 1, count);
  }
  return made;
}
