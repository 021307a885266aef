/** What the gradient of a row is held to beside differences. */
import {
  type Checked,
  grad,
  gradcheck,
  gradgradcheck,
  isFloating,
  jvp,
  mul,
  noGrad,
  read,
  sum,
  type Tensor,
  type TypedArray,
  vjp,
} from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { precision } from "../../backend_traits.ts";
import { copied, here, inputsOf, type Place, type Row, sample } from "../../table/row.ts";

type Fn = (...inputs: Tensor[]) => Tensor[];

/** The floating outputs of a row's function, as a list. */
export function outputsOf(fn: Checked): Fn {
  return (...inputs) => [fn(...inputs)].flat().filter((y) => isFloating(y.dtype));
}

/** Inputs that require gradients where they can. */
export function leaves(row: Row): Tensor[] {
  const inputs = inputsOf(row);
  for (const x of inputs) if (isFloating(x.dtype)) x.requiresGrad = true;
  return inputs;
}

/** Two scalars that must agree, and what they are. */
type Pair = readonly [Tensor, Tensor, string];

async function assertAgree(pairs: readonly Pair[]): Promise<void> {
  const found = await read(pairs.flatMap(([a, b]) => [a, b]));
  pairs.forEach(([, , what], i) => {
    const [[a], [b]] = found.slice(2 * i), scale = Math.max(Math.abs(a), Math.abs(b), 1e-3);
    assert(Math.abs(a - b) <= 1e-10 * scale, `${what}: ${a} and ${b}`);
  });
}

function dot(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  const terms = a.flatMap((x, i) => isFloating(x.dtype) ? [sum(mul(x, b[i]))] : []);
  return terms.reduce((x, y) => x.add(y));
}

// In another layout than what they belong to, which rules must not count on.
function direction({ shape }: Tensor, { seed, place }: { seed: number; place: Place }): Tensor {
  const turned = shape.map((_, i) => shape.length - 1 - i);
  return copied(sample(shape.toReversed(), { seed }), place).permute(turned);
}

function directions(like: readonly Tensor[], seed: number, place = here): Tensor[] {
  return like.map((x, i) => isFloating(x.dtype) ? direction(x, { seed: seed + i, place }) : x);
}

/** Forward mode gives u·J·v as reverse mode does: for all inputs together, and for each while the others rest. */
export async function checkForward(row: Row): Promise<void> {
  const fn = outputsOf(row.call), inputs = inputsOf(row), v = directions(inputs, 20);
  const [y, pull] = vjp(fn, ...inputs);
  const u = directions(y, 40), gradients = pull(u);
  const pairs: Pair[] = [
    [dot(jvp(fn, inputs, v)[1], u), dot(gradients, v), "u·J·v forward and in reverse"],
  ];
  inputs.forEach((x, i) => {
    if (!isFloating(x.dtype)) return;
    const [value, dy] = jvp((moving: Tensor) => fn(...inputs.with(i, moving)), [x], [v[i]]);
    for (const [k, t] of dy.entries()) assertEquals([t.shape, t.dtype], [value[k].shape, value[k].dtype]);
    pairs.push([dot(dy, u), dot([gradients[i]], [v[i]]), `u·J·v of input ${i} alone`]);
  });
  await assertAgree(pairs);
}

/** A scalar function made of a row's, and second derivatives of it in two ways. */
function curvature(fn: Fn, inputs: Tensor[], place = here): {
  scalar: (xs: Tensor[]) => Tensor;
  v: Tensor[];
  forwardOverReverse: Tensor[];
  reverseOverForward: Tensor[];
} {
  const weights = directions(noGrad(() => fn(...inputs)), 40, place), v = directions(inputs, 80, place);
  // Not y² alone, whose second derivative is 0 where y is a square root.
  const scalar = (xs: Tensor[]) =>
    fn(...xs).map((y, k) => sum(mul(y.mul(y.add(1)), weights[k]))).reduce((a, b) => a.add(b));
  const forwardOverReverse = jvp(grad(scalar), [inputs], [v])[1];
  const reverseOverForward = grad((xs: Tensor[]) => jvp(scalar, [xs], [v])[1])(inputs);
  return { scalar, v, forwardOverReverse, reverseOverForward };
}

/** Forward over reverse gives u·H·v as reverse over forward does. */
export async function checkSymmetry(row: Row): Promise<void> {
  const inputs = inputsOf(row), u = directions(inputs, 60);
  const { scalar, v, forwardOverReverse, reverseOverForward } = curvature(outputsOf(row.call), inputs);
  const byForward = jvp((xs: Tensor[]) => jvp(scalar, [xs], [v])[1], [inputs], [u])[1];
  const byGrad = dot(forwardOverReverse, u);
  await assertAgree([
    [byGrad, dot(reverseOverForward, u), "u·H·v by jvp of grad and by grad of jvp"],
    [byGrad, byForward, "u·H·v by jvp of grad and by jvp of jvp"],
  ]);
}

/** The values of a row and its derivatives to second order, by name. */
function derivatives(row: Row, place: Place): Record<string, Tensor[]> {
  const fn = outputsOf(row.call), inputs = inputsOf(row, place);
  const [value, pull] = vjp(fn, ...inputs),
    floating = (xs: Tensor[]) => xs.filter((x) => isFloating(x.dtype));
  const { forwardOverReverse, reverseOverForward } = curvature(fn, inputs, place);
  return {
    value,
    gradient: floating(pull(directions(value, 40, place))),
    tangent: jvp(fn, inputs, directions(inputs, 20, place))[1],
    "second derivative by jvp of grad": floating(forwardOverReverse),
    "second derivative by grad of jvp": floating(reverseOverForward),
  };
}

// How far apart two arrays are, in units of the last place in f32 of the largest element.
function unitsApart(actual: TypedArray, wanted: TypedArray): number {
  const size = Math.max(2 ** -126, ...Array.from(wanted, Math.abs));
  return Math.max(0, ...Array.from(actual, (x, i) => Math.abs(x - wanted[i]))) / size * 2 ** 23;
}

/** In f32, here, they are what they are in f64 on the cpu. */
async function checkSingle(row: Row): Promise<void> {
  const ours = derivatives(row, { backend: here.backend, float: "f32" });
  const exact = derivatives(row, { backend: "cpu", float: "f64", rounded: "f32" });
  const actual = await read(Object.values(ours).flat()), wanted = await read(Object.values(exact).flat());
  const names = Object.entries(ours).flatMap(([name, list]) => list.map((_, k) => `${name} ${k}`));
  names.forEach((name, i) => {
    const units = unitsApart(actual[i], wanted[i]);
    assert(
      units <= (row.single?.units ?? 32),
      `${name} is ${units} units off: ${actual[i]}, in f64 ${wanted[i]}`,
    );
  });
}

/**
 * The gradient of a row is right to second order: by differences, or where there is no f64, as it is on the cpu,
 * where others hold it to differences.
 */
export async function checkDerivatives(row: Row): Promise<void> {
  if (precision === "f32") return checkSingle(row);
  await gradcheck(row.call, inputsOf(row), row.first);
  await gradgradcheck(row.call, inputsOf(row), row.second);
}

/** The op carries gradients at all, so that the other checks are not empty. */
export function checkFlows(row: Row): void {
  const outputs = outputsOf(row.call)(...leaves(row));
  assert(outputs.length > 0 && outputs.every((y) => y.requiresGrad), "no gradient flows");
}
