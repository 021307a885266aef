/** Linear systems and inverses. */
import { checkOptions } from "../../base/settings.ts";
import { listOf, sameShape, type Shape, sizeOf } from "../../base/shape.ts";
import { apply, applyAll } from "../../call/apply.ts";
import type { Composite, Parts, Saves, TensorType } from "../../call/op.ts";
import { defineComposite, defineOp } from "../../define/composite.ts";
import { product, transpose } from "../../primitives/functions.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { neg } from "../arithmetic.ts";
import { moveAxis } from "../axis_order.ts";
import { eye } from "../ranges.ts";
import { expand, reshape, unsqueeze } from "../shape.ts";
import { alike } from "./batches.ts";
import { checkMatrices, checkSquare, refuseShape, refuseShapes } from "./checks.ts";
import type { LuAttributes } from "./kernels/lu.ts";
import { luFactors, luSolved } from "./primitives/lu.ts";

const dtypes = ["f32", "f64"] as const;

/** What came out, and whether there is such a thing. */
type Found = readonly [result: Tensor, info: Tensor];

function found(a: Tensor, b: Tensor, refuses: LuAttributes["refuses"]): Found {
  const [factors, pivots, info] = applyAll(luFactors, [a.detach()], { refuses });
  return [apply(luSolved, [a, factors, pivots, b], { adjoint: false }), info];
}

const inverseAlone: Saves = { inputs: [], outputs: [0] };

const inverse: Composite<LuAttributes> = /* @__PURE__ */ defineComposite<LuAttributes>({
  name: "linalg.inv",
  infer: ([{ shape, dtype, backend }]): readonly TensorType[] => [
    { shape, dtype, backend },
    { shape: shape.slice(0, -2), dtype: "i32", backend },
  ],
  decompose([x], { refuses }): Found {
    const { dtype, backend, shape } = x, unit = eye(shape.at(-1)!, undefined, { dtype, backend });
    return found(x, expand(unit, shape), refuses);
  },
  vjp([ct], { outputs: [y] }): Parts {
    const turned = transpose(y as Tensor);
    return [ct && neg(product(product(turned, ct), turned))];
  },
  saves: () => inverseAlone,
}, { dtypes });

/**
 * The inverse of square matrices `[…, n, n]`: `torch.linalg.inv`, `torch.inverse`. A singular matrix is a {@link
 * LinAlgError} that says which. It is computed on the host in double precision; WebGPU has those of up to 32 rows
 * itself, in f32, from where others move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * assertEquals(await linalg.inv(tensor([[2, 0], [0, 4]])).array(), [[0.5, 0], [0, 0.25]]);
 * await assertRejects(async () => await linalg.inv(tensor([[1, 2], [2, 4]])).array(), Error, "is singular");
 * ```
 */
export function inv(x: Tensor): Tensor {
  checkSquare("linalg.inv", x);
  return applyAll(inverse, [x], { refuses: "inv" })[0];
}

/**
 * Inverses, and which matrices have none.
 *
 * @category Linear algebra
 */
export interface InverseInfo {
  /** The inverse. */
  readonly inverse: Tensor;
  /** 0, or the place of the first pivot that is 0, counted from 1, as i32. */
  readonly info: Tensor;
}

/**
 * {@link inv} that tells of singular matrices, of which it gives no numbers, instead of throwing:
 * `torch.linalg.inv_ex`.
 *
 * @category Linear algebra
 */
export const invEx: (x: Tensor) => InverseInfo = /* @__PURE__ */ defineOp("linalg.invEx", (x) => {
  checkSquare("linalg.invEx", x);
  const [y, info] = applyAll(inverse, [x], { refuses: "" });
  return { inverse: y, info };
}, { dtypes });

/**
 * What {@link solve} may be told.
 *
 * @category Linear algebra
 */
export interface SolveOptions {
  /** Whether the matrix stands on the left of what is solved for; it does unless said. */
  readonly left?: boolean;
}

// A right side of the shape of a without its last extent is vectors, as one of rank 1 is.
function isVectors(a: Tensor, b: Tensor): boolean {
  return b.rank === 1 || (b.rank === a.rank - 1 && sameShape(b.shape, a.shape.slice(0, -1)));
}

function checkedSolve(op: string, a: Tensor, b: Tensor, options: SolveOptions): boolean {
  checkOptions(op, options, { left: true });
  checkSquare(op, a);
  const isVector = isVectors(a, b);
  checkMatrices(op, isVector ? unsqueeze(b, -1) : b);
  const n = a.shape.at(-1), m = b.shape.at(isVector || options.left === false ? -1 : -2);
  if (n !== m) refuseShapes(op, a, b, `inner extents are ${n} and ${m}`);
  return isVector;
}

// One matrix and a batch of right sides are one system.
function solvedOnce(a: Tensor, b: Tensor, refuses: LuAttributes["refuses"]): Found {
  const last = b.rank - 2, wide = moveAxis(b, last, 0), flat = reshape(wide, [a.shape[0], -1]);
  const [x, info] = found(a, flat, refuses);
  return [moveAxis(reshape(x, wide.shape), 0, last), info];
}

function solved(
  op: string,
  a: Tensor,
  b: Tensor,
  options: SolveOptions,
  refuses: LuAttributes["refuses"],
): Found {
  const isVector = checkedSolve(op, a, b, options);
  if (isVector) {
    const [x, info] = solved(op, a, unsqueeze(b, -1), {}, refuses);
    return [reshape(x, x.shape.slice(0, -1)), info];
  }
  if (options.left === false) {
    const [x, info] = solved(op, transpose(a), transpose(b), {}, refuses);
    return [transpose(x), info];
  }
  if (a.rank === 2 && b.rank > 2 && b.size > 0 && a.dtype === b.dtype) return solvedOnce(a, b, refuses);
  return found(...alike(op, a, b), refuses);
}

/**
 * x of a·x = b, or with `left: false` of x·a = b, of square matrices a `[…, n, n]` and b `[…, n, k]`, leading axes
 * broadcasting, or vectors `[…, n]`, all in the axes that a has in front: `torch.linalg.solve`. A singular matrix is a
 * {@link LinAlgError} that says which. It is computed on the host in double precision; WebGPU has those of up to 32
 * rows itself, in f32, from where others move to the host and back.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { linalg, tensor, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const a = variable([[2, 0], [0, 4]]), x = linalg.solve(a, tensor([2, 8]));
 * x.sum().backward();
 * assertEquals(await x.array(), [1, 2]);
 * assertEquals(await a.grad!.array(), [[-0.5, -1], [-0.25, -0.5]]);
 * ```
 */
export const solve: (a: Tensor, b: Tensor, options?: SolveOptions) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.solve",
  (a, b, options = {}) => solved("linalg.solve", a, b, options, "solve")[0],
  { arity: 2, dtypes },
);

/**
 * Solutions, and which systems have none.
 *
 * @category Linear algebra
 */
export interface SolveInfo {
  /** The solution. */
  readonly result: Tensor;
  /** 0, or the place of the first pivot that is 0, counted from 1, as i32. */
  readonly info: Tensor;
}

/**
 * {@link solve} that tells of singular matrices, for which it gives no numbers, instead of throwing:
 * `torch.linalg.solve_ex`.
 *
 * @category Linear algebra
 */
export const solveEx: (a: Tensor, b: Tensor, options?: SolveOptions) => SolveInfo = /* @__PURE__ */ defineOp(
  "linalg.solveEx",
  (a, b, options = {}) => {
    const [result, info] = solved("linalg.solveEx", a, b, options, "");
    return { result, info };
  },
  { arity: 2, dtypes },
);

function flat(op: string, x: Tensor, rows: Shape, columns: Shape): Tensor {
  const [m, n] = [sizeOf(rows), sizeOf(columns)];
  if (m !== n) refuseShape(op, x, `${m} and ${n} elements of rows and columns are to be equally many`);
  return reshape(x, [m, n]);
}

/**
 * The inverse of a tensor as a map from its axes from `ind` (2) on to those before: `torch.linalg.tensorinv`.
 *
 * @category Linear algebra
 * @example
 * ```ts
 * import { eye, linalg } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(linalg.tensorinv(eye(6).reshape([6, 2, 3]), 1).shape, [2, 3, 6]);
 * ```
 */
export const tensorinv: (x: Tensor, ind?: number) => Tensor = /* @__PURE__ */ defineOp(
  "linalg.tensorinv",
  (x, ind = 2) => {
    if (!(Number.isInteger(ind) && ind > 0)) {
      throw new RangeError(`Cannot linalg.tensorinv at ${ind}: a positive integer is needed`);
    }
    const [front, back] = [x.shape.slice(0, ind), x.shape.slice(ind)];
    return reshape(inv(flat("linalg.tensorinv", x, front, back)), [...back, ...front]);
  },
  { dtypes },
);

/**
 * What {@link tensorsolve} may be told.
 *
 * @category Linear algebra
 */
export interface TensorsolveOptions {
  /** Axes of a that go behind the others before; none unless said. */
  readonly axes?: readonly number[];
}

/**
 * x whose product with a, over all axes of x, the last ones of a, is b: `torch.linalg.tensorsolve`.
 *
 * @category Linear algebra
 */
export const tensorsolve: (a: Tensor, b: Tensor, options?: TensorsolveOptions) => Tensor =
  /* @__PURE__ */ defineOp(
    "linalg.tensorsolve",
    (given, b, options = {}) => {
      checkOptions("linalg.tensorsolve", options, { axes: null });
      const axes = listOf("linalg.tensorsolve", "axes", options.axes ?? []),
        a = moveAxis(given, axes, axes.map((_, i) => i - axes.length));
      const shape = a.shape.slice(b.rank), matrix = flat("linalg.tensorsolve", a, b.shape, shape);
      return reshape(solve(matrix, reshape(b, [-1])), shape);
    },
    { arity: 2, dtypes },
  );
