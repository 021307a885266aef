/** An op with a gradient rule of its own: Lambert's W, the solution w of w·eʷ = x, found by iteration. */
import { deepStrictEqual, ok } from "node:assert/strict";
import {
  add,
  customGradient,
  defineOp,
  div,
  exp,
  grad,
  gradcheck,
  gradgradcheck,
  log1p,
  mul,
  noGrad,
  sub,
  type Tensor,
  tensor,
  vmap,
} from "@tapegrad/tapegrad";

/** Halley's iteration from log(1 + x), for x from 0 on; each step triples the digits that are right. */
function solve(x: Tensor): Tensor {
  let w = log1p(x);
  for (let i = 0; i < 4; i++) {
    const power = exp(w), rest = sub(mul(w, power), x), next = add(w, 1);
    const bend = div(mul(add(w, 2), rest), mul(next, 2));
    w = sub(w, div(rest, sub(mul(power, next), bend)));
  }
  return w;
}

// The tape holds no iteration: w·eʷ = x has the differential eʷ·(1 + w)·dw = dx, which is all that backward needs.
const withRule = customGradient((x) => {
  const value = noGrad(() => solve(x));
  return { value, gradient: (ct) => [div(ct, mul(exp(lambertW(x)), add(lambertW(x), 1)))] };
});

/** Lambert's W of x from 0 on, elementwise. */
const lambertW = defineOp("lambertW", (x: Tensor): Tensor => withRule(x));

const e = Math.E, x = tensor([0, 1, e, 2 * e * e], { dtype: "f64" });
const w = await lambertW(x).array() as number[];
console.log(`W(0), W(1), W(e), W(2e²) = ${w.map((value) => value.toFixed(6)).join(", ")}`);
for (const [i, expected] of [0, 0.5671432904097838, 1, 2].entries()) ok(Math.abs(w[i] - expected) < 1e-12);

// What is written in ops has derivatives of every order, and batches.
deepStrictEqual(await grad(lambertW)(tensor(0)).item(), 1);
deepStrictEqual(await grad(grad(lambertW))(tensor(0)).item(), -2);
deepStrictEqual(await vmap(grad(lambertW))(tensor([0, 0])).array(), [1, 1]);
await gradcheck(lambertW, [x]); // throws where differences say otherwise
await gradgradcheck(lambertW, [x]);
console.log("The first and second derivatives are those of differences");
