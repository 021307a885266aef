/** What optimizers remember of parameters: how it is checked, moves along and is copied. */
import { full, isFloating, sameShape, type Shape, ShapeError, showShape, Tensor } from "@tapegrad/core";
import { nameOf } from "./parameter_groups.ts";

/**
 * What an optimizer remembers of a parameter from step to step: tensors of its shape or of that which the
 * optimizer tells, which follow its dtype, counts as integer tensors without axes, and numbers.
 *
 * @category Optimizers
 */
export type ParameterState = { [name: string]: Tensor | number | undefined };

/** Names what is remembered of a parameter, for errors and recorded programs. */
export function nameState({ label }: Tensor, state: ParameterState): void {
  if (label === "") return;
  for (const [name, value] of Object.entries(state)) {
    if (value instanceof Tensor) value.label ||= `${label}.${name}`;
  }
}

/** The tensors in it. */
export function tensorsOf(state: ParameterState): Tensor[] {
  return Object.values(state).filter((value) => value instanceof Tensor);
}

/** Moves along with a parameter, whose model may have moved to another device or dtype since the last step. */
export function follow(value: Tensor, { backend, dtype }: Tensor): void {
  if (value.backend !== backend) value.setData(value.to(backend.name));
  if (value.dtype !== dtype && !isCount(value)) value.setData(value.to(dtype));
}

/** Whether it counts something, and so is of no dtype of a parameter. */
export function isCount({ dtype }: Tensor): boolean {
  return !isFloating(dtype);
}

/** The shape that what is remembered under a name has, of a parameter. */
export type ShapeOf = (name: string, parameter: Tensor) => Shape;

/** Refuses a state that is of a parameter of another shape, the `i`-th. */
export function checkShapes(
  parameter: Tensor,
  i: number,
  state: Readonly<ParameterState>,
  shapeOf: ShapeOf,
): void {
  for (const [name, value] of Object.entries(state)) {
    if (!(value instanceof Tensor)) continue;
    const shape = isCount(value) ? [] : shapeOf(name, parameter);
    if (sameShape(value.shape, shape)) continue;
    throw new ShapeError(
      `Cannot load the state of ${nameOf(parameter, i)}: its ${name} is ${showShape(value.shape)}`,
      { op: "loadStateDict", shapes: [shape, value.shape] },
    );
  }
}

/** A copy where a parameter is, in its dtype unless it counts something. */
export function copyFor({ backend, dtype }: Tensor, value: Tensor): Tensor {
  const like = { backend, dtype: isCount(value) ? value.dtype : dtype };
  return full(value.shape, 0, like).assign(value.to(backend.name));
}

/** Copies for parameters; what several share, they share again. */
export function copies(
  parameters: readonly Tensor[],
  states: readonly Readonly<ParameterState>[],
): ParameterState[] {
  const made = new Map<string, Map<Tensor, Tensor>>();
  const copied = (value: Tensor, parameter: Tensor): Tensor => {
    const place = `${parameter.backend.name} ${parameter.dtype}`,
      here = made.get(place) ?? new Map<Tensor, Tensor>();
    const copy = here.get(value) ?? copyFor(parameter, value);
    made.set(place, here.set(value, copy));
    return copy;
  };
  return parameters.map((parameter, i) => {
    const values = Object.entries(states[i]);
    return Object.fromEntries(
      values.map(([name, value]) => [name, value instanceof Tensor ? copied(value, parameter) : value]),
    );
  });
}
