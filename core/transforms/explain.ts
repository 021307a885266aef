/** A gradient told step by step. */
import { isFloating, type TypedArray } from "../base/dtype.ts";
import { showShape } from "../base/errors.ts";
import { sameShape } from "../base/shape.ts";
import { passesWhole } from "../call/apply.ts";
import { type Layer, withLayer } from "../call/layers.ts";
import type { Op, TensorType } from "../call/op.ts";
import { withRecording } from "../call/record.ts";
import { cotangentFor, savedOf, walk } from "../tape/backward.ts";
import { graphOf } from "../tape/graph.ts";
import { scope } from "../tape/scope.ts";
import { filled } from "../tensor/constants.ts";
import type { TapeNode } from "../tensor/node.ts";
import { read } from "../tensor/read.ts";
import { Tensor } from "../tensor/tensor.ts";
import { synchronous } from "./synchronous.ts";
import { nodeOf, slotOf, storageOf } from "../tensor/internals.ts";

/** What an op was called with and what it gave, as far as it is known. */
interface Known {
  readonly inputs: readonly (Tensor | TensorType)[];
  readonly outputs: readonly (Tensor | TensorType)[];
}

/**
 * Tells how the gradient of a loss comes about, as text, a line an op from the loss back to the leaves: the op, its
 * value, the gradient of the loss to that value, and the derivatives of the op by what it was made from, by which that
 * gradient is multiplied on its way. It is asked of a loss that has not gone backward, whose values are told as far as
 * the tape saved them, or of a function that computes it, where all are. Gradients of leaves stay as they are.
 *
 * @category Transforms
 * @example
 * ```ts
 * import { explain, variable } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const x = variable(3), y = variable(4);
 * x.label = "x";
 * y.label = "y";
 * assertEquals(
 *   await explain(() => x.mul(y).add(x)),
 *   `op               value  gradient  local derivatives
 * v1 = add(v0, x)  15     1         by v0: 1, by x: 1
 * v0 = mul(x, y)   12     1         by x: 4, by y: 3
 * y                4      3
 * x                3      5`,
 * );
 * ```
 */
export function explain(loss: Tensor | (() => Tensor)): Promise<string> {
  return scope(async () => {
    const calls = new Map<TapeNode, Known>();
    const root = loss instanceof Tensor
      ? loss
      : withLayer(remembering(calls), () => withRecording(true, () => synchronous("explain", loss())));
    const tale = new Tale(root, calls);
    return await tale.text();
  });
}

// Sees what ops were called with, of which the tape keeps what rules read.
function remembering(calls: Map<TapeNode, Known>): Layer {
  return {
    keeps: passesWhole,
    handle(call, next): readonly Tensor[] {
      const outputs = next(call), node = outputs.length > 0 ? nodeOf(outputs[0]) : null;
      if (node?.op && !calls.has(node)) calls.set(node, { inputs: call.inputs, outputs });
      return outputs;
    },
  };
}

/** A line of the table: what is told at once, and what has to be read. */
interface Line {
  readonly op: string;
  readonly value: Tensor | null;
  readonly gradient: Tensor | null;
  readonly locals: readonly (readonly [by: string, derivative: Tensor | string])[];
}

/** The graph of a loss, its cotangents and the names in it. */
class Tale {
  readonly #root: Tensor;
  readonly #calls: ReadonlyMap<TapeNode, Known>;
  readonly #order: readonly TapeNode[];
  readonly #cotangents = new Map<TapeNode, (Tensor | null)[]>();
  readonly #names = new Map<TapeNode, string>();

  constructor(root: Tensor, calls: ReadonlyMap<TapeNode, Known>) {
    this.#root = root;
    this.#calls = calls;
    const ct = cotangentFor(root, undefined), graph = graphOf([root]);
    this.#order = graph.order;
    this.#nameAll();
    this.#watched(() => walk([[root, ct]], graph, { retainGraph: true, createGraph: false }));
  }

  #nameAll(): void {
    let ops = 0, leaves = 0;
    for (const node of this.#order.toReversed()) {
      const label = node.op === null ? node.holders[0]?.label : "";
      this.#names.set(node, label || (node.op ? `v${ops++}` : `x${leaves++}`));
    }
  }

  // Hooks see cotangents as they arrive; those of the program run before.
  #watched(fn: () => void): void {
    const before = new Map(this.#order.map((node) => [node, node.hooks]));
    for (const node of this.#order) {
      const cts = new Array<Tensor | null>(node.outputCount).fill(null);
      this.#cotangents.set(node, cts);
      const seen = cts.map((_, slot) => ({ slot, hook: (ct: Tensor) => void (cts[slot] = ct) }));
      node.hooks = [...node.hooks ?? [], ...seen];
    }
    try {
      fn();
    } finally {
      for (const [node, hooks] of before) node.hooks = hooks;
    }
  }

  /** The table. */
  async text(): Promise<string> {
    const lines = withRecording(false, () => this.#order.flatMap((node) => this.#linesOf(node)));
    const tensors = lines.flatMap((
      { value, gradient, locals },
    ) => [value, gradient, ...locals.map(([, d]) => d)]);
    const wanted = [...new Set(tensors.filter((one) => one instanceof Tensor))], arrays = await read(wanted);
    const texts = new Map(wanted.map((tensor, i) => [tensor, shown(tensor, arrays[i])]));
    const textOf = (one: Tensor | string | null) =>
      typeof one === "string" ? one : one ? texts.get(one)! : "";
    const rows = lines.map(({ op, value, gradient, locals }) => [
      op,
      value ? textOf(value) : "not saved",
      gradient ? textOf(gradient) : "none",
      locals.map(([by, derivative]) => `by ${by}: ${textOf(derivative)}`).join(", "),
    ]);
    return columns([["op", "value", "gradient", "local derivatives"], ...rows]);
  }

  #linesOf(node: TapeNode): Line[] {
    const name = this.#names.get(node)!, cts = this.#cotangents.get(node)!;
    if (node.op === null) return [{ op: name, value: node.holders[0] ?? null, gradient: cts[0], locals: [] }];
    const { inputs, outputs } = this.#known(node), called = inputs.map((x, i) => this.#nameOf(x, node, i));
    return outputs.map((output, slot): Line => ({
      op: `${slotName(name, slot, outputs.length)} = ${node.label}(${called.join(", ")})`,
      value: output instanceof Tensor ? output : this.#valueOf(node, slot),
      gradient: cts[slot],
      locals: this.#locals(node, slot, outputs, inputs),
    }));
  }

  #known(node: TapeNode): Known {
    return this.#calls.get(node) ?? (savedOf(node) as Known);
  }

  // Of an output that its own rule does not read, those of later ones may.
  #valueOf(node: TapeNode, slot: number): Tensor | null {
    if (nodeOf(this.#root) === node && slotOf(this.#root) === slot) return this.#root;
    for (const later of this.#order) {
      const i = later.parents.findIndex((parent, k) => parent === node && (later.slots?.[k] ?? 0) === slot);
      const value = i < 0 || later.op === null ? null : this.#known(later).inputs[i];
      if (value instanceof Tensor) return value;
    }
    return null;
  }

  #nameOf(input: Tensor | TensorType, node: TapeNode, i: number): string {
    const parent = node.parents[i];
    if (parent) return slotName(this.#names.get(parent)!, node.slots?.[i] ?? 0, parent.outputCount);
    if (!(input instanceof Tensor)) return "·";
    const { literal, label } = storageOf(input);
    return literal ? literal.cell?.name ?? String(literal.number) : label || showShape(input.shape);
  }

  #locals(node: TapeNode, slot: number, outputs: Known["outputs"], inputs: Known["inputs"]): Line["locals"] {
    const wanted = node.parents.map((parent) => parent !== null), output = outputs[slot];
    if (!isFloating(output.dtype)) return [];
    const derivatives = this.#derivatives(node, slot, outputs, wanted);
    return inputs.flatMap((input, i): Line["locals"] => {
      if (!wanted[i]) return [];
      const name = this.#nameOf(input, node, i), derivative = derivatives?.[i];
      if (derivative && isElementwise(node.op!, input, output)) return [[name, derivative]];
      return [[name, `a Jacobian of ${showShape([...output.shape, ...input.shape])}`]];
    });
  }

  #derivatives(
    node: TapeNode,
    slot: number,
    outputs: Known["outputs"],
    wanted: readonly boolean[],
  ): readonly (Tensor | null)[] | null {
    if (!node.op!.vjp) return null;
    const ones = outputs.map((output, k) => k === slot ? filled(1, output.shape, output) : null);
    return node.op!.vjp(ones, savedOf(node), wanted);
  }
}

// One number an element: of an elementwise op, or of an op that gives one element.
function isElementwise(op: Op, input: TensorType, output: TensorType): boolean {
  return output.shape.every((n) => n === 1) || (op.name === "map" && sameShape(input.shape, output.shape));
}

function slotName(name: string, slot: number, count: number): string {
  return count > 1 ? `${name}.${slot}` : name;
}

/** As many elements as a line shows. */
const SHOWN = 3;

function shown({ shape, size }: Tensor, data: TypedArray): string {
  const numbers = Array.from(
    { length: Math.min(size, SHOWN) },
    (_, i) => String(Number(data[i].toPrecision(5))),
  );
  if (shape.length === 0) return numbers[0];
  return `[${numbers.join(", ")}${size > SHOWN ? ", …" : ""}]${
    shape.length > 1 ? ` of ${showShape(shape)}` : ""
  }`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map((row) => row.map((cell, k) => cell.padEnd(widths[k])).join("  ").trimEnd()).join("\n");
}
