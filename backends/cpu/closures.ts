/** Scalar expressions as closures: the path where generating code is forbidden. */
import { castNumber, type DType, type Expr, isFloating, topological, typesOf } from "@tapegrad/core";

/** Computes an expression from the values of its inputs. */
export type Evaluator = (inputs: ArrayLike<number>) => number;

/** An evaluator of `expr` over inputs of given dtypes. */
export function evaluator(expr: Expr, dtypes: readonly DType[]): Evaluator {
  const types = typesOf(expr, dtypes), order = topological(expr);
  const position = new Map(order.map((node, i) => [node, i]));
  const slots = new Float64Array(order.length);
  const steps = order.map((node, i) => step(node, i));
  return (inputs) => {
    for (const run of steps) run(inputs);
    return slots[order.length - 1];
  };

  function step(node: Expr, at: number): (inputs: ArrayLike<number>) => void {
    const type = types.get(node)!, args = node.args.map((a) => position.get(a)!);
    if (node.kind === "input") return (inputs) => slots[at] = inputs[node.value];
    if (node.kind === "constant") return () => slots[at] = node.value;
    if (node.kind === "cast") return () => slots[at] = castNumber(slots[args[0]], type);
    const integer = !isFloating(type);
    const evaluate = integer ? node.fn!.evaluateInteger ?? logicalShift(node, type) : node.fn!.evaluate;
    const values = args.map(() => 0);
    return () => {
      for (let k = 0; k < args.length; k++) values[k] = slots[args[k]];
      const result = evaluate(...values);
      slots[at] = integer ? castNumber(result, type) : result;
    };
  }
}

// Shifting an unsigned word right brings zeros in.
function logicalShift(node: Expr, type: DType): (...args: number[]) => number {
  return node.fn!.name === "shiftRight" && type === "u32" ? (a, b) => a >>> b : node.fn!.evaluate;
}
