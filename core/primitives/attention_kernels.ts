/** The kernels of attention that a backend may have, and what they are told. */
import type { Kernel } from "../device/backend.ts";

/**
 * How attention is computed.
 *
 * @category Backends
 */
export interface AttentionAttributes {
  /** What scores are multiplied by. */
  readonly scale: number;
  /** Whether a position attends to none that is later. */
  readonly isCausal: boolean;
  /** Whether the fourth input is a mask. */
  readonly isMasked: boolean;
  /** Above 0 the last input is a key, u32 `[2]`. */
  readonly dropoutP: number;
}

/**
 * Which gradients of attention are wanted, and of which cotangents.
 *
 * @category Backends
 */
export interface AttentionBackwardAttributes extends AttentionAttributes {
  /** Of each input whether its gradient is. */
  readonly wanted: readonly boolean[];
  /** Whether there is a cotangent of the result. */
  readonly hasSlope: boolean;
  /** Whether there is one of the log-sum-exps, behind it. */
  readonly hasLogSlope: boolean;
}

/**
 * The kernels of attention that a backend may have.
 *
 * @category Backends
 */
export interface AttentionKernels {
  /** Attention and the log-sum-exp of each row, Infinity where there is no score but -Infinity, of q, k, v, a mask, a key. */
  readonly scaledDotProductAttention: Kernel<AttentionAttributes>;
  /** The gradients that are wanted, of the inputs of attention, its log-sum-exps and the cotangents that there are. */
  readonly attentionBackward: Kernel<AttentionBackwardAttributes>;
}
