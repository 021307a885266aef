/** A graph made ready to run: each node with its operator, and what need not be held any longer behind it. */
import { quoted } from "@tapegrad/core";
import { OnnxError } from "../onnx_error.ts";
import type { GraphProto, NodeProto, ValueInfo } from "../proto.ts";
import { type Body, loop, scanning } from "./loops.ts";
import { Call, type Operator, type Run, type Value } from "./call.ts";
import { constantNode, knownOf } from "./constants.ts";
import type { Known } from "./known.ts";
import { ofGraphs, operators } from "./operators.ts";

/** Values by name. */
export type Values = Map<string, Value>;

/** A node and what it needs to run. */
interface Step {
  readonly node: NodeProto;
  readonly label: string;
  readonly operator: Operator | null;
  /** The constant that it is, or the graphs that are in it. */
  readonly constant: Known | null;
  readonly branches: Readonly<Record<string, Plan>>;
  /** Values that nobody reads thereafter. */
  readonly last: readonly string[];
}

/** A graph that can be run. */
export interface Plan {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly constants: ReadonlyMap<string, Known>;
  readonly steps: readonly Step[];
}

/** What a node is called in errors. */
function labelOf({ type, name, outputs }: NodeProto): string {
  return name === "" ? `${type} that gives ${quoted(outputs[0] ?? "")}` : `${type} ${quoted(name)}`;
}

/** Every operator of a graph, those within branches too, that is not covered: how often it is used. */
export function missingIn(
  { nodes }: GraphProto,
  found: Map<string, number> = new Map(),
): Map<string, number> {
  for (const { type, domain, attributes } of nodes) {
    const isThere = domain === "" && (operators.has(type) || ofGraphs.includes(type));
    const name = domain === "" ? type : `${domain}.${type}`;
    if (!isThere) found.set(name, (found.get(name) ?? 0) + 1);
    for (const { graph } of attributes) if (graph) missingIn(graph, found);
  }
  return found;
}

/** Makes a graph ready, whose nodes may read these names from outside. */
export function planOf(graph: GraphProto, outside: ReadonlySet<string>, inner: boolean): Plan {
  const constants = new Map(inner ? graph.initializers.map((proto) => [proto.name, knownOf(proto)]) : []);
  const there = new Set([...outside, ...constants.keys(), ...graph.inputs.map(({ name }) => name)]);
  const releases = lastUses(graph);
  const steps = graph.nodes.map((node, i) => {
    refuseUnknown(node, there);
    const step = stepOf(node, there, releases[i]);
    for (const name of node.outputs) if (name !== "") there.add(name);
    return step;
  });
  const lost = graph.outputs.find(({ name }) => !there.has(name));
  if (lost) {
    throw new OnnxError(`Cannot read an ONNX file: nothing gives its output ${quoted(lost.name)}`, []);
  }
  return { inputs: graph.inputs, outputs: graph.outputs, constants, steps };
}

function refuseUnknown(node: NodeProto, there: ReadonlySet<string>): void {
  const lost = node.inputs.find((name) => name !== "" && !there.has(name));
  if (lost === undefined) return;
  throw new OnnxError(
    `Cannot read an ONNX file: ${labelOf(node)} reads ${quoted(lost)}, which nothing before it gives`,
    [node.type],
  );
}

function stepOf(node: NodeProto, there: ReadonlySet<string>, last: readonly string[]): Step {
  const branches = node.attributes.flatMap(({ name, graph }) =>
    graph ? [[name, planOf(graph, there, true)] as const] : []
  );
  const constant = node.type === "Constant" ? about(node, () => constantNode(node)) : null;
  const operator = operators.get(node.type) ?? null;
  return { node, label: labelOf(node), operator, constant, branches: Object.fromEntries(branches), last };
}

/** For each node the values that are read for the last time there. */
function lastUses({ nodes, outputs }: GraphProto): string[][] {
  const seen = new Set(outputs.map(({ name }) => name)), found: string[][] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const names = [
      ...nodes[i].inputs,
      ...nodes[i].attributes.flatMap(({ graph }) => graph ? readsOf(graph) : []),
    ];
    found[i] = [...new Set([...names, ...nodes[i].outputs])].filter((name) => name !== "" && !seen.has(name));
    for (const name of names) seen.add(name);
  }
  return found;
}

function readsOf({ nodes, outputs }: GraphProto): string[] {
  const inner = nodes.flatMap(({ inputs, attributes }) => [
    ...inputs,
    ...attributes.flatMap(({ graph }) => graph ? readsOf(graph) : []),
  ]);
  return [...inner, ...outputs.map(({ name }) => name)];
}

// What goes wrong within a node says which it is.
function about<T>(node: NodeProto, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof OnnxError || !(error instanceof Error)) throw error;
    throw new OnnxError(`Cannot run ${labelOf(node)}: ${error.message}`, [node.type], { cause: error });
  }
}

/** Runs a graph on values by name; what it makes is put there, and its outputs are given. */
export function runPlan({ outputs, constants, steps }: Plan, values: Values, run: Run): Value[] {
  for (const [name, known] of constants) values.set(name, known);
  for (const step of steps) {
    runStep(step, values, run);
    for (const name of step.last) values.delete(name);
  }
  return outputs.map(({ name }) => values.get(name)!);
}

function runStep({ node, operator, constant, branches }: Step, values: Values, run: Run): void {
  const given = about(node, () => {
    if (constant) return constant;
    const call = new Call(
      node,
      node.inputs.map((name) => name === "" ? null : values.get(name) ?? null),
      run,
    );
    return operator ? operator(call) : runInner(call, branches, values);
  });
  const list = Array.isArray(given) ? given as readonly (Value | null)[] : [given as Value];
  node.outputs.forEach((name, i) => {
    if (name === "") return;
    const value = list[i];
    if (!value) {
      throw new OnnxError(`Cannot run ${labelOf(node)}: output ${i} of it is not covered`, [node.type]);
    }
    values.set(name, value);
  });
}

function runInner(call: Call, branches: Readonly<Record<string, Plan>>, values: Values): readonly Value[] {
  const { node: { type }, run } = call;
  if (type === "If") return runPlan(branchOf(call, branches), new Map(values), run);
  if (!branches.body) throw new TypeError("the graph in it is missing");
  return (type === "Loop" ? loop : scanning)(call, bodyOf(branches.body, values, run));
}

function bodyOf(plan: Plan, values: Values, run: Run): Body {
  const { inputs, outputs } = plan;
  return {
    inputs,
    outputs,
    run: (given) =>
      runPlan(plan, new Map([...values, ...inputs.map(({ name }, i) => [name, given[i]] as const)]), run),
  };
}

function branchOf(call: Call, branches: Readonly<Record<string, Plan>>): Plan {
  const plan = branches[call.known(0).data[0] ? "then_branch" : "else_branch"];
  if (plan) return plan;
  throw new TypeError("the branch that is taken is missing");
}
