/** Initial values of matrices and windows, with a structure. */
import * as core from "@tapegrad/core";
import { type Key, scope, ShapeError, showShape, type Tensor } from "@tapegrad/core";
import { fill, type InitOptions } from "./filling.ts";

function refusal(target: Tensor, needed: string): ShapeError {
  return new ShapeError(`Cannot fill a tensor of shape ${showShape(target.shape)}: ${needed}`, {
    op: "init",
    shapes: [target.shape],
  });
}

function checkMatrix(target: Tensor): void {
  core.checkTensor("fill", target);
  if (target.rank !== 2) throw refusal(target, "a matrix is needed");
}

/**
 * Fills a matrix with 1 on its diagonal and 0 elsewhere: `torch.nn.init.eye_`. Other tensors are a {@link ShapeError}.
 *
 * @category Initial values
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * assertEquals(await init.eye(zeros([2, 3])).array(), [[1, 0, 0], [0, 1, 0]]);
 * assertEquals(await init.dirac(zeros([2, 2, 3])).array(), [[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0]]]);
 * const q = init.orthogonal(zeros([2, 3]), { key: key(1) }), rows = q.matmul(q.transpose());
 * assertAlmostEquals(await rows.sub(init.eye(zeros([2, 2]))).abs().max().item(), 0, 1e-6);
 * const sparse = init.sparse(zeros([10, 3]), 0.25, { key: key(1) });
 * assertEquals(await sparse.equal(0).sum(0).array(), [3, 3, 3]);
 * ```
 */
export function eye(target: Tensor): Tensor {
  checkMatrix(target);
  const [rows, columns] = target.shape;
  return fill(target, () => core.eye(rows, columns, { dtype: target.dtype, backend: target.backend }));
}

/**
 * Fills the weight of a convolution along one to three axes so that it gives its input back, as many channels as there
 * are, of each of `groups` (1): `torch.nn.init.dirac_`. Other tensors are a {@link ShapeError}.
 *
 * @category Initial values
 */
export function dirac(target: Tensor, options: { readonly groups?: number } = {}): Tensor {
  core.checkTensor("fill", target);
  core.checkOptions("fill a tensor", options, { groups: 1 });
  const { groups = 1 } = options, [out, taken, ...window] = target.shape;
  if (window.length < 1 || window.length > 3) {
    throw refusal(target, "a weight [out, in, …] of 3 to 5 axes is needed");
  }
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
    throw refusal(target, `${groups} groups do not divide ${out} channels out`);
  }
  return fill(target, () => {
    const channels = core.eye(out / groups, taken, { dtype: target.dtype, backend: target.backend });
    const all = core.concat(Array.from({ length: groups }, () => channels), 0);
    const widths = window.map((extent) => [extent >> 1, extent - 1 - (extent >> 1)] as const);
    return core.pad(all.reshape([out, taken, ...window.map(() => 1)]), [[0, 0], [0, 0], ...widths]);
  });
}

/**
 * What {@link orthogonal} may be told.
 *
 * @category Initial values
 */
export interface OrthogonalOptions extends InitOptions {
  /** A factor of the values, as from `calculateGain`; 1 unless said. */
  readonly gain?: number;
}

/**
 * Fills a weight with a random matrix whose rows are orthogonal and of length `gain` (1), or its columns where it has
 * fewer of them; the axes after the first count as one: `torch.nn.init.orthogonal_`. Saxe et al. (2013). Fewer than two axes
 * are a {@link ShapeError}.
 *
 * @category Initial values
 */
export function orthogonal(target: Tensor, options: OrthogonalOptions = {}): Tensor {
  core.checkTensor("fill", target);
  core.checkOptions("fill a tensor", options, { gain: 1, key: null });
  const { gain = 1, key } = options;
  core.checkSetting("fill a tensor", "gain", gain);
  if (target.rank < 2) throw refusal(target, "at least two axes are needed");
  if (target.size === 0) return target;
  return fill(target, () => {
    const rows = target.shape[0], columns = target.size / rows, isTall = rows > columns;
    const made = orthonormal(drawn(isTall ? [columns, rows] : [rows, columns], target, key));
    return (isTall ? made.transpose() : made).mul(gain).reshape(target.shape);
  });
}

// f16 is too coarse to compute in.
function drawn(shape: readonly number[], { dtype, backend }: Tensor, key?: Key): Tensor {
  return core.normal(shape, { dtype: dtype === "f16" ? "f32" : dtype, backend, ...(key && { key }) });
}

/**
 * Rows made orthogonal one after the other, by Gram and Schmidt, each twice: as precise as reflections.
 *
 * @category Initial values
 */
export function orthonormal(rows: Tensor): Tensor {
  const unit = (row: Tensor) => row.div(row.norm());
  let made = scope(() => unit(rows.slice([0, 1])));
  for (let i = 1; i < rows.shape[0]; i++) {
    const before = made;
    const without = (row: Tensor) => row.sub(row.matmul(before.transpose()).matmul(before));
    made = scope(() => core.concat([before, unit(without(unit(without(rows.slice([i, i + 1])))))]));
    before.dispose();
  }
  return made;
}

/**
 * Fills a matrix with normal numbers of a standard deviation (0.01), and a share `sparsity` of each column, rounded up,
 * with 0: `torch.nn.init.sparse_`. Martens (2010). Other tensors are a {@link ShapeError}.
 *
 * @category Initial values
 */
export function sparse(
  target: Tensor,
  sparsity: number,
  options: InitOptions & { readonly std?: number } = {},
): Tensor {
  checkMatrix(target);
  core.checkOptions("fill a tensor", options, { std: 0, key: null });
  core.checkSetting("fill a tensor", "sparsity", sparsity, 0, 1);
  const { std = 0.01, key } = options, [rows] = target.shape;
  core.checkSetting("fill a tensor", "std", std, 0);
  const [forValues, forPlaces] = key ? core.splitKey(key) : [];
  return fill(target, () => {
    const values = drawn(target.shape, target, forValues).mul(std), { backend } = target;
    const order = core.argsort(
      core.uniform(target.shape, { backend, ...(forPlaces && { key: forPlaces }) }),
      0,
    );
    return core.where(core.less(order, Math.ceil(sparsity * rows)), 0, values);
  });
}
