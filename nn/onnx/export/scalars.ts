/** Scalar functions as operators of ONNX, alone or composed. */
import { type DType, isFloating } from "@tapegrad/core";
import { meetingShape } from "../shapes.ts";
import type { Attributes, Edge, GraphBuilder } from "./graph.ts";

/** Writes a call whose operands are all of the dtype that it is computed in. */
export type Emit = (graph: GraphBuilder, args: readonly Edge[], result: DType) => Edge;

/** How a function is written where it is computed in a dtype; nothing where it cannot be. */
type ByDtype = (dtype: DType) => Emit | undefined;

/** An operator on edges that broadcast together. */
export function elementwise(
  graph: GraphBuilder,
  type: string,
  args: readonly Edge[],
  dtype: Edge["dtype"],
  attributes?: Attributes,
): Edge {
  return graph.node(type, args, { shape: meetingShape(args.map(({ shape }) => shape)), dtype }, attributes);
}

/** Composes operators, of f32 or whatever the operands are. */
class Composing {
  readonly #graph: GraphBuilder;
  readonly #dtype: Edge["dtype"];

  constructor(graph: GraphBuilder, dtype: Edge["dtype"]) {
    this.#graph = graph;
    this.#dtype = dtype;
  }

  number(value: number): Edge {
    return this.#graph.number(value, this.#dtype);
  }

  #edge(x: Edge | number): Edge {
    return typeof x === "number" ? this.number(x) : x;
  }

  of(type: string, ...args: readonly (Edge | number)[]): Edge {
    return elementwise(this.#graph, type, args.map((x) => this.#edge(x)), this.#dtype);
  }

  /** A comparison, or what else gives bools. */
  is(type: string, ...args: readonly (Edge | number)[]): Edge {
    return elementwise(this.#graph, type, args.map((x) => this.#edge(x)), "bool");
  }

  mod(a: Edge, b: Edge, isC: boolean): Edge {
    return elementwise(this.#graph, "Mod", [a, b], this.#dtype, isC ? { fmod: 1 } : {});
  }

  where(test: Edge, yes: Edge | number, no: Edge | number): Edge {
    return this.of("Where", test, yes, no);
  }
}

type Compose = (c: Composing, ...args: readonly Edge[]) => Edge;

function composed(compose: Compose): Emit {
  return (graph, args) => compose(new Composing(graph, args[0].dtype), ...args);
}

function always(emit: Emit): ByDtype {
  return () => emit;
}

/** An operator of that name, of any number of operands. */
function plain(type: string): Emit {
  return (graph, args, result) => elementwise(graph, type, args, result);
}

function forFloats(emit: Emit, others?: Emit): ByDtype {
  return (dtype) => isFloating(dtype) ? emit : others;
}

/** For numbers one, for bools, which have no arithmetic in ONNX, another. */
function orLogic(type: string, logic: string): ByDtype {
  return (dtype) => plain(dtype === "bool" ? logic : type);
}

const same: Emit = (_, [x]) => x;

// Runtimes choose among numbers alone.
const chosen: Compose = (c, test, yes, no) =>
  c.is("Or", c.is("And", test, yes), c.is("And", c.is("Not", test), no));

/** As Kahan has it: what exp rounds away is what log finds. */
const expm1: Compose = (c, x) => {
  const u = c.of("Exp", x), less = c.of("Sub", u, 1);
  const better = c.of("Div", c.of("Mul", less, x), c.of("Log", u));
  const isSmall = c.is("Less", c.of("Abs", x), 0.5);
  return c.where(c.is("Equal", u, 1), x, c.where(isSmall, better, less));
};

const log1p: Compose = (c, x) => {
  const u = c.of("Add", x, 1), log = c.of("Log", u);
  const better = c.of("Div", c.of("Mul", log, x), c.of("Sub", u, 1));
  return c.where(c.is("Equal", u, 1), x, c.where(c.is("Less", c.of("Abs", x), 0.5), better, log));
};

/** Division of integers and its rest towards -Infinity. */
const floorDivide: Compose = (c, a, b) => {
  const q = c.of("Div", a, b), rest = c.of("Sub", a, c.of("Mul", q, b));
  return c.where(apart(c, rest, b), c.of("Sub", q, 1), q);
};

function apart(c: Composing, rest: Edge, b: Edge): Edge {
  const isOther = c.is("Xor", c.is("Less", rest, 0), c.is("Less", b, 0));
  return c.is("And", isOther, c.is("Not", c.is("Equal", rest, 0)));
}

const remainder: Compose = (c, a, b) => {
  const rest = c.mod(a, b, true);
  return c.where(apart(c, rest, b), c.of("Add", rest, b), rest);
};

const floatFloorDivide: Compose = (c, a, b) =>
  c.of("Floor", c.of("Add", c.of("Div", c.of("Sub", a, remainder(c, a, b)), b), 0.5));

const trunc: Compose = (c, x) => c.where(c.is("Less", x, 0), c.of("Ceil", x), c.of("Floor", x));

const copysign: Compose = (c, a, b) => {
  const size = c.of("Abs", a),
    isNegative = c.is("Less", b, 0),
    isNegativeZero = c.is("Less", c.of("Div", 1, b), 0);
  return c.where(c.is("Or", isNegative, isNegativeZero), c.of("Neg", size), size);
};

const atan2: Compose = (c, y, x) => {
  const angle = c.of("Atan", c.of("Div", y, x)), isBehind = c.is("Less", x, 0), isBelow = c.is("Less", y, 0);
  const turned = c.where(isBelow, c.of("Sub", angle, Math.PI), c.of("Add", angle, Math.PI));
  const upright = c.of("Mul", c.of("Sign", y), Math.PI / 2);
  return c.where(c.is("Equal", x, 0), upright, c.where(isBehind, turned, angle));
};

const normalCdf: Compose = (c, x) =>
  c.of("Mul", c.of("Add", c.of("Erf", c.of("Div", x, Math.SQRT2)), 1), 0.5);

// In the order in which runtimes look for it.
const gelu: Compose = (c, x) =>
  c.of("Mul", c.of("Mul", x, c.of("Add", c.of("Erf", c.of("Div", x, Math.SQRT2)), 1)), 0.5);

function over(type: string, divisor: number): Emit {
  return composed((c, x) => c.of("Div", c.of(type, x), divisor));
}

function named(type: string): ByDtype {
  return forFloats(plain(type));
}

function made(compose: Compose, others?: Emit): ByDtype {
  return forFloats(composed(compose), others);
}

const comparisons: readonly (readonly [string, ByDtype])[] = [
  ["lt", always(plain("Less"))],
  ["le", always(plain("LessOrEqual"))],
  ["gt", always(plain("Greater"))],
  ["ge", always(plain("GreaterOrEqual"))],
  ["eq", always(plain("Equal"))],
  ["ne", always(composed((c, a, b) => c.is("Not", c.is("Equal", a, b))))],
  ["and", always(plain("And"))],
  ["or", always(plain("Or"))],
  ["xor", always(plain("Xor"))],
  ["not", always(plain("Not"))],
  ["isNaN", always(composed((c, x) => c.is("Not", c.is("Equal", x, x))))],
  ["isFinite", made((c, x) => c.is("Equal", c.of("Sub", x, x), 0), composed((c, x) => c.is("Equal", x, x)))],
  ["select", (dtype) => dtype === "bool" ? composed(chosen) : plain("Where")],
];

const arithmetic: readonly (readonly [string, ByDtype])[] = [
  ["add", orLogic("Add", "Or")],
  ["sub", always(plain("Sub"))],
  ["mul", orLogic("Mul", "And")],
  ["div", named("Div")],
  ["neg", always(plain("Neg"))],
  ["abs", (dtype) => dtype === "bool" || dtype === "u32" ? same : plain("Abs")],
  ["sign", always(plain("Sign"))],
  ["reciprocal", named("Reciprocal")],
  ["sqrt", named("Sqrt")],
  ["maximum", orLogic("Max", "Or")],
  ["minimum", orLogic("Min", "And")],
  ["fma", always(composed((c, a, b, x) => c.of("Add", c.of("Mul", a, b), x)))],
  ["pow", always(plain("Pow"))],
  ["floorDivide", made(floatFloorDivide, composed(floorDivide))],
  ["remainder", made(remainder, composed((c, a, b) => c.mod(a, b, false)))],
  ["fmod", always(composed((c, a, b) => c.mod(a, b, true)))],
  ["floor", forFloats(plain("Floor"), same)],
  ["ceil", forFloats(plain("Ceil"), same)],
  ["round", forFloats(plain("Round"), same)],
  ["trunc", made(trunc, same)],
  ["copysign", made(copysign)],
  ["hypot", made((c, a, b) => c.of("Sqrt", c.of("Add", c.of("Mul", a, a), c.of("Mul", b, b))))],
  ["scaleByPower", made((c, x, n) => c.of("Mul", x, c.of("Pow", 2, n)))],
  ["bitAnd", (dtype) => isFloating(dtype) ? undefined : plain(dtype === "bool" ? "And" : "BitwiseAnd")],
  ["bitOr", (dtype) => isFloating(dtype) ? undefined : plain(dtype === "bool" ? "Or" : "BitwiseOr")],
  ["bitXor", (dtype) => isFloating(dtype) ? undefined : plain(dtype === "bool" ? "Xor" : "BitwiseXor")],
];

const transcendental: readonly (readonly [string, ByDtype])[] = [
  ...["Exp", "Log", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Tanh"].map((type) =>
    [type.toLowerCase(), named(type)] as const
  ),
  ...["Asinh", "Acosh", "Atanh", "Erf", "Sigmoid", "Softplus", "Softsign"].map((type) =>
    [type.toLowerCase(), named(type)] as const
  ),
  ["exp2", made((c, x) => c.of("Pow", 2, x))],
  ["expm1", made(expm1)],
  ["log1p", made(log1p)],
  ["log2", forFloats(over("Log", Math.LN2))],
  ["log10", forFloats(over("Log", Math.LN10))],
  ["erfc", made((c, x) => c.of("Sub", 1, c.of("Erf", x)))],
  ["atan2", made(atan2)],
  ["normalCdf", made(normalCdf)],
  ["gelu", made(gelu)],
];

/** Every function that is written, by its name. */
export const scalars: ReadonlyMap<string, ByDtype> = new Map([
  ...comparisons,
  ...arithmetic,
  ...transcendental,
]);
