/** What steps of programs are fused into, where a backend has a kernel of its name. */
import { apply, applyAll } from "../call/apply.ts";
import { reducedShape, sameShape, type Shape } from "../base/shape.ts";
import type { Composite, TensorType } from "../call/op.ts";
import { type Expr, input, inputsOf } from "../expr/expr.ts";
import { substitute } from "../expr/rewrite.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ElementExpr, MapsAttributes, RowsAttributes } from "./attributes.ts";
import { expand, reshape, slice } from "./functions.ts";
import { map } from "./map.ts";
import { mapParts } from "./map_parts.ts";
import { matrixProduct } from "./matmul.ts";
import { reduce } from "./reduce.ts";

/**
 * Several maps that do not depend on each other, whose inputs have the shapes of their outputs: compiled programs run
 * updates of many parameters so, on backends that have a kernel of the name.
 *
 * @category Backends
 * @example
 * ```ts
 * import { applyAll, e, severalMaps, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const parts = [
 *   { name: "sum", exprs: [e.add(e.input(0), e.input(1))], reads: 2 },
 *   { name: "double", exprs: [e.mul(e.input(0), 2)], reads: 1 },
 * ];
 * const [sum, double] = applyAll(severalMaps, [tensor([1, 2]), tensor([3, 4]), tensor([[5]])], { parts });
 * assertEquals([await sum.array(), await double.array()], [[4, 6], [[10]]]);
 * ```
 */
export const severalMaps: Composite<MapsAttributes> = {
  name: "maps",
  label: ({ parts }) => `${parts.length} maps: ${[...new Set(parts.map(({ name }) => name))].join("; ")}`,
  infer: (inputs, attributes) =>
    mapParts(attributes, inputs, []).flatMap(({ part, inputs }) => map.infer(inputs, part)),
  decompose: (inputs, attributes): readonly Tensor[] =>
    mapParts(attributes, inputs, []).flatMap(({ part: { name, exprs }, inputs }) =>
      applyAll(map, inputs, { name, exprs })
    ),
};

/**
 * A matrix product of the first two inputs, of which an expression is given: its input 0 is an element of the product,
 * and the others those of the other inputs, which have the shape of the result. Compiled programs run layers so, on
 * backends that have a kernel of the name.
 *
 * @category Backends
 * @example
 * ```ts
 * import { apply, e, mappedProduct, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const relu = { name: "add, relu", expr: e.maximum(e.add(e.input(0), e.input(1)), 0) };
 * const [x, w, bias] = [tensor([[1, 2]]), tensor([[1, -1], [3, -1]]), tensor([[0.5, 0.5]])];
 * assertEquals(await apply(mappedProduct, [x, w, bias], relu).array(), [[7.5, 0]]);
 * ```
 */
export const mappedProduct: Composite<ElementExpr> = {
  name: "mappedMatmul",
  label: ({ name }) => `matmul, ${name}`,
  infer: ([a, b], _) => matrixProduct.infer([a, b], null),
  decompose([a, b, ...beside], { name, expr }): readonly Tensor[] {
    return [apply(map, [apply(matrixProduct, [a, b], null), ...beside], { name, exprs: [expr] })];
  },
};

/**
 * Reductions over the same axes of inputs of one shape and dtype, with the maps between them: softmax is the largest of a
 * lane, exponentials, their sum and quotients. Compiled programs run so what is written by hand, on backends that have a
 * kernel of the name.
 *
 * @category Backends
 * @example
 * ```ts
 * import { applyAll, e, fusedRows, tensor } from "@tapegrad/core";
 * import "@tapegrad/backends";
 * import { assertEquals } from "@std/assert";
 *
 * const steps = [
 *   { kind: "sum", expr: e.input(0) },
 *   { kind: "each", expr: e.div(e.input(0), e.input(1)) },
 * ] as const;
 * const attributes = { name: "shares", axes: [1], steps, element: 1, numbers: [0] };
 * const [shares, totals] = applyAll(fusedRows, [tensor([[1, 3], [2, 2]])], attributes);
 * assertEquals(await shares.array(), [[0.25, 0.75], [0.5, 0.5]]);
 * assertEquals(await totals.array(), [4, 4]);
 * ```
 */
export const fusedRows: Composite<RowsAttributes> = {
  name: "rows",
  label: ({ name }) => name,
  infer([x], { axes, element, numbers }): TensorType[] {
    const { shape, dtype, backend } = x, kept = { shape: reducedShape(shape, axes), dtype, backend };
    return [...element === null ? [] : [{ shape, dtype, backend }], ...numbers.map(() => kept)];
  },
  decompose(inputs, { name, axes, steps, element, numbers }): readonly Tensor[] {
    const [{ shape }] = inputs, kept = shape.map((n, axis) => axes.includes(axis) ? 1 : n);
    const made: Tensor[] = [...inputs];
    for (const { kind, expr: whole } of steps) {
      const [expr, read] = compact(whole, made);
      if (kind === "each") made.push(expand(apply(map, read, { name, exprs: [expr] }), shape));
      else if (kind === "once") {
        made.push(apply(map, read.map((x) => firstOf(x, kept)), { name, exprs: [expr] }));
      } else {
        const lanes = read.map((x) => expand(x, shape));
        made.push(reshape(apply(reduce, lanes, { name, kind, expr, axes }), kept));
      }
    }
    const results = numbers.map((k) => reshape(made[inputs.length + k], reducedShape(shape, axes)));
    return element === null ? results : [made[inputs.length + element], ...results];
  },
};

// An expression of what it reads alone.
function compact(expr: Expr, values: readonly Tensor[]): readonly [Expr, readonly Tensor[]] {
  const reads = inputsOf(expr), by: Expr[] = [];
  reads.forEach((from, to) => by[from] = input(to));
  return [substitute(expr, by), reads.map((k) => values[k])];
}

// What is the same all along a lane, once.
function firstOf(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return slice(x, { starts: shape.map(() => 0), counts: shape, steps: shape.map(() => 1) });
}
