/** The settings of slices, as those of the whole parameters that they are of. */
import type { Tensor } from "@tapegrad/core";
import type { OptimizerOptions, ParameterGroup } from "@tapegrad/optim";

/**
 * The parameters of a sharded optimizer, and their settings, which those who schedule them change, on all ranks alike.
 *
 * @category Many processes
 */
export class WholeGroup<Options extends OptimizerOptions> {
  /** The parameters of the model. */
  readonly parameters: readonly Tensor[];
  readonly #slices: () => ParameterGroup<Options>;

  /** Of parameters, and the group of this rank's slices of them. */
  constructor(parameters: readonly Tensor[], slices: () => ParameterGroup<Options>) {
    this.parameters = parameters;
    this.#slices = slices;
  }

  /** The settings. */
  get options(): Options {
    return this.#slices().options;
  }

  /** The length of a step in units of the gradient. */
  get learningRate(): number {
    return this.#slices().learningRate;
  }

  /** Replaces it; a negative one is a `RangeError`. */
  set learningRate(rate: number) {
    this.#slices().learningRate = rate;
  }

  /** Replaces some of the settings; bad ones are refused and nothing is changed. */
  change(options: Partial<Options>): void {
    this.#slices().change(options);
  }

  /** What {@link WholeGroup.change} does once it has refused bad settings. */
  prepare(options: Partial<Options>): () => void {
    return this.#slices().prepare(options);
  }
}
