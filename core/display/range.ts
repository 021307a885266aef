/** What all elements of a tensor are like, found out on its device. */
import { isFloating } from "../base/dtype.ts";
import { apply } from "../call/apply.ts";
import { e } from "../expr/e.ts";
import type { Expr } from "../expr/expr.ts";
import type { ReduceKind } from "../primitives/attributes.ts";
import { reduce } from "../primitives/reduce.ts";
import { scope } from "../tape/scope.ts";
import { read } from "../tensor/read.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The least, the greatest and the mean of the elements that are no NaN, and how many are. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly nans: number;
}

/** The range of a tensor that has elements, by reductions alone: nothing of its size is made. */
export async function measured(x: Tensor): Promise<Range> {
  const given = x.detach();
  const floats = isFloating(x.dtype), element = e.input(0), isNaN = e.isNaN(element);
  const without = (otherwise: number) => floats ? e.select(isNaN, otherwise, element) : element;
  const wide = x.dtype === "f64" ? without(0) : e.cast(without(0), "f32");
  const reduced = (kind: ReduceKind, name: string, expr: Expr) =>
    apply(reduce, [given], { kind, name, expr, axes: x.shape.map((_, axis) => axis) });
  const [[low], [high], [sum], [nans] = [0]] = await scope(() =>
    read([
      reduced("min", "least", without(Infinity)),
      reduced("max", "greatest", without(-Infinity)),
      reduced("sum", "sum", wide),
      ...floats ? [reduced("sum", "NaN", e.cast(isNaN, "i32"))] : [],
    ])
  );
  return { low, high, mean: sum / (x.size - nans), nans };
}

/** A range in words. */
export function showRange({ low, high, mean, nans }: Range): string {
  const [from, to, about] = [low, high, mean].map(showNumber);
  const numbers = `from ${from} to ${to}, mean ${about}`;
  if (nans === 0) return numbers;
  return low > high ? "all NaN" : `${numbers}, and ${nans.toLocaleString("en-US")} NaN`;
}

/** A number in four digits. */
export function showNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
