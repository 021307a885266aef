/** Functions that have no instructions: they are called number by number. */
import {
  castNumber,
  computedIn,
  type DType,
  type Expr,
  implementationOf,
  isFloating,
} from "@tapegrad/core/backend";
import type { Legal } from "../../common/legal.ts";
import type { Callable } from "../assembler/body.ts";
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

/** Functions of the host that a module has imported, by their names. */
export type Helpers = ReadonlyMap<string, Callable>;

/** The helper that a node of an expression needs, or `null`. */
export function helperOf(node: Expr, types: ReadonlyMap<Expr, DType>, isFused: boolean): Helper | null {
  if (node.kind !== "call") return null;
  const fn = node.fn!, met = computedIn(node, types), gives = types.get(node)!;
  if (hasInstructions(fn.name, met, isFused)) return null;
  const evaluate = implementationOf(fn, met);
  return {
    name: `${fn.name}:${met}:${gives}`,
    run: onWords(evaluate, met, gives),
    takes: met,
    gives,
    arity: fn.arity,
  };
}

/** All that expressions need, each once. */
export function helpersOf({ order, types }: Legal, isFused: boolean): readonly Helper[] {
  const byName = new Map<string, Helper>();
  for (const node of order) {
    const helper = helperOf(node, types, isFused);
    if (helper) byName.set(helper.name, helper);
  }
  return [...byName.values()];
}

// Integers come and go with a sign, whatever they are.
function onWords(run: Evaluate, takes: DType, gives: DType): Evaluate {
  const own = takes === "u32" ? (...args: number[]) => run(...args.map((x) => x >>> 0)) : run;
  return isFloating(gives) ? own : (...args) => castNumber(own(...args), gives);
}
