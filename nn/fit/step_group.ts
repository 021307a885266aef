/** Batches whose gradients make one step. */
import { limitGradientNorm, limitGradients, mul, noGrad, scope, type Tensor } from "@tapegrad/core";
import type { Clip, FitOptimizer } from "./options.ts";

/** What a group of batches steps with. */
export interface StepRules {
  /** All that gets gradients, whether it is changed or not. */
  readonly parameters: readonly Tensor[];
  readonly optimizer: FitOptimizer;
  /** How many batches there are in a whole group. */
  readonly accumulate: number;
  readonly clip?: Clip;
  /** Called after each step. */
  readonly onStep: () => void;
}

/**
 * Adds up gradients over batches and steps. The gradient is that of the mean loss over all samples of the group,
 * also where its batches differ in size, or are fewer at the end of an epoch.
 */
export class StepGroup {
  readonly #rules: StepRules;
  #batches = 0;
  #samples = 0;
  /** How many samples it would have, were all batches as the first. */
  #expected = 0;

  constructor(rules: StepRules) {
    this.#rules = rules;
  }

  /** Whether there are gradients that no step was made along yet. */
  get isOpen(): boolean {
    return this.#batches > 0;
  }

  /** Walks back from the mean loss of a batch of so many samples. */
  backward(loss: Tensor, size: number): void {
    const { parameters, accumulate } = this.#rules;
    if (!this.isOpen) {
      parameters.forEach((parameter) => parameter.setGrad(null));
      this.#expected = size * accumulate;
    }
    if (accumulate === 1) loss.backward();
    else loss.mul(size / this.#expected).backward();
    this.#batches++;
    this.#samples += size;
    if (this.#batches === accumulate) this.step();
  }

  /** Steps along what was added up so far. */
  step(): void {
    const { optimizer, accumulate, onStep } = this.#rules, factor = this.#expected / this.#samples;
    [this.#batches, this.#samples] = [0, 0];
    scope(() => {
      if (accumulate > 1 && factor !== 1) this.#scale(factor);
      this.#clip();
      if (optimizer.step() !== false) onStep();
    });
  }

  #scale(factor: number): void {
    noGrad(() => {
      for (const parameter of this.#rules.parameters) {
        if (parameter.grad !== null) parameter.setGrad(mul(parameter.grad, factor));
      }
    });
  }

  #clip(): void {
    const { clip, optimizer } = this.#rules;
    if (clip === undefined) return;
    if (optimizer.clipNext && typeof clip !== "function") return optimizer.clipNext(clip);
    const parameters = optimizer.groups.flatMap((group) => group.parameters);
    if (typeof clip === "function") return void clip(parameters);
    if (clip.value !== undefined) limitGradients(parameters, clip.value);
    if (clip.norm !== undefined) limitGradientNorm(parameters, clip.norm);
  }
}
