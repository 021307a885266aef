/** Gradients with a NaN or an infinity, and what a step does about them. */
import { all, BackendError, isFinite, noGrad, read, scope, TapeError, type Tensor } from "@tapegrad/core";
import { nameOf } from "./parameter_groups.ts";
import type { OptimizerOptions, ParameterGroup } from "./parameters.ts";

/** Whether a step may change parameters; a gradient that is not finite is an error where its group says so. */
export function mayStep(groups: readonly ParameterGroup<OptimizerOptions>[]): boolean {
  let may = true, i = 0;
  for (const { parameters, options: { nonFinite = "take" } } of groups) {
    for (const parameter of parameters) {
      if (nonFinite !== "take" && parameter.grad && !finiteAtOnce(parameter.grad)) {
        if (nonFinite === "throw") throw notFinite(parameter, i);
        may = false;
      }
      i++;
    }
  }
  return may;
}

function finiteAtOnce(gradient: Tensor): boolean {
  const { backend } = gradient;
  if (backend.synchronous) return all(isFinite(gradient)).itemSync() !== 0;
  throw new BackendError(
    `Cannot look for what is not finite on ${backend.name} within a step: leave nonFinite out, and step ` +
      "if (await optimizer.hasFiniteGradients())",
  );
}

function notFinite(parameter: Tensor, i: number): TapeError {
  const values = parameter.grad!.dataSync(), at = values.findIndex((value) => !Number.isFinite(value));
  return new TapeError(
    `Cannot step along the gradient of ${nameOf(parameter, i)}: its element ${at} of ${values.length} is ` +
      `${
        values[at]
      }, nothing was changed; detectAnomaly(() => …) around forward and backward finds the op that ` +
      'made it, nonFinite: "skip" leaves such steps out',
  );
}

/** Whether the gradients of tensors are finite throughout, where they have any. */
export function haveFiniteGradients(parameters: readonly Tensor[]): Promise<boolean> {
  const gradients = parameters.flatMap(({ grad }) => grad ?? []);
  return scope(async () => {
    const flags = await read(noGrad(() => gradients.map((gradient) => all(isFinite(gradient)))));
    return flags.every(([flag]) => flag !== 0);
  });
}
