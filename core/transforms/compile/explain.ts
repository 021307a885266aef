/** What a compiled function runs, for a person to read. */
import { bytesPerElement } from "../../base/dtype.ts";
import { showBytes } from "../../base/inspect.ts";
import { sizeOf } from "../../base/shape.ts";
import { arenaOf } from "../../device/arena.ts";
import type { Backend } from "../../device/backend.ts";
import type { Plan, PlanMemory } from "../../device/plan.ts";
import type { Bindings } from "../program/bindings.ts";
import { drawingOf } from "../program/drawing.ts";
import { isFollowed, type Slots } from "../program/numbers.ts";
import type { ProgramParts, ProgramView } from "../program/parts.ts";
import { requestOf } from "../program/request.ts";
import { textOf } from "../program/text.ts";
import { toVega } from "../program/vega.ts";

/** What is known of one program. */
export interface Explanation {
  /** What was recorded. */
  readonly recorded: ProgramParts;
  /** What runs in its place. */
  readonly parts: ProgramParts;
  /** What it is bound to. */
  readonly bindings: Bindings;
  /** What was fused, and what was not and why. */
  readonly notes: readonly string[];
  /** Where it runs. */
  readonly backend: Backend;
  /** Literals that follow numbers among the arguments. */
  readonly slots: Slots;
  /** What numbers among the arguments are called. */
  readonly paths: readonly string[];
  /** The numbers among the arguments: their values, `null` for those that are followed. */
  readonly numbers: readonly (number | null)[];
  /** How often the function was called for numbers that had not been met. */
  readonly calls: number;
  /** How the backend runs it, once it has. */
  readonly plan: Plan | null;
}

/** The text of all programs. */
export function explained(name: string, all: readonly Explanation[]): string {
  if (all.length === 0) return `${name} has no program yet: no two calls in a row ran the same`;
  const count = all.length === 1 ? "one program" : `${all.length} programs`;
  return [`${name} has ${count}`, ...all.map(textFor)].join("\n\n");
}

/** All programs as one specification of Vega-Lite. */
export function drawn(name: string, all: readonly Explanation[]): Record<string, unknown> {
  const specs = all.map(({ parts, recorded, backend }, i) =>
    toVega(drawingOf(parts), {
      title: all.length === 1 ? `What ${name} runs` : `What ${name} runs, program ${i + 1}`,
      subtitle:
        `${parts.steps.length} kernels on ${backend.name}, of ${recorded.steps.length} that were recorded`,
    })
  );
  if (specs.length === 1) return specs[0];
  const { $schema = "https://vega.github.io/schema/vega-lite/v6.json" } = specs[0] ?? {};
  return { $schema, vconcat: specs.map(({ $schema: _, config: _config, ...spec }) => spec) };
}

function textFor(one: Explanation): string {
  const { parts, bindings, notes, plan } = one;
  const apart = notes.filter((note) => note.includes(" is not ")),
    together = notes.filter((note) => !apart.includes(note));
  return [
    kernelsText(one),
    memoryText(one),
    plan?.describe?.() ?? "",
    numbersText(one),
    ...listed("what is computed together", together),
    ...listed("what is not, and why", apart),
    textOf(parts, bindings),
  ].filter((line) => line !== "").join("\n");
}

function listed(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function kernelsText({ recorded, parts, backend }: Explanation): string {
  // Of what is repeated along an axis, each element is read once.
  const bytesOf = ({ value, shape }: ProgramView): number =>
    Math.min(sizeOf(shape), parts.values[value].length) * bytesPerElement(parts.values[value].dtype);
  const bytes = (views: readonly ProgramView[]): string =>
    showBytes(views.reduce((sum, view) => sum + bytesOf(view), 0));
  const { steps } = parts, were = recorded.steps.length;
  return `${steps.length} ${
    steps.length === 1 ? "kernel" : "kernels"
  } on ${backend.name}, of ${were} that were recorded, ` +
    `reading ${bytes(steps.flatMap(({ inputs }) => inputs))} and writing ${
      bytes(steps.flatMap(({ outputs }) => outputs))
    }`;
}

function memoryText({ parts, bindings, slots, backend }: Explanation): string {
  const found = requestOf(parts, backend, (i) => isFollowed(parts.values[i], i, bindings, slots));
  if (found === null) return `step by step: ${backend.name} has no kernel for one of them`;
  const { memories } = found.request, inner = memories.filter(({ kind }) => kind === "inner");
  const all = inner.reduce(
    (sum: number, { dtype, length }: PlanMemory) => sum + length * bytesPerElement(dtype),
    0,
  );
  if (all === 0) return "no memory is needed between them";
  return `memory between them: ${showBytes(arenaOf(memories).bytes)}, which ${inner.length} values of ${
    showBytes(all)
  } share`;
}

function numbersText({ numbers, paths, calls }: Explanation): string {
  if (numbers.length === 0) return "";
  const texts = numbers.map((number, j) =>
    `${paths[j]} is ${number === null ? "followed" : Object.is(number, -0) ? "-0" : number}`
  );
  const called = calls > 2
    ? `; the function was called ${calls} times for numbers that it had not met: a Scalar is followed at once`
    : "";
  return `${texts.join(", ")}${called}`;
}
