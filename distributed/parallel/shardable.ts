/** Optimizers that can be divided among ranks. */
import type { Tensor } from "@tapegrad/core";
import {
  Adafactor,
  LAMB,
  LBFGS,
  Muon,
  type OptimizerOptions,
  type OptimizerStateDict,
  type ParameterGroup,
} from "@tapegrad/optim";

/**
 * What {@link shardedOptimizer} asks of an optimizer: those of `@tapegrad/optim`.
 *
 * @category Many processes
 */
export interface Shardable<Options extends OptimizerOptions> extends Disposable {
  /** The parameters, by settings. */
  readonly groups: readonly ParameterGroup<Options>[];
  /** Changes the parameters along their gradients. */
  step(): boolean;
  /** The settings and what is remembered. */
  stateDict(): OptimizerStateDict<Options>;
  /** Goes on where another one stood. */
  loadStateDict(dict: OptimizerStateDict<Options>): void;
}

const whole = [LAMB, Muon, Adafactor, LBFGS];

/** Refuses an optimizer of other parameters than these, or one that looks at whole ones. */
export function checkShardable<O extends OptimizerOptions>(
  optimizer: Shardable<O>,
  slices: readonly Tensor[],
): void {
  const kind = whole.find((one) => optimizer instanceof one);
  if (kind) {
    throw new TypeError(
      `Cannot shard ${kind.name}: it looks at whole parameters, of which a rank has slices`,
    );
  }
  const { groups } = Object(optimizer) as Partial<Shardable<O>>;
  if (groups?.length === 1 && groups[0].parameters.join() === slices.join()) return;
  throw new TypeError("Cannot shard an optimizer: make it of the parameters that it is given, as one group");
}
