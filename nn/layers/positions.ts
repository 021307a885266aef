/** Layers that tell positions. */
import {
  checkOptions,
  checkTensor,
  rotary,
  type RotaryOptions,
  ShapeError,
  showShape,
  sinusoidalPositions,
  type Tensor,
} from "@tapegrad/core";
import { Module } from "../module.ts";

/**
 * What {@link SinusoidalPositions} may be told.
 *
 * @category Layers
 */
export interface SinusoidalPositionsOptions {
  /** Wavelengths go from 2π to 2π times this: 10,000 unless said. */
  readonly base?: number;
  /** Whether the batch is the first axis, and not the second, as unless said. */
  readonly batchFirst?: boolean;
}

/**
 * Adds {@link sinusoidalPositions} to `[L, N, features]`, `[N, L, features]` with `batchFirst`, or `[L, features]`: of as
 * many positions as there are.
 *
 * @category Layers
 * @example
 * ```ts
 * import { zeros } from "@tapegrad/core";
 * import { SinusoidalPositions } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const layer = new SinusoidalPositions(2, { batchFirst: true });
 * assertEquals(await layer.forward(zeros([5, 3, 2])).slice(4, 0).array(), [0, 1]);
 * ```
 */
export class SinusoidalPositions extends Module {
  /** How many features a position has. */
  readonly features: number;
  /** How much longer the longest wave is than the shortest. */
  readonly base: number;
  /** Whether the batch is the first axis. */
  readonly batchFirst: boolean;

  /** Positions of so many features. */
  constructor(features: number, options: SinusoidalPositionsOptions = {}) {
    super();
    checkOptions("make SinusoidalPositions", options, { base: 1, batchFirst: false });
    const { base = 10_000, batchFirst = false } = options;
    this.features = features;
    this.base = base;
    this.batchFirst = batchFirst;
    sinusoidalPositions(0, features, { base });
  }

  /** `x` and its positions. */
  override forward(x: Tensor): Tensor {
    checkTensor(`apply ${this.describe()} to`, x);
    const { rank, shape, dtype, backend } = x;
    if (rank < 2 || rank > 3 || shape[rank - 1] !== this.features) {
      const order = this.batchFirst ? "[N, L, features]" : "[L, N, features]";
      throw new ShapeError(
        `Cannot apply ${this.describe()} to ${
          showShape(shape)
        }: ${order} is needed, of ${this.features} features`,
        { op: "SinusoidalPositions", shapes: [shape] },
      );
    }
    const isSecond = rank === 2 || this.batchFirst, length = shape[isSecond ? rank - 2 : 0];
    const waves = sinusoidalPositions(length, this.features, {
      base: this.base,
      dtype,
      backend: backend.name,
    });
    return x.add(isSecond ? waves : waves.unsqueeze(1));
  }

  /** `SinusoidalPositions(8)`. */
  protected override describe(): string {
    return `${this.constructor.name}(${this.features})`;
  }
}

/**
 * {@link rotary} as a layer: rotates queries or keys `[…, length, features]` by their positions.
 *
 * @category Layers
 * @example
 * ```ts
 * import { ones } from "@tapegrad/core";
 * import { RotaryPositions } from "@tapegrad/nn";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await new RotaryPositions().forward(ones([3, 2])).slice(0).array(), [1, 1]);
 * ```
 */
export class RotaryPositions extends Module<readonly [x: Tensor, options?: Pick<RotaryOptions, "offset">]> {
  readonly #options: RotaryOptions;

  /** Rotations of pairs, neighbours unless said. */
  constructor(options: Pick<RotaryOptions, "base" | "interleaved"> = {}) {
    super();
    checkOptions("make RotaryPositions", options, { base: 1, interleaved: true });
    this.#options = { ...options };
  }

  /** `x` rotated, the first from position `offset`. */
  override forward(x: Tensor, options: Pick<RotaryOptions, "offset"> = {}): Tensor {
    checkOptions(`apply ${this.describe()} to`, options, { offset: 0 });
    return rotary(x, { ...this.#options, ...options });
  }
}
