/** Parameters as one vector, and back. */
import { checkTensor, concat, noGrad, scope, ShapeError, showShape, type Tensor } from "@tapegrad/core";
import type { ParameterSource } from "./parameters.ts";
import { tensorsIn } from "./parameter_groups.ts";

/**
 * The elements of tensors one after the other, as PyTorch's `parameters_to_vector`: recorded, so that a gradient flows
 * back to them. `torch.nn.utils.parameters_to_vector`.
 *
 * @category Training
 * @example
 * ```ts
 * import { variable } from "@tapegrad/core";
 * import { parametersToVector, vectorToParameters } from "@tapegrad/optim";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const parameters = [variable([[1, 2], [3, 4]]), variable(5)];
 * const vector = parametersToVector(parameters);
 * assertEquals(await vector.array(), [1, 2, 3, 4, 5]);
 * vectorToParameters(vector.mul(10), parameters);
 * assertEquals(await parameters[1].item(), 50);
 * ```
 */
export function parametersToVector(parameters: ParameterSource): Tensor {
  return concat(tensorsIn("join", parameters).map((parameter) => parameter.reshape([-1])));
}

/**
 * Overwrites tensors with the elements of a vector, as PyTorch's `vector_to_parameters` does, in their dtype. A vector
 * that has not as many is a {@link ShapeError}. `torch.nn.utils.vector_to_parameters`.
 *
 * @category Training
 */
export function vectorToParameters(vector: Tensor, parameters: ParameterSource): void {
  checkTensor("split", vector);
  const all = tensorsIn("overwrite", parameters), total = all.reduce((sum, { size }) => sum + size, 0);
  if (vector.rank !== 1 || vector.size !== total) {
    throw new ShapeError(
      `Cannot split ${
        showShape(vector.shape)
      } into parameters: they have ${total} elements, a vector of these is needed`,
      { op: "vectorToParameters", shapes: [vector.shape] },
    );
  }
  scope(() =>
    noGrad(() => {
      let at = 0;
      for (const parameter of all) {
        parameter.assign(vector.detach().slice([at, at += parameter.size]).reshape(parameter.shape));
      }
    })
  );
}
