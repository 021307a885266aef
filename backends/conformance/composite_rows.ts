/** Composites: their decompositions, their gradients, and a backend's own kernels for them. */
import {
  type Backend,
  type DType,
  fromArray,
  isFloating,
  type Kernel,
  MissingKernelError,
  noGrad,
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

function sampleCases(sample: CompositeSample, session: Session): readonly Draft[] {
  const { op, detail, differentiable = true } = sample, own = session.backend.kernels.has(op);
  return dtypesOf(session).filter(isFloating).flatMap((dtype): Draft[] => {
    const one = (how: string, make: Make, budget: string): Draft => ({
      op,
      dtype,
      detail: `${detail}, ${how}`,
      run: (current) =>
        compare(current, sample, { dtype, make, budget }).catch(own ? incomparable(op) : rethrow),
    });
    return [
      one("composed", composed, "composite"),
      ...(differentiable ? [one("its gradient", gradient, "gradient")] : []),
      ...(own ? [one("by the backend's kernel", byKernel, "composite")] : []),
    ];
  });
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

function filled(shape: readonly number[], seed: number, { backend, dtype, storedAs }: Placed): Tensor {
  const fill = uneven(dtype, seed);
  return fromArray(arrayOf(storedAs, sizeOf(shape), fill), shape, { backend, dtype: storedAs });
}

function outputsOf({ shapes, call }: CompositeSample, placed: Placed): Tensor[] {
  return [call(...shapes.map((shape, seed) => filled(shape, seed, placed)))].flat() as Tensor[];
}

const composed: Make = (sample, placed) =>
  withKernel(placed.backend, sample.op, undefined, () => scope(() => outputsOf(sample, placed)));

// Every element of the results has a weight of its own, so that none cancels another.
const gradient: Make = ({ shapes, call }, placed) =>
  scope(() => {
    const floating = (...inputs: Tensor[]): Tensor[] =>
      ([call(...inputs)].flat() as Tensor[]).filter((y) => isFloating(y.dtype));
    const [outputs, pull] = vjp(floating, ...shapes.map((shape, seed) => filled(shape, seed, placed)));
    return pull(outputs.map((y, i) => filled(y.shape, 9 + i, placed)));
  });

const byKernel: Make = (sample, placed) => {
  const { kernels } = placed.backend, kernel = kernels.get(sample.op);
  if (!kernel) return composed(sample, placed);
  let called = false;
  const watched: Kernel = (...call) => {
    called = true;
    kernel(...call);
  };
  const outputs = withKernel(
    placed.backend,
    sample.op,
    watched,
    () => noGrad(() => scope(() => outputsOf(sample, placed))),
  );
  if (!called) release(outputs);
  expect(called, () => "The kernel was not called: the sample decomposes");
  return outputs;
};

// Puts another kernel, or none, in the place of the backend's for as long as `fn` runs.
function withKernel<T>({ kernels }: Backend, op: string, kernel: Kernel | undefined, fn: () => T): T {
  const before = kernels.get(op);
  if (kernel) kernels.set(op, kernel);
  else kernels.delete(op);
  try {
    return fn();
  } finally {
    if (before) kernels.set(op, before);
  }
}

function release(tensors: readonly Tensor[]): void {
  for (const x of tensors) x.dispose();
}

interface How {
  readonly dtype: DType;
  readonly make: Make;
  readonly budget: string;
}

async function compare(
  session: Session,
  sample: CompositeSample,
  { dtype, make, budget }: How,
): Promise<Outcome> {
  const outputs = make(sample, { backend: session.backend, dtype, storedAs: dtype });
  try {
    const arrays = await session.read(outputs);
    const exact = make(sample, { backend: session.reference, dtype, storedAs: "f64" });
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
      const makes = sample.differentiable === false ? [composed] : [composed, gradient];
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
