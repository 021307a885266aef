/** In which order the elements of an elementwise kernel are visited. */
import type { Shape } from "@tapegrad/core/backend";
import { eachOuter, type Walk } from "../../common/walk.ts";
import type { Run } from "../modules.ts";
import type { Operand } from "./kernel.ts";
import { sweepOf } from "./sweep.ts";

/** Rows that are shorter are better run across. */
const SHORT = 4;
/** Where rows are read across memory so many columns are taken at a time, whose lines the cache holds. */
const COLUMNS = 16;

/** Loops over operands as their first lies in memory, at least two of them. */
export function walkAlong(operands: readonly Operand[]): Walk {
  const [{ shape, strides }] = operands, order = shape.map((_, axis) => axis);
  order.sort((a, b) => Math.abs(strides[b]) - Math.abs(strides[a]));
  const pick = (values: Shape) => order.map((axis) => values[axis]);
  return longRows(
    sweepOf(
      operands.map((x) => ({ pointer: x.pointer, dtype: x.dtype, strides: pick(x.strides) })),
      pick(shape),
    ),
  );
}

function longRows(walk: Walk): Walk {
  const [rows, n] = walk.shape.slice(-2);
  if (n >= SHORT || rows <= n) return walk;
  const turned = (values: readonly number[]) => [...values.slice(0, -2), ...values.slice(-2).toReversed()];
  return { ...walk, shape: turned(walk.shape), strides: walk.strides.map(turned) };
}

/** Calls a kernel on all rows: how many, of how many elements, and of each operand the start, the row's step and, where it has one, its own. */
export function runAlong(walk: Walk, hasStep: readonly boolean[], run: Run): void {
  const [rows, n] = walk.shape.slice(-2), steps = walk.strides.map((s) => s.slice(-2));
  const columns = steps.some(([row, step], k) => hasStep[k] && Math.abs(row) < Math.abs(step)) ? COLUMNS : n;
  const parameters = [rows, 0], places: number[] = [];
  steps.forEach(([row, step], k) => {
    places.push(parameters.length);
    parameters.push(0, row);
    if (hasStep[k]) parameters.push(step);
  });
  eachOuter(walk, 2, (at) => {
    for (let j = 0; j < n; j += columns) {
      parameters[1] = Math.min(columns, n - j);
      for (let k = 0; k < at.length; k++) parameters[places[k]] = at[k] + j * steps[k][1];
      run(...parameters);
    }
  });
}
