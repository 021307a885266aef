import type { Backend, DType, Tensor } from "@tapegrad/core";
import type { Budgets } from "./budgets.ts";

/**
 * The values of IEEE 754 that some devices do not keep.
 *
 * @category Conformance
 */
export type Special = "nan" | "infinity" | "negative zero" | "subnormal";

/**
 * How a case ended.
 *
 * @category Conformance
 */
export type Outcome =
  | { readonly status: "ok"; readonly ulp: number }
  | { readonly status: "failed"; readonly message: string }
  | { readonly status: "skipped"; readonly reason: string };

/**
 * What a case is about.
 *
 * @category Conformance
 */
export interface Subject {
  /** A scalar function, a primitive, a composite, or what else is asked of a backend: a row of the matrix. */
  readonly op: string;
  /** The dtype it is tried with: a column; `null` where it is about none. */
  readonly dtype: DType | null;
  /** Which layouts, values or sizes. */
  readonly detail: string;
}

/**
 * One thing that is asked of a backend.
 *
 * @category Conformance
 */
export interface ConformanceCase extends Subject {
  /** Whether it counts buffers or provokes errors, so that no other case may run beside it. */
  readonly alone: boolean;
  /** Tries it. A backend that throws has failed; nothing is thrown here. */
  run(): Promise<Outcome>;
}

/**
 * A case that has been tried.
 *
 * @category Conformance
 */
export interface ConformanceResult extends Subject {
  /** How it ended. */
  readonly outcome: Outcome;
}

/**
 * A composite to be run on the backend and in f64, with gradients, and with the backend's kernel if there is one.
 *
 * @category Conformance
 */
export interface CompositeSample {
  /** Its name, under which a kernel for it is registered. */
  readonly op: string;
  /** What sets this sample apart. */
  readonly detail: string;
  /** Shapes of the inputs, which are floats; they are filled with numbers from -2 to 2. */
  readonly shapes: readonly (readonly number[])[];
  /** The composite of these inputs. It may return several tensors. */
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** Whether to compare gradients; they are, unless said. */
  readonly differentiable?: boolean;
}

/**
 * What a backend is held to.
 *
 * @category Conformance
 */
export interface ConformanceOptions {
  /** The ops to try; all unless said. */
  readonly ops?: readonly string[];
  /**
   * The reason why a case is not asked of the backend, or nothing; or the reasons by op, or by op and dtype as in
   * `"cumulate prod i32"`.
   */
  readonly skip?: Readonly<Record<string, string>> | ((subject: Subject) => string | undefined);
  /** Budgets that take the place of {@link budgets}, by op, or by op and dtype as in `"exp f16"`. */
  readonly budget?: Budgets;
  /** The special values that it keeps: all if it is `ieee`, else NaN and infinities. */
  readonly keeps?: readonly Special[];
  /** Whether to run the cases of millions of elements; they are, unless said. */
  readonly large?: boolean;
  /** More composites than those of core, such as ones that the backend has a kernel for. */
  readonly composites?: readonly CompositeSample[];
}

/**
 * How a suite is registered with a test runner.
 *
 * @category Conformance
 */
export interface SuiteOptions extends ConformanceOptions {
  /** Registers one test; that of Deno or, elsewhere, the global `it` unless said. */
  readonly test?: (name: string, fn: () => Promise<void>) => void;
  /** Takes a line about what was skipped; `console.log` unless said. */
  readonly log?: (line: string) => void;
}

/**
 * Opens the backend that a suite is about.
 *
 * @category Conformance
 */
export type BackendMaker = () => Backend | Promise<Backend>;
