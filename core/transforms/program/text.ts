/** Programs as a person reads them. */
import { showShape } from "../../base/errors.ts";
import { contiguousStrides } from "../../base/layout.ts";
import { sameShape } from "../../base/shape.ts";
import { described } from "../../base/text.ts";
import { labelOf } from "../../call/op.ts";
import type { MapsAttributes, RowsAttributes } from "../../primitives/attributes.ts";
import { fusedRows, mappedProduct, severalMaps } from "../../primitives/fused.ts";
import { mapParts } from "../../primitives/map_parts.ts";
import { Expr } from "../../expr/expr.ts";
import { isPlain } from "../../tensor/tree.ts";
import { formulaOf } from "./formula.ts";
import type { Bindings } from "./bindings.ts";
import type { Phase, Place, ProgramEffect, ProgramParts, ProgramStep, ProgramView } from "./parts.ts";
import { valuesOf } from "./parts.ts";

/** The text of a program. */
export function textOf(parts: ProgramParts, { cells }: Bindings): string {
  const { values, steps, outputs, takes } = parts;
  const facts = (i: number): string => `${values[i].dtype} ${showShape(values[i].shape)}`;
  const list = (title: string, rows: readonly (readonly string[])[]): string[] =>
    rows.length === 0 ? [] : [title, ...columns(rows)];
  const kinds = (...kinds: Parameters<typeof valuesOf>[1][]): (readonly [number, string])[] =>
    valuesOf(values, ...kinds).map(([i, { name }]) => [i, name]);
  return [
    `program of ${steps.length} steps on ${takes}`,
    ...list("inputs", kinds("input").map(([i, name]) => [name, facts(i)])),
    ...list("keys", kinds("key").map(([, name]) => [name, "drawn by each run"])),
    ...list(
      "captured",
      kinds("captured", "gradient").map((
        [i, name],
      ) => [name, facts(i), values[i].parameter ? "parameter" : ""]),
    ),
    ...list("scalars", Object.entries(cells).map(([name, { value }]) => [name, String(value)])),
    ...phasesOf(steps).flatMap(({ phase, run }) =>
      list(phase, run.map((step) => [...stepText(step, parts), gradientText(step, parts)]))
    ),
    ...list(
      "returns",
      outputs.map((view) => [viewText(view, parts), `${values[view.value].dtype} ${showShape(view.shape)}`]),
    ),
    ...list("leaves behind", effectsText(parts)),
  ].join("\n");
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map((row) => `  ${row.map((cell, k) => cell.padEnd(widths[k])).join("  ").trimEnd()}`);
}

/** Steps that follow each other for the same reason. */
function phasesOf(steps: readonly ProgramStep[]): { phase: Phase; run: ProgramStep[] }[] {
  const phases: { phase: Phase; run: ProgramStep[] }[] = [];
  for (const step of steps) {
    const last = phases.at(-1);
    if (last?.phase === step.phase) last.run.push(step);
    else phases.push({ phase: step.phase, run: [step] });
  }
  return phases;
}

function stepText(step: ProgramStep, parts: ProgramParts): [string, string, string] {
  const { op, attributes, inputs, outputs } = step, [{ value, shape }] = outputs;
  const called = inputs.map((view) => viewText(view, parts)).join(", ");
  const told = toldOf(step, operandNames(step, parts));
  return [
    outputs.map((view) => viewText(view, parts)).join(", "),
    `${parts.values[value].dtype} ${showShape(shape)}`,
    `= ${labelOf(op, attributes)}(${called})${told && `: ${told}`}`,
  ];
}

function toldOf({ op, attributes }: ProgramStep, names: readonly string[]): string {
  if (op === fusedRows as unknown) return rowsText(attributes as RowsAttributes, names);
  if (op !== severalMaps as unknown) return attributesText(attributes, names);
  const each = mapParts(attributes as MapsAttributes, names, []);
  return each.map(({ part: { exprs }, inputs }) => attributesText({ exprs }, inputs)).join("; ");
}

// What steps along lanes give is numbered.
function rowsText({ steps }: RowsAttributes, names: readonly string[]): string {
  const all = [...names, ...steps.map((_, k) => `#${k + 1}`)];
  return steps.map(({ kind, expr }, k) => `#${k + 1} = ${kind} ${formulaOf(expr, all) ?? "…"}`).join("; ");
}

// A product that is mapped is an operand of the expression.
function operandNames({ op, inputs }: ProgramStep, { values }: ProgramParts): readonly string[] {
  const names = inputs.map(({ value }) => values[value].name);
  return op === mappedProduct as unknown ? ["product", ...names.slice(2)] : names;
}

function gradientText({ gradientOf }: ProgramStep, { steps, values }: ProgramParts): string {
  if (!gradientOf) return "";
  const made = gradientOf.step === null ? undefined : steps[gradientOf.step]?.outputs[0];
  return `for ${made ? values[made.value].name : gradientOf.label}`;
}

/** What a view is called, with how it lies where that is not as its value does. */
export function viewText(view: ProgramView, { values }: ProgramParts): string {
  const value = values[view.value];
  const { name } = value, place = placeText(view, value);
  return place === "" || value.length === 1 ? name : `${name}${place}`;
}

function placeText({ shape, strides, offset }: Place, of: Place): string {
  const [here, there] = [{ shape, strides }, of].map(({ shape, strides }) =>
    shape.flatMap((n, i) => n === 1 ? [] : [`${n} ${strides[i]}`]).join()
  );
  if (here === there && offset === of.offset) return "";
  const isRows = sameShape(strides, contiguousStrides(shape));
  const from = offset === of.offset ? "" : ` from ${offset}`;
  return `{${showShape(shape)}${isRows ? "" : ` by ${showShape(strides)}`}${from}}`;
}

/** What a step is told beside tensors: its formula in the names of what it reads, axes, kinds. */
export function attributesText(attributes: unknown, names: readonly string[]): string {
  if (!isPlain(attributes)) return "";
  const told = Object.entries(attributes).filter(([key]) => key !== "name");
  return told.map(([key, value]) => memberText(key, value, names)).filter((text) => text !== "").join(", ");
}

function memberText(key: string, value: unknown, names: readonly string[]): string {
  if (Expr.is(value)) return value.kind === "input" ? "" : formulaOf(value, names) ?? "";
  if (ArrayBuffer.isView(value)) return "";
  if (!Array.isArray(value)) return key === "kind" ? String(value) : `${key} ${described(value)}`;
  if (!Expr.is(value[0])) return `${key} ${showShape(value)}`;
  const formulas = value.map((expr) => formulaOf(expr, names));
  return formulas.includes(null) ? "" : formulas.join("; ");
}

function effectsText(parts: ProgramParts): string[][] {
  const { effects, values } = parts, name = ({ value }: ProgramEffect) => values[value].name;
  const written = effects.filter(({ gradient }) => gradient === undefined).map(name);
  return [
    ...written.length > 0 ? [[`new elements of ${written.join(", ")}`]] : [],
    ...effects.flatMap((effect) => {
      const { gradient } = effect;
      if (gradient === undefined) return [];
      return [[`${name(effect)}.grad = ${gradient === null ? "none" : viewText(gradient, parts)}`]];
    }),
  ];
}
