/** What steps of programs are fused into, where a backend has a kernel of its name. */
import { apply, applyAll } from "../call/apply.ts";
import type { Composite } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ElementExpr, MapsAttributes } from "./attributes.ts";
import { map } from "./map.ts";
import { mapParts } from "./map_parts.ts";
import { matrixProduct } from "./matmul.ts";

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
