/** Fits a decay to measurements by L-BFGS, with error bars from the Hessian. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { hessian, key, LBFGS, linspace, normal, type Tensor, tensor, variable } from "@tapegrad/tapegrad";

const names = ["amplitude", "rate", "background"], truth = [2.5, 1.3, 0.5];
const noise = 0.05;

/** a·exp(-r·t) + b of the parameters [a, r, b]. */
function curve(parameters: Tensor, t: Tensor): Tensor {
  const [a, r, b] = parameters.unbind();
  return a.mul(t.mul(r).neg().exp()).add(b);
}

const t = linspace(0, 4, 60, { dtype: "f64" });
const errors = normal(t.shape, { key: key(1), dtype: "f64" }).mul(noise);
const measured = curve(tensor(truth, { dtype: "f64" }), t).add(errors);

/** Half of χ²: the negative logarithm of the likelihood. */
const loss = (parameters: Tensor) => curve(parameters, t).sub(measured).div(noise).square().sum().div(2);

const parameters = variable([1, 1, 0], { dtype: "f64" });
const optimizer = new LBFGS([parameters], { lineSearchFn: "strongWolfe", maxIter: 100 });
await optimizer.step(() => {
  optimizer.zeroGrad();
  const value = loss(parameters);
  value.backward();
  return value;
});

/** The inverse of a symmetric matrix above zero, by Gauss and Jordan's elimination. */
function inverse(matrix: readonly (readonly number[])[]): number[][] {
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => Number(i === j))]);
  for (const [i, row] of rows.entries()) {
    const pivot = row[i];
    for (const j of row.keys()) row[j] /= pivot;
    for (const other of rows) {
      const factor = other[i];
      if (other !== row) row.forEach((value, j) => other[j] -= factor * value);
    }
  }
  return rows.map((row) => row.slice(matrix.length));
}

// The covariance of what was fitted is the inverse of the Hessian there.
const covariance = inverse(await hessian(loss)(parameters).array() as number[][]);
const fitted = await parameters.array() as number[];
for (const [i, name] of names.entries()) {
  const bar = Math.sqrt(covariance[i][i]);
  console.log(`${name.padEnd(10)} ${fitted[i].toFixed(3)} ± ${bar.toFixed(3)}, in truth ${truth[i]}`);
  ok(Math.abs(fitted[i] - truth[i]) < 3 * bar, `${name} is within three error bars`);
  ok(bar < 0.06, `${name} is known well`);
}
const reduced = await loss(parameters).item() * 2 / (t.size - names.length);
console.log(`χ² is ${reduced.toFixed(2)} for each degree of freedom`);
deepStrictEqual(Math.round(reduced), 1);
