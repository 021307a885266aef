/** A function that has no instructions: it is called number by number. */
import {
  castNumber,
  type DType,
  implementationOf,
  isFloating,
  type ScalarFunction,
} from "@tapegrad/core/backend";
import { hasInstructions } from "./knows.ts";

/** A function of numbers. */
export type Evaluate = (...args: number[]) => number;

/** What a node calls, if it does: a function of the host under a name that tells all that it depends on. */
export interface Helper {
  readonly name: string;
  readonly run: Evaluate;
  /** What it takes. */
  readonly takes: DType;
  /** What it gives; a float of half precision is not rounded to it. */
  readonly gives: DType;
  readonly arity: number;
}

/** The helper that a call on operands of a dtype needs, or `null`. */
export function helperOf(fn: ScalarFunction, met: DType, gives: DType, isFused: boolean): Helper | null {
  if (hasInstructions(fn.name, met, isFused)) return null;
  const run = onWords(implementationOf(fn, met), met, gives);
  return { name: `${fn.name}:${met}:${gives}`, run, takes: met, gives, arity: fn.arity };
}

// Integers come and go with a sign, whatever they are.
function onWords(run: Evaluate, takes: DType, gives: DType): Evaluate {
  const own = takes === "u32" ? (...args: number[]) => run(...args.map((x) => x >>> 0)) : run;
  return isFloating(gives) ? own : (...args) => castNumber(own(...args), gives);
}
