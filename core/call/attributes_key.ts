/** Attributes as text: to compare calls, to keep them in a map, to print them. */
import { Expr, topological } from "../expr/expr.ts";
import { isPlain } from "../tensor/tree.ts";

/**
 * A text that is the same for attributes that say the same, and for no others. Plain data and expressions are
 * written out, and come out alike in every run; what is neither, as a backend, stands by its name and a number of
 * its own.
 */
export function attributesKey(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol" || typeof value === "function") return identityOf(value);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (Expr.is(value)) return exprKey(value);
  if (Array.isArray(value)) return `[${Array.from(value, attributesKey).join()}]`;
  return isPlain(value) ? membersKey(value) : identityOf(value);
}

function membersKey(value: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(value).filter((name) => value[name] !== undefined).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${attributesKey(value[name])}`).join()}}`;
}

const expressions = new WeakMap<Expr, string>();

// Node by node, since the text of an expression repeats what its parts share.
function exprKey(expr: Expr): string {
  let key = expressions.get(expr);
  if (key === undefined) expressions.set(expr, key = `expr(${nodesOf(expr)})`);
  return key;
}

function nodesOf(expr: Expr): string {
  const places = new Map(topological(expr).map((node, i) => [node, i]));
  return [...places.keys()].map((node) => {
    if (node.kind === "input") return `x${node.value}`;
    if (node.kind === "constant") return attributesKey(node.value);
    return [node.kind === "cast" ? node.dtype : node.fn!.name, ...node.args.map((a) => places.get(a))].join(
      " ",
    );
  }).join("; ");
}

const numbers = new WeakMap<WeakKey, number>();
let identities = 0;

/** A text that stands for a thing, whatever is in it. */
export function identityOf(thing: object | symbol): string {
  let number = numbers.get(thing);
  if (number === undefined) numbers.set(thing, number = ++identities);
  const { name } = thing as { readonly name?: unknown };
  return `${typeof name === "string" ? name : typeof thing}#${number}`;
}
