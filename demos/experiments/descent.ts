import { GD, noGrad, read, scope, type Tensor } from "@tapegrad/tapegrad";
import type { Settings } from "./experiment.ts";

/** A loss, and the parameters that it is to be made small by. */
export interface Problem {
  readonly parameters: readonly Tensor[];
  /** Computes the loss of the parameters as they are. */
  readonly loss: () => Tensor;
  readonly rate: number;
}

/** The elements of all parameters, and then the loss that they have. */
export type State = readonly number[];

/** Gradient descents taken side by side, so that one read serves them all. */
export class Descents {
  readonly problems: readonly Problem[];
  readonly #optimizers: readonly GD[];
  readonly #constants: readonly Tensor[];

  /** Takes over the problems' parameters, and the constants that their losses use. */
  constructor(problems: readonly Problem[], constants: readonly Tensor[] = []) {
    this.problems = problems;
    this.#optimizers = problems.map(({ parameters, rate }) => new GD(parameters, { learningRate: rate }));
    this.#constants = constants;
  }

  /**
   * Takes steps and gives, for each problem, its state after each of them; without steps the one that it
   * has. A page's scopes end at the first await, so each closes before the read.
   */
  async advance(steps: number): Promise<State[][]> {
    const seen = this.problems.map((problem, i) => walk(problem, this.#optimizers[i], steps));
    const values = await read(seen.flat(2));
    let next = 0;
    const states = seen.map((states) => states.map((state) => state.flatMap(() => [...values[next++]])));
    seen.flat(2).forEach((tensor) => tensor.dispose());
    return states;
  }

  /** Lets go of the parameters, which a scope leaves to whoever made them, and of the constants. */
  release(): void {
    this.#optimizers.forEach((optimizer) => optimizer.dispose());
    release(this.problems.flatMap(({ parameters }) => parameters));
    this.#constants.forEach((constant) => constant.dispose());
  }
}

/** How many steps lie between two reads, where nobody watches. */
const EVERY = 50;

/** Takes all steps and gives the states of each problem, from the one before the first step; then releases. */
export async function follow(
  descents: Descents,
  { steps, progress }: { readonly steps: number; readonly progress?: Settings["progress"] },
): Promise<State[][]> {
  try {
    const traces = await descents.advance(0);
    for (let done = 0; done < steps; done += EVERY) {
      const states = await descents.advance(Math.min(EVERY, steps - done));
      states.forEach((more, i) => traces[i].push(...more));
      await progress?.(Math.min(done + EVERY, steps) / steps);
    }
    return traces;
  } finally {
    descents.release();
  }
}

/** Lets go of parameters and their gradients; a gradient that is forgotten falls to the scope around. */
export function release(parameters: readonly Tensor[]): void {
  scope(() => {
    for (const parameter of parameters) {
      parameter.setGrad(null);
      parameter.dispose();
    }
  });
}

/** The state after each step; the loss after one is that which the next sets out from. */
function walk({ parameters, loss }: Problem, optimizer: GD, steps: number): Tensor[][] {
  const seen: Tensor[][] = [];
  for (let i = 0; i < steps; i++) {
    const before = scope(() => {
      optimizer.zeroGrad();
      const value = loss();
      const state = i > 0 ? stateOf(parameters, value.detach()) : [];
      value.backward();
      optimizer.step();
      return state;
    });
    if (i > 0) seen.push(before);
  }
  seen.push(scope(() => stateOf(parameters, noGrad(loss))));
  return seen;
}

/** Tensors of their own, which a later step does not change. */
function stateOf(parameters: readonly Tensor[], loss: Tensor): Tensor[] {
  return noGrad(() => [...parameters.map((parameter) => parameter.mul(1)), loss]);
}
