/** Files of ONNX as a library of Protocol Buffers reads them, by the part of `onnx.proto` that they are made of. */
import protobuf from "protobufjs";

const schema = `
syntax = "proto2";
package onnx;
message AttributeProto {
  optional string name = 1; optional float f = 2; optional int64 i = 3; optional bytes s = 4; optional TensorProto t = 5;
  repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; optional int32 type = 20;
}
message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
message TensorShapeProto { repeated Dimension dim = 1; }
message TensorType { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
message TypeProto { optional TensorType tensor_type = 1; }
message ValueInfoProto { optional string name = 1; optional TypeProto type = 2; }
message NodeProto {
  repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4;
  repeated AttributeProto attribute = 5; optional string domain = 7;
}
message TensorProto {
  repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9;
}
message GraphProto {
  repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message ModelProto {
  optional int64 ir_version = 1; optional string producer_name = 2; optional GraphProto graph = 7;
  repeated OperatorSetIdProto opset_import = 8;
}`;

const { root } = protobuf.parse(schema), Model = root.lookupType("onnx.ModelProto");

/** An input or an output, as that library shows it. */
interface Info {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: {
        readonly dim?: readonly { readonly dimValue?: number; readonly dimParam?: string }[];
      };
    };
  };
}

/** A file, as that library shows it: what is its default may be missing. */
export interface Shown {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain?: string; readonly version: number }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly {
      readonly opType: string;
      readonly name: string;
      readonly input?: readonly string[];
      readonly output: readonly string[];
      readonly attribute?: readonly {
        readonly name: string;
        readonly type: number;
        readonly i?: number;
        readonly ints?: readonly number[];
        readonly f?: number;
      }[];
    }[];
    readonly initializer?: readonly {
      readonly name: string;
      readonly dims?: readonly number[];
      readonly dataType: number;
      readonly rawData: Uint8Array;
    }[];
    readonly input: readonly Info[];
    readonly output: readonly Info[];
  };
}

/** What is in a file. */
export function shown(bytes: Uint8Array): Shown {
  return Model.toObject(Model.decode(bytes), { longs: Number }) as unknown as Shown;
}

/** The operators of a file, in order. */
export function operatorsIn(bytes: Uint8Array): string[] {
  return shown(bytes).graph.node.map(({ opType }) => opType);
}
