/** Runs the samples of an operator and compares with what PyTorch says. */
import { type DType, grad, jvp, mul, scope, sum, Tensor, vjp, zeros } from "@tapegrad/core";
import { Call, type Operator } from "./call.ts";
import { differences, type Pairs } from "./difference.ts";
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

/** Runs all samples of an operator with floats of dtype `float`. */
export async function compareOperator(dump: Dump, operator: Operator, float: DType): Promise<Outcome> {
  const none = () => ({ passed: 0, failed: 0 });
  const tally = { value: none(), gradient: none(), forward: none(), second: none() };
  const outcome: Outcome = { op: dump.op, compared: 0, tally, worst: 0, failures: [], skipped: [] };
  for (const [i, sample] of dump.samples.entries()) {
    await scope(() => compareSample(() => new Run(operator, sample, float), i, outcome));
  }
  return outcome;
}

async function compareSample(make: () => Run, index: number, outcome: Outcome): Promise<void> {
  try {
    const run = make();
    for (const stage of stages) await compareStage(run, stage, index, outcome);
    outcome.compared++;
  } catch (error) {
    if (!(error instanceof NotCovered)) throw error;
    outcome.skipped.push(error.message);
  }
}

async function compareStage(run: Run, stage: Stage, index: number, outcome: Outcome): Promise<void> {
  const { op, tally, failures } = outcome;
  try {
    const pairs = run[stage]();
    if (pairs === null) return;
    const { worst, failure } = await differences(pairs, { op, float: run.float });
    outcome.worst = Math.max(outcome.worst, worst);
    tally[stage][failure ? "failed" : "passed"]++;
    if (failure) failures.push(`sample ${index}, ${stage}: ${failure}`);
  } catch (error) {
    if (error instanceof NotCovered) throw error;
    tally[stage].failed++;
    failures.push(`sample ${index}, ${stage}: ${String(error)}`);
  }
}

/** A sample as functions of the tensors that gradients are asked for. */
class Run {
  readonly float: DType;
  readonly #operator: Operator;
  readonly #sample: Sample;
  readonly #leaves: readonly Tensor[];
  readonly #cotangents: readonly Tensor[];
  readonly #directions: readonly Tensor[];

  constructor(operator: Operator, sample: Sample, float: DType) {
    this.float = float;
    this.#operator = operator;
    this.#sample = sample;
    const make = (encoded: EncodedTensor) => makeTensor(encoded, float);
    this.#leaves = leavesOf(sample).map(make);
    this.#cotangents = sample.cotangents.map(make);
    this.#directions = sample.directions.map(make);
  }

  #call(leaves: readonly Tensor[]): readonly Tensor[] {
    const outputs = this.#operator(new Call(...decodeArguments(this.#sample, leaves, this.float)));
    return outputs instanceof Tensor ? [outputs] : outputs;
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
