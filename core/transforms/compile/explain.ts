/** What a compiled function runs, for a person to read. */
import { bytesPerElement } from "../../base/dtype.ts";
import { showBytes } from "../../base/inspect.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Program } from "../program/program.ts";
import type { ProgramView } from "../program/parts.ts";

/** The text of all programs, with what each moves. */
export function explained(name: string, programs: readonly Program[]): string {
  if (programs.length === 0) return `${name} has no program yet: no two calls in a row ran the same`;
  const count = programs.length === 1 ? "one program" : `${programs.length} programs`;
  return [`${name} has ${count}, run kernel by kernel`, ...programs.map(textOf)].join("\n\n");
}

function textOf(program: Program): string {
  const { steps } = program;
  const bytes = (views: readonly ProgramView[]): number =>
    views.reduce(
      (sum, { value, shape }) => sum + sizeOf(shape) * bytesPerElement(program.values[value].dtype),
      0,
    );
  const read = bytes(steps.flatMap(({ inputs }) => inputs)),
    written = bytes(steps.flatMap(({ outputs }) => outputs));
  const made = program.values.reduce(
    (sum, { kind, dtype, length }) => kind === "made" ? sum + length * bytesPerElement(dtype) : sum,
    0,
  );
  return `${steps.length} kernels read ${showBytes(read)}, write ${showBytes(written)} and make ${
    showBytes(made)
  }\n${program}`;
}
