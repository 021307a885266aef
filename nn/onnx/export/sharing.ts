/** What is the same is made once: constants of equal elements, and nodes that compute the same of the same. */
import type { AttributeProto, NodeProto } from "../proto.ts";
import type { Edge, GraphBuilder, Initializer } from "./graph.ts";

function textOf({ kind, dims, bytes }: Initializer): string {
  return `${kind} ${dims.join()} ${bytes.join()}`;
}

function told({ name, float, int, text, ints }: AttributeProto): unknown {
  return [name, float, int, text, ints];
}

/** Lets all of a graph's nodes read of what is the same the first; what its outputs are then. */
export function shared(graph: GraphBuilder, outputs: readonly Edge[]): Edge[] {
  const to = new Map<string, string>(), first = new Map<string, readonly string[]>();
  // Whether it is the first of its kind.
  const meet = (key: string, names: readonly string[]): boolean => {
    const before = first.get(key);
    if (!before) {
      first.set(key, names);
      return true;
    }
    names.forEach((name, i) => to.set(name, before[i]));
    return false;
  };
  for (const one of graph.initializers.values()) {
    const isRead = one.bytes.length > 0 && one.bytes.length <= 1024; // those that are yet to be read have none
    if (isRead && !meet(textOf(one), [one.name])) graph.initializers.delete(one.name);
  }
  graph.nodes = graph.nodes.flatMap((given): NodeProto[] => {
    const node = { ...given, inputs: given.inputs.map((name) => to.get(name) ?? name) };
    const key = JSON.stringify([node.type, node.inputs, node.attributes.map(told), node.outputs.length]);
    return meet(key, node.outputs) ? [node] : [];
  });
  return outputs.map((edge) => ({ ...edge, name: to.get(edge.name) ?? edge.name }));
}
