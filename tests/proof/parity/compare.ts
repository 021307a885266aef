/** Runs the samples of an operator and compares with what PyTorch says. */
import { type DType, grad, jvp, mul, read, scope, sum, type Tensor, vjp, zeros } from "@tapegrad/core";
import { Call, type Operator, resultsOf } from "./call.ts";
import { type Circumstances, differences, type Found, type Pairs } from "./difference.ts";
import { judged } from "./judged.ts";
import { valuesAlone } from "./tolerance.ts";
import { calledWith, processed } from "./processed.ts";
import {
  decodeArguments,
  type Dump,
  type EncodedTensor,
  leavesOf,
  makeTensor,
  NotCovered,
  numbersOf,
  type Sample,
} from "./sample.ts";

/** What of a sample is compared: the value, the gradient, the derivative in a direction, the second order. */
export const stages = ["value", "gradient", "forward", "second"] as const;

/** One of the {@link stages}. */
export type Stage = typeof stages[number];

/** How the samples of an operator came out. */
export interface Outcome {
  readonly op: string;
  /** How many samples were compared. */
  compared: number;
  /** How many samples passed and failed, stage by stage; where PyTorch has nothing to compare neither. */
  readonly tally: Readonly<Record<Stage, { passed: number; failed: number }>>;
  /** The largest relative error; magnitudes below a hundredth count as a hundredth. */
  worst: number;
  /** What failed, a line each. */
  readonly failures: string[];
  /** Why samples were left out. */
  readonly skipped: string[];
}

/** Runs all samples of an operator with floats of dtype `float`, side by side where reading must be awaited. */
export async function compareOperator(dump: Dump, operator: Operator, float: DType): Promise<Outcome> {
  const none = () => ({ passed: 0, failed: 0 });
  const tally = { value: none(), gradient: none(), forward: none(), second: none() };
  const outcome: Outcome = { op: dump.op, compared: 0, tally, worst: 0, failures: [], skipped: [] };
  const results = await Promise.all(
    dump.samples.map((sample) =>
      scope(() => compareSample(() => new Run(dump.op, operator, sample, float), { op: dump.op, float }))
    ),
  );
  results.forEach((result, i) => count(result, i, outcome));
  return outcome;
}

/** How a stage of a sample came out. */
interface Result extends Found {
  readonly stage: Stage;
}

function count(results: readonly Result[] | NotCovered, index: number, outcome: Outcome): void {
  const { tally, failures, skipped } = outcome;
  if (results instanceof NotCovered) return void skipped.push(results.message);
  outcome.compared++;
  for (const { stage, worst, failure } of results) {
    outcome.worst = Math.max(outcome.worst, worst);
    tally[stage][failure ? "failed" : "passed"]++;
    if (failure) failures.push(`sample ${index}, ${stage}: ${failure}`);
  }
}

// All stages run before what they gave is read, at once.
async function compareSample(
  make: () => Run,
  circumstances: Circumstances,
): Promise<readonly Result[] | NotCovered> {
  try {
    const run = make(), compared = stages.slice(0, valuesAlone.has(circumstances.op) ? 1 : undefined);
    const attempts = compared.map((stage) => attempt(run, stage));
    const elements = await read(attempts.flatMap(({ pairs }) => pairs.map(([actual]) => actual)));
    return attempts.flatMap(({ stage, pairs, failure }): Result[] => {
      if (failure) return [{ stage, worst: 0, failure }];
      if (pairs.length === 0) return [];
      return [{ stage, ...differences(pairs, elements.splice(0, pairs.length), circumstances) }];
    });
  } catch (error) {
    if (error instanceof NotCovered) return error;
    throw error;
  }
}

interface Attempt {
  readonly stage: Stage;
  readonly pairs: Pairs;
  readonly failure?: string;
}

function attempt(run: Run, stage: Stage): Attempt {
  try {
    return { stage, pairs: run[stage]() ?? [] };
  } catch (error) {
    if (error instanceof NotCovered) throw error;
    return { stage, pairs: [], failure: String(error) };
  }
}

/** A sample as functions of the tensors that gradients are asked for. */
class Run {
  readonly float: DType;
  readonly #op: string;
  readonly #operator: Operator;
  readonly #sample: Sample;
  readonly #leaves: readonly Tensor[];
  readonly #cotangents: readonly Tensor[];
  readonly #directions: readonly Tensor[];

  constructor(op: string, operator: Operator, sample: Sample, float: DType) {
    this.float = float;
    this.#op = op;
    this.#operator = operator;
    this.#sample = judged(op, sample, float);
    const make = (encoded: EncodedTensor) => makeTensor(encoded, float);
    this.#leaves = leavesOf(sample).map(make);
    this.#cotangents = sample.cotangents.map(make);
    this.#directions = sample.directions.map(make);
  }

  #call(leaves: readonly Tensor[]): readonly Tensor[] {
    const call = calledWith(this.#op, new Call(...decodeArguments(this.#sample, leaves, this.float)));
    const make = (encoded: EncodedTensor) => makeTensor(encoded, this.float);
    return processed(this.#op, resultsOf(this.#operator(call)), this.#sample.output, make);
  }

  #differentiable(leaves: readonly Tensor[]): Tensor[] {
    const outputs = this.#call(leaves);
    return this.#sample.differentiable.map((i) => outputs[i]);
  }

  #gradients(leaves: readonly Tensor[]): Tensor[] {
    const [, pull] = vjp((...inputs: Tensor[]) => this.#differentiable(inputs), ...leaves);
    return pull([...this.#cotangents]);
  }

  value(): Pairs {
    const outputs = this.#call(this.#leaves), { output } = this.#sample;
    if (outputs.length !== output.length) {
      throw new Error(`${outputs.length} results instead of ${output.length}`);
    }
    return outputs.map((y, i) => [y, output[i]]);
  }

  gradient(): Pairs {
    return this.#gradients(this.#leaves).map((g, i) => [g, this.#sample.grads[i]]);
  }

  // Forward mode in the stored directions d must agree with PyTorch's gradients g: <ct, J·d> = <g, d>.
  forward(): Pairs | null {
    const { output, differentiable, grads, directions } = this.#sample;
    // Where a result is NaN or infinite, so is its derivative; the gradient may have been masked.
    if (differentiable.some((i) => !numbersOf(output[i]).every(Number.isFinite))) return null;
    const run = (...inputs: Tensor[]) => this.#differentiable(inputs);
    const [, tangents] = jvp(run, [...this.#leaves], [...this.#directions]);
    const expected = grads.reduce((total, g, i) => total + dot(g, directions[i]), 0);
    const dtype = this.#isSingle() ? "f32" : this.float;
    const data = [expected], encoded = { $tensor: { dtype, shape: [], data, grad: false } };
    return [[inner(tangents, this.#cotangents).to(dtype), encoded]];
  }

  #isSingle(): boolean {
    return [...leavesOf(this.#sample), ...this.#sample.cotangents].some((x) => x.$tensor.dtype === "f32");
  }

  second(): Pairs | null {
    const { second } = this.#sample;
    if (second === null) return null;
    const along = grad((leaves: Tensor[]) => inner(this.#gradients(leaves), this.#directions));
    return along([...this.#leaves]).map((g, i) => [g, second[i]]);
  }
}

function inner(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  return a.map((x, i) => sum(mul(x, b[i]))).reduce((x, y) => x.add(y), zeros([], { dtype: a[0].dtype }));
}

function dot(gradient: EncodedTensor | null, direction: EncodedTensor): number {
  if (gradient === null) return 0;
  const d = numbersOf(direction);
  return numbersOf(gradient).reduce((total, g, i) => total + g * d[i], 0);
}
