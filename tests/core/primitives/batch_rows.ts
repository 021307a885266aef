/** Calls of every primitive, by which its rule for batches is proven. */
import {
  applyAll,
  type Backend,
  type Batched,
  type CumulateKind,
  definePrimitive,
  type DType,
  e,
  input,
  map,
  type Primitive,
  type ReduceKind,
  runKernel,
  type Shape,
} from "@tapegrad/core";

/** A tensor without a batch. */
export interface Given {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Its elements, and those of a batch of it, are whole numbers below this. */
  readonly below: number;
  /** The least of them; 0 unless said. */
  readonly from?: number;
}

/** One call of a primitive. */
export interface Sample {
  readonly inputs: readonly Given[];
  /** What it is called with beside tensors; a function where it depends on the backend. */
  readonly attributes: unknown | ((backend: Backend) => unknown);
  /** Which inputs a batch must have along; none unless said. */
  readonly always?: readonly number[];
}

function floats(...shape: number[]): Given {
  return { shape, dtype: "f32", below: 9 };
}

function indices(below: number, ...shape: number[]): Given {
  return { shape, dtype: "i32", below };
}

function bools(...shape: number[]): Given {
  return { shape, dtype: "bool", below: 2 };
}

function sample(attributes: Sample["attributes"], ...inputs: Given[]): Sample {
  return { inputs, attributes };
}

const [x, y, z] = [input(0), input(1), input(2)], sum = e.add(x, y);
const plus = { name: "add", exprs: [sum] }, choice = { name: "choice", exprs: [e.select(x, y, z)] };
const both = { name: "sum and order", exprs: [sum, e.lt(sum, x)] };

const maps: readonly Sample[] = [
  sample(plus, floats(2, 3), floats(2, 3)),
  sample(plus, floats(2, 3), floats(3)),
  sample(plus, floats(3), floats(2, 1)),
  sample(plus, floats(), floats(2, 3)),
  sample(choice, bools(2, 3), floats(3), floats()),
  sample(both, floats(2, 3), floats(2, 1)),
];

function reduction(kind: ReduceKind, axes: readonly number[], ...inputs: Given[]): Sample {
  return sample({ kind, name: "identity", expr: x, axes }, ...inputs);
}

const product = { name: "product", expr: e.mul(x, y) };
const reductions: readonly Sample[] = [
  ...(["sum", "prod", "max", "min", "argmax", "argmin"] as const).map((kind) =>
    reduction(kind, [1], floats(2, 3))
  ),
  ...(["any", "all"] as const).map((kind) => reduction(kind, [0], bools(3, 2))),
  reduction("sum", [0, 2], indices(9, 2, 3, 2)),
  reduction("sum", [], floats(2, 2)),
  reduction("max", [0], floats(5)),
  sample({ kind: "sum", ...product, axes: [1] }, floats(2, 3), floats(3)),
  sample({ kind: "max", ...product, axes: [0] }, floats(3), floats(2, 3)),
  sample({ kind: "sum", ...product, axes: [0, 1] }, floats(2, 1), floats()),
];

const views: Readonly<Record<string, readonly Sample[]>> = {
  reshape: [
    sample({ shape: [3, 2] }, floats(2, 3)),
    sample({ shape: [6] }, floats(2, 3)),
    sample({ shape: [1, 1] }, floats()),
  ],
  permute: [sample({ axes: [2, 0, 1] }, floats(2, 3, 4)), sample({ axes: [1, 0] }, floats(2, 3))],
  expand: [
    sample({ shape: [2, 3] }, floats(3)),
    sample({ shape: [4, 2, 3] }, floats(2, 1)),
    sample({ shape: [2, 2] }, floats()),
  ],
  slice: [
    sample({ starts: [4, 1], counts: [3, 2], steps: [-2, 1] }, floats(5, 3)),
    sample({ starts: [0, 1], counts: [2, 0], steps: [1, 1] }, floats(2, 3)),
    sample({ starts: [1], counts: [2], steps: [3] }, floats(5)),
  ],
  unfold: [
    sample({ axis: 0, size: 2, step: 1 }, floats(4, 2)),
    sample({ axis: 1, size: 3, step: 2 }, floats(2, 7)),
  ],
  alias: [sample(null, floats(2, 3)), sample(null, floats())],
};

const movements: Readonly<Record<string, readonly Sample[]>> = {
  contiguous: [sample(null, floats(2, 3)), sample(null, floats())],
  concat: [
    sample({ axis: 0 }, floats(2, 3), floats(1, 3)),
    sample({ axis: 1 }, floats(2, 1), floats(2, 2), floats(2, 3)),
  ],
  pad: [
    sample({ low: [1, 0], high: [0, 2], interior: [1, 0], value: 7 }, floats(2, 3)),
    sample({ low: [2], high: [1], interior: [2], value: 0 }, floats(3)),
  ],
  fold: [
    sample({ axis: 1, step: 1, extent: 4 }, floats(2, 3, 2)),
    sample({ axis: 0, step: 3, extent: 9 }, floats(3, 2)),
  ],
  transfer: [
    sample((to: Backend) => ({ to }), floats(2, 3)),
    sample((to: Backend) => ({ to }), floats()),
  ],
};

const indexing: Readonly<Record<string, readonly Sample[]>> = {
  gather: [
    sample({ axis: 0 }, floats(4, 3), indices(4, 2, 3)),
    sample({ axis: 1 }, floats(3, 4), indices(4, 2, 5)),
    sample({ axis: 0 }, floats(4), indices(4, 6)),
  ],
  scatter: (["add", "set", "prod", "max", "min"] as const).flatMap((kind) => [
    sample({ axis: 0, kind }, floats(4, 3), indices(4, 6, 3), floats(6, 3)),
    sample({ axis: 1, kind }, floats(2, 3), indices(3, 2, 2), floats(2, 2)),
  ]),
};

const kinds: readonly CumulateKind[] = ["sum", "prod", "argmax", "argmin"];

const ordered: Readonly<Record<string, readonly Sample[]>> = {
  cumulate: [
    ...kinds.flatMap((kind) => [
      sample({ kind, axis: 0, reverse: false }, floats(3, 2)),
      sample({ kind, axis: 1, reverse: true }, floats(2, 4)),
    ]),
    sample({ kind: "linear", axis: 0, reverse: false }, floats(4), floats(4)),
    sample({ kind: "linear", axis: 1, reverse: true }, floats(2, 3), floats(2, 3)),
  ],
  argsort: [
    sample({ axis: 0, descending: false }, floats(5, 2)),
    sample({ axis: 1, descending: true }, floats(2, 6)),
  ],
};

const transforms: readonly Sample[] = [
  sample({ axis: 0, inverse: false, scale: 1 }, floats(6, 2)),
  sample({ axis: 1, inverse: true, scale: 0.5 }, floats(2, 5, 3, 2)),
];

// A primitive from outside, of two outputs, of which one is the same for all of a batch.
const halved: Primitive<null> = definePrimitive({
  name: "test.halved",
  infer: ([{ shape, dtype, backend }]) => [
    { shape, dtype, backend },
    { shape: [], dtype: "i32", backend },
  ],
  compose(backend, [x], [half, rank]): void {
    runKernel(map, backend, [x], [half], { name: "half", exprs: [e.mul(input(0), 0.5)] });
    runKernel(map, backend, [], [rank], { name: "two", exprs: [e.constant(2)] });
  },
  batch(inputs, [axis]): Batched {
    return { outputs: applyAll(halved, inputs, null), axes: [axis, null] };
  },
}, { arity: 1 });

/** Calls of each primitive that takes tensors, by its name. */
export const rows: Readonly<Record<string, readonly Sample[]>> = {
  map: maps,
  reduce: reductions,
  matmul: [
    sample(null, floats(2, 3), floats(3, 4)),
    sample(null, floats(2, 2, 3), floats(2, 3, 1)),
  ],
  cholesky: [sample({ check: false }, floats(2, 2)), sample({ check: false }, floats(2, 3, 3))],
  qr: (["reduced", "complete", "raw"] as const).map((mode) => sample({ mode }, floats(3, 2))),
  eigh: [sample({ upper: true, vectors: true }, floats(2, 3, 3))],
  svd: [sample({ vectors: true }, floats(3, 2)), sample({ vectors: true }, floats(2, 2, 3))],
  eig: [sample({ vectors: true }, floats(2, 2))],
  lu: [sample({ refuses: "" }, floats(2, 3)), sample({ refuses: "" }, floats(2, 3, 3))],
  luPermutation: [sample({ rows: 3 }, { shape: [3], dtype: "i32", below: 4, from: 1 })],
  luSolve: [
    sample(
      { adjoint: true },
      floats(2, 2),
      floats(2, 2),
      { shape: [2], dtype: "i32", below: 3, from: 1 },
      floats(2, 3),
    ),
  ],
  determinant: [sample(null, floats(3, 3)), sample(null, floats(2, 2, 2))],
  ldl: [sample({ check: false }, floats(3, 3)), sample({ check: false }, floats(2, 2, 2))],
  ldlSolve: [sample(null, floats(2, 2), { shape: [2], dtype: "i32", below: 3, from: 1 }, floats(2, 3))],
  matrixExp: [sample(null, floats(2, 2)), sample(null, floats(2, 3, 3))],
  pivotOrder: [sample(null, floats(3, 3))],
  triangularSolve: [
    sample({ upper: true, unit: true, left: true }, floats(3, 3), floats(3, 2)),
    sample({ upper: false, unit: false, left: false }, floats(2, 2, 2), floats(2, 3, 2)),
  ],
  update: [
    { ...sample({ name: "addInPlace", exprs: [sum] }, floats(2, 3), floats(3)), always: [0] },
    {
      ...sample({ name: "mix", exprs: [e.sub(e.mul(x, y), z)] }, floats(3, 2), floats(3, 2), floats()),
      always: [0],
    },
    {
      ...sample({ name: "both", exprs: [sum, e.mul(sum, z)] }, floats(3, 2), floats(3, 2), floats(2)),
      always: [0, 1],
    },
  ],
  ...views,
  ...movements,
  ...indexing,
  ...ordered,
  fft: transforms,
  rfft: [
    sample({ axis: 0, n: 6, inner: 2, inverse: false, scale: 1 }, floats(6)),
    sample({ axis: 1, n: 5, inner: 1, inverse: true, scale: 0.5 }, floats(2, 5, 3)),
  ],
  irfft: [
    sample({ axis: 0, n: 6, inner: 2, inverse: false, scale: 1 }, floats(4, 2)),
    sample({ axis: 1, n: 5, inner: 1, inverse: true, scale: 0.5 }, floats(2, 3, 3, 2)),
  ],
  [halved.name]: [sample(null, floats(2, 3)), sample(null, floats())],
};
