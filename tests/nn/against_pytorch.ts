/** Layers against PyTorch's answers, as the scripts of tests/nn/reference write them. */
import { compile, memory, mul, noGrad, read, scope, stack, sum, Tensor, tensor, vmap } from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { assert, assertEquals } from "@std/assert";
import { precise, precision, testWith, within } from "../backend_traits.ts";
import { checkDerivatives } from "../proof/gradients/checks.ts";

/** A tensor as the scripts write it. */
export interface Written {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** An input: a tensor, none, or a list of inputs. */
export type WrittenInput = Written | null | readonly WrittenInput[];

/** One call of one layer. */
export interface Case {
  readonly layer: string;
  readonly arguments: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly training: boolean;
  readonly state: Readonly<Record<string, Written>>;
  readonly inputs: readonly WrittenInput[];
  readonly forward?: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Written[];
  readonly cotangents: readonly Written[];
  readonly gradients: {
    readonly inputs: readonly (Written | null)[];
    readonly parameters: Readonly<Record<string, Written | null>>;
  };
  readonly after?: Readonly<Record<string, Written>>;
  readonly note?: string;
}

/** A layer with any number of inputs. */
export type AnyLayer = nn.AnyModule;

/** What a family of layers is tried with. */
export interface Trial {
  /** Makes the layer of a case, where it is not `new nn[layer](...arguments, options)`. */
  readonly make?: (written: Case) => AnyLayer;
  /** The relative distance in f64 and in f32 that is allowed; 1e-10 and 2e-5 unless said. */
  readonly tolerance?: readonly [f64: number, f32: number];
  /** Whether its derivatives are compared with differences to second order: not at kinks, nor of layers that draw. */
  readonly smooth?: (written: Case) => boolean;
  /** Whether `vmap` over a new axis of its inputs gives what a loop gives: not of layers that change what they hold. */
  readonly mapped?: (written: Case) => boolean;
  /** Whether a step of training can be compiled: not where something is read. */
  readonly compiled?: (written: Case) => boolean;
}

/** The tensor that was written, floats in the precision of this backend. */
export function written({ dtype, shape, data }: Written): Tensor {
  const values = data.map(Number);
  if (dtype === "f64" || dtype === "f32") return precise(values).reshape(shape);
  const kind = dtype as "i32" | "bool";
  return tensor(kind === "bool" ? values.map(Boolean) : values, { dtype: kind }).reshape(shape);
}

function isWritten(value: unknown): value is Written {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}

function inputOf(given: WrittenInput): unknown {
  if (given === null) return undefined;
  return isWritten(given) ? written(given) : given.map(inputOf);
}

function inputsOf({ inputs, forward }: Case): unknown[] {
  const given = inputs.map(inputOf);
  if (!forward) return given;
  const options = Object.entries(forward).map((
    [name, value],
  ) => [name, isWritten(value) ? written(value) : value]);
  return [...given, Object.fromEntries(options)];
}

/** The tensors of lists and objects in each other. */
export function leavesOf(tree: unknown): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (typeof tree !== "object" || tree === null) return [];
  return Object.values(tree).flatMap(leavesOf);
}

function isFloat({ dtype }: Tensor): boolean {
  return dtype === precision;
}

/** `new nn.Layer(...arguments, options)`, in the precision of this backend, with the state of the case. */
export function layerOf(given: Case, { make }: Trial = {}): AnyLayer {
  const layer = make ? make(given) : constructed(given);
  layer.to(precision);
  layer.loadStateDict(Object.fromEntries(Object.entries(given.state).map(([k, v]) => [k, written(v)])));
  return layer.train(given.training);
}

function constructed({ layer, arguments: given, options }: Case): AnyLayer {
  const Layer = (nn as unknown as Record<string, new (...args: unknown[]) => AnyLayer>)[layer];
  assert(Layer, `nn has no ${layer}`);
  return new Layer(...given, ...Object.keys(options).length > 0 ? [options] : []);
}

function run(layer: AnyLayer, inputs: readonly unknown[]): Tensor[] {
  return leavesOf((layer as unknown as { forward(...inputs: unknown[]): unknown }).forward(...inputs));
}

async function assertClose(found: Tensor, expected: Written, tolerance: number, what: string): Promise<void> {
  assertEquals(found.shape, expected.shape, `${what}: its shape`);
  const [values] = await read([found]),
    largest = Math.max(1, ...expected.data.map((v) => Math.abs(Number(v)) || 0));
  expected.data.forEach((given, i) => {
    const want = Number(given), size = Number.isFinite(want) ? largest : 1;
    const isSame = Object.is(values[i], want) || values[i] === want ||
      Math.abs(values[i] - want) <= tolerance * size;
    assert(isSame, `${what}: ${values[i]} at ${i}, PyTorch has ${want}`);
  });
}

async function checkAnswers(given: Case, trial: Trial): Promise<void> {
  const allowed = within(...trial.tolerance ?? [1e-10, 2e-5]), layer = layerOf(given, trial);
  assertEquals(
    Object.keys(layer.stateDict()).sort(),
    Object.keys(given.state).sort(),
    "the names of its state",
  );
  const inputs = inputsOf(given), moving = leavesOf(inputs.slice(0, given.inputs.length)).filter(isFloat);
  for (const x of moving) x.requiresGrad = true;
  const outputs = run(layer, inputs);
  assertEquals(outputs.length, given.outputs.length, "the number of its outputs");
  for (const [i, y] of given.outputs.entries()) await assertClose(outputs[i], y, allowed, `output ${i}`);
  const losses = outputs.filter((y) => isFloat(y) && y.requiresGrad)
    .map((y, i) => sum(mul(y, written(given.cotangents[i]))));
  assertEquals(losses.length, given.cotangents.length, "the number of outputs that can be differentiated");
  if (losses.length > 0) losses.reduce((a, b) => a.add(b)).backward();
  await checkGradients(given, layer, moving, allowed);
  const state = layer.stateDict();
  for (const [name, buffer] of Object.entries(given.after ?? {})) {
    await assertClose(state[name], buffer, allowed, `${name} afterwards`);
  }
}

async function checkGradients(
  given: Case,
  layer: AnyLayer,
  moving: Tensor[],
  allowed: number,
): Promise<void> {
  const parameters = layer.namedParameters(), { gradients } = given;
  const pairs = [
    ...gradients.inputs.map((g, i) => [`input ${i}`, moving[i], g] as const),
    ...Object.entries(gradients.parameters).map(([name, g]) => [name, parameters.get(name), g] as const),
  ];
  for (const [name, x, gradient] of pairs) {
    assert(x, `${name} is no parameter here`);
    if (gradient === null) assertEquals(x.grad, null, `PyTorch gives ${name} no gradient`);
    else await assertClose(x.grad ?? x.zerosLike(), gradient, allowed, `the gradient of ${name}`);
  }
}

/** Moves the inputs of floats and all parameters. */
async function checkSmooth(given: Case, trial: Trial, name: string): Promise<void> {
  const inputs = inputsOf(given),
    positions = inputs.flatMap((x, i) => x instanceof Tensor && isFloat(x) ? [i] : []);
  const names = [...layerOf(given, trial).namedParameters().keys()];
  const call = (...moving: Tensor[]) => {
    const layer = layerOf(given, trial), all = [...inputs];
    positions.forEach((at, i) => all[at] = moving[i]);
    names.forEach((path, i) => place(layer, path, moving[positions.length + i]));
    return run(layer, all).filter(isFloat);
  };
  const points = () => {
    const parameters = layerOf(given, trial).namedParameters();
    return [
      ...positions.map((at) => (inputs[at] as Tensor).detach()),
      ...names.map((path) => parameters.get(path)!.detach()),
    ];
  };
  await checkDerivatives({ op: given.layer, name, inputs: points, call });
}

function place(layer: AnyLayer, path: string, value: Tensor): void {
  const keys = path.split("."), last = keys.pop()!;
  const owner = keys.reduce<Record<string, unknown>>(
    (at, key) => (at instanceof Map || at instanceof nn.ModuleDict ? at.get(key) : at[key]) as typeof at,
    layer as unknown as Record<string, unknown>,
  );
  Object.assign(owner, { [last]: value });
}

async function checkMapped(given: Case, trial: Trial): Promise<void> {
  const layer = layerOf(given, trial), inputs = inputsOf(given);
  const at = inputs.findIndex((x) => x instanceof Tensor && isFloat(x));
  const one = inputs[at] as Tensor, other = one.mul(0.5).add(0.25);
  const of = (x: Tensor) => run(layer, inputs.with(at, x)).filter(isFloat);
  const together = vmap(of)(stack([one, other]));
  for (const [k, x] of [one, other].entries()) {
    for (const [i, y] of of(x).entries()) {
      const [values] = await read([y]);
      const expected = { dtype: precision, shape: y.shape, data: [...values] };
      await assertClose(together[i].slice(k), expected, within(1e-12, 1e-5), `output ${i} under vmap`);
    }
  }
}

/** A step of training, compiled, beside the function that it is of. */
async function checkCompiled(given: Case, trial: Trial): Promise<void> {
  const layer = layerOf(given, trial), cotangents = given.cotangents.map(written);
  const step = compile((...inputs: unknown[]) => {
    layer.zeroGrad();
    const outputs = run(layer, inputs);
    const losses = outputs.filter((y) => isFloat(y) && y.requiresGrad).map((y, i) =>
      sum(mul(y, cotangents[i]))
    );
    if (losses.length > 0) losses.reduce((a, b) => a.add(b)).backward();
    noGrad(() => {
      for (const p of layer.parameters()) if (p.grad) p.assign(p.sub(p.grad.mul(0.01)));
    });
    return outputs.map((y) => y.detach());
  }, { verify: true });
  for (let call = 0; call < 4; call++) step(...inputsOf(given));
  await step.verified();
  assertEquals(step.programs.length, 1, "its programs");
}

function checkLeaks(given: Case, trial: Trial): void {
  const layer = layerOf(given, trial);
  const step = () =>
    scope(() => {
      const inputs = inputsOf(given),
        outputs = run(layer, inputs).filter((y) => isFloat(y) && y.requiresGrad);
      if (outputs.length > 0) outputs.map((y) => sum(y)).reduce((a, b) => a.add(b)).backward();
      layer.zeroGrad();
    });
  step();
  const before = memory();
  step();
  assertEquals(memory(), before, "memory after another step");
}

/** A test a case and kind of check; the names tell of what PyTorch's test would be. */
export function againstPyTorch(reference: { readonly cases: readonly unknown[] }, trial: Trial = {}): void {
  const cases = reference.cases as readonly Case[];
  for (const [i, given] of cases.entries()) {
    const { layer, options, inputs } = given, shapes = inputs.filter(isWritten).map(({ shape }) => shape);
    const settings = [...given.arguments, ...Object.keys(options).length > 0 ? [options] : []];
    const made = `${layer}(${settings.map((x) => JSON.stringify(x)).join(", ")})`;
    const name = `${i}: ${made}${given.training ? "" : " in eval"} of ${JSON.stringify(shapes)}`;
    Deno.test(`${name} answers as PyTorch's`, () => checkAnswers(given, trial));
    if (trial.compiled?.(given) ?? true) {
      Deno.test(`${name} is compiled`, () => checkCompiled(given, trial));
    }
    Deno.test(`${name} leaves no memory behind`, () => checkLeaks(given, trial));
    if (trial.smooth?.(given) ?? true) {
      testWith(
        { f64: true },
        `${name} has its derivatives to second order`,
        () => checkSmooth(given, trial, name),
      );
    }
    if (trial.mapped?.(given) ?? true) {
      Deno.test(`${name} is mapped by vmap`, () => checkMapped(given, trial));
    }
  }
}
