/** The classes of layout that kernels tell apart, each a view of the same elements on any backend. */
import {
  type Backend,
  type DType,
  fromArray,
  hostArray,
  type OpInfo,
  slice,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { exportOf } from "../../backends/conformance/ops/elementwise.ts";

/** Numbers that are worth a test, of a dtype. */
export function samples(dtype: DType, n: number, seed = 0): number[] {
  const floats = [
    0,
    -0,
    1,
    -1,
    0.5,
    -0.3,
    2.5,
    1.5,
    -2.5,
    3,
    7.25,
    1e-30,
    -1e30,
    40,
    NaN,
    Infinity,
    -Infinity,
    0.1,
  ];
  const integers = [0, 1, 2, 3, 5, 31, 7, 100, 65537, 2 ** 31 - 1];
  const list = {
    f16: [...floats, 6e-8, 65504, 1e-5],
    f32: floats,
    f64: [...floats, 1e-300, 1e300],
    i32: [...integers, -1, -2, -7, -(2 ** 31)],
    u32: [...integers, 2 ** 32 - 1, 2 ** 31],
    bool: [0, 1, 1],
  }[dtype];
  return Array.from(
    { length: n },
    (_, i) => list[(i * 7 + seed * 5 + Math.floor(i / list.length)) % list.length],
  );
}

type Op = (...args: readonly Tensor[]) => Tensor;

/** An elementwise op by its name. */
export function opNamed(name: string): Op {
  const found = exportOf(name) as Op | undefined;
  if (!found) throw new Error(`${name} is not exported under its name`);
  return found;
}

/** Which operand is an order, of which a large one takes long. */
function orderOf(op: string): number {
  return op === "polygamma" ? 0 : op.includes("Polynomial") ? 1 : -1;
}

/** The operands of an op, the k-th as `make` gives it; orders are small. */
export function operandsOf({ name, arity }: OpInfo, make: (k: number) => Tensor): Tensor[] {
  const order = orderOf(name);
  return Array.from({ length: arity }, (_, k) => {
    const x = make(k);
    return k === order ? tensor(1, { backend: x.backend, dtype: x.dtype }) : x;
  });
}

function filled(backend: Backend, dtype: DType, { shape, seed }: { shape: number[]; seed: number }): Tensor {
  const n = shape.reduce((a, b) => a * b, 1), data = hostArray(dtype, n);
  data.set(samples(dtype, n, seed));
  return fromArray(data, shape, { dtype, backend });
}

type Make = (make: (shape: number[]) => Tensor) => Tensor;

/** Ways for a [3, 5] to lie in memory. */
export const layouts: Readonly<Record<string, Make>> = {
  contiguous: (make) => make([3, 5]),
  transposed: (make) => make([5, 3]).transpose(),
  "a repeated row": (make) => make([5]).expand([3, 5]),
  "a repeated column": (make) => make([3, 1]).expand([3, 5]),
  "a repeated element": (make) => make([]).expand([3, 5]),
  stepped: (make) => slice(make([3, 11]), null, [0, 10, 2]),
  backward: (make) => make([3, 5]).flip(),
  "backward along columns": (make) => make([3, 5]).flip(0),
  offset: (make) => slice(make([5, 7]), [2], [1, 6]),
  "offset and whole": (make) => slice(make([4, 5]), [1]),
  "transposed, stepped and backward": (make) => slice(make([10, 4]).transpose(), [1], [null, null, -2]),
};

/** A tensor of a layout, with the same elements on every backend. */
export function laidOut(
  name: string,
  backend: Backend,
  { dtype, seed = 0 }: { dtype: DType; seed?: number },
): Tensor {
  return layouts[name]((shape) => filled(backend, dtype, { shape, seed }));
}

/** A contiguous tensor of sample numbers. */
export function sampled(backend: Backend, dtype: DType, shape: number[]): Tensor {
  return filled(backend, dtype, { shape, seed: 1 });
}
