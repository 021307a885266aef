/** Expressions as formulas. */
import { type Expr, topological } from "../../expr/expr.ts";

/** An expression of more nodes is no help to a reader. */
const MOST = 24;

interface Infix {
  readonly sign: string;
  readonly binds: number;
}

const infix: Readonly<Record<string, Infix>> = {
  add: { sign: " + ", binds: 1 },
  sub: { sign: " - ", binds: 1 },
  mul: { sign: "·", binds: 2 },
  div: { sign: "/", binds: 2 },
  pow: { sign: "^", binds: 3 },
};

/** What binds most: a name, a number, a call. */
const ATOM = 4;

/** An expression with names for its inputs, as `2·x + 1`; `null` where it is too long to be read. */
export function formulaOf(expr: Expr, names: readonly string[]): string | null {
  return topological(expr).length > MOST ? null : write(expr, names)[0];
}

function write(expr: Expr, names: readonly string[]): [text: string, binds: number] {
  const { kind, value, args, fn, dtype } = expr;
  if (kind === "input") return [names[value] ?? `x${value}`, ATOM];
  if (kind === "constant") return [Object.is(value, -0) ? "-0" : String(value), value < 0 ? 1 : ATOM];
  const parts = args.map((arg) => write(arg, names)), name = kind === "cast" ? dtype! : fn!.name;
  const rule = infix[name];
  if (name === "neg") return [`-${within(parts[0], 2)}`, 1];
  if (!rule) return [`${name}(${parts.map(([text]) => text).join(", ")})`, ATOM];
  const { sign, binds } = rule, right = name === "add" || name === "mul" ? binds : binds + 1;
  return [`${within(parts[0], name === "pow" ? ATOM : binds)}${sign}${within(parts[1], right)}`, binds];
}

function within([text, binds]: readonly [string, number], least: number): string {
  return binds < least ? `(${text})` : text;
}
