/** What each descent does unless told otherwise. Plain data: a page reads it without the library. */

/** One way down: where it starts, and the learning rate of its steps. */
export interface Path {
  readonly start: readonly number[];
  readonly rate: number;
}

/** Several ways down, walked side by side. */
export interface Plan {
  readonly paths: readonly Path[];
  readonly steps: number;
}

const surfaceStarts = [[0.5, 1.8], [-2, -2], [-2, 2], [1.6, -0.1]];
const weightStarts = [[2, 2], [2, 0], [-2, 2], [-2, -2]];

export const quadraticPlan: Plan = {
  paths: [{ start: [-3], rate: 0.1 }, { start: [4], rate: 0.8 }],
  steps: 100,
};

export const surfacePlan: Plan = {
  paths: surfaceStarts.map((start) => ({ start, rate: 0.3 })),
  steps: 15,
};

/** Steps are epochs, and what starts are drawn by a seed. */
export const digitsPlan: Plan = { paths: [], steps: 12 };

export const perceptronPlan: Plan = {
  paths: weightStarts.map((start) => ({ start, rate: 0.1 })),
  steps: 400,
};
