/** What the page and its worker say to each other: the page asks, and the worker answers each question once. */
import type { State } from "../experiments/descent.ts";
import type { Path } from "../experiments/plans.ts";
import type { DigitsRun, GradientResult, Grid, Mesh, MeshPlan, PointSet } from "../experiments/results.ts";

export type DescentName = "quadratic" | "surface" | "perceptron";

/** Where the numbers are computed. */
export interface Device {
  readonly backend: string;
  /** The adapter's name, or nothing where the backend has none to tell. */
  readonly description: string;
  readonly dtype: "f32" | "f64";
  /** The backend that was asked for, where it cannot be had, and why, in words for visitors. */
  readonly instead?: { readonly of: string; readonly why: string };
}

/** A descent that is about to set out. */
export interface Started {
  /** The state of each path. */
  readonly states: readonly State[];
  /** What the paths lead over, where the experiment has it. */
  readonly grid?: Grid;
  readonly data?: PointSet;
}

export interface Advanced {
  /** For each path, its states after each step. */
  readonly states: readonly (readonly State[])[];
  /** How long the steps took, the read included. */
  readonly milliseconds: number;
}

export interface Learned {
  readonly run: DigitsRun;
  /** How long the epoch took, without what was measured after it. */
  readonly milliseconds: number;
}

/** Each call: what is sent, and what comes back. */
export interface Calls {
  backends: { asks: null; gives: readonly string[] };
  open: { asks: { readonly backend: string }; gives: Device };
  gradient: { asks: { readonly device: Device; readonly at: number }; gives: GradientResult };
  start: {
    asks: {
      readonly device: Device;
      readonly experiment: DescentName;
      readonly paths: readonly Path[];
      readonly seed?: number;
    };
    gives: Started;
  };
  advance: { asks: { readonly steps: number }; gives: Advanced };
  /** Opens a network that reads digits: what it answers before it has learned anything. */
  digits: {
    asks: { readonly device: Device; readonly seed?: number; readonly epochs: number };
    gives: DigitsRun;
  };
  epoch: { asks: null; gives: Learned };
  mesh: { asks: MeshPlan; gives: Mesh };
  finish: { asks: null; gives: null };
}

export type CallName = keyof Calls;

export interface Question<Name extends CallName = CallName> {
  readonly id: number;
  readonly name: Name;
  readonly asks: Calls[Name]["asks"];
}

/** An answer, or the sentence that says why there is none. */
export type Answer =
  | { readonly id: number; readonly gives: Calls[CallName]["gives"] }
  | { readonly id: number; readonly failure: string };
