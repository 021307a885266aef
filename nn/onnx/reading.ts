/** The bytes of a file as a model. */
import { quoted } from "@tapegrad/core";
import type { FileFormatError } from "../files/format_error.ts";
import {
  type AttributeProto,
  attributeTypes,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfo,
} from "./proto.ts";
import { append, readTensor } from "./tensor_reading.ts";
import type { Awaited } from "./external.ts";
import { MessageReader } from "./wire_reading.ts";

/** What is read, for errors. */
export const what = "an ONNX file";

/** The model of a file; tensors whose elements are in other files are put into `awaited`, or are an error. */
export function readModel(bytes: Uint8Array, awaited: Awaited[] | null = null): ModelProto {
  const reader = new MessageReader(what, bytes, 0, bytes.length, { awaited });
  const opsets = new Map<string, number>();
  let irVersion = 0, producer = "", graph: GraphProto | undefined;
  while (reader.next()) {
    if (reader.field === 1) irVersion = reader.int();
    else if (reader.field === 2) producer = reader.text();
    else if (reader.field === 7) graph = readGraph(reader.message());
    else if (reader.field === 8) opsets.set(...readOpset(reader.message()));
    else if (reader.field === 25) throw functionsRefused(reader);
    else reader.skip();
  }
  if (graph) return { irVersion, producer, opsets, graph };
  throw reader.error("it has no graph; it was cut off or is no ONNX file", bytes.length);
}

function functionsRefused(reader: MessageReader): FileFormatError {
  return reader.error("it defines functions of its own, which are not read; export it with them inlined");
}

function readOpset(reader: MessageReader): [string, number] {
  let domain = "", version = 0;
  while (reader.next()) {
    if (reader.field === 1) domain = reader.text();
    else if (reader.field === 2) version = reader.int();
    else reader.skip();
  }
  return [domain === "ai.onnx" ? "" : domain, version];
}

function readGraph(reader: MessageReader): GraphProto {
  const nodes: NodeProto[] = [], initializers: TensorProto[] = [];
  const inputs: ValueInfo[] = [], outputs: ValueInfo[] = [];
  let name = "";
  while (reader.next()) {
    if (reader.field === 1) nodes.push(readNode(reader.message()));
    else if (reader.field === 2) name = reader.text();
    else if (reader.field === 5) initializers.push(readTensor(reader.message()));
    else if (reader.field === 11) inputs.push(readInfo(reader.message()));
    else if (reader.field === 12) outputs.push(readInfo(reader.message()));
    else if (reader.field === 15) {
      throw reader.error("it has sparse tensors, which are not read; make them dense");
    } else reader.skip();
  }
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(reader: MessageReader): NodeProto {
  const inputs: string[] = [], outputs: string[] = [], attributes: AttributeProto[] = [];
  let name = "", type = "", domain = "";
  while (reader.next()) {
    if (reader.field === 1) inputs.push(reader.text());
    else if (reader.field === 2) outputs.push(reader.text());
    else if (reader.field === 3) name = reader.text();
    else if (reader.field === 4) type = reader.text();
    else if (reader.field === 5) attributes.push(readAttribute(reader.message()));
    else if (reader.field === 7) domain = reader.text();
    else reader.skip();
  }
  return { name, type, domain: domain === "ai.onnx" ? "" : domain, inputs, outputs, attributes };
}

type Filled = { -readonly [K in keyof AttributeProto]: AttributeProto[K] };

function readAttribute(reader: MessageReader): AttributeProto {
  const floats: number[] = [], ints: number[] = [], texts: string[] = [];
  const found: Filled = { name: "", type: 0, floats, ints, texts };
  while (reader.next()) {
    if (reader.field === 1) found.name = reader.text();
    else if (reader.field === 2) found.float = reader.float();
    else if (reader.field === 3) found.int = reader.int();
    else if (reader.field === 4) found.text = reader.text();
    else if (reader.field === 5) found.tensor = readTensor(reader.message());
    else if (reader.field === 6) found.graph = readGraph(reader.message());
    else if (reader.field === 7) append(floats, reader.floats());
    else if (reader.field === 8) append(ints, reader.ints());
    else if (reader.field === 9) texts.push(reader.text());
    else if (reader.field === 20) found.type = reader.int();
    else reader.skip();
  }
  return checkedAttribute(reader, found);
}

// A field that is its default need not be there: the type tells which one it is.
function checkedAttribute(reader: MessageReader, found: Filled): AttributeProto {
  const { type, name } = found;
  if (type === attributeTypes.float) found.float ??= 0;
  if (type === attributeTypes.int) found.int ??= 0;
  if (type === attributeTypes.text) found.text ??= "";
  const lacks = type === attributeTypes.tensor && !found.tensor ||
    type === attributeTypes.graph && !found.graph;
  if (!lacks) return found;
  throw reader.error(`attribute ${quoted(name)} has no value; it was cut off, fetch it again`);
}

function readInfo(reader: MessageReader): ValueInfo {
  let name = "", found: Omit<ValueInfo, "name"> = { code: 0, dims: [] };
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) found = readType(reader.message());
    else reader.skip();
  }
  return { name, ...found };
}

function readType(reader: MessageReader): Omit<ValueInfo, "name"> {
  let code = 0, dims: (number | string)[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const tensor = reader.message();
    while (tensor.next()) {
      if (tensor.field === 1) code = tensor.int();
      else if (tensor.field === 2) dims = readDims(tensor.message());
      else tensor.skip();
    }
  }
  return { code, dims };
}

function readDims(reader: MessageReader): (number | string)[] {
  const dims: (number | string)[] = [];
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const dim = reader.message();
    let extent: number | string = "";
    while (dim.next()) {
      if (dim.field === 1) extent = dim.int();
      else if (dim.field === 2) extent = dim.text();
      else dim.skip();
    }
    dims.push(extent);
  }
  return dims;
}
