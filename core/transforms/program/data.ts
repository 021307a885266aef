/** Attributes of calls as JSON and back: plain data, typed arrays, and expressions, which share what they have in common. */
import { checkDtype, type DType, dtypeOfArray, hostArray, isElementArray } from "../../base/dtype.ts";
import { described, quoted } from "../../base/text.ts";
import { call, cast, constant, Expr, input, topological } from "../../expr/expr.ts";
import { type ScalarFunction, scalarFunctions } from "../../expr/scalar.ts";
import { isPlain } from "../../tensor/tree.ts";

/**
 * A node of an expression: what it is, and the nodes that it is made of, by their index in the list before it.
 *
 * @category Programs
 */
export type NodeJSON =
  | readonly ["input", number]
  | readonly ["constant", unknown]
  | readonly ["cast", DType, number]
  | readonly ["call", string, ...number[]];

/** The member that tells what JSON has no way to say. */
const TAG = "$";

/** Writes data, and gathers the nodes of expressions. */
export class DataWriter {
  /** All nodes so far. */
  readonly nodes: NodeJSON[] = [];
  readonly #places = new Map<Expr, number>();

  /** A value as JSON. */
  write(value: unknown): unknown {
    if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
      return { [TAG]: "number", value: Object.is(value, -0) ? "-0" : String(value) };
    }
    if (value === null || ["number", "string", "boolean"].includes(typeof value)) return value;
    if (Array.isArray(value)) return value.map((part) => this.write(part));
    if (Expr.is(value)) return { [TAG]: "expr", node: this.#place(value) };
    if (isElementArray(value)) {
      const elements = Array.from(value as ArrayLike<number>, (element) => this.write(element));
      return { [TAG]: "elements", dtype: dtypeOfArray(value), elements };
    }
    if (isPlain(value) && !(TAG in value)) return this.#members(value);
    throw new TypeError(`Cannot write ${described(value)} as JSON: what a step is told is plain data`);
  }

  #members(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const given = Object.entries(value).filter(([, part]) => part !== undefined);
    return Object.fromEntries(given.map(([key, part]) => [key, this.write(part)]));
  }

  #place(expr: Expr): number {
    for (const node of topological(expr)) {
      if (!this.#places.has(node)) this.#places.set(node, this.nodes.push(this.#node(node)) - 1);
    }
    return this.#places.get(expr)!;
  }

  #node({ kind, value, dtype, fn, args }: Expr): NodeJSON {
    const places = args.map((arg) => this.#places.get(arg)!);
    if (kind === "input") return ["input", value];
    if (kind === "constant") return ["constant", this.write(value)];
    return kind === "cast" ? ["cast", dtype!, places[0]] : ["call", fn!.name, ...places];
  }
}

/** Reads what a {@link DataWriter} wrote. */
export class DataReader {
  readonly #exprs: Expr[] = [];
  readonly #functions = new Map<string, ScalarFunction>(scalarFunctions().map((fn) => [fn.name, fn]));

  /** Reads data whose expressions are made of these nodes. */
  constructor(nodes: readonly NodeJSON[]) {
    for (const node of nodes) this.#exprs.push(this.#expr(node));
  }

  /** The value of what was written. */
  read(json: unknown): unknown {
    if (Array.isArray(json)) return json.map((part) => this.read(part));
    if (!isPlain(json)) return json;
    if (!(TAG in json)) {
      return Object.fromEntries(Object.entries(json).map(([key, part]) => [key, this.read(part)]));
    }
    if (json[TAG] === "number") return Number(json.value);
    if (json[TAG] === "expr") return this.#at(json.node as number);
    const elements = json.elements as readonly unknown[];
    const array = hostArray(checkDtype(json.dtype as DType), elements.length);
    elements.forEach((element, i) => array[i] = this.read(element) as number);
    return array;
  }

  #expr(node: NodeJSON): Expr {
    if (node[0] === "input") return input(node[1]);
    if (node[0] === "constant") return constant(this.read(node[1]) as number);
    if (node[0] === "cast") return cast(this.#at(node[2]), node[1]);
    const [, name, ...args] = node, fn = this.#functions.get(name);
    if (fn && args.length === fn.arity) return call(fn, args.map((i) => this.#at(i)));
    throw new TypeError(
      `Cannot read a program that calls scalar function ${
        quoted(String(name))
      } with ${args.length} operands: ` +
        "no such one is defined here",
    );
  }

  #at(i: number): Expr {
    const expr = this.#exprs[i];
    if (expr) return expr;
    throw new TypeError(
      `Cannot read a program: it refers to node ${described(i)} of ${this.#exprs.length} so far`,
    );
  }
}
