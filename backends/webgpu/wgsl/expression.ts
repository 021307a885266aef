/** WGSL for scalar expressions, statement by statement: what every kernel's body is made of. */
import { computedIn, type DType, type Expr, type Knows } from "@tapegrad/core/backend";
import { type Legal, legalized } from "../../common/legal.ts";
import { converted, type Value } from "./convert.ts";
import { inlineTemplate } from "./inline.ts";
import { isInLibrary } from "./library.ts";
import { type RegisterType, registerType, wgslNumber } from "./types.ts";

export { librarySource } from "./library.ts";
export { loaded, registerType, storageType, stored, wgslNumber } from "./types.ts";

/** Statements that compute expressions in WGSL. */
interface Emitted {
  /** One `let` a node. */
  readonly statements: readonly string[];
  /** Names of the library functions that are called. */
  readonly functions: ReadonlySet<string>;
}

/** Statements that compute one expression. */
export interface EmittedWgsl extends Emitted {
  /** Text of the value, in the register type of the output. */
  readonly result: string;
}

/** Statements that compute several expressions. */
export interface EmittedAll extends Emitted {
  /** Texts of the values, in the register types of the outputs. */
  readonly results: readonly string[];
}

/**
 * Emits `expr` over inputs of given dtypes, whose values are the texts in `inputs`; its own names begin with
 * `prefix`. Operands are converted to the dtype in which they meet before a function is applied.
 */
export function emitWgsl(
  expr: Expr,
  inputTypes: readonly DType[],
  inputs: readonly string[],
  output: DType,
  prefix = "t",
): EmittedWgsl {
  const { statements, results: [result], functions } = emitAll([expr], inputTypes, inputs, [output], prefix);
  return { statements, result, functions };
}

/** {@link emitWgsl} for several expressions, whose shared subterms are computed once. */
export function emitAll(
  exprs: readonly Expr[],
  inputTypes: readonly DType[],
  inputs: readonly string[],
  outputs: readonly DType[],
  prefix = "t",
): EmittedAll {
  const legal = legalized(exprs, inputTypes, wgslKnows);
  return new Emitter(legal.types, inputs, prefix).emit(legal, outputs.map(registerType));
}

class Emitter {
  readonly #types: ReadonlyMap<Expr, DType>;
  readonly #inputs: readonly string[];
  readonly #prefix: string;
  readonly #functions = new Set<string>();
  readonly #values = new Map<Expr, Value>();

  constructor(types: ReadonlyMap<Expr, DType>, inputs: readonly string[], prefix: string) {
    this.#types = types;
    this.#inputs = inputs;
    this.#prefix = prefix;
  }

  emit({ roots, order }: Legal, outputs: readonly RegisterType[]): EmittedAll {
    const statements: string[] = [];
    order.forEach((node, i) => {
      if (node.kind === "constant") return;
      const value = this.#valueOf(node);
      if (node.kind === "input") return this.#values.set(node, value);
      const text = `${this.#prefix}${i}`;
      statements.push(`let ${text} = ${value.text};`);
      this.#values.set(node, { ...value, text });
    });
    const results = roots.map((root, k) => this.#operand(root, outputs[k]));
    return { statements, results, functions: this.#functions };
  }

  #valueOf(node: Expr): Value {
    const type = registerType(this.#types.get(node)!);
    if (node.kind === "input") return { text: this.#inputs[node.value], type };
    if (node.kind === "cast") return { text: this.#castText(node), type };
    return {
      text: node.fn!.name === "select" ? this.#selectText(node, type) : this.#callText(node, type),
      type,
    };
  }

  #castText({ args: [x], dtype }: Expr): string {
    const text = this.#operand(x, registerType(dtype!));
    return dtype === "f16" ? this.#called("roundedToHalf", [text]) : text;
  }

  #selectText({ args: [c, a, b] }: Expr, type: RegisterType): string {
    return `select(${this.#operand(b, type)}, ${this.#operand(a, type)}, ${this.#operand(c, "bool")})`;
  }

  #callText(node: Expr, type: RegisterType): string {
    const { name, result } = node.fn!, computed = computedType(name, computedIn(node, this.#types));
    const args = node.args.map((a) => this.#operand(a, computed));
    const text = inlineTemplate(name, computed)?.(args) ?? this.#called(`${name}_${computed}`, args);
    return result !== "same" || computed === type
      ? text
      : converted({ text: `(${text})`, type: computed }, type, this.#called);
  }

  #operand(node: Expr, type: RegisterType): string {
    if (node.kind === "constant") return wgslNumber(node.value, type);
    return converted(this.#values.get(node)!, type, this.#called);
  }

  readonly #called = (name: string, args: readonly string[]): string => {
    this.#functions.add(name);
    return `${name}(${args.join(", ")})`;
  };
}

/** The type in which a function of operands of a dtype is computed: where bool has no such function, i32. */
function computedType(name: string, dtype: DType): RegisterType {
  const type = registerType(dtype);
  return type === "bool" && !isKnown(name, "bool") ? "i32" : type;
}

function isKnown(name: string, type: RegisterType): boolean {
  return inlineTemplate(name, type) !== undefined || isInLibrary(`${name}_${type}`);
}

const wgslKnows: Knows = {
  backend: "webgpu",
  has: ({ name }, dtype) => name === "select" || isKnown(name, computedType(name, dtype)),
};
