/** Programs in Graphviz's language. */
import type { Drawing, NodeKind } from "./drawing.ts";

const colours: Readonly<Record<NodeKind, string>> = {
  given: "gray40",
  forward: "steelblue",
  backward: "chocolate",
  update: "seagreen",
};

/** The text that `dot` draws. */
export function toDot({ nodes, edges }: Drawing): string {
  return [
    "digraph program {",
    '  rankdir=LR; node [shape=box, style=rounded, fontname="sans-serif", fontsize=11]; edge [color=gray60];',
    ...nodes.map(({ kind, lines }, i) =>
      `  n${i} [label=${quote(lines.join("\n"))}, color=${colours[kind]}];`
    ),
    ...edges.map(({ from, to, saved }) => `  n${from} -> n${to}${saved ? " [style=dashed]" : ""};`),
    "}",
  ].join("\n");
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
