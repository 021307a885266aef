/** From what was built to what is written: what leads to no output is gone, and outputs have their names. */
import { attributeTypes, type NodeProto, type TensorProto } from "../proto.ts";
import type { Edge, GraphBuilder } from "./graph.ts";

/** Nodes and initializers of a graph. */
export interface Finished {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
}

/** The part of a graph that its outputs need; these have the names, which nothing else has. */
export function finished(graph: GraphBuilder, outputs: readonly Edge[], names: readonly string[]): Finished {
  const used = new Set(outputs.map(({ name }) => name));
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => used.has(name))) return false;
    for (const name of node.inputs) used.add(name);
    return true;
  }).toReversed();
  const constants = [...graph.initializers.values()].filter(({ name }) => used.has(name));
  const isLiteral = ({ name }: TensorProto) => graph.literals.has(name);
  return {
    nodes: [
      ...constants.filter(isLiteral).map(literal),
      ...withOutputs(graph, nodes.map((node) => withoutUnread(node, used)), outputs, names),
    ],
    initializers: constants.filter((one) => !isLiteral(one)),
  };
}

/** A number, or a list of them, as a node: who reads the file takes it for no weight. */
function literal(tensor: TensorProto): NodeProto {
  const { name } = tensor, value = { name: "value", type: attributeTypes.tensor, tensor };
  return {
    name: `Constant_${name}`,
    type: "Constant",
    domain: "",
    inputs: [],
    outputs: [name],
    attributes: [value],
  };
}

// Outputs at the end that nobody reads may be left out: positions of a pooling.
function withoutUnread(node: NodeProto, used: ReadonlySet<string>): NodeProto {
  const last = node.outputs.findLastIndex((name) => used.has(name));
  return { ...node, outputs: node.outputs.slice(0, last + 1) };
}

// What a node gives is called as the output, if it is but one; what is given twice, an input and a constant are copied.
function withOutputs(
  graph: GraphBuilder,
  nodes: readonly NodeProto[],
  outputs: readonly Edge[],
  names: readonly string[],
): NodeProto[] {
  const to = new Map<string, string>(), copies: NodeProto[] = [];
  outputs.forEach((edge, i) => {
    if (graph.producer(edge) && !to.has(edge.name)) to.set(edge.name, names[i]);
    else copies.push(copy(edge.name, names[i], i));
  });
  const renamed = (name: string) => to.get(name) ?? name;
  return [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(renamed),
    outputs: node.outputs.map(renamed),
  }));
}

function copy(from: string, to: string, i: number): NodeProto {
  return { name: `Copy_${i}`, type: "Identity", domain: "", inputs: [from], outputs: [to], attributes: [] };
}
