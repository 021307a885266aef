/** A node as an operator sees it: its inputs, on the device or known, and what it is told. */
import { type Backend, type DType, fromArray, quoted, Tensor, unscoped } from "@tapegrad/core";
import { dtypeFor, type FileDType, type FileReadOptions } from "../../files/elements.ts";
import { type AttributeProto, attributeTypes, kindOf, type NodeProto } from "../proto.ts";
import { Known } from "./known.ts";

/** What flows along a graph. */
export type Value = Tensor | Known;

/** What a node gives: one value, or several of which some may be missing. */
export type Given = Value | readonly (Value | null)[];

/** Computes what a node gives. */
export type Operator = (call: Call) => Given;

/** What is the same for all nodes of a run. */
export interface Run {
  readonly options: FileReadOptions;
  /** The version of the set of operators. */
  readonly version: number;
  /** Where constants are made. */
  readonly backend: Backend | undefined;
  /** Numbers of tensors that were in the file. */
  readonly known: WeakMap<Tensor, Known>;
}

const made = new WeakMap<Known, Map<string, Tensor>>();

/** Known numbers as a tensor, made once for each backend. */
export function tensorOf(known: Known, { options, backend }: Run): Tensor {
  const dtype = dtypeFor(known.kind, options), key = `${backend?.name} ${dtype}`;
  let byKey = made.get(known);
  if (!byKey) made.set(known, byKey = new Map());
  const before = byKey.get(key);
  if (before && !before.isDisposed) return before;
  const tensor = unscoped(() => fromArray(Float64Array.from(known.data), known.shape, { dtype, backend }));
  byKey.set(key, tensor);
  return tensor;
}

/** One use of an operator. */
export class Call {
  readonly node: NodeProto;
  readonly inputs: readonly (Value | null)[];
  readonly run: Run;

  constructor(node: NodeProto, inputs: readonly (Value | null)[], run: Run) {
    this.node = node;
    this.inputs = inputs;
    this.run = run;
  }

  /** Whether all inputs are known, so that the result is. */
  get isKnown(): boolean {
    return this.inputs.length > 0 && this.inputs.every((x) => x === null || x instanceof Known);
  }

  /** The version of the set of operators. */
  get version(): number {
    return this.run.version;
  }

  /** An input that must be there. */
  value(i: number): Value {
    const value = this.inputs[i] ?? null;
    if (value === null) throw new TypeError(`input ${i} is missing`);
    return value;
  }

  /** An input as a tensor. */
  tensor(i: number): Tensor {
    return this.asTensor(this.value(i));
  }

  /** A value as a tensor. */
  asTensor(value: Value): Tensor {
    return value instanceof Tensor ? value : tensorOf(value, this.run);
  }

  /** An input as a tensor, if it is there. */
  maybe(i: number): Tensor | undefined {
    return this.inputs[i] ? this.tensor(i) : undefined;
  }

  /** All inputs as tensors. */
  tensors(): Tensor[] {
    return this.inputs.map((_, i) => this.tensor(i));
  }

  /** An input whose numbers must be known. */
  known(i: number): Known {
    const value = this.value(i), known = value instanceof Known ? value : this.run.known.get(value);
    if (known) return known;
    throw new TypeError(
      `input ${i}, ${
        quoted(this.node.inputs[i])
      }, is computed from data: shapes, axes and bounds must be known before`,
    );
  }

  /** All inputs, which are known. */
  allKnown(): Known[] {
    return this.inputs.map((_, i) => this.known(i));
  }

  /** The numbers of an input, if it is there and not empty. */
  numbers(i: number): readonly number[] | undefined {
    if (!this.inputs[i]) return undefined;
    const { data } = this.known(i);
    return data.length > 0 ? data : undefined;
  }

  #attribute(name: string, type: number): AttributeProto | undefined {
    const found = this.node.attributes.find((one) => one.name === name);
    if (found && found.type !== 0 && found.type !== type) {
      throw new TypeError(`attribute ${quoted(name)} is of another type, ${found.type}`);
    }
    return found;
  }

  /** Whether it is told something. */
  has(name: string): boolean {
    return this.node.attributes.some((one) => one.name === name);
  }

  int(name: string, otherwise: number): number {
    return this.#attribute(name, attributeTypes.int)?.int ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name, attributeTypes.float)?.float ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    return this.#attribute(name, attributeTypes.text)?.text ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, attributeTypes.ints)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, attributeTypes.floats)?.floats;
  }

  texts(name: string): readonly string[] | undefined {
    return this.#attribute(name, attributeTypes.texts)?.texts;
  }

  /** The attribute, whatever its type. */
  raw(name: string): AttributeProto | undefined {
    return this.node.attributes.find((one) => one.name === name);
  }

  /** The dtype of a number of `TensorProto.DataType`, as a file has it. */
  kind(code: number): FileDType {
    const kind = kindOf(code);
    if (kind) return kind;
    throw new TypeError(`elements of type ${code} are none that tensors here have`);
  }

  /** The dtype that tensors have for one of a file. */
  dtype(kind: FileDType): DType {
    return dtypeFor(kind, this.run.options);
  }
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(at) && at >= 0 && at < Math.max(rank, 1)) return at;
  throw new RangeError(`axis ${axis} is none of ${rank}`);
}
