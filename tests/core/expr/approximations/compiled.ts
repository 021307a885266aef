/** Expressions as functions of numbers, with every step rounded to their dtype, as on registers that hold no more. */
import {
  computedIn,
  type DType,
  type Expr,
  implementationOf,
  scalarFunctions,
  topological,
  typesOf,
} from "@tapegrad/core/backend";

/** How `mulAdd` is rounded. */
export type Rounding = "fused" | "unfused";

type Scalar = (...args: number[]) => number;

const operators: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
  eq: "===",
  xor: "!==",
  ne: "!==",
  bitAnd: "&",
  bitOr: "|",
  bitXor: "^",
  shiftLeft: "<<",
  shiftRight: ">>",
  shiftRightLogical: ">>>",
  and: "&",
  or: "|",
};

const wholes = new Int32Array(1), floats = new Float32Array(wholes.buffer);

/** What generated code calls. */
const helpers: Readonly<Record<string, unknown>> = { wholes, floats };

/** The expression on elements of one dtype, `f32` or `f64`. */
export function compiled(expr: Expr, dtype: DType, rounding: Rounding): Scalar {
  const types = typesOf(expr, Array<DType>(expr.arity).fill(dtype)), names = new Map<Expr, string>();
  const called: Record<string, unknown> = { ...helpers }, lines: string[] = [];
  topological(expr).forEach((node, i) => {
    if (node.kind === "input") return names.set(node, `x${node.value}`);
    if (node.kind === "constant") return;
    const type = types.get(node)!, met = node.kind === "cast" ? type : computedIn(node, types);
    const args = node.args.map((a) => a.kind === "constant" ? literal(a.value, met) : names.get(a)!);
    lines.push(`const t${i} = ${rounded(textOf(node, args, rounding, called, types), type)};`);
    names.set(node, `t${i}`);
  });
  const params = Array.from({ length: expr.arity }, (_, i) => `x${i}`);
  const source = `return (${params}) => { ${lines.join("\n")} return ${names.get(expr)}; };`;
  return new Function(...Object.keys(called), source)(...Object.values(called));
}

function literal(value: number, dtype: DType): string {
  const held = dtype === "f32" ? Math.fround(value) : value;
  return Object.is(held, -0) ? "(-0)" : `(${held})`;
}

function rounded(text: string, type: DType): string {
  if (type === "f32") return `Math.fround(${text})`;
  return type === "i32" ? `(${text}) | 0` : type === "u32" ? `(${text}) >>> 0` : text;
}

function textOf(
  node: Expr,
  args: readonly string[],
  rounding: Rounding,
  called: Record<string, unknown>,
  types: ReadonlyMap<Expr, DType>,
): string {
  if (node.kind === "cast") return args[0];
  const name = node.fn!.name.replace(/^__/, ""), [a, b, c] = args, type = computedIn(node, types);
  if (name === "mulAdd") return mulAddText(args, rounding, type, called);
  if (name === "mul" && type === "i32") return `Math.imul(${a}, ${b})`;
  if (name in operators) return `${a} ${operators[name]} ${b}`;
  if (name === "select" || name === "rarely") return `${a} ? ${b} : ${c}`;
  if (name === "neg") return `-${a}`;
  if (name === "not") return `!${a}`;
  if (name === "bitcastI32") return `(floats[0] = ${a}, wholes[0])`;
  if (name === "bitcastF32") return `(wholes[0] = ${a}, floats[0])`;
  if (["abs", "sqrt", "floor", "ceil", "trunc"].includes(name)) return `Math.${name}(${a})`;
  called[`$${name}`] = implementationOf(node.fn!, type);
  return `$${name}(${args})`;
}

function mulAddText(
  [a, b, c]: readonly string[],
  rounding: Rounding,
  type: DType,
  called: Record<string, unknown>,
): string {
  if (rounding === "unfused") {
    return type === "f32" ? `Math.fround(${a} * ${b}) + ${c}` : `${a} * ${b} + ${c}`;
  }
  // The product of two f32 is exact in f64, where a sum is next to exact.
  if (type === "f32") return `${a} * ${b} + ${c}`;
  called.$fma = implementationOf(fma, "f64");
  return `$fma(${a}, ${b}, ${c})`;
}

const fma = scalarFunctions().find(({ name }) => name === "fma")!;
