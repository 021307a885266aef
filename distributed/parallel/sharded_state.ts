/** What optimizers remember, of slices and of whole parameters. */
import { Tensor } from "@tapegrad/core";
import type { ParameterState } from "@tapegrad/optim";
import { allGather } from "../collectives/linear.ts";
import type { SlicedRow } from "./slices.ts";

type State = Readonly<ParameterState>;

/** What is remembered of the slices of all ranks, by parameters: tensors of a slice are joined, others are for all. */
export function gatherState(
  rows: readonly SlicedRow[],
  states: readonly State[],
): Map<Tensor, ParameterState> {
  const found = new Map<Tensor, ParameterState>();
  rows.forEach((row, i) => {
    row.parameters.forEach((parameter) => found.set(parameter, {}));
    for (const [name, value] of Object.entries(states[i])) {
      const all = isOfSlice(value, row) ? allGather(value) : null;
      row.parameters.forEach((parameter, k) => {
        found.get(parameter)![name] = all ? row.part(all, k).contiguous() : value;
      });
    }
  });
  return found;
}

function isOfSlice(value: Tensor | number | undefined, { length }: SlicedRow): value is Tensor {
  return value instanceof Tensor && value.shape.length === 1 && value.shape[0] === length;
}

/** The slices of this rank of what is remembered of parameters. */
export function sliceState(rows: readonly SlicedRow[], states: ReadonlyMap<Tensor, State>): ParameterState[] {
  return rows.map((row) => {
    const own = row.parameters.map((parameter) => states.get(parameter)!);
    const names = Object.keys(own[0]);
    return Object.fromEntries(names.map((name) => {
      const values = own.map((state) => state[name]);
      return [name, isOfParameters(values, row) ? row.own(values) : values[0]];
    }));
  });
}

// A number for all has no axes, and no two parameters have one of their own.
function isOfParameters(
  values: readonly (Tensor | number | undefined)[],
  { parameters }: SlicedRow,
): values is readonly Tensor[] {
  const fit = values.every((value, i) =>
    value instanceof Tensor && value.shape.join() === parameters[i].shape.join() &&
    value.dtype === parameters[i].dtype
  );
  return fit && !(values.length > 1 && values.every((value) => value === values[0]));
}
