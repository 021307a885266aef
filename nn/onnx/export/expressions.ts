/** Scalar expressions as chains of elementwise operators. */
import {
  BackendError,
  computedIn,
  type DType,
  type Expr,
  type Knows,
  legalize,
  type ScalarFunction,
  topological,
  typesOf,
} from "@tapegrad/core";
import type { Edge, GraphBuilder } from "./graph.ts";
import { scalars } from "./scalars.ts";
import { Uncovered } from "./uncovered.ts";

/** What ONNX has, or is composed of what it has. */
const knows: Knows = {
  backend: "ONNX",
  has: ({ name }: ScalarFunction, dtype: DType) => scalars.get(name)?.(dtype) !== undefined,
};

/** An expression of edges. Halves are computed in single precision, as kernels do. */
export function expressed(graph: GraphBuilder, given: Expr, inputs: readonly Edge[]): Edge {
  const wide = inputs.map((edge) => graph.wide(edge)), dtypes = wide.map(({ dtype }) => dtype as DType);
  const root = legal(given, dtypes), types = typesOf(root, dtypes), made = new Map<Expr, Edge>();
  for (const node of topological(root)) {
    if (node.kind === "input") made.set(node, wide[node.value]);
    else if (node.kind === "cast") made.set(node, castOf(graph, node, made));
    else if (node.kind === "call") made.set(node, callOf(graph, node, types, made));
  }
  return made.get(root) ?? graph.number(root.value, "f32");
}

/** Functions of bits, which random draws are made of. */
const ofBits = ["shiftLeft", "shiftRight", "shiftRightLogical", "bitcastF32", "bitcastI32", "bitcastU32"];

function legal(expr: Expr, dtypes: readonly DType[]): Expr {
  try {
    return legalize(expr, dtypes, knows);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const [, name, dtype] = /"(\w+)" of (\w+)/.exec(error.message) ?? ["", "a function", "its dtype"];
    const draws = ofBits.includes(name) ? ", as random draws need" : "";
    throw new Uncovered(`no operator of ONNX stands for "${name}" of ${dtype}${draws}`);
  }
}

function castOf(graph: GraphBuilder, { args: [x], dtype }: Expr, made: ReadonlyMap<Expr, Edge>): Edge {
  return x.kind === "constant" ? graph.number(x.value, dtype!) : graph.cast(made.get(x)!, dtype!);
}

function callOf(
  graph: GraphBuilder,
  node: Expr,
  types: ReadonlyMap<Expr, DType>,
  made: ReadonlyMap<Expr, Edge>,
): Edge {
  const fn = node.fn!, dtype = computedIn(node, types), isSelect = fn.result === "select";
  const args = node.args.map((x, i) => {
    const wanted = isSelect && i === 0 ? "bool" : dtype;
    return x.kind === "constant" ? graph.number(x.value, wanted) : graph.cast(made.get(x)!, wanted);
  });
  const rectified = isSelect ? rectifierOf(graph, node, args[2]) : null;
  return rectified ?? scalars.get(fn.name)!(dtype)!(graph, args, types.get(node)!);
}

/** Relu, which has an operator of its own: 0 where x is not above it. */
function rectifierOf(graph: GraphBuilder, { args: [test, nothing, x] }: Expr, edge: Edge): Edge | null {
  const [left, right] = test.args, isBelow = test.fn?.name === "le" && left === x;
  if (!isBelow || right.kind !== "constant" || right.value !== 0) return null;
  return nothing.kind === "constant" && nothing.value === 0 ? graph.node("Relu", [edge], edge) : null;
}
