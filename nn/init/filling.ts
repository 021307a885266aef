/** Initial values whatever the tensor is: in place and off the tape. */
import * as core from "@tapegrad/core";
import { type Key, noGrad, scope, type Tensor } from "@tapegrad/core";

/** Where random values come from. */
export interface InitOptions {
  /** The next key of the global sequence unless said. */
  readonly key?: Key;
}

let isSkipping = false;

/** Runs a function in which tensors are not filled. */
export function withoutFilling<T>(fn: () => T): T {
  const before = isSkipping;
  isSkipping = true;
  try {
    return fn();
  } finally {
    isSkipping = before;
  }
}

/** Overwrites a tensor, off the tape. */
export function fill(target: Tensor, value: () => Tensor | number): Tensor {
  core.checkTensor("fill", target);
  if (isSkipping) return target;
  scope(() => {
    noGrad(() => {
      const made = value();
      target.assign(made instanceof core.Tensor ? made.to(target.backend.name) : made);
    });
  });
  return target;
}

/**
 * Fills a tensor with `value`: `torch.nn.init.constant_`.
 *
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await init.constant(variable([1, 2]), 3).array(), [3, 3]);
 * ```
 */
export function constant(target: Tensor, value: number): Tensor {
  return fill(target, () => value);
}

/**
 * Fills a tensor with 0: `torch.nn.init.zeros_`.
 *
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await init.zeros(variable([1, 2])).array(), [0, 0]);
 * ```
 */
export function zeros(target: Tensor): Tensor {
  return constant(target, 0);
}

/**
 * Fills a tensor with 1: `torch.nn.init.ones_`.
 *
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await init.ones(variable([0, 2])).array(), [1, 1]);
 * ```
 */
export function ones(target: Tensor): Tensor {
  return constant(target, 1);
}

/**
 * Fills a tensor with numbers spread evenly over `low` (0) to `high` (1): `torch.nn.init.uniform_`, with its a and b.
 *
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assert } from "@std/assert";
 *
 * const w = init.uniform(zeros([100]), { low: 2, high: 3, key: key(1) });
 * assert(await w.min().item() >= 2 && await w.max().item() <= 3);
 * ```
 */
export function uniform(
  target: Tensor,
  options: InitOptions & { readonly low?: number; readonly high?: number } = {},
): Tensor {
  core.checkOptions("fill a tensor", options, { low: 0, high: 1, key: null });
  return fill(
    target,
    () => core.uniform(target.shape, { ...options, dtype: target.dtype, backend: target.backend }),
  );
}

/**
 * Fills a tensor with normally distributed numbers of a mean (0) and standard deviation (1): `torch.nn.init.normal_`.
 *
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const w = init.normal(zeros([10_000]), { mean: 5, std: 0.1, key: key(1) });
 * assertAlmostEquals(await w.mean().item(), 5, 0.01);
 * ```
 */
export function normal(
  target: Tensor,
  options: InitOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  core.checkOptions("fill a tensor", options, { mean: 0, std: 1, key: null });
  return fill(
    target,
    () => core.normal(target.shape, { ...options, dtype: target.dtype, backend: target.backend }),
  );
}

/** What {@link truncNormal} may be told. */
export interface TruncNormalOptions extends InitOptions {
  /** The mean of the whole distribution: 0 unless said. */
  readonly mean?: number;
  /** The standard deviation of the whole distribution: 1 unless said. */
  readonly std?: number;
  /** The least value: -2 unless said. */
  readonly low?: number;
  /** The largest value: 2 unless said. */
  readonly high?: number;
}

/**
 * Fills a tensor with normally distributed numbers, of which those outside `low` … `high` are drawn again:
 * `torch.nn.init.trunc_normal_`, with its a and b.
 *
 * @example
 * ```ts
 * import { key, zeros } from "@tapegrad/core";
 * import { init } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals, assertLessOrEqual } from "@std/assert";
 *
 * const w = init.truncNormal(zeros([10_000]), { low: -1, high: 1, key: key(1) });
 * assertLessOrEqual(await w.abs().max().item(), 1);
 * assertAlmostEquals(await w.std().item(), 0.54, 0.01);
 * ```
 */
export function truncNormal(target: Tensor, options: TruncNormalOptions = {}): Tensor {
  core.checkOptions("fill a tensor", options, { mean: 0, std: 1, low: 0, high: 0, key: null });
  const { mean = 0, std = 1, low = -2, high = 2, key } = options;
  for (const [name, value] of Object.entries({ mean, low, high })) {
    core.checkSetting("fill a tensor", name, value);
  }
  core.checkSetting("fill a tensor", "std", std, 0);
  core.checkSetting("fill a tensor", "high", high, low);
  return fill(target, () => {
    const dtype = target.dtype === "f64" ? "f64" : "f32", { backend } = target;
    // Even in the distribution function, and so normal where that is turned around.
    const [from, to] = [low, high].map((end) =>
      core.ndtr(core.tensor((end - mean) / std, { dtype, backend }))
    );
    const drawn = core.uniform(target.shape, { dtype, backend, ...(key && { key }) });
    return core.clamp(core.ndtri(core.lerp(from, to, drawn)).mul(std).add(mean), low, high);
  });
}
