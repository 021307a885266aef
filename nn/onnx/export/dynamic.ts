/** Axes that are left open: what differs between two graphs of one function, as reckoned from the shapes of inputs. */
import { sameShape, type Shape, sizeOf } from "@tapegrad/core";
import { decodedNumbers } from "../../files/elements.ts";
import { OnnxError } from "../onnx_error.ts";
import type { NodeProto } from "../proto.ts";
import type { Built } from "./exporter.ts";
import { bytesOf, type Edge, type GraphBuilder, type Initializer } from "./graph.ts";

/** An open axis: what it is called, where it is found, and its extents in both graphs. */
interface Open {
  readonly name: string;
  readonly input: Edge;
  readonly axis: number;
  readonly one: number;
  readonly other: number;
}

/** A number as an open extent times a factor, divided by a divisor, and with something added. */
interface Reckoned {
  readonly open: Open;
  readonly factor: number;
  readonly divisor: number;
  readonly added: number;
}

/** A shape of which some extents are called instead of told. */
export type OpenShape = readonly (number | string)[];

/** What the inputs and outputs of a graph look like whose axes are open. */
export interface Opened {
  readonly inputs: readonly OpenShape[];
  readonly outputs: readonly OpenShape[];
}

function refusal(why: string): OnnxError {
  return new OnnxError(`Cannot write an ONNX file with open axes: ${why}`, []);
}

/** The axes of inputs along which two graphs differ, each pair of extents once. */
function openAxes(one: Built, other: Built): Open[] {
  const found: Open[] = [];
  one.inputs.forEach((input, i) => {
    const there = other.inputs[i].shape;
    input.shape.forEach((n, axis) => {
      const isKnown = found.some((open) => open.one === n && open.other === there[axis]);
      if (n === there[axis] || isKnown) return;
      found.push({ name: `${input.name}_${axis}`, input, axis, one: n, other: there[axis] });
    });
  });
  if (found.length > 0) return found;
  throw refusal("both programs take the same shapes, record one on others");
}

type Guess = (open: Open, a: number, b: number) => Omit<Reckoned, "open"> | null;

function isMultiple({ one, other }: Open, a: number, b: number): boolean {
  return a * other === b * one && a !== 0;
}

/** What a number may be of an open extent, the plainest first. */
const guesses: readonly Guess[] = [
  ({ one, other }, a, b) => a === one && b === other ? { factor: 1, divisor: 1, added: 0 } : null,
  (open, a, b) => {
    const factor = a / open.one;
    return isMultiple(open, a, b) && Number.isInteger(factor) ? { factor, divisor: 1, added: 0 } : null;
  },
  (open, a, b) => {
    const divisor = open.one / a;
    return isMultiple(open, a, b) && Number.isInteger(divisor) ? { factor: 1, divisor, added: 0 } : null;
  },
  ({ one, other }, a, b) => a - one === b - other ? { factor: 1, divisor: 1, added: a - one } : null,
];

/** What a number is that is `a` in one graph and `b` in the other; `null` where that is nothing, or may be several. */
function reckoned(opens: readonly Open[], a: number, b: number): Reckoned | null {
  const found = opens.flatMap((open): Reckoned[] => {
    const fit = guesses.map((guess) => guess(open, a, b)).find((one) => one !== null);
    return fit ? [{ open, ...fit }] : [];
  });
  return found.length === 1 ? found[0] : null;
}

/** Computes what differs, in nodes of its own. */
class Reckoning {
  readonly #graph: GraphBuilder;
  readonly #opens: readonly Open[];

  constructor(graph: GraphBuilder, opens: readonly Open[]) {
    this.#graph = graph;
    this.#opens = opens;
  }

  /** An integer that is `a` here and `b` there, as a list of one. */
  one(a: number, b: number): Edge | null {
    if (a === b) return this.#graph.ints([a]);
    const found = reckoned(this.#opens, a, b);
    if (!found) return null;
    const { open: { input, axis }, factor, divisor, added } = found,
      type = { shape: [1], dtype: "i64" } as const;
    const extent = this.#graph.node("Shape", [input], type, { start: axis, end: axis + 1 });
    const steps = [["Mul", factor, 1], ["Div", divisor, 1], ["Add", added, 0]] as const;
    return steps.reduce(
      (edge, [name, by, none]) =>
        by === none ? edge : this.#graph.node(name, [edge, this.#graph.ints([by])], type),
      extent,
    );
  }

  /** Integers of which some differ, as a list. */
  list(a: readonly number[], b: readonly number[]): Edge | null {
    const parts = a.map((n, i) => this.one(n, b[i])), type = { shape: [a.length], dtype: "i64" } as const;
    if (parts.includes(null)) return null;
    return parts.length === 1 ? parts[0] : this.#graph.node("Concat", parts, type, { axis: 0 });
  }

  /** What a constant is of which some elements, or extents, differ. */
  constant(one: Initializer, other: Initializer): Edge | null {
    const [a, b] = [one, other].map(({ kind, bytes }) => decodedNumbers(kind, bytes)),
      dtype = one.kind as Edge["dtype"];
    if (sameShape(one.dims, other.dims)) {
      const list = one.dims.length < 2 && [...a, ...b].every(Number.isInteger) ? this.list(a, b) : null;
      return list && this.#graph.cast(one.dims.length === 0 ? this.#alone(list) : list, dtype);
    }
    if (one.dims.length !== other.dims.length) return null;
    if ([...a, ...b].every((value) => Object.is(value, a[0]))) return this.#filled(a[0], one, other);
    const isCount = one.dims.length === 1 && [a, b].every((list) => list.every((value, i) => value === i));
    return isCount ? this.#counted(one, other) : null;
  }

  #alone(list: Edge): Edge {
    return this.#graph.node("Squeeze", [list], { shape: [], dtype: list.dtype });
  }

  #filled(value: number, { dims, kind }: Initializer, other: Initializer): Edge | null {
    const shape = this.list(dims, other.dims), dtype = kind as Edge["dtype"];
    return shape &&
      this.#graph.node("Expand", [this.#graph.number(value, dtype), shape], { shape: dims, dtype });
  }

  #counted({ dims, kind }: Initializer, other: Initializer): Edge | null {
    const count = this.list(dims, other.dims);
    if (!count) return null;
    const [start, step] = [0, 1].map((n) => this.#graph.number(n, "i64"));
    const range = this.#graph.node("Range", [start, this.#alone(count), step], { shape: dims, dtype: "i64" });
    return this.#graph.cast(range, kind as Edge["dtype"]);
  }
}

/** What makes each node what it is, whatever the names in its graph: they are by what came when. */
function outline({ graph, inputs }: Built): string[] {
  const places = new Map<string, string>();
  inputs.forEach(({ name }, i) => places.set(name, `input ${i}`));
  [...graph.initializers.keys()].forEach((name, i) => places.set(name, `constant ${i}`));
  graph.nodes.forEach(({ outputs }, i) => outputs.forEach((name, k) => places.set(name, `node ${i} ${k}`)));
  return graph.nodes.map(({ type, inputs, attributes }) =>
    JSON.stringify([type, inputs.map((name) => places.get(name)), attributes])
  );
}

function refuseDifferent(one: Built, other: Built): void {
  const [left, right] = [outline(one), outline(other)], { nodes } = one.graph;
  const at = left.findIndex((text, i) => text !== right[i]);
  if (
    at < 0 && left.length === right.length && one.graph.initializers.size === other.graph.initializers.size
  ) return;
  const node = at < 0 ? undefined : nodes[at];
  throw refusal(
    `${node ? `${node.type} "${node.name}"` : "a node"} of one program is another in the other: ` +
      "what is computed depends on the extents, or is written otherwise for them; leave fewer axes open",
  );
}

function openShape(opens: readonly Open[], a: Shape, b: Shape): OpenShape {
  return a.map((n, i) => {
    if (n === b[i]) return n;
    return opens.find(({ one, other }) => one === n && other === b[i])?.name ?? "";
  });
}

/** Nodes that read a list of integers as a shape alone, in which one extent may be left to be found. */
function isShapeAlone(nodes: readonly NodeProto[], name: string): boolean {
  const users = nodes.filter(({ inputs }) => inputs.includes(name));
  return users.every(({ type, inputs }) => type === "Reshape" && inputs[1] === name && inputs[0] !== name);
}

/** Leaves open in one graph what differs in the other, which is of the same function on other extents. */
export function opened(one: Built, other: Built): Opened {
  refuseDifferent(one, other);
  const { graph } = one, opens = openAxes(one, other), computed = graph.nodes, to = new Map<string, string>();
  const [constants, others] = [one, other].map(({ graph }) => [...graph.initializers.values()]);
  graph.nodes = [];
  const reckoning = new Reckoning(graph, opens);
  for (const [i, constant] of constants.entries()) {
    const there = others[i];
    if (isEqual(constant, there)) continue;
    if (withRest(computed, constant, there)) continue;
    const edge = constant.bytes.length > 0 || sizeOf(constant.dims) === 0
      ? reckoning.constant(constant, there)
      : null;
    if (!edge) {
      throw refusal(
        `constant "${constant.name}" is another for other extents, and by no plain rule: record one on extents ` +
          "that have less in common, or leave fewer axes open",
      );
    }
    to.set(constant.name, edge.name);
  }
  const renamed = computed.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => to.get(name) ?? name),
  }));
  graph.nodes = [...graph.nodes, ...renamed];
  return {
    inputs: one.inputs.map(({ shape }, i) => openShape(opens, shape, other.inputs[i].shape)),
    outputs: one.outputs.map(({ shape }, i) => openShape(opens, shape, other.outputs[i].shape)),
  };
}

function isEqual(a: Initializer, b: Initializer): boolean {
  return sameShape(a.dims, b.dims) && a.bytes.length === b.bytes.length &&
    a.bytes.every((byte, i) => byte === b.bytes[i]);
}

// A reshape finds one extent by itself.
function withRest(nodes: readonly NodeProto[], constant: Initializer, there: Initializer): boolean {
  if (!sameShape(constant.dims, there.dims) || !isShapeAlone(nodes, constant.name)) return false;
  const [a, b] = [constant, there].map(({ kind, bytes }) => decodedNumbers(kind, bytes));
  const differing = a.flatMap((n, i) => n === b[i] ? [] : [i]);
  if (differing.length !== 1 || a.includes(0)) return false;
  constant.bytes = bytesOf(a.with(differing[0], -1), "i64");
  return true;
}
