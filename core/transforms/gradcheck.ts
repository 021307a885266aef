/** Gradients against differences. */
import { noGrad } from "../call/record.ts";
import { leavesOf, tensorsOf } from "../tensor/tree.ts";
import { isFloating } from "../base/dtype.ts";
import { checkFunction, checkOptions, checkSetting } from "../base/settings.ts";
import { DtypeError, showShape, TapeError } from "../base/errors.ts";
import { fromArray } from "../ops/creation.ts";
import { read } from "../tensor/read.ts";
import { sizeOf } from "../base/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { linearize } from "./functional.ts";

/**
 * How {@link gradcheck} compares.
 *
 * @category Transforms
 */
export interface GradcheckOptions {
  /** The step of the central difference; 1e-6 unless said. */
  readonly step?: number;
  /** Absolute tolerance; 1e-7 unless said. */
  readonly atol?: number;
  /** Relative tolerance; 1e-6 unless said. */
  readonly rtol?: number;
  /** How many pairs of directions are tried; 2 unless said. */
  readonly tries?: number;
}

/**
 * A function of tensors that gives one or several.
 *
 * @category Transforms
 */
export type Checked = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

// Directions need to be generic and repeatable, nothing more.
function direction(size: number, seed: number): Float64Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float64Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function outputsOf(fn: Checked): (inputs: Tensor[]) => readonly Tensor[] {
  return (inputs) => {
    return leavesOf(fn(...inputs)).filter((y) => isFloating(y.dtype));
  };
}

/** A function at a point, with everything on the host. */
class Probe {
  readonly inputs: readonly Tensor[];
  readonly moving: readonly number[];
  readonly points: readonly Float64Array[];
  readonly run: (inputs: Tensor[]) => readonly Tensor[];

  constructor(fn: Checked, inputs: readonly Tensor[], points: readonly Float64Array[]) {
    this.run = outputsOf(fn);
    this.inputs = inputs;
    this.points = points;
    this.moving = inputs.flatMap((x, i) => isFloating(x.dtype) ? [i] : []);
  }

  static async at(fn: Checked, inputs: readonly Tensor[]): Promise<Probe> {
    return new Probe(fn, inputs, (await read(inputs)).map((a) => Float64Array.from(a)));
  }

  /** The outputs at the point moved by `t` along `v`. */
  async valuesAt(v: readonly Float64Array[], t: number): Promise<Float64Array[]> {
    const moved = this.inputs.map((x, i) => {
      if (!this.moving.includes(i)) return x;
      const data = this.points[i].map((p, k) => p + t * v[i][k]);
      return fromArray(data, x.shape, { backend: x.backend });
    });
    const outputs = noGrad(() => this.run(moved));
    return (await read(outputs)).map((a) => Float64Array.from(a));
  }

  /** The cotangents of the inputs. */
  async pull(u: (shape: readonly number[], k: number) => Float64Array): Promise<Float64Array[]> {
    const { outputs, pull } = linearize(this.run, this.inputs);
    const cotangents = outputs.map((y, k) => fromArray(u(y.shape, k), y.shape, { backend: y.backend }));
    return (await read(pull(cotangents, false))).map((a) => Float64Array.from(a));
  }
}

function dot(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  return a.reduce((sum, x, i) => sum + x.reduce((s, v, k) => s + v * b[i][k], 0), 0);
}

/**
 * Compares the gradient of `fn` at `inputs`, which must be f64, with central differences: u·J·v for
 * random u and v, once by reverse mode and once by differences. Throws a {@link TapeError} that names
 * the input and the element whose derivative disagrees most, or one that says that nothing floating
 * goes in or comes out, and resolves if all is well.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { customGradient, gradcheck, tanh, TapeError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertRejects } from "@std/assert";
 *
 * const x = tensor([0.1, -2], { dtype: "f64" });
 * await gradcheck((x) => tanh(x), [x]);
 * const wrong = customGradient((x) => ({ value: tanh(x), gradient: (ct) => [ct] }));
 * await assertRejects(() => gradcheck(wrong, [x]), TapeError, "input 0");
 * ```
 */
export async function gradcheck(
  fn: Checked,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<void> {
  checkFunction("gradcheck", fn);
  checkOptions("gradcheck", options, { step: 1, atol: 1, rtol: 1, tries: 1 });
  const { step = 1e-6, atol = 1e-7, rtol = 1e-6, tries = 2 } = options;
  const settings = { step: [step, Number.MIN_VALUE], atol: [atol, 0], rtol: [rtol, 0], tries: [tries, 1] };
  for (const [name, [value, least]] of Object.entries(settings)) {
    checkSetting("gradcheck", name, value, least);
  }
  tensorsOf("gradcheck at", inputs);
  const bad = inputs.find((x) => isFloating(x.dtype) && x.dtype !== "f64");
  if (bad) {
    throw new DtypeError(
      `Cannot gradcheck at an input of ${bad.dtype}: differences need f64, cast with to("f64")`,
    );
  }
  const probe = await Probe.at(fn, inputs);
  if (probe.moving.length === 0) throw nothingToCheck("inputs");
  for (let seed = 1; seed <= tries; seed++) {
    const v = probe.points.map((p, i) => direction(p.length, 7 * seed + i));
    const u = (shape: readonly number[], k: number) => direction(sizeOf(shape), 13 * seed + k);
    const [up, down] = [await probe.valuesAt(v, step), await probe.valuesAt(v, -step)];
    if (up.length === 0) throw nothingToCheck("outputs");
    const weights = up.map((y, k) => u([y.length], k));
    const expected = (dot(up, weights) - dot(down, weights)) / (2 * step);
    const gradients = await probe.pull(u);
    const found = probe.moving.reduce((sum, i) => sum + dot([gradients[i]], [v[i]]), 0);
    const scale = Math.max(Math.abs(expected), Math.abs(found));
    if (Math.abs(found - expected) <= atol + rtol * scale) continue;
    throw new TapeError(
      `${await worst(probe, weights, gradients, step)}; u·J·v is ${found}, by differences ${expected}`,
    );
  }
}

function nothingToCheck(what: string): TapeError {
  return new TapeError(`Cannot gradcheck a function without floating ${what}: there is nothing to compare`);
}

// Element by element, which is slow, to say where.
async function worst(
  probe: Probe,
  weights: readonly Float64Array[],
  gradients: readonly Float64Array[],
  step: number,
): Promise<string> {
  let worstError = -1, text = "Gradient and differences disagree";
  for (const i of probe.moving) {
    for (let k = 0; k < probe.points[i].length; k++) {
      const v = probe.points.map((p, j) => Float64Array.from(p, (_, l) => Number(j === i && l === k)));
      const [up, down] = [await probe.valuesAt(v, step), await probe.valuesAt(v, -step)];
      const expected = (dot(up, weights) - dot(down, weights)) / (2 * step), found = gradients[i][k];
      const error = Math.abs(found - expected);
      if (error <= worstError && !Number.isNaN(error)) continue;
      worstError = Number.isNaN(error) ? Infinity : error;
      text = `Gradient and differences disagree at element ${k} of input ${i} of shape ` +
        `${showShape(probe.inputs[i].shape)}: ${found} by the tape, ${expected} by differences`;
    }
  }
  return text;
}

/**
 * {@link gradcheck} of the gradient of `fn`: its second derivatives, mixed ones too, including those
 * with respect to the cotangent.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { customGradient, gradgradcheck, mul, TapeError, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertRejects } from "@std/assert";
 *
 * const x = tensor(2, { dtype: "f64" }), y = tensor(3, { dtype: "f64" });
 * await gradgradcheck((x, y) => mul(x, y), [x, y]);
 * const square = customGradient((x) => ({ value: mul(x, x), gradient: (ct) => [ct.mul(x.detach()).mul(2)] }));
 * await assertRejects(() => gradgradcheck(square, [x]), TapeError, "input 0");
 * ```
 */
export async function gradgradcheck(
  fn: Checked,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<void> {
  tensorsOf("gradgradcheck at", inputs);
  checkFunction("gradgradcheck", fn);
  const shapes = noGrad(() => outputsOf(fn)([...inputs])).map((y) => y.shape);
  const cotangents = shapes.map((shape, k) =>
    fromArray(direction(sizeOf(shape), 100 + k), shape, { backend: inputs[0].backend })
  );
  const gradient = (...all: Tensor[]): readonly Tensor[] => {
    const points = all.slice(0, inputs.length), cts = all.slice(inputs.length);
    return linearize(outputsOf(fn), points).pull(cts, false).filter((_, i) => isFloating(inputs[i].dtype));
  };
  await gradcheck(gradient, [...inputs, ...cotangents], options);
}
