/** Runs of a program beside the function that it is of. */
import { CompileError, showShape } from "../../base/errors.ts";
import type { TypedArray } from "../../base/dtype.ts";
import { scope } from "../../tape/scope.ts";
import { read } from "../../tensor/read.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { leavesOf } from "../../tensor/tree.ts";
import { CallJournal } from "../program/call_journal.ts";
import type { Watch } from "../program/replay.ts";
import { Shaking } from "./shaking.ts";

/** What a call may leave behind. */
export interface Touched {
  /** Tensors that are changed in place. */
  readonly written: readonly Tensor[];
  /** Tensors whose gradient is replaced. */
  readonly graded: readonly Tensor[];
}

/** What is held against each other. */
export interface Verifiable<T> {
  /** Calls the function. */
  call(): unknown;
  /** Runs what was recorded step by step. */
  replay(watch?: Watch): unknown;
  /** Runs the program. */
  run(): T;
  /** Whether it gives the same to the bit as what was recorded. */
  readonly isExact: boolean;
  /** What all of them leave behind. */
  readonly touched: Touched;
}

/** What a call gave and left behind, with what to call it. */
type Found = readonly (readonly [string, Tensor])[];

/** So many runs show what rounding does, each moved otherwise. */
const SHAKES = [1, 2, 3];

/** So often as far as those were moved, the element itself and all of its tensor on average, others may be. */
const MARGIN = 16;

/**
 * Compares runs as soon as they can be read: what was recorded with the function, to the bit; and where kernels were
 * fused, what runs with what was recorded, as far as rounding carries: which is how far {@link Shaking} moves it.
 */
export class Verifier {
  readonly #asked: string;
  #pending: Promise<void>[] = [];

  /** For runs of what was asked to be compiled. */
  constructor(asked: string) {
    this.#asked = asked;
  }

  /** Calls the function and runs what was recorded, which leave nothing behind, then runs the program. */
  run<T>({ call, replay, run, isExact, touched }: Verifiable<T>): T {
    const aside = (fn: () => unknown) =>
      undone(touched, () => ({ elements: heard(elementsOf(found(fn(), touched))) })).elements;
    const runs = [aside(call), aside(replay)];
    if (!isExact) {
      for (const seed of SHAKES) runs.push(...tried(() => aside(() => replay(new Shaking(seed)))));
    }
    const result = run(), results = found(result, touched);
    const compared = this.#compare(results, [...runs, elementsOf(results)]);
    compared.catch(() => {}); // whoever awaits them is told
    this.#pending.push(compared);
    return result;
  }

  /** Resolves when all runs so far were the same as the calls; else it is an error. */
  async done(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }

  async #compare(results: Found, runs: readonly Promise<TypedArray[]>[]): Promise<void> {
    const [called, replayed, ...rest] = await Promise.all(runs), ran = rest.pop()!;
    if (called.length !== ran.length) throw this.#error("what is returned has other tensors");
    results.forEach(([name, { shape }], k) => {
      const what = `${name}, ${showShape(shape)}`, shaken = rest.map((run) => run[k]);
      const i = firstOther(called[k], replayed[k]);
      if (i >= 0) throw this.#error(`${what} has ${replayed[k][i]} for ${called[k][i]} at element ${i}`);
      const j = firstBeyond(replayed[k], ran[k], shaken);
      if (j >= 0) throw this.#fault(`${what} has ${ran[k][j]} for ${replayed[k][j]} at element ${j}`);
    });
  }

  #error(found: string): CompileError {
    return new CompileError(
      `Cannot run the program of ${this.#asked} for it: ${found}. Pass what it depends on as an argument, ` +
        "or name it by guard()",
    );
  }

  #fault(found: string): CompileError {
    return new CompileError(
      `Cannot run the program of ${this.#asked} as its kernels were fused: ${found}, which is more than rounding ` +
        "does. It is a fault of ours, please report what explain() says",
    );
  }
}

// Where rounding decides, as whether there is an index, the run may be refused: it shows nothing then.
function tried<R>(run: () => R): R[] {
  try {
    return [run()];
  } catch {
    return [];
  }
}

/** Runs `fn` and puts back what it changed and which gradients there were. */
function undone<R>({ graded }: Touched, fn: () => R): R {
  const journal = new CallJournal();
  for (const tensor of graded) journal.noteGradient(tensor, tensor.grad);
  try {
    return journal.watch(fn);
  } finally {
    journal.rewind();
    scope(() => journal.end());
  }
}

function firstOther(expected: TypedArray, actual: TypedArray): number {
  if (expected.length !== actual.length) return Math.min(expected.length, actual.length);
  return actual.findIndex((value, i) => !Object.is(value, expected[i]));
}

function firstBeyond(expected: TypedArray, actual: TypedArray, shaken: readonly TypedArray[]): number {
  if (shaken.length === 0 || expected.length !== actual.length) return firstOther(expected, actual);
  const moved = Array.from(expected, (value, i) => Math.max(...shaken.map((run) => distance(run[i], value))));
  const known = moved.filter(Number.isFinite),
    average = known.reduce((sum, by) => sum + by, 0) / (known.length || 1);
  return actual.findIndex((value, i) => !(distance(value, expected[i]) <= MARGIN * (moved[i] + average)));
}

// Of what are no numbers, and of infinities, none or all.
function distance(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  return Number.isFinite(a) && Number.isFinite(b) ? Math.abs(a - b) : Infinity;
}

function found(result: unknown, { written, graded }: Touched): Found {
  const called = ({ label }: Tensor, otherwise: string): string => label || otherwise;
  return [
    ...leavesOf(result).map((tensor, i) => [`result ${i}`, tensor] as const),
    ...written.map((tensor) => [called(tensor, "a tensor that it changes"), tensor] as const),
    ...graded.flatMap((tensor) =>
      tensor.grad ? [[`${called(tensor, "a tensor")}.grad`, tensor.grad] as const] : []
    ),
  ];
}

// What fails while others are yet to run is told with them, or by their own error.
function heard<R>(elements: Promise<R>): Promise<R> {
  elements.catch(() => {});
  return elements;
}

// They are asked for now, and tell of this moment.
function elementsOf(found: Found): Promise<TypedArray[]> {
  return read(found.map(([, tensor]) => tensor));
}
