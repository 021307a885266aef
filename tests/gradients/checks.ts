/** What the gradient of a row is held to beside differences. */
import { type Checked, grad, isFloating, jvp, mul, noGrad, sum, type Tensor, vjp } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { type Row, sample } from "./row.ts";

/** The floating outputs of a row's function, as a list. */
export function outputsOf(fn: Checked): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => [fn(...inputs)].flat().filter((y) => isFloating(y.dtype));
}

/** Inputs that require gradients where they can. */
export function leaves(row: Row): Tensor[] {
  const inputs = row.inputs();
  for (const x of inputs) if (isFloating(x.dtype)) x.requiresGrad = true;
  return inputs;
}

function dot(a: readonly Tensor[], b: readonly Tensor[]): number {
  return a.reduce((total, x, i) => isFloating(x.dtype) ? total + sum(mul(x, b[i])).itemSync() : total, 0);
}

function agree(a: number, b: number, what: string): void {
  const scale = Math.max(Math.abs(a), Math.abs(b), 1e-3);
  assert(Math.abs(a - b) <= 1e-10 * scale, `${what}: ${a} and ${b}`);
}

// In another layout than what they belong to, which rules must not count on.
function direction({ shape }: Tensor, seed: number): Tensor {
  const turned = shape.map((_, i) => shape.length - 1 - i);
  return sample(shape.toReversed(), { seed }).permute(turned);
}

function directions(like: readonly Tensor[], seed: number): Tensor[] {
  return like.map((x, i) => isFloating(x.dtype) ? direction(x, seed + i) : x);
}

/** Forward mode gives u·J·v as reverse mode does: for all inputs together, and for each while the others rest. */
export function checkForward(row: Row): void {
  const fn = outputsOf(row.call), inputs = row.inputs(), v = directions(inputs, 20);
  const [y, pull] = vjp(fn, ...inputs);
  const u = directions(y, 40), gradients = pull(u);
  agree(dot(jvp(fn, inputs, v)[1], u), dot(gradients, v), "u·J·v forward and in reverse");
  inputs.forEach((x, i) => {
    if (!isFloating(x.dtype)) return;
    const [value, dy] = jvp((moving: Tensor) => fn(...inputs.with(i, moving)), [x], [v[i]]);
    for (const [k, t] of dy.entries()) assertEquals([t.shape, t.dtype], [value[k].shape, value[k].dtype]);
    agree(dot(dy, u), dot([gradients[i]], [v[i]]), `u·J·v of input ${i} alone`);
  });
}

/** Forward over reverse gives u·H·v as reverse over forward does. */
export function checkSymmetry(row: Row): void {
  const fn = outputsOf(row.call), inputs = row.inputs();
  const weights = directions(noGrad(() => fn(...inputs)), 40);
  const [u, v] = [directions(inputs, 60), directions(inputs, 80)];
  const scalar = (xs: Tensor[]) =>
    fn(...xs).map((y, k) => sum(mul(y.mul(y), weights[k]))).reduce((a, b) => a.add(b));
  const forwardOverReverse = jvp(grad(scalar), [inputs], [v])[1];
  const reverseOverForward = grad((xs: Tensor[]) => jvp(scalar, [xs], [v])[1])(inputs);
  const byForward = jvp((xs: Tensor[]) => jvp(scalar, [xs], [v])[1], [inputs], [u])[1];
  agree(dot(forwardOverReverse, u), dot(reverseOverForward, u), "u·H·v by jvp of grad and by grad of jvp");
  agree(dot(forwardOverReverse, u), byForward.itemSync(), "u·H·v by jvp of grad and by jvp of jvp");
}

/** The op carries gradients at all, so that the other checks are not empty. */
export function checkFlows(row: Row): void {
  const outputs = outputsOf(row.call)(...leaves(row));
  assert(outputs.length > 0 && outputs.every((y) => y.requiresGrad), "no gradient flows");
}
