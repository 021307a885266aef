/** WGSL for scalar expressions, statement by statement: what every kernel's body is made of. */
import {
  computedIn,
  type DType,
  type Expr,
  type Knows,
  legalize,
  topological,
  typesOf,
} from "@tapegrad/core";
import { converted, type Value } from "./convert.ts";
import { inlineTemplate } from "./inline.ts";
import { isInLibrary } from "./library.ts";
import { type RegisterType, registerType, wgslNumber } from "./types.ts";

export { librarySource } from "./library.ts";
export { loaded, registerType, storageType, stored, wgslNumber } from "./types.ts";

/** Statements that compute an expression in WGSL. */
export interface EmittedWgsl {
  /** One `let` a node. */
  readonly statements: readonly string[];
  /** Text of the value, in the register type of the output. */
  readonly result: string;
  /** Names of the library functions that are called. */
  readonly functions: ReadonlySet<string>;
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
  const root = legalize(expr, inputTypes, wgslKnows);
  return new Emitter(typesOf(root, inputTypes), inputs, prefix).emit(root, registerType(output));
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

  emit(root: Expr, output: RegisterType): EmittedWgsl {
    const statements: string[] = [];
    topological(root).forEach((node, i) => {
      if (node.kind === "constant") return;
      const value = this.#valueOf(node);
      if (node.kind === "input") return this.#values.set(node, value);
      const text = `${this.#prefix}${i}`;
      statements.push(`let ${text} = ${value.text};`);
      this.#values.set(node, { ...value, text });
    });
    return { statements, result: this.#operand(root, output), functions: this.#functions };
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
