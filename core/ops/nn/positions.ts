/** Positions, as rotations and as waves. */
import { type DType, dtypes, hostArray, isFloating, type TypedArray } from "../../base/dtype.ts";
import { checkShape } from "../../base/shape.ts";
import { defaultDtype } from "../../device/context.ts";
import type { Backend } from "../../device/backend.ts";
import { ShapeError, showShape } from "../../base/errors.ts";
import { checkOptions, checkSetting } from "../../base/settings.ts";
import { applyAll } from "../../call/apply.ts";
import { registerFunctions } from "../../call/catalog.ts";
import { checkFloating } from "../../define/operands.ts";
import { e } from "../../expr/e.ts";
import { map } from "../../primitives/map.ts";
import { concat, stack } from "../joining.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { checkTensor } from "../../tensor/tree.ts";
import { fromArray } from "../creation.ts";
import { chunk, unbind } from "../pieces.ts";
import { reshape } from "../shape.ts";

/**
 * What {@link rotary} may be told.
 *
 * @category Network functions
 */
export interface RotaryOptions {
  /** The position of the first: 0 unless said. */
  readonly offset?: number;
  /** The wavelengths of pairs go from 2π to 2π times this: 10,000 unless said. */
  readonly base?: number;
  /** Whether neighbours are pairs, as in the paper and unless said; else feature i and feature i + features/2. */
  readonly interleaved?: boolean;
}

const known = { offset: 0, base: 1, interleaved: true };

const [a, b, cosine, sine] = [0, 1, 2, 3].map((i) => e.input(i));
const turned = {
  name: "rotary",
  exprs: [e.sub(e.mul(a, cosine), e.mul(b, sine)), e.add(e.mul(a, sine), e.mul(b, cosine))],
};

/** position/base^(2i/features), for each position from `offset` and each pair i, row by row. */
function anglesOf(length: number, features: number, base: number, offset: number): TypedArray {
  const pairs = features / 2;
  return hostArray("f64", length * pairs).map((_, k) =>
    (offset + Math.floor(k / pairs)) * base ** (-(k % pairs) / pairs)
  );
}

/**
 * Rotates pairs of the features of queries or keys `[…, length, features]`, pair i at position p by the angle
 * p/base^(2i/features), so that their products depend on how far apart they are, and on nothing else of where they are.
 * An odd number of features is a {@link ShapeError}. Su et al. (2021).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { normal, rotary } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const [q, k] = [normal([1, 8]), normal([1, 8])];
 * const score = (from: number, to: number) => rotary(q, { offset: from }).mul(rotary(k, { offset: to })).sum().item();
 * assertAlmostEquals(await score(3, 5), await score(10, 12), 1e-5);
 * ```
 */
export function rotary(x: Tensor, options: RotaryOptions = {}): Tensor {
  checkOptions("rotate", options, known);
  const { offset = 0, base = 10_000, interleaved = true } = options;
  checkSetting("rotate", "offset", offset);
  checkSetting("rotate", "base", base, Number.MIN_VALUE);
  checkTensor("rotate", x);
  checkFloating("rotary", x);
  const [length, features] = x.shape.slice(-2);
  if (x.rank < 2 || features % 2 !== 0) {
    throw new ShapeError(
      `Cannot rotate pairs of ${
        showShape(x.shape)
      }: […, length, features] is needed, of an even number of features`,
      { op: "rotary", shapes: [x.shape] },
    );
  }
  const angles = anglesOf(length, features, base, offset), like = { dtype: x.dtype, backend: x.backend };
  const [cosines, sines] = [Math.cos, Math.sin].map((fn) =>
    fromArray(angles.map(fn), [length, features / 2], like)
  );
  const pairs = interleaved
    ? unbind(reshape(x, [...x.shape.slice(0, -1), features / 2, 2]), -1)
    : chunk(x, 2, -1);
  const parts = applyAll(map, [...pairs, cosines, sines], turned);
  return interleaved ? reshape(stack(parts, -1), x.shape) : concat(parts, -1);
}

/**
 * What {@link sinusoidalPositions} may be told.
 *
 * @category Network functions
 */
export interface SinusoidalOptions {
  /** Wavelengths go from 2π to 2π times this: 10,000 unless said. */
  readonly base?: number;
  /** The position of the first: 0 unless said. */
  readonly offset?: number;
  /** Dtype of the result; the default dtype unless said. */
  readonly dtype?: DType;
  /** Where it is made; on the backend in use unless said. */
  readonly backend?: string | Backend;
}

/**
 * Positions as waves, `[length, features]`: sin(p/base^(2i/features)) in feature 2i, its cosine in feature 2i + 1. An odd
 * number of features is a {@link ShapeError}. Vaswani et al. (2017).
 *
 * @category Network functions
 * @example
 * ```ts
 * import { sinusoidalPositions } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const waves = sinusoidalPositions(2, 4, { dtype: "f64" });
 * assertEquals(await waves.array(), [[0, 1, 0, 1], [Math.sin(1), Math.cos(1), Math.sin(0.01), Math.cos(0.01)]]);
 * ```
 */
export function sinusoidalPositions(
  length: number,
  features: number,
  options: SinusoidalOptions = {},
): Tensor {
  checkOptions("make positions", options, { base: 1, offset: 0, dtype: null, backend: null });
  checkShape("make positions of", [length, features]);
  const { base = 10_000, offset = 0, dtype, backend } = options;
  checkSetting("make positions", "base", base, Number.MIN_VALUE);
  checkSetting("make positions", "offset", offset);
  if (features % 2 !== 0) {
    throw new ShapeError(`Cannot make positions of ${features} features: an even number is needed`);
  }
  const waves = hostArray("f64", length * features);
  anglesOf(length, features, base, offset).forEach((angle, k) => {
    waves.set([Math.sin(angle), Math.cos(angle)], 2 * k);
  });
  return fromArray(waves, [length, features], { dtype: dtype ?? defaultDtype(), ...backend && { backend } });
}

registerFunctions({ rotary: 1 }, { dtypes: dtypes.filter(isFloating) });
registerFunctions({ sinusoidalPositions: 0 }, { dtypes: dtypes.filter(isFloating), differentiable: false });
