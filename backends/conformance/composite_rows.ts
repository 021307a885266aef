/** Composites: their decompositions, their gradients, and a backend's own kernels for them. */
import {
  type Backend,
  type DType,
  fromArray,
  isFloating,
  MissingKernelError,
  read,
  scope,
  sizeOf,
  type Tensor,
  type TypedArray,
  vjp,
} from "@tapegrad/core";
import * as primitiveKernels from "./kernels.ts";
import { arrayOf } from "./buffers.ts";
import { distance, show, type Terms } from "./compare.ts";
import { samples } from "./samples.ts";
import { type Draft, dtypesOf, expect, expectHeld, passed, type Row, type Session } from "./session.ts";
import type { CompositeSample, Outcome } from "./types.ts";
import { uneven } from "./values.ts";

/** A row for each composite that there are samples of, and one for kernels that there are none of. */
export function compositeRows(more: readonly CompositeSample[]): readonly Row[] {
  const all = [...samples, ...more], names = new Set(all.map(({ op }) => op));
  return [
    ...[...names].map((op): Row => ({
      op,
      cases: (session) => all.filter((one) => one.op === op).flatMap((one) => sampleCases(one, session)),
    })),
    { op: "composites", cases: leakCases },
    { op: "kernels", cases: ({ backend }) => unsampledCases(backend, names) },
  ];
}

// Both are told of the dtype whose numbers the inputs are, and of the one that they are stored in.
interface Placed {
  readonly backend: Backend;
  readonly dtype: DType;
  readonly storedAs: DType;
}

/** Makes the results of a sample on a backend. */
type Make = (sample: CompositeSample, placed: Placed) => Tensor[];

/** Results of a sample, their budget, and whether the backend's kernels for composites are to make them. */
interface How {
  readonly how: string;
  readonly make: Make;
  readonly budget: string;
  readonly byKernel?: boolean;
}

const composed: readonly How[] = [{ how: "composed", make: values, budget: "composite" }];
const differentiated: readonly How[] = [{ how: "its gradient", make: gradient, budget: "gradient" }];
const byKernel: readonly How[] = [
  { how: "by the backend's kernel", make: values, budget: "composite", byKernel: true },
];
const differentiatedByKernel: readonly How[] = [
  { how: "its gradient by the backend's kernel", make: gradient, budget: "gradient", byKernel: true },
  { how: "the gradient of its gradient", make: secondGradient, budget: "gradient" },
  {
    how: "the gradient of its gradient by the backend's kernel",
    make: secondGradient,
    budget: "gradient",
    byKernel: true,
  },
];

function sampleCases(sample: CompositeSample, session: Session): readonly Draft[] {
  const { op, detail, differentiable = true } = sample, own = session.backend.kernels.has(op);
  const ways = [
    ...composed,
    ...(differentiable ? differentiated : []),
    ...(own ? byKernel : []),
    ...(own && differentiable ? differentiatedByKernel : []),
  ];
  return dtypesOf(session).filter(isFloating).flatMap((dtype) =>
    ways.map((way): Draft => ({
      op,
      dtype,
      detail: `${detail}, ${way.how}`,
      run: (current) =>
        compare(current, sample, dtype, way).catch(own ? incomparable(op) : rethrow).catch(leftAlone),
    }))
  );
}

function rethrow(error: unknown): never {
  throw error;
}

// With a kernel but neither a decomposition nor a compose, an op is not to be had without that kernel.
function incomparable(op: string): (error: unknown) => Outcome {
  const reason = `there is nothing to compare the kernel of ${op} with: give it a compose`;
  return (error) =>
    error instanceof MissingKernelError && error.op === op ? { status: "skipped", reason } : rethrow(error);
}

function unsampledCases({ kernels }: Backend, names: ReadonlySet<string>): readonly Draft[] {
  const outcome: Outcome = {
    status: "skipped",
    reason: "there is no sample of it, options.composites takes one",
  };
  const composites = [...kernels.keys()].filter((name) => !(name in primitiveKernels));
  return composites.filter((name) => !names.has(name)).map((name) => ({
    op: "kernels",
    dtype: null,
    detail: name,
    run: () => Promise.resolve(outcome),
  }));
}

function leftAlone(error: unknown): Outcome {
  const reason = "the backend leaves these operands to what the op is made of";
  return error instanceof LeftError ? { status: "skipped", reason } : rethrow(error);
}

function filled(shape: readonly number[], seed: number, { backend, dtype, storedAs }: Placed): Tensor {
  const fill = uneven(dtype, seed);
  return fromArray(arrayOf(storedAs, sizeOf(shape), fill), shape, { backend, dtype: storedAs });
}

function outputsOf(results: Tensor | readonly Tensor[]): Tensor[] {
  return [results].flat() as Tensor[];
}

function inputsOf({ shapes }: CompositeSample, placed: Placed): Tensor[] {
  return shapes.map((shape, seed) => filled(shape, seed, placed));
}

function values(sample: CompositeSample, placed: Placed): Tensor[] {
  return scope(() => outputsOf(sample.call(...inputsOf(sample, placed))));
}

type Several = (...inputs: Tensor[]) => Tensor[];

// Every element of the results has a weight of its own, so that none cancels another.
function gradientOf(fn: CompositeSample["call"], placed: Placed): Several {
  const floating: Several = (...inputs) => outputsOf(fn(...inputs)).filter((y) => isFloating(y.dtype));
  return (...inputs) => {
    const [outputs, pull] = vjp(floating, ...inputs);
    return pull(outputs.map((y, i) => filled(y.shape, 9 + i, placed)));
  };
}

function gradient(sample: CompositeSample, placed: Placed): Tensor[] {
  return scope(() => gradientOf(sample.call, placed)(...inputsOf(sample, placed)));
}

function secondGradient(sample: CompositeSample, placed: Placed): Tensor[] {
  const twice = gradientOf(gradientOf(sample.call, placed), placed);
  return scope(() => twice(...inputsOf(sample, placed)));
}

// By what composites are made of, whatever the backend has kernels for.
function withoutKernels<T>({ kernels }: Backend, fn: () => T): T {
  const own = [...kernels].filter(([name]) => !(name in primitiveKernels));
  for (const [name] of own) kernels.delete(name);
  try {
    return fn();
  } finally {
    for (const [name, kernel] of own) kernels.set(name, kernel);
  }
}

/** What a backend leaves to what an op is made of. */
class LeftError extends Error {}

function withKernel(backend: Backend, op: string, fn: () => Tensor[]): Tensor[] {
  const { kernels } = backend, kernel = kernels.get(op)!;
  let called = false;
  const counted: typeof kernel = (...call) => {
    called = true;
    kernels.set(op, kernel);
    const isLeft = backend.prefersParts?.(op, call[0]);
    kernels.set(op, counted);
    if (isLeft) throw new LeftError();
    kernel(...call);
  };
  kernels.set(op, counted);
  try {
    const outputs = fn();
    if (!called) release(outputs);
    expect(called, () => "The kernel was not called: the sample decomposes");
    return outputs;
  } finally {
    kernels.set(op, kernel);
  }
}

function release(tensors: readonly Tensor[]): void {
  for (const x of tensors) x.dispose();
}

async function compare(
  session: Session,
  sample: CompositeSample,
  dtype: DType,
  { make, budget, byKernel }: How,
): Promise<Outcome> {
  const on = (backend: Backend, storedAs: DType) => () => make(sample, { backend, dtype, storedAs });
  const { backend, reference } = session, own = on(backend, dtype);
  const exact = withoutKernels(reference, on(reference, "f64"));
  const outputs = byKernel ? withKernel(backend, sample.op, own) : withoutKernels(backend, own);
  try {
    // What the host computes is on its way where that reads a device, and is waited for by itself.
    const arrays = await session.read(outputs).catch(() => read(outputs));
    const allowance = session.allowanceOfEither(sample.op, budget, dtype);
    const distances = exact.map((y, i) => {
      const terms = { ...allowance, dtype: outputs[i].dtype, keeps: session.keeps, zeroSign: false };
      return furthest(arrays[i], y.dataSync(), terms, `result ${i}`);
    });
    return { status: "ok", ulp: Math.max(0, ...distances) };
  } finally {
    release(outputs);
  }
}

// In units of the largest element, since elements are sums of others of that size.
function furthest(actual: TypedArray, expected: TypedArray, terms: Terms, what: string): number {
  const size = (expected as Float64Array).reduce((most, x) => Math.max(most, Math.abs(x)), terms.floor);
  let most = 0;
  expected.forEach((x: number, i: number) => {
    const apart = distance(actual[i], x, { ...terms, floor: size });
    expect(apart <= terms.ulp, () =>
      `${show(actual[i])} at place ${i} of ${what} instead of ${show(x)}, ` +
      `${apart.toPrecision(3)} ULP off where ${terms.ulp} are allowed`);
    most = Math.max(most, apart);
  });
  return most;
}

function leakCases(session: Session): readonly Draft[] {
  return dtypesOf(session).filter(isFloating).slice(0, 1).map((dtype) => ({
    op: "composites",
    dtype,
    detail: "nothing is left by them",
    alone: true,
    run: (current) => expectNoLeak(current, dtype),
  }));
}

async function expectNoLeak({ backend, composites }: Session, dtype: DType): Promise<Outcome> {
  const step = (): void => {
    for (const sample of [...samples, ...composites]) {
      const makes = sample.differentiable === false ? [values] : [values, gradient];
      for (const make of makes) release(make(sample, { backend, dtype, storedAs: dtype }));
    }
  };
  // The first makes the constants that stay.
  step();
  await backend.synchronize();
  const before = backend.memory();
  step();
  await backend.synchronize();
  expectHeld(backend, before);
  return passed;
}
