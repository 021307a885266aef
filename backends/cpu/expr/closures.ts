/** Scalar expressions as closures: the path where generating code is forbidden. */
import {
  castNumber,
  computedIn,
  type DType,
  type Expr,
  implementationOf,
  isFloating,
  type Knows,
} from "@tapegrad/core/backend";
import { legalized } from "../../common/legal.ts";

/** Computes an expression from the values of its inputs. */
export type Evaluator = (inputs: ArrayLike<number>) => number;

/** Computes expressions from the values of their inputs, into an array. */
export type Evaluators = (inputs: ArrayLike<number>, results: Float64Array) => void;

/** Computes a scalar function. */
export type Evaluate = (...args: number[]) => number;

/** Every scalar function can be computed here. */
export const cpuKnows: Knows = { backend: "cpu", has: () => true };

/** Puts the value of a node into its slot. */
type Step = (inputs: ArrayLike<number>) => void;

/** An evaluator of `expr` over inputs of given dtypes. */
export function evaluator(expr: Expr, dtypes: readonly DType[]): Evaluator {
  const evaluate = evaluators([expr], dtypes), result = new Float64Array(1);
  return (inputs) => {
    evaluate(inputs, result);
    return result[0];
  };
}

/** An evaluator of expressions over inputs of given dtypes, which computes shared subterms once. */
export function evaluators(exprs: readonly Expr[], dtypes: readonly DType[]): Evaluators {
  const { roots, order, types } = legalized(exprs, dtypes, cpuKnows);
  const position = new Map(order.map((node, i) => [node, i]));
  const slots = new Float64Array(order.length), places = roots.map((root) => position.get(root)!);
  const steps = order.map((node, i) => stepOf(node, i, node.args.map((a) => position.get(a)!)));
  return (inputs, results) => {
    for (const run of steps) run(inputs);
    for (let k = 0; k < places.length; k++) results[k] = slots[places[k]];
  };

  function stepOf(node: Expr, at: number, args: readonly number[]): Step {
    if (node.kind === "input") return (inputs) => slots[at] = inputs[node.value];
    if (node.kind === "constant") return () => slots[at] = node.value;
    if (node.kind === "cast") return () => slots[at] = castNumber(slots[args[0]], node.dtype!);
    return callStep(implementationOf(node.fn!, computedIn(node, types)), types.get(node)!, at, args);
  }

  function callStep(run: Evaluate, type: DType, at: number, args: readonly number[]): Step {
    const computed = called(run, args, slots);
    return isFloating(type) ? () => slots[at] = computed() : () => slots[at] = castNumber(computed(), type);
  }
}

// Operand by operand, since an array of numbers does not keep the sign of a NaN.
function called(run: Evaluate, [a, b, c]: readonly number[], slots: Float64Array): () => number {
  if (b === undefined) return () => run(slots[a]);
  return c === undefined ? () => run(slots[a], slots[b]) : () => run(slots[a], slots[b], slots[c]);
}
