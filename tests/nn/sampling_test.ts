/** Functions that resample and measure against PyTorch's, with options that no layer has. */
import * as core from "@tapegrad/core";
import { Module } from "@tapegrad/nn";
import { againstPyTorch, type AnyLayer, type Case } from "./against_pytorch.ts";
import reference from "./reference/sampling.json" with { type: "json" };

type AnyFunction = (...inputs: unknown[]) => core.Tensor;

/** A function of core as a layer, called with the inputs of a case, its arguments and its options. */
class Called extends Module<readonly core.Tensor[]> {
  readonly #given: Case;

  constructor(given: Case) {
    super();
    this.#given = given;
  }

  override forward(...inputs: core.Tensor[]): core.Tensor {
    const { layer, arguments: rest, options } = this.#given;
    const call = (core as unknown as Record<string, AnyFunction>)[layer];
    return call(...inputs, ...rest, options.p === "Infinity" ? { ...options, p: Infinity } : options);
  }
}

// Places of a grid lie at kinks, and so do rows that are equal; below eps the gradient of a length is 0.
function isSmooth({ layer, inputs }: Case): boolean {
  return layer !== "gridSample" && !/"data":\[(1,2|3,4),/.test(JSON.stringify(inputs));
}

againstPyTorch(reference, { make: (given) => new Called(given) as unknown as AnyLayer, smooth: isSmooth });
