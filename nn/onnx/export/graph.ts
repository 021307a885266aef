/** A graph of ONNX as it is built: nodes that give edges, each once. */
import { type DType, sameShape, type Shape, sizeOf } from "@tapegrad/core";
import { littleBytes } from "../../files/elements.ts";
import { roundEven } from "../rounding.ts";
import { type AttributeProto, attributeTypes, codes, type NodeProto, type TensorProto } from "../proto.ts";

/** What flows along a graph: a tensor by its name, i64 where an operator demands it. */
export interface Edge {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType | "i64";
}

/** What an edge is beside its name. */
export type EdgeType = Omit<Edge, "name">;

/** What a node is told: integers, texts, and numbers of single precision as `{ float }`. */
export type Attributes = Readonly<
  Record<string, number | readonly number[] | string | { readonly float: number } | undefined>
>;

/** A tensor of a file whose elements may come later. */
export type Initializer = { -readonly [K in keyof TensorProto]: TensorProto[K] };

function attributeOf(name: string, value: Exclude<Attributes[string], undefined>): AttributeProto {
  if (typeof value === "number") return { name, type: attributeTypes.int, int: value };
  if (typeof value === "string") return { name, type: attributeTypes.text, text: value };
  if ("float" in value) return { name, type: attributeTypes.float, float: value.float };
  return { name, type: attributeTypes.ints, ints: value };
}

/** Gathers nodes and initializers, in the order in which they are made. */
export class GraphBuilder {
  /** The nodes, each behind those that it needs. */
  nodes: NodeProto[] = [];
  /** The names of constants that are part of what is computed, and no tensors from outside. */
  readonly literals = new Set<string>();
  /** The constants by name. */
  readonly initializers = new Map<string, Initializer>();
  readonly #producers = new Map<string, NodeProto>();
  readonly #edges = new Map<string, Edge>();
  readonly #names = new Set<string>();
  #count = 0;

  /** A name that nothing else has: this one, if it is free. */
  name(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.#names.has(name) || name === ""; n++) name = `${wanted}_${n}`;
    this.#names.add(name);
    return name;
  }

  #edge(name: string, { shape, dtype }: EdgeType): Edge {
    const edge = { name: this.name(name), shape, dtype };
    this.#edges.set(edge.name, edge);
    return edge;
  }

  /** What a run is given, by its name. */
  input(name: string, type: EdgeType): Edge {
    return this.#edge(name, type);
  }

  /** The node that an edge comes from. */
  producer(edge: Edge): NodeProto | undefined {
    return this.#producers.get(edge.name);
  }

  /** An operator of one output. */
  node(type: string, inputs: readonly (Edge | null)[], output: EdgeType, attributes: Attributes = {}): Edge {
    return this.nodeOf(type, inputs, [output], attributes)[0];
  }

  /** An operator of several outputs. */
  nodeOf(
    type: string,
    inputs: readonly (Edge | null)[],
    outputs: readonly EdgeType[],
    attributes: Attributes = {},
  ): Edge[] {
    const name = `${type}_${this.#count++}`;
    const edges = outputs.map((output, i) =>
      this.#edge(outputs.length > 1 ? `${name}_out${i}` : `${name}_out`, output)
    );
    const node: NodeProto = {
      name,
      type,
      domain: "",
      inputs: inputs.map((edge) => edge?.name ?? ""),
      outputs: edges.map((edge) => edge.name),
      attributes: Object.entries(attributes).flatMap(([name, value]) =>
        value === undefined ? [] : [attributeOf(name, value)]
      ),
    };
    this.nodes.push(node);
    for (const edge of edges) this.#producers.set(edge.name, node);
    return edges;
  }

  /** A constant whose elements are put into it later. */
  later(name: string, type: EdgeType): { readonly edge: Edge; readonly initializer: Initializer } {
    const edge = this.#edge(name, type);
    const initializer = {
      name: edge.name,
      kind: type.dtype,
      dims: type.shape,
      bytes: new Uint8Array(),
      at: 0,
    };
    this.initializers.set(edge.name, initializer);
    return { edge, initializer };
  }

  /** A constant. */
  constant(values: readonly number[], type: EdgeType, name = "constant"): Edge {
    const { edge, initializer } = this.later(name, type);
    initializer.bytes = bytesOf(values, type.dtype);
    this.literals.add(edge.name);
    return edge;
  }

  /** A number without axes. */
  number(value: number, dtype: DType | "i64"): Edge {
    return this.constant([value], { shape: [], dtype });
  }

  /** A list of integers, as operators take extents, axes and places. */
  ints(values: readonly number[]): Edge {
    return this.constant(values, { shape: [values.length], dtype: "i64" }, "ints");
  }

  /** The edge in another dtype. */
  cast(edge: Edge, dtype: DType | "i64"): Edge {
    if (edge.dtype === dtype) return edge;
    return this.node("Cast", [edge], { shape: edge.shape, dtype }, { to: codes[dtype] });
  }

  /** The edge in another shape of as many elements. */
  reshape(edge: Edge, shape: Shape): Edge {
    const from = this.producer(edge),
      first = from?.type === "Reshape" ? this.#edges.get(from.inputs[0])! : edge;
    for (const same of [edge, first]) if (sameShape(same.shape, shape)) return same;
    return this.node("Reshape", [first, this.ints(shape)], { shape, dtype: edge.dtype }, allowsZero(shape));
  }

  /** The edge repeated to a shape. */
  expand(edge: Edge, shape: Shape): Edge {
    if (sameShape(edge.shape, shape)) return edge;
    return this.node("Expand", [edge, this.ints(shape)], { shape, dtype: edge.dtype });
  }

  /** The axes of an edge in another order. */
  transpose(edge: Edge, axes: readonly number[]): Edge {
    if (axes.every((axis, i) => axis === i)) return edge;
    const shape = axes.map((axis) => edge.shape[axis]);
    return this.node("Transpose", [edge], { shape, dtype: edge.dtype }, { perm: axes });
  }

  /** The edge, of halves in f32. */
  wide(edge: Edge): Edge {
    return edge.dtype === "f16" ? this.cast(edge, "f32") : edge;
  }
}

// Without it an extent of 0 is that of the input.
function allowsZero(shape: Shape): Attributes {
  return sizeOf(shape) === 0 ? { allowzero: 1 } : {};
}

/** Numbers as the bytes of a dtype. */
export function bytesOf(values: readonly number[], dtype: DType | "i64"): Uint8Array<ArrayBuffer> {
  return littleBytes(arrayOf(values, dtype) as Float32Array) as Uint8Array<ArrayBuffer>;
}

function arrayOf(values: readonly number[], dtype: DType | "i64"): ArrayBufferView {
  if (dtype === "i64") return BigInt64Array.from(values, (value) => BigInt(value));
  if (dtype === "f64") return Float64Array.from(values);
  if (dtype === "i32") return Int32Array.from(values);
  if (dtype === "u32") return Uint32Array.from(values);
  if (dtype === "bool") return Uint8Array.from(values, Number);
  return dtype === "f16" ? Uint16Array.from(values, halfBits) : Float32Array.from(values);
}

/** The bits of the half float next to a number, of two that are as near the even one. */
function halfBits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0], sign = bits >>> 16 & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-9))), unit = 2 ** (exponent - 10);
  const steps = roundEven(size / unit);
  return sign | (exponent + 14 << 10) + steps;
}
