/** What a row of the table is, and sample inputs for it. */
import {
  type Checked,
  fromArray,
  type GradcheckOptions,
  isFloating,
  Scalar,
  type Tensor,
  tensor,
  type TensorLike,
  type UnaryOp,
} from "@tapegrad/core";
import { backend, type Float, precision } from "../backend_traits.ts";

/** Tolerances other than gradcheck's own, and why they are needed. */
export interface Tolerance extends GradcheckOptions {
  /** What makes the default too strict here. */
  readonly reason: string;
}

/** How much f32 may be off, and why it needs more than others. */
export interface Units {
  /** Of the last place of the largest element. */
  readonly units: number;
  /** What makes the default too strict here. */
  readonly reason: string;
}

/** One way to call an op. */
export interface Row {
  /** Name in `ops()`. */
  readonly op: string;
  /** Which way of calling it, unique among the rows of the op. */
  readonly name: string;
  /** Fresh inputs on the cpu; the floating ones are f64 and away from kinks and ties. */
  readonly inputs: () => Tensor[];
  /** The op on these inputs. */
  readonly call: Checked;
  /** How closely gradcheck must agree, where not by default. */
  readonly first?: Tolerance;
  /** The same for gradgradcheck. */
  readonly second?: Tolerance;
  /** How closely f32 must agree with f64, where not by default. */
  readonly single?: Units;
  /** Why no gradient flows: the output then carries none, or one of zeros if `flat`. */
  readonly why?: string;
  /** Whether the output is floating and constant around every point, so that its gradient is zero. */
  readonly flat?: boolean;
  /** Whether inputs are held although gradients flow: those are no differences, and have tests of their own. */
  readonly held?: boolean;
}

/** What {@link row} may be told. */
export type RowOptions = Pick<Row, "first" | "second" | "single">;

/** A differentiable row. */
export function row(
  op: string,
  name: string,
  { inputs, call, ...options }: Pick<Row, "inputs" | "call"> & RowOptions,
): Row {
  return { op, name, inputs, call, ...options };
}

/** A row of an op through which no gradient flows. */
export function cut(op: string, why: string, inputs: Row["inputs"], call: Checked): Row {
  return { op, name: why, why, inputs, call };
}

/** From where to where samples spread, and which sequence of them. */
export interface SampleOptions {
  /** -2 unless said. */
  readonly low?: number;
  /** 2 unless said. */
  readonly high?: number;
  /** Another one gives other numbers. */
  readonly seed?: number;
}

/** Distinct numbers, well apart from each other, in a shape: a Weyl sequence of the golden ratio. */
export function sample(shape: readonly number[], options: SampleOptions = {}): Tensor {
  const { low = -2, high = 2, seed = 0 } = options;
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length: size }, (_, k) => {
    const turn = (k + 1) * 0.6180339887498949 + seed * 0.4142135623730951;
    return low + (high - low) * (turn - Math.floor(turn));
  });
  return fromArray(data, shape, { backend: "cpu" });
}

/** Given numbers as f64. */
export function f64(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: "f64", backend: "cpu" });
}

/** Given numbers as i32. */
export function i32(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: "i32", backend: "cpu" });
}

/** Given truth values. */
export function bools(values: Parameters<typeof tensor>[0]): Tensor {
  return tensor(values, { dtype: "bool", backend: "cpu" });
}

/** Where a row is run. */
export interface Place {
  readonly backend: string;
  /** What its f64 becomes there. */
  readonly float: Float;
  /** What its numbers are rounded to before. */
  readonly rounded?: "f32";
}

/** The backend in use. */
export const here: Place = { backend: backend.name, float: precision };

/** A copy of a tensor of a row in another place. */
export function copied(x: Tensor, { backend, float, rounded }: Place): Tensor {
  const data = x.dataSync(), floating = isFloating(x.dtype);
  return fromArray(rounded && floating ? Float32Array.from(data) : data, x.shape, {
    dtype: floating ? float : x.dtype,
    backend,
  });
}

/** The inputs of a row in a place. */
export function inputsOf(row: Row, place: Place = here): Tensor[] {
  return row.inputs().map((x) => copied(x, place));
}

/** Rows of an op of one operand: on a vector and on a transposed view, over an interval. */
export function unary(op: string, fn: UnaryOp, range: SampleOptions & RowOptions = {}): Row[] {
  const { first, second, single, ...spread } = range;
  const options = { ...(first && { first }), ...(second && { second }), ...(single && { single }) };
  return [
    row(op, "vector", { inputs: () => [sample([5], spread)], call: (x) => fn(x), ...options }),
    row(op, "transposed view", {
      inputs: () => [sample([3, 2], { ...spread, seed: 3 })],
      call: (x) => fn(x.transpose()),
      ...options,
    }),
  ];
}

type Binary = (a: TensorLike, b: TensorLike) => Tensor;

/** Rows of an op of two operands: of one shape, broadcasting both ways, with a scalar, a number and a cell. */
export function binary(
  op: string,
  fn: Binary,
  a: SampleOptions = {},
  b: SampleOptions = a,
): Row[] {
  const left = (shape: number[]) => sample(shape, { seed: 1, ...a });
  const right = (shape: number[]) => sample(shape, { seed: 2, ...b });
  const both = (x: Tensor, y: Tensor) => fn(x, y);
  const middle = ({ low = -2, high = 2 }: SampleOptions) => low + 0.7 * (high - low);
  return [
    row(op, "one shape", { inputs: () => [left([2, 3]), right([2, 3])], call: both }),
    row(op, "broadcast", { inputs: () => [left([2, 1]), right([3])], call: both }),
    row(op, "scalar", { inputs: () => [left([3]), right([])], call: both }),
    row(op, "scalar first", { inputs: () => [left([]), right([2, 2])], call: both }),
    row(op, "number", { inputs: () => [left([3])], call: (x) => fn(x, middle(b)) }),
    row(op, "number first", { inputs: () => [right([3])], call: (y) => fn(middle(a), y) }),
    row(op, "cell", { inputs: () => [left([3])], call: (x) => fn(x, new Scalar("cell", middle(b))) }),
    row(op, "cell first", { inputs: () => [right([3])], call: (y) => fn(new Scalar("cell", middle(a)), y) }),
  ];
}
