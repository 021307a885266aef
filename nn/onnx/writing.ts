/** Models as bytes of a file. */
import { joined } from "../files/source.ts";
import {
  type AttributeProto,
  codes,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfo,
} from "./proto.ts";
import { MessageWriter } from "./wire_writing.ts";

/** Protocol Buffers end at 2 GiB. */
const MOST = 2 ** 31 - 1;

/** The bytes of a model's file. */
export function modelBytes({ irVersion, producer, opsets, graph }: ModelProto): Uint8Array<ArrayBuffer> {
  const writer = new MessageWriter().int(1, irVersion).text(2, producer);
  writer.message(7, (inner) => writeGraph(inner, graph));
  for (const [domain, version] of opsets) {
    writer.message(8, (inner) => void inner.text(1, domain).int(2, version));
  }
  if (writer.length <= MOST) return joined(writer.parts);
  throw new RangeError(
    `Cannot write an ONNX file of ${writer.length} bytes: it ends at ${MOST}, and elements in files of their own ` +
      "are not written; save the weights by toSafetensors, or export the model in parts",
  );
}

function writeGraph(writer: MessageWriter, { name, nodes, initializers, inputs, outputs }: GraphProto): void {
  for (const node of nodes) writer.message(1, (inner) => writeNode(inner, node));
  writer.text(2, name);
  for (const tensor of initializers) writer.message(5, (inner) => writeTensor(inner, tensor));
  for (const info of inputs) writer.message(11, (inner) => writeInfo(inner, info));
  for (const info of outputs) writer.message(12, (inner) => writeInfo(inner, info));
}

function writeNode(
  writer: MessageWriter,
  { name, type, domain, inputs, outputs, attributes }: NodeProto,
): void {
  for (const input of inputs) writer.text(1, input);
  for (const output of outputs) writer.text(2, output);
  writer.text(3, name).text(4, type);
  for (const attribute of attributes) writer.message(5, (inner) => writeAttribute(inner, attribute));
  if (domain !== "") writer.text(7, domain);
}

function writeAttribute(writer: MessageWriter, attribute: AttributeProto): void {
  const { name, type, float, int, text, floats, ints, texts, tensor, graph } = attribute;
  writer.text(1, name);
  if (float !== undefined) writer.float(2, float);
  if (int !== undefined) writer.int(3, int);
  if (text !== undefined) writer.text(4, text);
  if (tensor !== undefined) writer.message(5, (inner) => writeTensor(inner, tensor));
  if (graph !== undefined) writer.message(6, (inner) => writeGraph(inner, graph));
  for (const value of floats ?? []) writer.float(7, value);
  for (const value of ints ?? []) writer.int(8, value);
  for (const value of texts ?? []) writer.text(9, value);
  writer.int(20, type);
}

function writeTensor(writer: MessageWriter, { name, kind, dims, bytes }: TensorProto): void {
  writer.ints(1, dims).int(2, codes[kind]).text(8, name).bytes(9, bytes);
}

function writeInfo(writer: MessageWriter, { name, code, dims }: ValueInfo): void {
  writer.text(1, name).message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.int(1, code).message(2, (shape) => {
        for (const n of dims) {
          shape.message(1, (dim) => void (typeof n === "number" ? dim.int(1, n) : dim.text(2, n)));
        }
      });
    });
  });
}
