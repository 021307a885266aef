/** JavaScript source for scalar expressions, statement by statement, per dtype. */
import {
  castNumber,
  type DType,
  type Expr,
  isFloating,
  lower,
  type ScalarFunction,
  topological,
  typesOf,
} from "@tapegrad/core";

/** Statements that compute an expression, and the name of its value. */
export interface Emitted {
  /** One `const` declaration a node. */
  readonly statements: readonly string[];
  /** The value, ready to be stored. */
  readonly result: string;
}

/** Functions that generated code calls, by the name it calls them. */
export type Helpers = Map<string, (...args: number[]) => number>;

type Template = (args: readonly string[]) => string;

// Functions that have an inline form; all others are called.
const templates: Readonly<Record<string, Template>> = {
  add: ([a, b]) => `${a} + ${b}`,
  sub: ([a, b]) => `${a} - ${b}`,
  mul: ([a, b]) => `${a} * ${b}`,
  div: ([a, b]) => `${a} / ${b}`,
  neg: ([x]) => `-${x}`,
  reciprocal: ([x]) => `1 / ${x}`,
  rsqrt: ([x]) => `1 / Math.sqrt(${x})`,
  maximum: ([a, b]) => `Math.max(${a}, ${b})`,
  minimum: ([a, b]) => `Math.min(${a}, ${b})`,
  clamp: ([x, low, high]) => `Math.min(Math.max(${x}, ${low}), ${high})`,
  softsign: ([x]) => `${x} / (1 + Math.abs(${x}))`,
  bitAnd: ([a, b]) => `${a} & ${b}`,
  bitOr: ([a, b]) => `${a} | ${b}`,
  bitXor: ([a, b]) => `${a} ^ ${b}`,
  shiftLeft: ([a, b]) => `${a} << ${b}`,
  shiftRightLogical: ([a, b]) => `${a} >>> ${b}`,
};

// Functions whose inline form is a JavaScript boolean.
const tests: Readonly<Record<string, Template>> = {
  lt: ([a, b]) => `${a} < ${b}`,
  le: ([a, b]) => `${a} <= ${b}`,
  gt: ([a, b]) => `${a} > ${b}`,
  ge: ([a, b]) => `${a} >= ${b}`,
  eq: ([a, b]) => `${a} === ${b}`,
  ne: ([a, b]) => `${a} !== ${b}`,
  and: ([a, b]) => `${a} !== 0 && ${b} !== 0`,
  or: ([a, b]) => `${a} !== 0 || ${b} !== 0`,
  xor: ([a, b]) => `(${a} !== 0) !== (${b} !== 0)`,
  not: ([x]) => `${x} === 0`,
  isNaN: ([x]) => `${x} !== ${x}`,
};

const mathNames = new Set(
  ("abs floor ceil trunc sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan atan2 " +
    "sinh cosh tanh asinh acosh atanh").split(" "),
);

/** Emits `expr` over inputs of given dtypes, whose values are the names in `inputs`. */
export function emit(
  expr: Expr,
  dtypes: readonly DType[],
  inputs: readonly string[],
  helpers: Helpers,
): Emitted {
  const root = lower(expr, () => true), types = typesOf(root, dtypes);
  const statements: string[] = [], values = new Map<Expr, Value>();
  topological(root).forEach((node, i) => {
    values.set(node, valueOf(node));
    if (node.kind !== "call" && node.kind !== "cast") return;
    const name = `t${i}`, { text, test } = values.get(node)!;
    statements.push(`const ${name} = ${text};`);
    values.set(node, { text: name, test });
  });
  return { statements, result: asNumber(values.get(root)!) };

  function valueOf(node: Expr): Value {
    if (node.kind === "input") return { text: inputText(node.value, inputs), test: false };
    if (node.kind === "constant") return { text: literal(node.value), test: false };
    return node.kind === "cast" ? castOf(node) : callOf(node);
  }

  function castOf(node: Expr): Value {
    const from = types.get(node.args[0])!, value = values.get(node.args[0])!;
    if (node.dtype === "bool") return value.test ? value : { text: `${value.text} !== 0`, test: true };
    if (node.dtype === "f16" && from !== "f16") return { text: halved(asNumber(value)), test: false };
    return { text: converted(asNumber(value), from, node.dtype!), test: false };
  }

  function halved(text: string): string {
    // Names of scalar functions have no dollar sign, so that helpers with two are never taken for one.
    helpers.set("$$half", (x) => castNumber(x, "f16"));
    return `$$half(${text})`;
  }

  function callOf(node: Expr): Value {
    const fn = node.fn!, type = types.get(node)!;
    if (fn.name === "select") return { text: selectOf(node), test: false };
    const args = node.args.map((a) => asNumber(values.get(a)!));
    if (Object.hasOwn(tests, fn.name)) return { text: tests[fn.name](args), test: true };
    return { text: fn.result === "bool" ? called(fn, args) : arithmetic(fn, args, type), test: false };
  }

  function selectOf(node: Expr): string {
    const [c, a, b] = node.args.map((arg) => values.get(arg)!);
    return `${c.test ? c.text : `${c.text} !== 0`} ? ${asNumber(a)} : ${asNumber(b)}`;
  }

  function arithmetic(fn: ScalarFunction, args: readonly string[], type: DType): string {
    if (isFloating(type)) return inline(fn, args);
    if (fn.evaluateInteger) {
      return wrapped(helped(`$$integer_${fn.name}`, fn.evaluateInteger, args), type);
    }
    if (fn.name === "shiftRight") {
      return wrapped(`${args[0]} ${type === "u32" ? ">>>" : ">>"} ${args[1]}`, type);
    }
    return wrapped(inline(fn, args), type);
  }

  function inline(fn: ScalarFunction, args: readonly string[]): string {
    if (Object.hasOwn(templates, fn.name)) return templates[fn.name](args);
    return mathNames.has(fn.name) ? `Math.${fn.name}(${args.join(", ")})` : called(fn, args);
  }

  function called(fn: ScalarFunction, args: readonly string[]): string {
    return helped(`$${fn.name}`, fn.evaluate, args);
  }

  function helped(name: string, run: (...args: number[]) => number, args: readonly string[]): string {
    helpers.set(name, run);
    return `${name}(${args.join(", ")})`;
  }
}

/** The text of a value, and whether it is a JavaScript boolean. */
interface Value {
  readonly text: string;
  readonly test: boolean;
}

function asNumber({ text, test }: Value): string {
  return test ? `(${text} ? 1 : 0)` : text;
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
  if (type === "bool") return `(${text}) !== 0 ? 1 : 0`;
  return type === "u32" ? `(${text}) >>> 0` : `(${text}) | 0`;
}

function converted(text: string, from: DType, to: DType): string {
  if (to === from || to === "f64") return text;
  if (to === "f32") return from === "bool" ? text : `Math.fround(${text})`;
  return wrapped(text, to);
}
