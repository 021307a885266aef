/** Rotations from skew-symmetric matrices. */
import {
  abs,
  ceil,
  eye,
  less,
  log2,
  matmul,
  max,
  maximum,
  mul,
  narrow,
  noGrad,
  pow,
  sub,
  sum,
  type Tensor,
  where,
} from "@tapegrad/core";

function identity(like: Tensor): Tensor {
  return eye(like.shape.at(-1)!, like.shape.at(-1)!, { dtype: like.dtype, backend: like.backend });
}

/** How often a matrix may be halved: as many as there are squarings of what comes of it. */
const HALVINGS = 10;

// 1, x, x², x³, each over the factorial of its place from `first` on, the sum of these.
function block(powers: readonly Tensor[], first: number): Tensor {
  let factor = 1;
  for (let i = 2; i <= first; i++) factor /= i;
  return powers.map((power, j) => {
    if (j > 0) factor /= first + j;
    return mul(power, factor);
  }).reduce((a, b) => a.add(b));
}

/**
 * The exponential of a matrix: the series to its 19th power of what is halved until its columns add up to 1 or less, squared as
 * often.
 */
export function matrixExp(x: Tensor): Tensor {
  const [halvings, scaled] = noGrad(() => {
    const largest = max(sum(abs(x.detach()), -2), -1, { keepDims: true }).unsqueeze(-1);
    const count = ceil(log2(maximum(largest, 1)));
    return [count, pow(2, maximum(count.neg(), -HALVINGS))];
  });
  const one = mul(x, scaled), two = matmul(one, one), powers = [identity(x), one, two, matmul(two, one)];
  const four = matmul(two, two);
  let made = block(powers, 16);
  for (let first = 12; first >= 0; first -= 4) made = matmul(made, four).add(block(powers, first));
  for (let i = 0; i < HALVINGS; i++) made = where(less(i, halvings), matmul(made, made), made);
  return made;
}

/** Cayley's (I + A/2)(I - A/2)⁻¹, by elimination: without pivots, as I - A/2 is definite. */
export function cayley(x: Tensor): Tensor {
  const unit = identity(x), half = mul(x, 0.5), n = unit.shape[0];
  let left = sub(unit, half), right = half.add(unit);
  for (let i = 0; i < n; i++) {
    const pivot = narrow(narrow(left, -2, i, 1), -1, i, 1);
    const factors = sub(narrow(left, -1, i, 1), narrow(unit, -1, i, 1));
    const eliminate = (y: Tensor) => sub(y, matmul(factors, narrow(y, -2, i, 1).div(pivot)));
    [left, right] = [eliminate(left), eliminate(right)];
  }
  return right;
}
