/** Graphs of others as modules. */
import { quoted, showShape, Tensor } from "@tapegrad/core";
import type { FileReadOptions } from "../../files/elements.ts";
import { Module } from "../../module.ts";
import { kindOf, type ModelProto, type ValueInfo } from "../proto.ts";
import { Call, type Run } from "./call.ts";
import { constantOf, Uses } from "./constants.ts";
import { Known } from "./known.ts";
import { type Plan, planOf, runPlan, type Values } from "./plan.ts";

/**
 * An input or an output of an {@link OnnxModule}, as its file declares it.
 *
 * @category Files
 */
export interface OnnxValueInfo {
  /** What it is called. */
  readonly name: string;
  /** The dtype in the file, `""` where it is no tensor that is read. */
  readonly dtype: string;
  /** Its extents: a name where one is only named, `""` where it is left open. */
  readonly shape: readonly (number | string)[];
}

/**
 * A graph of ONNX as a module: {@link fromOnnx} makes one. Its floating initializers are parameters, its running statistics
 * buffers, under their names in the file, and what nodes `Constant` give is neither; a name that the module itself has gets a `_` behind it.
 * `forward` takes the inputs in their order and gives the output, or a list where there are several. It is the graph of
 * an inference whether it is in training or not, differentiable throughout: dropout drops nothing, and batch
 * normalisation takes the statistics of the file.
 *
 * @category Files
 */
export class OnnxModule<Output = Tensor> extends Module<readonly Tensor[], Output> {
  readonly #plan: Plan;
  readonly #version: number;
  readonly #options: FileReadOptions;
  readonly #known = new Map<string, Known>();
  readonly #copies = new WeakMap<Tensor, Known>();
  /** The properties that hold constants, by the names of these. */
  readonly #properties = new Map<string, string>();
  readonly #inputs: readonly ValueInfo[];

  /** Not for use: {@link fromOnnx} makes it of a file. */
  constructor({ graph, opsets }: ModelProto, options: FileReadOptions) {
    super();
    this.#version = opsets.get("")!;
    this.#options = options;
    const names = new Set(graph.initializers.map(({ name }) => name)), uses = new Uses(graph);
    this.#inputs = graph.inputs.filter(({ name }) => !names.has(name));
    this.#plan = planOf(graph, names, false);
    for (const proto of graph.initializers) {
      const constant = constantOf(proto, uses, options);
      if ("tensor" in constant) this.#hold(proto.name, constant.tensor, constant.known);
      else this.#known.set(proto.name, constant.known);
    }
  }

  #hold(name: string, tensor: Tensor, known: Known | null): void {
    let property = name;
    while (property in this || property === "") property += "_";
    Object.defineProperty(this, property, {
      value: tensor,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    this.#properties.set(name, property);
    if (known) this.#copies.set(tensor, known);
  }

  /** What `forward` takes, in order. */
  get inputs(): readonly OnnxValueInfo[] {
    return this.#inputs.map(infoOf);
  }

  /** What it gives, in order. */
  get outputs(): readonly OnnxValueInfo[] {
    return this.#plan.outputs.map(infoOf);
  }

  /** Runs the graph on its inputs, in order. */
  override forward(...inputs: readonly Tensor[]): Output {
    this.#check(inputs);
    const values: Values = new Map(this.#known);
    for (const [name, property] of this.#properties) values.set(name, Reflect.get(this, property) as Tensor);
    this.#inputs.forEach(({ name }, i) => values.set(name, inputs[i]));
    const [held] = this.#properties.values(), like = inputs[0] ?? (held && Reflect.get(this, held) as Tensor);
    const run: Run = {
      options: this.#options,
      version: this.#version,
      backend: like?.backend,
      known: this.#copies,
    };
    const outputs = runPlan(this.#plan, values, run).map((value) =>
      value instanceof Known ? new Call(nobody, [value], run).tensor(0) : value
    );
    return (outputs.length === 1 ? outputs[0] : outputs) as Output;
  }

  #check(inputs: readonly Tensor[]): void {
    const wanted = this.#inputs;
    if (inputs.length !== wanted.length || !inputs.every((x) => x instanceof Tensor)) {
      const names = wanted.map((info) => `${quoted(info.name)} ${showInfo(info)}`).join(", ");
      throw new TypeError(`Cannot run a graph of ONNX on ${inputs.length} inputs: pass tensors for ${names}`);
    }
    inputs.forEach((x, i) => {
      const { name, dims } = wanted[i], { shape } = x;
      if (dims.length === shape.length || dims.length === 0) return;
      throw new RangeError(
        `Cannot run a graph of ONNX with ${quoted(name)} of shape ${showShape(shape)}: it has ${
          showInfo(wanted[i])
        }`,
      );
    });
  }
}

const nobody = { name: "", type: "", domain: "", inputs: [], outputs: [], attributes: [] };

function showInfo({ code, dims }: ValueInfo): string {
  return `${kindOf(code) ?? "unknown"} [${dims.map((n) => n === "" ? "any" : n).join(", ")}]`;
}

function infoOf({ name, code, dims }: ValueInfo): OnnxValueInfo {
  return { name, dtype: kindOf(code) ?? "", shape: dims };
}
