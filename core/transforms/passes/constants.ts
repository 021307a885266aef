/** Numbers that change what is computed: by 1, by -1, by 0. */
import { isFloating } from "../../base/dtype.ts";
import { constant, type Expr, input } from "../../expr/expr.ts";
import { substitute } from "../../expr/rewrite.ts";
import { nodesOf } from "./cost.ts";
import type { Draft } from "./draft.ts";
import { pruned } from "./join.ts";
import { type Nest, nestOf, stepOf } from "./nest.ts";

/** Has equal numbers be one value. */
export function shareNumbers(draft: Draft): void {
  const first = new Map<string, number>();
  for (const step of [...draft.steps]) {
    const inputs = step.inputs.map((view) => {
      const key = draft.numberKey(view.value);
      if (key === null) return view;
      const value = first.get(key) ?? view.value;
      first.set(key, value);
      return value === view.value ? view : { ...view, value };
    });
    if (inputs.some((view, i) => view !== step.inputs[i])) draft.replace(step, { ...step, inputs });
  }
}

/** Numbers that a term with them may be simpler for. */
const simplifying: ReadonlySet<number> = new Set([-2, -1, -0.5, 0, 0.5, 1, 2, 3]);

/** Puts numbers into expressions that they make simpler; others stay operands, so that kernels serve all numbers. */
export function foldNumbers(draft: Draft): void {
  for (const step of [...draft.steps]) {
    const nest = nestOf(step), simpler = nest && withNumbers(draft, nest);
    if (simpler) draft.replace(step, stepOf(pruned(simpler), step));
  }
}

function withNumbers(draft: Draft, nest: Nest): Nest | null {
  const dtypes = new Set(nest.inputs.map((view) => draft.dtypeOf(view)));
  // A number of another dtype than the rest decides in which dtype they meet.
  if (dtypes.size !== 1 || ![...dtypes].every(isFloating)) return null;
  let exprs = nest.exprs;
  nest.inputs.forEach(({ value }, i) => {
    const number = draft.fixedNumber(value);
    if (number === null || !simplifying.has(number)) return;
    const by = nest.inputs.map((_, k): Expr => k === i ? constant(number) : input(k));
    const simpler = exprs.map((expr) => substitute(expr, by));
    const isSimpler = nodesOf(simpler).size < nodesOf(exprs).size;
    if (isSimpler && simpler.every(({ arity }) => arity > 0)) exprs = simpler;
  });
  return exprs === nest.exprs ? null : { ...nest, exprs };
}
