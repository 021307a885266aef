/** JavaScript source for scalar expressions, statement by statement, per dtype. */
import {
  castNumber,
  computedIn,
  type DType,
  type Expr,
  implementationOf,
  isFloating,
} from "@tapegrad/core/backend";
import { type Legal, legalized } from "../../common/legal.ts";
import { cpuKnows, type Evaluate } from "./closures.ts";
import { connectives, mathNames, templates, tests } from "./templates.ts";

/** Statements that compute expressions, and the names of their values. */
export interface Emitted {
  /** One `const` declaration a node. */
  readonly statements: readonly string[];
  /** The values, ready to be stored. */
  readonly results: readonly string[];
}

/** Functions that generated code calls, by the name it calls them. */
export type Helpers = Map<string, Evaluate>;

/** Emits expressions of inputs of given dtypes, whose values are the names in `inputs`; shared subterms once. */
export function emit(
  exprs: readonly Expr[],
  dtypes: readonly DType[],
  inputs: readonly string[],
  helpers: Helpers,
): Emitted {
  const legal = legalized(exprs, dtypes, cpuKnows);
  return new Emitter(legal.types, inputs, helpers).emit(legal);
}

class Emitter {
  readonly #types: ReadonlyMap<Expr, DType>;
  readonly #inputs: readonly string[];
  readonly #helpers: Helpers;
  readonly #values = new Map<Expr, Value>();

  constructor(types: ReadonlyMap<Expr, DType>, inputs: readonly string[], helpers: Helpers) {
    this.#types = types;
    this.#inputs = inputs;
    this.#helpers = helpers;
  }

  emit({ roots, order }: Legal): Emitted {
    const statements: string[] = [];
    order.forEach((node, i) => {
      const value = this.#valueOf(node);
      if (node.kind === "input" || node.kind === "constant") return this.#values.set(node, value);
      statements.push(`const t${i} = ${value.text};`);
      this.#values.set(node, { text: `t${i}`, test: value.test });
    });
    return { statements, results: roots.map((root) => asNumber(this.#values.get(root)!)) };
  }

  #valueOf(node: Expr): Value {
    if (node.kind === "input") return { text: inputText(node.value, this.#inputs), test: false };
    if (node.kind === "constant") return { text: literal(node.value), test: false };
    return node.kind === "cast" ? this.#castOf(node) : this.#callOf(node);
  }

  #castOf({ args: [x], dtype }: Expr): Value {
    const from = this.#heldIn(x), value = this.#values.get(x)!;
    if (dtype === "bool") return { text: asTest(value), test: true };
    const text = asNumber(value);
    return {
      text: dtype === "f16" && from !== "f16" ? this.#halved(text) : converted(text, from, dtype!),
      test: false,
    };
  }

  // A float that was computed is a double until it is cast or stored.
  #heldIn(x: Expr): DType {
    const type = this.#types.get(x)!;
    return isFloating(type) && x.kind !== "input" && x.kind !== "cast" ? "f64" : type;
  }

  #halved(text: string): string {
    // Names of scalar functions have no dollar sign, so that helpers with two are never taken for one.
    return this.#helped("$$half", (x) => castNumber(x, "f16"), [text]);
  }

  #callOf(node: Expr): Value {
    const { name, result } = node.fn!, operands = node.args.map((a) => this.#values.get(a)!);
    if (name === "select") return { text: selectText(operands), test: false };
    if (Object.hasOwn(connectives, name)) {
      return { text: connectives[name](operands.map(asTest)), test: true };
    }
    const args = operands.map(asNumber);
    if (Object.hasOwn(tests, name)) return { text: tests[name](args), test: true };
    const text = this.#applied(node, args);
    return { text: result === "bool" ? text : wrapped(text, this.#types.get(node)!), test: false };
  }

  #applied(node: Expr, args: readonly string[]): string {
    const { name, evaluate } = node.fn!,
      type = computedIn(node, this.#types),
      run = implementationOf(node.fn!, type);
    // What differs by dtype is called under a name that tells.
    if (run !== evaluate) return this.#helped(`$$${isFloating(type) ? "single" : type}_${name}`, run, args);
    if (Object.hasOwn(templates, name)) return templates[name](args);
    return mathNames.has(name)
      ? `Math.${name}(${args.join(", ")})`
      : this.#helped(`$${name}`, evaluate, args);
  }

  #helped(name: string, run: Evaluate, args: readonly string[]): string {
    this.#helpers.set(name, run);
    return `${name}(${args.join(", ")})`;
  }
}

function selectText([condition, a, b]: readonly Value[]): string {
  return `${asTest(condition)} ? ${asNumber(a)} : ${asNumber(b)}`;
}

/** The text of a value, and whether it is a JavaScript boolean. */
interface Value {
  readonly text: string;
  readonly test: boolean;
}

function asNumber({ text, test }: Value): string {
  return test ? `(${text} ? 1 : 0)` : text;
}

function asTest({ text, test }: Value): string {
  return test ? text : `${text} !== 0`;
}

function inputText(index: number, inputs: readonly string[]): string {
  const text = inputs[index];
  if (text !== undefined) return text;
  throw new RangeError(
    `Cannot write a kernel of ${inputs.length} inputs: its expression reads input ${index}`,
  );
}

function literal(value: number): string {
  if (typeof value !== "number") throw new TypeError("Cannot write a constant that is not a number");
  return Object.is(value, -0) || value < 0 ? `(${Object.is(value, -0) ? "-0" : value})` : String(value);
}

function wrapped(text: string, type: DType): string {
  if (isFloating(type)) return text;
  if (type === "bool") return `(${text}) !== 0 ? 1 : 0`;
  return type === "u32" ? `(${text}) >>> 0` : `(${text}) | 0`;
}

function converted(text: string, from: DType, to: DType): string {
  if (to === from || to === "f64") return text;
  if (to === "f32") return from === "bool" ? text : `Math.fround(${text})`;
  return wrapped(text, to);
}
