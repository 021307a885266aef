/** The experiments as the page offers them: what can be set, within which limits. Plain data. */
import { digitsPlan, perceptronPlan, type Plan, quadraticPlan, surfacePlan } from "../experiments/plans.ts";
import type { DescentName } from "./calls.ts";

export type Name = "gradient" | DescentName | "digits";

/** A number that the reader may choose. */
export interface Limits {
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
  /** By how much a key or a click on the field changes it. */
  readonly by: number;
}

/** What can be set. */
export interface Offer {
  /** What the coordinates of a start are called, and how far they go. */
  readonly coordinates: readonly string[];
  readonly start: Limits;
  /** Unless it takes steps, it has one start, and neither rates nor steps. */
  readonly plan: Plan;
  readonly takesSteps: boolean;
  /** What it takes in place of steps, and within which limits. */
  readonly rounds?: { readonly label: string; readonly limits: Limits };
  /** Whether a seed can draw other data. */
  readonly seeded: boolean;
}

export const offers: Readonly<Record<Name, Offer>> = {
  gradient: {
    coordinates: ["x"],
    start: { least: 4.1, most: 16, by: 0.1 },
    plan: { paths: [{ start: [10], rate: 0 }], steps: 0 },
    takesSteps: false,
    seeded: false,
  },
  quadratic: {
    coordinates: ["x"],
    start: { least: -20, most: 20, by: 0.5 },
    plan: quadraticPlan,
    takesSteps: true,
    seeded: false,
  },
  surface: {
    coordinates: ["x", "y"],
    start: { least: -3, most: 3, by: 0.1 },
    plan: surfacePlan,
    takesSteps: true,
    seeded: false,
  },
  perceptron: {
    coordinates: ["w₁", "w₂"],
    start: { least: -10, most: 10, by: 0.5 },
    plan: perceptronPlan,
    takesSteps: true,
    seeded: true,
  },
  digits: {
    coordinates: [],
    start: { least: 0, most: 0, by: 1 },
    plan: digitsPlan,
    takesSteps: true,
    rounds: { label: "Epochs", limits: { least: 1, most: 50, whole: true, by: 1 } },
    seeded: true,
  },
};

export const names = Object.keys(offers) as Name[];

export const rateLimits: Limits = { least: 0.0001, most: 10, by: 0.05 };
const stepLimits: Limits = { least: 1, most: 1000, whole: true, by: 1 };

/** What is taken again and again, and how often it may be. */
export function roundsOf(name: Name): { readonly label: string; readonly limits: Limits } {
  return offers[name].rounds ?? { label: "Steps", limits: stepLimits };
}
export const seedLimits: Limits = { least: 0, most: 2 ** 32 - 1, whole: true, by: 1 };

/** As many paths as the theme has colours. */
export const MOST_PATHS = 4;

/** How long a run is stretched for watching, in seconds. */
export const paces: Readonly<Record<string, { readonly label: string; readonly seconds: number }>> = {
  calm: { label: "calm (4 s)", seconds: 4 },
  slow: { label: "slow (12 s)", seconds: 12 },
  fast: { label: "full speed", seconds: 0 },
};
