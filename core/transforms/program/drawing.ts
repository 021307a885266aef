/** A program as boxes and arrows: forward goes to the right, backward returns below it, changes in place come last. */
import { showShape } from "../../base/errors.ts";
import { labelOf } from "../../call/op.ts";
import type { Elements } from "./elements.ts";
import type { Phase, ProgramParts, ProgramStep } from "./parts.ts";
import { attributesText } from "./text.ts";

/** What a box stands for: a value that was there, or a step. */
export type NodeKind = "given" | Phase;

/** A box. */
export interface DrawnNode {
  readonly kind: NodeKind;
  /** What stands in it: what it computes, its shape, elements where they are known, and the gradient to it. */
  readonly lines: readonly string[];
  /** All that is known of it. */
  readonly note: string;
  /** Where it stands: columns from the left and rows from the top. */
  column: number;
  row: number;
}

/** Something that flows from a box to another, by their indices. */
export interface DrawnEdge {
  readonly from: number;
  readonly to: number;
  /** Whether backward reads there what forward computed. */
  readonly saved: boolean;
}

/** Boxes and arrows. */
export interface Drawing {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  readonly columns: number;
  readonly rows: number;
}

/** As many characters as a box is wide. */
const WIDTH = 18;

/** The boxes of a program and what flows between them. */
export function drawingOf(parts: ProgramParts, elements?: Elements): Drawing {
  const { values, steps } = parts, nodes: DrawnNode[] = [], makers = new Map<number, number>();
  const edges: DrawnEdge[] = [];
  values.forEach(({ kind }, i) => {
    const reads = steps.some(({ inputs }) => inputs.some(({ value }) => value === i));
    if (kind !== "made" && kind !== "literal" && reads) {
      makers.set(i, nodes.push(givenNode(parts, i, elements)) - 1);
    }
  });
  const first = nodes.length;
  steps.forEach((step, k) => {
    const sources = new Set(step.inputs.flatMap(({ value }) => makers.get(value) ?? []));
    for (const from of sources) {
      const saved = step.phase === "backward" && nodes[from].kind !== "backward";
      edges.push({ from, to: nodes.length, saved });
    }
    nodes.push(stepNode(parts, step, k, elements));
    for (const { value } of step.outputs) makers.set(value, nodes.length - 1);
  });
  return { nodes, edges, ...place(nodes, edges, steps, first) };
}

function givenNode(parts: ProgramParts, i: number, elements?: Elements): DrawnNode {
  const { name, dtype, shape } = parts.values[i], held = shownElements(elements?.values[i]);
  const facts = `${dtype} ${showShape(shape)}`, cotangent = cotangentText(parts, i, elements);
  const title = held === "" ? name : `${name} = ${held}`;
  return { kind: "given", lines: [title, ...cotangent, facts], note: name, column: 0, row: 0 };
}

function stepNode(parts: ProgramParts, step: ProgramStep, k: number, elements?: Elements): DrawnNode {
  const { op, attributes, inputs, outputs, phase } = step, { values } = parts;
  const names = inputs.map(({ value }) => values[value].name), told = attributesText(attributes, names);
  const made = outputs.map(({ value }) => values[value].name), label = labelOf(op, attributes);
  const called = `${label}(${names.join(", ")})`, held = elements?.steps[k].map(shownElements);
  const facts = `${values[outputs[0].value].dtype} ${showShape(outputs[0].shape)}`;
  const lines = outputs.length > 1
    ? [label, ...held ? made.map((name, i) => `${name} = ${held[i]}`) : [made.join(", ")], facts]
    : [
      titleOf(made[0], [op.name === "map" ? told : "", called, label]),
      ...held ? [`= ${held[0]}`] : [],
      ...cotangentText(parts, outputs[0].value, elements),
      facts,
    ];
  const note = `${made.join(", ")} = ${called}${told && `: ${told}`}`;
  return { kind: phase, lines, note, column: 0, row: 0 };
}

// The most telling text that the box has room for.
function titleOf(name: string, texts: readonly string[]): string {
  const room = WIDTH - name.length - 3;
  return `${name} = ${texts.find((text) => text !== "" && text.length <= room) ?? texts.at(-1)}`;
}

function cotangentText({ cotangents, values }: ProgramParts, i: number, elements?: Elements): string[] {
  const found = elements && cotangents.find(({ value }) => value === i)?.cotangent.value;
  if (found === undefined) return [];
  const { kind, number } = values[found];
  return [`∂ = ${shownElements(kind === "literal" ? [number!] : elements!.values[found])}`];
}

/** As many numbers as stand in a box. */
const SHOWN = 2;

function shownElements(array: ArrayLike<number> | undefined): string {
  if (array === undefined) return "";
  const numbers = Array.from({ length: Math.min(array.length, SHOWN) }, (_, i) => shownNumber(array[i]));
  return numbers.join(", ") + (array.length > SHOWN ? ", …" : "");
}

function shownNumber(value: number): string {
  const text = String(Number(value.toPrecision(4)));
  return text.length > 9 ? value.toExponential(2) : text;
}

interface Extent {
  readonly columns: number;
  readonly rows: number;
}

// A step of backward stands below the step whose gradient it helps to compute.
function place(
  nodes: readonly DrawnNode[],
  edges: readonly DrawnEdge[],
  steps: readonly ProgramStep[],
  first: number,
): Extent {
  for (const { from, to } of edges) {
    const node = nodes[to];
    if (node.kind === "forward") node.column = Math.max(node.column, nodes[from].column + 1);
  }
  for (let k = 0; k < steps.length; k++) {
    const node = nodes[first + k], { gradientOf } = steps[k];
    if (node.kind === "forward") continue;
    const into = edges.filter(({ to }) => to === first + k).map(({ from }) => nodes[from].column);
    const of = gradientOf?.step ?? null;
    node.column = of === null ? Math.min(...into) : nodes[first + of].column;
    if (!Number.isFinite(node.column)) node.column = 0;
  }
  let rows = 0;
  for (const kinds of [["given", "forward"], ["backward"], ["update"]] as const) {
    rows = stack(nodes, kinds, rows);
  }
  return { columns: 1 + Math.max(0, ...nodes.map(({ column }) => column)), rows };
}

function stack(nodes: readonly DrawnNode[], kinds: readonly NodeKind[], top: number): number {
  const next = new Map<number, number>();
  for (const node of nodes) {
    if (!kinds.includes(node.kind)) continue;
    node.row = next.get(node.column) ?? top;
    next.set(node.column, node.row + 1);
  }
  return Math.max(top, ...next.values());
}
