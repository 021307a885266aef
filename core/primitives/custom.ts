/** Gradients that are given instead of derived. */
import { ShapeError, showShape, TapeError } from "../base/errors.ts";
import { checkFunction } from "../base/settings.ts";
import { listOf, sameShape } from "../base/shape.ts";
import { apply } from "../call/apply.ts";
import { isRecording } from "../call/record.ts";
import type { Batched, Parts, Primitive, TensorType } from "../call/op.ts";
import { showCotangent } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkTensor } from "../tensor/tree.ts";
import { nodeOf } from "../tensor/internals.ts";

/**
 * From the cotangent of a value to those of what it was made from.
 *
 * @category Transforms
 */
export type GivenGradient = (ct: Tensor) => Parts;

/** The elements of `value`, as if made from `inputs` by an op with that gradient. */
export function withGradient(value: Tensor, inputs: readonly Tensor[], gradient: GivenGradient): Tensor {
  for (const x of [value, ...inputs]) checkTensor("give a gradient to", x);
  checkFunction("give a gradient by", gradient);
  return apply(linkedBy(gradient), [value.detach(), ...inputs], null);
}

function linkedBy(gradient: GivenGradient): Primitive<null> {
  return {
    name: "customGradient",
    given: true,
    view: (value) => value,
    infer: ([{ shape, dtype, backend }]) => ({ shape, dtype, backend }),
    vjp: (
      [ct],
      { inputs: [, ...inputs] },
    ) => [
      null,
      ...ct ? checked(cotangentsOf(gradient, ct), inputs) : inputs.map(() => null),
    ],
    // What the gradient may read of them, it must find unchanged.
    saves: (_, wanted) => ({ inputs: wanted.flatMap((_, i) => i > 0 ? [i] : []), outputs: [] }),
    // The gradient refers to what it was written beside: a layer that knows of batches takes care of it.
    batch([value, ...inputs], [axis]): Batched {
      if (isRecording() && inputs.some((x) => nodeOf(x) !== null)) throw unbatched();
      return { outputs: [value], axes: [axis] };
    },
  };
}

function unbatched(): TapeError {
  return new TapeError(
    "Cannot batch a custom gradient: it is written for one element of the batch; " +
      "detach() its arguments, or compute the value by ops with gradients of their own",
  );
}

function cotangentsOf(gradient: GivenGradient, ct: Tensor): Parts {
  return listOf("use a custom gradient with", "cotangents", gradient(showCotangent(ct))).map(showCotangent);
}

function checked(parts: Parts, inputs: readonly TensorType[]): Parts {
  if (parts.length !== inputs.length) {
    throw new TapeError(
      `Cannot use a custom gradient: it returned ${parts.length} cotangents for ${inputs.length} arguments`,
    );
  }
  parts.forEach((part, i) => part && checkPart(part, inputs[i], i));
  return parts;
}

function checkPart(part: Tensor, input: TensorType, i: number): void {
  checkTensor("use a custom gradient of", part);
  const { shape } = part;
  if (sameShape(shape, input.shape)) return;
  throw new ShapeError(
    `Cannot use a custom gradient: its cotangent ${i} has shape ${showShape(shape)}, ` +
      `the argument ${showShape(input.shape)}`,
    { op: "customGradient", shapes: [shape, input.shape] },
  );
}
