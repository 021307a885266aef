/** What an ONNX file holds, as plain data: the messages of `onnx.proto` that a graph of tensors is made of. */
import type { FileDType } from "../files/elements.ts";

/** The number of each dtype in `TensorProto.DataType`. */
export const codes: Readonly<Record<FileDType, number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  u16: 4,
  i16: 5,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
  u32: 12,
  u64: 13,
  bf16: 16,
};

const kinds = new Map(Object.entries(codes).map(([kind, code]) => [code, kind as FileDType]));

/** The dtype of a number, if it is one that tensors are read from. */
export function kindOf(code: number): FileDType | undefined {
  return kinds.get(code);
}

/** A tensor of a file: its elements are little-endian bytes, whatever field they were in. */
export interface TensorProto {
  readonly name: string;
  readonly kind: FileDType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in the file it stands. */
  readonly at: number;
}

/** An argument of a node; `tensor`, `graph` and lists of them by their own members. */
export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly float?: number;
  readonly int?: number;
  readonly text?: string;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
  readonly texts?: readonly string[];
  readonly tensor?: TensorProto;
  readonly graph?: GraphProto;
}

/** The numbers of `AttributeProto.AttributeType`. */
export const attributeTypes = {
  float: 1,
  int: 2,
  text: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  texts: 8,
} as const;

/** An operator and what it is applied to. */
export interface NodeProto {
  readonly name: string;
  readonly type: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly AttributeProto[];
}

/** What is known of an input or an output: an extent that has no number has a name, or nothing. */
export interface ValueInfo {
  readonly name: string;
  /** The number of its dtype, 0 where it is no tensor. */
  readonly code: number;
  readonly dims: readonly (number | string)[];
}

/** Operators in order, what they are given and what they give. */
export interface GraphProto {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** A file. */
export interface ModelProto {
  readonly irVersion: number;
  readonly producer: string;
  /** The version of the set of operators of each domain, `""` that of ONNX. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: GraphProto;
}
