/** A program over lanes as passes: what is computed together as a lane is run through once. */
import { type Expr, input, inputsOf, substitute } from "@tapegrad/core/backend";
import type { LaneProgram } from "./lane_program.ts";

/** What happens in a pass, by the numbers of values: the program's inputs and, after them, what its steps give. */
export interface Pass {
  /** Numbers made of numbers before it. */
  readonly once: readonly number[];
  /** What they are. */
  readonly ofNumbers: readonly Expr[];
  /** What is folded over its elements. */
  readonly folds: readonly number[];
  /** What it gives for each element: to be read by later passes, or the result. */
  readonly each: readonly number[];
  /** What is summed over all lanes. */
  readonly across: readonly number[];
  /** The expressions of the folds, of what is given for each element, and of what is summed over lanes. */
  readonly ofElements: readonly Expr[];
  /** Which values of elements it reads. */
  readonly reads: readonly number[];
}

/** The passes of a program, whose elements are either kept for later passes or computed again in each. */
export function passesOf({ steps, inputs, results }: LaneProgram, isKept: boolean): readonly Pass[] {
  const first = firstPasses(steps, inputs), last = Math.max(...first);
  const numbers = steps.map((_, k) => inputs + k);
  const kindOf = (value: number) => steps[value - inputs].kind;
  return Array.from({ length: last + 1 }, (_, pass): Pass => {
    const here = numbers.filter((value) => first[value] === pass);
    const once = here.filter((value) => kindOf(value) === "once"),
      folds = here.filter((k) => isFold(kindOf(k)));
    const across = here.filter((value) => kindOf(value) === "across");
    const isRead = (value: number) =>
      value - inputs === results[0] || isKept &&
        numbers.some((other) => first[other] > pass && inputsOf(steps[other - inputs].expr).includes(value));
    const each = here.filter((value) => kindOf(value) === "each" && isRead(value));
    const ofElements = [...folds, ...each, ...across].map((value) => inlined(value, pass));
    const reads = [...new Set(ofElements.flatMap(inputsOf))].filter((value) => {
      return value < inputs || kindOf(value) === "each";
    });
    const ofNumbers = once.map((value) => inlined(value, pass));
    return { once, ofNumbers, folds, each, across, ofElements, reads };
  });

  // With what the same pass computes of each element, and once before it of numbers, in place of what it is read by.
  function inlined(value: number, pass: number): Expr {
    const read = first.map((own, k) => {
      if (k < inputs || k >= value) return input(k);
      const isEach = kindOf(k) === "each", isHere = own === pass;
      const isInlined = isEach ? isHere || !isKept : isHere && kindOf(value) === "once";
      return isInlined ? inlined(k, pass) : input(k);
    });
    return substitute(steps[value - inputs].expr, read);
  }
}

const handed = new WeakMap<LaneProgram, number>();

/** How many values an element has that are handed from pass to pass, beside the result. */
export function handedOn(program: LaneProgram): number {
  let count = handed.get(program);
  if (count === undefined) {
    const { inputs, results } = program, each = passesOf(program, true).flatMap(({ each }) => each);
    handed.set(program, count = each.filter((value) => value - inputs !== results[0]).length);
  }
  return count;
}

// The pass in which each value is there: what a pass folds is there from the next one on.
function firstPasses(steps: LaneProgram["steps"], inputs: number): number[] {
  const first = new Array<number>(inputs).fill(0);
  for (const { expr } of steps) {
    const needs = inputsOf(expr).map((k) =>
      first[k] + (k >= inputs && isFold(steps[k - inputs].kind) ? 1 : 0)
    );
    first.push(Math.max(0, ...needs));
  }
  return first;
}

function isFold(kind: LaneProgram["steps"][number]["kind"]): boolean {
  return kind === "max" || kind === "sum" || kind === "mean";
}
