/** WGSL for scalar expressions, statement by statement: what every kernel's body is made of. */
import {
  BackendError,
  type DType,
  type Expr,
  isFloating,
  lower,
  type ScalarFunction,
  topological,
  typesOf,
  withFloatOperands,
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
  const root = lower(withFloatOperands(expr, inputTypes), isKept), types = typesOf(root, inputTypes);
  const statements: string[] = [], functions = new Set<string>(), values = new Map<Expr, Value>();
  topological(root).forEach((node, i) => {
    if (node.kind === "constant") return;
    const value = valueOf(node);
    if (node.kind === "input") return values.set(node, value);
    statements.push(`let ${prefix}${i} = ${value.text};`);
    values.set(node, { ...value, text: `${prefix}${i}` });
  });
  return { statements, result: operandText(root, registerType(output)), functions };

  function valueOf(node: Expr): Value {
    const type = registerType(types.get(node)!);
    if (node.kind === "input") return { text: inputs[node.value], type };
    if (node.kind === "cast") return { text: castText(node), type };
    return { text: node.fn!.name === "select" ? selectText(node, type) : callText(node, type), type };
  }

  function castText({ args: [x], dtype }: Expr): string {
    const text = operandText(x, registerType(dtype!));
    return dtype === "f16" ? called("roundedToHalf", [text]) : text;
  }

  function selectText({ args: [c, a, b] }: Expr, type: RegisterType): string {
    return `select(${operandText(b, type)}, ${operandText(a, type)}, ${operandText(c, "bool")})`;
  }

  function callText(node: Expr, type: RegisterType): string {
    const fn = node.fn!, computed = operandType(node, type);
    const text = applied(fn.name, computed, node.args.map((a) => operandText(a, computed)));
    return fn.result !== "bool" && computed !== type
      ? converted({ text: `(${text})`, type: computed }, type, called)
      : text;
  }

  /** The type in which a call is computed: of operands as they meet, and where bool has no such function, i32. */
  function operandType({ fn, args }: Expr, type: RegisterType): RegisterType {
    if (ofTruths.has(fn!.name)) return "bool";
    const met = fn!.result === "bool" ? meetOf(args) : type;
    return met === "bool" && !isKnown(fn!.name, "bool") ? "i32" : met;
  }

  function meetOf(args: readonly Expr[]): RegisterType {
    const strong = args.filter((a) => a.kind !== "constant"),
      numbers = args.filter((a) => a.kind === "constant");
    const met = strong.map((a) => types.get(a)!);
    if (met.some(isFloating) || numbers.some((c) => !Number.isInteger(c.value))) return "f32";
    const integer = met.find((dtype) => dtype !== "bool");
    return integer ? registerType(integer) : numbers.length > 0 ? "i32" : "bool";
  }

  function operandText(node: Expr, type: RegisterType): string {
    if (node.kind === "constant") return wgslNumber(node.value, type);
    return converted(values.get(node)!, type, called);
  }

  function applied(name: string, type: RegisterType, args: readonly string[]): string {
    if (!isKnown(name, type)) throw unknown(name, type);
    return inlineTemplate(name, type)?.(args) ?? called(`${name}_${type}`, args);
  }

  function called(name: string, args: readonly string[]): string {
    functions.add(name);
    return `${name}(${args.join(", ")})`;
  }
}

// Functions whose operands are truth values, each converted by itself.
const ofTruths = new Set(["and", "or", "xor", "not"]);

function isKnown(name: string, type: RegisterType): boolean {
  return inlineTemplate(name, type) !== undefined || isInLibrary(`${name}_${type}`);
}

function isKept(fn: ScalarFunction): boolean {
  return isKnown(fn.name, "f32");
}

function unknown(name: string, type: RegisterType): BackendError {
  return new BackendError(
    `Cannot compute "${name}" of ${type} on webgpu: it has no WGSL function, define it with \`expand\``,
  );
}
