/** What optimizers remember of parameters: how it is checked, moves along and is copied. */
import { isFloating, sameShape, ShapeError, showShape, Tensor } from "@tapegrad/core";
import { nameOf } from "./parameters.ts";

/**
 * What an optimizer remembers of a parameter from step to step: tensors of its shape, which follow its dtype, counts
 * as integer tensors without axes, and numbers.
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

function isCount({ dtype }: Tensor): boolean {
  return !isFloating(dtype);
}

/** Refuses a state that is of a parameter of another shape, the `i`-th. */
export function checkShapes(parameter: Tensor, i: number, state: Readonly<ParameterState>): void {
  for (const [name, value] of Object.entries(state)) {
    if (!(value instanceof Tensor) || sameShape(value.shape, isCount(value) ? [] : parameter.shape)) continue;
    throw new ShapeError(
      `Cannot load the state of ${nameOf(parameter, i)}: its ${name} is ${showShape(value.shape)}`,
      { op: "loadStateDict", shapes: [parameter.shape, value.shape] },
    );
  }
}

/** A copy for a parameter. */
export function copy(parameter: Tensor, state: Readonly<ParameterState>): ParameterState {
  const values = Object.entries(state).map(([name, value]) => {
    if (!(value instanceof Tensor)) return [name, value];
    const moved = value.to(parameter.backend.name);
    return [name, (isCount(value) ? moved : parameter).zerosLike().assign(moved)];
  });
  return Object.fromEntries(values);
}
