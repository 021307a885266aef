/** Sample calls of elementwise ops, as their rows in `backends/conformance/ops` ask for them. */
import { type OpInfo, ops, type Tensor, type TensorLike } from "@tapegrad/core";
import { elementwise, exportOf } from "../../backends/conformance/ops/elementwise.ts";
import type { ElementwiseRow, Interval } from "../../backends/conformance/ops/row.ts";
import { binary, cut, f64, i32, type Row, row, sample, type SampleOptions, unary } from "./row.ts";

/** An elementwise op of any number of operands; a parameter that is left out keeps its default. */
type Op = (...operands: (TensorLike | undefined)[]) => Tensor;

/** An op by its name. */
export function opOf(name: string): Op {
  return exportOf(name) as Op;
}

// Between the kinks at -3, -1, -½, 0, ½, 1, 3 and 6, and beyond them.
const points = (): Tensor => f64([[-4, -2.2, -0.8, -0.3], [0.2, 0.7, 2.1, 7]]);

function spread(domain: readonly Interval[], operand: number): SampleOptions {
  const [low, high] = domain[operand] ?? domain.at(-1) ?? [-2, 2];
  return { low, high };
}

function parametric(op: string, samples: readonly number[]): Row[] {
  const fn = opOf(op);
  return [
    row(op, "default", { inputs: () => [points()], call: (x) => fn(x) }),
    row(op, "number", { inputs: () => [points()], call: (x) => fn(x, ...samples) }),
    row(op, "tensor that broadcasts", {
      inputs: () => [points(), ...samples.map((p) => f64([[p], [p / 2]]))],
      call: (x, ...rest) => fn(x, ...rest),
    }),
  ];
}

function several(op: string, domain: readonly Interval[], arity: number): Row[] {
  const places = Array.from({ length: arity }, (_, i) => i), fn = opOf(op);
  const inputs = (shapeOf: (i: number) => number[]): Tensor[] =>
    places.map((i) => sample(shapeOf(i), { seed: i + 1, ...spread(domain, i) }));
  const call = (...xs: Tensor[]): Tensor => fn(...xs);
  return [
    row(op, "one shape", { inputs: () => inputs(() => [2, 3]), call }),
    row(op, "broadcast", { inputs: () => inputs((i) => [[2, 1], [3], []][i % 3]), call }),
  ];
}

function smooth(op: string, domain: readonly Interval[], arity: number): Row[] {
  if (arity === 1) return unary(op, opOf(op), spread(domain, 0));
  if (arity === 2) return binary(op, opOf(op), spread(domain, 0), spread(domain, 1));
  return several(op, domain, arity);
}

// Through which no gradient flows, or one of zeros.
function constant({ name, arity }: OpInfo, { domain, flat = false }: ElementwiseRow): Row {
  const fn = opOf(name), call = (...xs: Tensor[]): Tensor => fn(...xs);
  if (domain === "integers") {
    return cut(name, "takes integers only", () => [i32([5, 6]), i32([3, 1])].slice(0, arity), call);
  }
  const shapes = [[2, 3], [3]].slice(0, arity);
  const inputs = () => shapes.map((shape, i) => sample(shape, { seed: i, ...spread(domain ?? [], i) }));
  if (!flat) return cut(name, "gives truth values", inputs, call);
  return { op: name, name: "steps", why: "constant between steps", flat, inputs, call };
}

function rowsOf(info: OpInfo): Row[] {
  const { name, arity, differentiable } = info, asked = elementwise[name];
  if (!asked || asked.domain === null) return [];
  const { domain = [], kinks = false, parameters = [], flat = false } = asked;
  if (!differentiable || flat || domain === "integers") return [constant(info, asked)];
  if (parameters.length > 0) return parametric(name, parameters.map(({ sample }) => sample));
  const between = row(name, "between the kinks", { inputs: () => [points()], call: (x) => opOf(name)(x) });
  return [...smooth(name, domain, arity), ...(kinks ? [between] : [])];
}

/** Every elementwise op of core. */
export const elementwiseOps: readonly OpInfo[] = ops().filter(({ kind }) => kind === "elementwise");

/** The samples that the rows of elementwise ops ask for. */
export const regularRows: readonly Row[] = elementwiseOps.flatMap(rowsOf);
