/** The memory of a program as edges: what each value holds when a step comes to it. */
import {
  type DType,
  memoryOf,
  noGrad,
  permute,
  type ProgramValue,
  type ProgramView,
  quoted,
  read,
  type Scalar,
  sizeOf,
  type Tensor,
  type TypedArray,
} from "@tapegrad/core";
import { littleBytes } from "../../files/elements.ts";
import type { StateDict } from "../../state.ts";
import type { Edge, GraphBuilder, Initializer } from "./graph.ts";
import { Uncovered } from "./uncovered.ts";
import { isWhole, placesOf, rowsOf, viewed } from "./views.ts";

/** What of a {@link Program} is written. */
export interface Bound {
  readonly values: readonly ProgramValue[];
  readonly captured: Readonly<Record<string, Tensor>>;
  readonly cells: Readonly<Record<string, Scalar>>;
}

/** A constant whose elements are yet to be read. */
interface Unread {
  readonly initializer: Initializer;
  readonly value: ProgramValue;
  readonly tensor: Tensor;
}

/** Reads the elements of constants, all at once. */
export class Reading {
  readonly #unread: Unread[] = [];
  readonly #edges = new Map<Tensor, Edge>();
  readonly #names: ReadonlyMap<unknown, string>;

  constructor(state: Readonly<StateDict>) {
    this.#names = new Map(Object.entries(state).map(([name, x]) => [memoryOf(x), name]));
  }

  /** A constant of a tensor's elements, in the order in which they lie in memory. */
  add(graph: GraphBuilder, value: ProgramValue, tensor: Tensor): Edge {
    let edge = this.#edges.get(tensor);
    if (edge) return edge;
    const shape = rowsOf(value, value.length) ?? [value.length];
    const later = graph.later(this.#names.get(memoryOf(tensor)) ?? value.name, { shape, dtype: value.dtype });
    this.#unread.push({ ...later, value, tensor });
    this.#edges.set(tensor, edge = later.edge);
    return edge;
  }

  /** Fills the constants of these names. */
  async fill(used: ReadonlySet<string>): Promise<void> {
    const wanted = this.#unread.filter(({ initializer }) => used.has(initializer.name));
    const elements = await read(wanted.map(inMemoryOrder));
    wanted.forEach(({ initializer, value }, i) => {
      const ordered = rowsOf(value, value.length) ? elements[i] : scattered(value, elements[i]);
      initializer.bytes = littleBytes(ordered) as Uint8Array<ArrayBuffer>;
    });
  }
}

/** A tensor with its axes as they lie in memory, outermost first. */
function inMemoryOrder({ value: { strides }, tensor }: Unread): Tensor {
  const axes = strides.map((_, i) => i).toSorted((a, b) => strides[b] - strides[a]);
  return noGrad(() => permute(tensor, axes));
}

// What lies otherwise, as backwards, is put to its place one by one.
function scattered({ shape, strides, offset }: ProgramValue, elements: TypedArray): TypedArray {
  const out = elements.slice(), axes = strides.map((_, i) => i).toSorted((a, b) => strides[b] - strides[a]);
  const places = placesOf(axes.map((axis) => shape[axis]), axes.map((axis) => strides[axis]), offset);
  places.forEach((place, i) => out[place] = elements[i]);
  return out;
}

/** The edges of a program's values. */
export class Memory {
  readonly #graph: GraphBuilder;
  readonly #bound: Bound;
  readonly #reading: Reading;
  readonly #edges = new Map<number, Edge>();

  constructor(graph: GraphBuilder, bound: Bound, reading: Reading) {
    this.#graph = graph;
    this.#bound = bound;
    this.#reading = reading;
  }

  /** What a value is. */
  value(index: number): ProgramValue {
    return this.#bound.values[index];
  }

  /** Says what a value holds from now on, row-major. */
  set(index: number, edge: Edge): void {
    this.#edges.set(index, edge);
  }

  #whole(index: number): Edge {
    let edge = this.#edges.get(index);
    if (!edge) this.#edges.set(index, edge = this.#first(this.value(index)));
    return edge;
  }

  #first(value: ProgramValue): Edge {
    const { kind, name, dtype } = value;
    if (kind === "literal") return this.#graph.number(this.numberOf(value), dtype);
    if (kind === "captured") return this.#reading.add(this.#graph, value, this.#bound.captured[name]);
    if (kind === "made" && value.length === 0) return this.#graph.constant([], { shape: [0], dtype });
    if (kind === "key") throw new Uncovered("it draws random numbers, call eval() on the model before");
    throw new Uncovered(
      kind === "gradient"
        ? `it reads the gradient of ${quoted(name)}`
        : `nothing wrote ${quoted(name)} before`,
    );
  }

  /** The number of a literal, as it is now. */
  numberOf({ number, cell, standsFor }: ProgramValue): number {
    const followed = cell === undefined || standsFor !== undefined
      ? undefined
      : this.#bound.cells[cell]?.value;
    return followed ?? number!;
  }

  /** What a view sees, repeated unless an operator does that itself. */
  view(view: ProgramView, keeps?: (axis: number) => boolean): Edge {
    return viewed(this.#graph, this.#whole(view.value), view, keeps);
  }

  /** Writes what an operator gave to where a view says. */
  write(view: ProgramView, given: Edge): void {
    const value = this.value(view.value), edge = this.#graph.cast(given, value.dtype as DType);
    const rows = rowsOf(view, value.length);
    if (!rows) throw new Uncovered(`it changes a part of ${quoted(value.name)} in place, write with setItem`);
    const axes = view.shape.map((_, i) => i).toSorted((a, b) => view.strides[b] - view.strides[a] || a - b);
    const isRowMajor = isWhole(view, value.length);
    const turned = isRowMajor || sizeOf(view.shape) < 2 ? edge : this.#graph.transpose(edge, axes);
    this.set(view.value, isRowMajor ? turned : this.#graph.reshape(turned, rows));
  }
}
