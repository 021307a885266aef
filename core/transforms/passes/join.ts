/** One nest of what another makes: expressions put into expressions, over the space of the reader. */
import { type DType, isFloating } from "../../base/dtype.ts";
import { cast, type Expr, input, inputsOf } from "../../expr/expr.ts";
import { substitute } from "../../expr/rewrite.ts";
import { typeOf } from "../../expr/typing.ts";
import type { ProgramView } from "../program/parts.ts";
import { type Nest, splitNest } from "./nest.ts";
import { isInjective, samePlace, type Split, through } from "./through.ts";
import { sizeOf } from "../../base/shape.ts";

/** What the elements of a view are. */
export type DtypeOf = (view: ProgramView) => DType;

/** A reader with what it read of a maker put in. */
export interface Joined {
  /** The reader, which reads what the maker read. */
  readonly nest: Nest;
  /**
   * The outputs of the maker over the space of the reader, where each of their elements is met once; `null` where they
   * are not.
   */
  readonly outputs: readonly { readonly view: ProgramView; readonly expr: Expr }[] | null;
  /** How often an element of the maker is computed at most, on the average. */
  readonly repeats: number;
}

/** Axes are split so often at most. */
const MOST_SPLITS = 8;

/** A reader of outputs of a maker that computes them itself; `null` where strides do not tell what it would read. */
export function joined(maker: Nest, reader: Nest, dtypeOf: DtypeOf): Joined | null {
  for (let nest: Nest | null = reader, tries = 0; nest && tries < MOST_SPLITS; tries++) {
    const found = joinedAs(maker, nest, dtypeOf);
    if (found === null || "nest" in found) return found;
    nest = splitNest(nest, found);
  }
  return null;
}

function joinedAs(maker: Nest, reader: Nest, dtypeOf: DtypeOf): Joined | Split | null {
  const pool = new Pool(), makes = new Map(maker.outputs.map(({ value }, k) => [value, k]));
  const operands = [...maker.inputs, ...maker.outputs], dtypes = maker.inputs.map(dtypeOf);
  const rounded = maker.exprs.map((expr, k) => roundedTo(dtypeOf(maker.outputs[k]), expr, dtypes));
  let whole: readonly ProgramView[] | null = null;
  const exprOf = (places: readonly ProgramView[], k: number): Expr =>
    substitute(rounded[k], maker.inputs.map((_, i) => pool.input(places[i])));
  const by: Expr[] = [];
  // What is made comes first, so that the inputs of its expressions mostly keep their numbers.
  for (const isMade of [true, false]) {
    for (const [r, view] of reader.inputs.entries()) {
      const k = makes.get(view.value);
      if ((k !== undefined) !== isMade) continue;
      if (k === undefined) {
        by[r] = pool.input(view);
        continue;
      }
      const places = through(view, maker.outputs[k], operands);
      if (places === null || "axis" in places) return places;
      const views = places.map((place, i) => ({ ...place, value: operands[i].value }));
      if (covers(view, maker)) whole ??= views;
      by[r] = exprOf(views, k);
    }
  }
  const exprs = reader.exprs.map((expr) => substitute(expr, by)), count = maker.inputs.length;
  const outputs = whole &&
    maker.outputs.map((_, k) => ({ view: whole![count + k], expr: exprOf(whole!, k) }));
  return {
    nest: { ...reader, name: namesOf(maker.name, reader.name), inputs: pool.views, exprs },
    outputs,
    repeats: sizeOf(reader.shape) / sizeOf(maker.shape),
  };
}

function covers(view: ProgramView, { shape }: Nest): boolean {
  return sizeOf(view.shape) === sizeOf(shape) && isInjective(view);
}

/** Names are joined while a reader can take them in. */
const MOST_NAMES = 4;

/** Names of what is joined, as one. */
export function namesOf(...names: readonly string[]): string {
  const all = names.flatMap((name) => name.split(", ")).filter((name) => name !== "identity");
  if (all.length === 0) return names[0];
  return all.length <= MOST_NAMES ? all.join(", ") : [all[0], "…", ...all.slice(2 - MOST_NAMES)].join(", ");
}

/** An expression as it would be stored, if it were. */
export function roundedTo(dtype: DType, expr: Expr, inputs: readonly DType[]): Expr {
  const isExact = expr.kind === "input" ||
    (expr.kind !== "constant" && (!isFloating(dtype) || dtype === "f64"));
  return isExact && typeOf(expr, inputs) === dtype ? expr : cast(expr, dtype);
}

/** Views that a nest reads, each once. */
class Pool {
  readonly views: ProgramView[] = [];

  /** What stands for a view in an expression. */
  input(view: ProgramView): Expr {
    let i = this.views.findIndex((one) => one.value === view.value && samePlace(one, view));
    if (i < 0) i = this.views.push(view) - 1;
    return input(i);
  }
}

/** A nest without the inputs that no expression reads. */
export function pruned(nest: Nest): Nest {
  const read = [...new Set(nest.exprs.flatMap((expr) => [...inputsOf(expr)]))].sort((a, b) => a - b);
  if (read.length === nest.inputs.length) return nest;
  const by: Expr[] = [];
  read.forEach((i, k) => by[i] = input(k));
  return {
    ...nest,
    inputs: read.map((i) => nest.inputs[i]),
    exprs: nest.exprs.map((expr) => substitute(expr, by)),
  };
}
