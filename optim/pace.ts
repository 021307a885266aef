/** Numbers that change with each step whatever the gradient: on the device, shared by what makes the same steps. */
import { full, keep, Tensor } from "@tapegrad/core";
import { copyFor, isCount, type ParameterState } from "./remembered.ts";

/**
 * Numbers on the device that change by a rule of their own with each step: how many were made, the bias that averages
 * still have. They are in the state of each parameter, and parameters of a group that make the same steps share
 * them, so that one kernel moves all on.
 *
 * @category Optimizers
 * @example
 * ```ts
 * import { defineUpdate, defineUpdates, e, noGrad, type Tensor, variable } from "@tapegrad/core";
 * import { type Cells, Optimizer, type OptimizerOptions, type Pace } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const slow = defineUpdates("slow", (_pace, steps, rate) => {
 *   const t = e.add(steps, 1);
 *   return [e.div(rate, t), t];
 * });
 * const descend = defineUpdate("descend", (p, g, pace) => e.sub(p, e.mul(pace, g)));
 *
 * class Slowing extends Optimizer<OptimizerOptions, { steps?: Tensor; pace?: Tensor }> {
 *   protected override readonly pace: Pace<Cells<OptimizerOptions>> = {
 *     start: { pace: 0 },
 *     advance: (numbers, { learningRate }) => slow(numbers, learningRate),
 *   };
 *   protected override update(
 *     p: Tensor,
 *     gradient: Tensor,
 *     _options: OptimizerOptions,
 *     { pace }: { pace?: Tensor },
 *   ): void {
 *     descend(p, gradient, pace!);
 *   }
 * }
 *
 * const x = variable(0), optimizer = new Slowing([x], { learningRate: 1 });
 * x.neg().backward();
 * optimizer.step();
 * optimizer.step();
 * assertEquals(await noGrad(() => x.mul(1)).item(), 1.5);
 * ```
 */
export interface Pace<C> {
  /** What they are before the first step, by name, beside `steps`, an integer that counts them. */
  readonly start: Readonly<Record<string, number>>;
  /** Moves them on by a step, in place; they come in the order of `start`, `steps` the last. */
  readonly advance: (numbers: readonly Tensor[], cells: C) => void;
}

/** A parameter, and what is remembered of it. */
export interface Remembered {
  /** The parameter. */
  readonly parameter: Tensor;
  /** What is remembered of it. */
  readonly state: ParameterState;
}

type Numbers = readonly Tensor[];

const STEPS = "steps";

function namesIn(start: Pace<never>["start"]): string[] {
  return [...Object.keys(start), STEPS];
}

/**
 * The numbers of those that step, each once: in the states of all that share them, where the parameters are. Calls
 * `replaces` where some of those that are there give way to others.
 */
export function paced(
  start: Pace<never>["start"],
  group: readonly Remembered[],
  replaces: () => void,
): Numbers[] {
  const names = namesIn(start);
  const moving = group.filter(({ parameter }) => parameter.grad !== null);
  const lost = moving.filter(({ parameter, state }) => !names.every((name) => isAt(state[name], parameter)));
  const wasThere = lost.some(({ state }) => state.steps !== undefined);
  give(start, lost);
  const sets = new Map(moving.map(({ state }) => [state.steps, names.map((name) => state[name] as Tensor)]));
  const resting = group.filter(({ parameter, state }) => parameter.grad === null && sets.has(state.steps));
  if (wasThere || resting.length > 0) replaces();
  part(names, resting);
  return [...sets.values()];
}

/** Has those begin that have no numbers, and those follow that moved: what shared them, or begins now, shares them. */
function give(start: Pace<never>["start"], lost: readonly Remembered[]): void {
  const names = namesIn(start), places = new Map<string, Map<unknown, Numbers>>();
  for (const { parameter, state } of lost) {
    const place = `${parameter.backend.name} ${parameter.dtype}`, from = state.steps;
    const here = places.get(place) ?? new Map<unknown, Numbers>();
    const numbers = here.get(from) ??
      names.map((name) => {
        const value = state[name] as Tensor | undefined;
        // A copy even of what is there: others may stay who share it.
        return value ? keep(copyFor(parameter, value)) : begun(name, start, parameter);
      });
    places.set(place, here.set(from, numbers));
    names.forEach((name, i) => state[name] = numbers[i]);
  }
}

/** Gives those that do not step numbers of their own, which are those of others now. */
function part(names: readonly string[], resting: readonly Remembered[]): void {
  const copies = new Map<unknown, Tensor>();
  for (const { state } of resting) {
    for (const name of names) {
      const value = state[name] as Tensor;
      state[name] = copies.get(value) ?? keep(value.zerosLike().assign(value));
      copies.set(value, state[name] as Tensor);
    }
  }
}

function isAt(value: ParameterState[string], { backend, dtype }: Tensor): boolean {
  return value instanceof Tensor && value.backend === backend && (isCount(value) || value.dtype === dtype);
}

function begun(name: string, start: Pace<never>["start"], { backend, dtype }: Tensor): Tensor {
  const counts = name === STEPS;
  return keep(full([], counts ? 0 : start[name], { dtype: counts ? "i32" : dtype, backend }));
}
