/** A run as the page keeps it, and what is shown of it. */
import type { Chart } from "../charts/chart.ts";
import { perceptronCharts } from "../charts/perceptron.ts";
import { quadraticCharts } from "../charts/quadratic.ts";
import { surfaceCharts } from "../charts/surface.ts";
import type { State } from "../experiments/descent.ts";
import {
  type Mesh,
  type PerceptronResult,
  perceptronRun,
  quadraticMinimum,
  type QuadraticResult,
  quadraticRun,
  type SurfaceResult,
  surfaceRun,
} from "../experiments/results.ts";
import type { DescentName, Started } from "./calls.ts";
import type { Choice } from "./choice.ts";

/** What lies beyond is off every chart, and soon off what a browser can draw. */
const FARTHEST = 1e6;

/** A choice of a descent. */
export type DescentChoice = Choice & { readonly experiment: DescentName };

/** The paths of a descent as far as they have been walked. */
export class Walk {
  readonly choice: DescentChoice;
  /** The loss about the paths, where the experiment is drawn over it. */
  mesh?: Mesh;
  readonly #traces: readonly State[][];
  readonly #started: Started;

  constructor(choice: DescentChoice, started: Started) {
    this.choice = choice;
    this.#started = started;
    this.#traces = started.states.map((state) => [state]);
  }

  /** How many steps were taken. */
  get done(): number {
    return this.#traces[0].length - 1;
  }

  /** The last state of each path. */
  get last(): readonly State[] {
    return this.#traces.map((trace) => trace[trace.length - 1]);
  }

  /** Appends what was walked; from where a number is not finite any more, nothing. */
  append(states: readonly (readonly State[])[]): void {
    const lost = states[0].findIndex((_, step) => states.some((path) => !path[step].every(Number.isFinite)));
    const count = lost < 0 ? states[0].length : lost + 1;
    states.forEach((path, i) => this.#traces[i].push(...path.slice(0, count)));
  }

  /** The places of the paths whose numbers are not finite any more. */
  get lost(): readonly number[] {
    return this.last.flatMap((state, i) => state.every(Number.isFinite) ? [] : [i]);
  }

  quadratic(): QuadraticResult {
    const runs = this.choice.paths.map((path, i) => quadraticRun(path, this.#drawable(i)));
    return { ...quadraticMinimum, steps: this.choice.steps, runs };
  }

  surface(): SurfaceResult {
    const runs = this.choice.paths.map((path, i) => surfaceRun(path, this.#drawable(i)));
    return { grid: this.#started.grid!, steps: this.choice.steps, runs };
  }

  perceptron(): Omit<PerceptronResult, "mesh"> {
    const data = this.#started.data!;
    const runs = this.choice.paths.map((path, i) => perceptronRun(path, this.#drawable(i), data));
    return { data, steps: this.choice.steps, runs };
  }

  #drawable(i: number): readonly State[] {
    return this.#traces[i].filter((state) => state.every((value) => Math.abs(value) < FARTHEST));
  }
}

/** The charts of a walk, the one that matters most first. */
export function chartsOf(walk: Walk): readonly Chart[] {
  return drawn[walk.choice.experiment](walk);
}

const drawn: Record<DescentName, (walk: Walk) => readonly Chart[]> = {
  quadratic: (walk) => quadraticCharts(walk.quadratic()),
  surface: (walk) => surfaceCharts(walk.surface()),
  perceptron: (walk) => {
    if (!walk.mesh) return [];
    const [_data, boundaries, loss, surface] = perceptronCharts({ ...walk.perceptron(), mesh: walk.mesh });
    return [surface, boundaries, loss];
  },
};
