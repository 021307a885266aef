/** What steps of programs are fused into, where a backend has a kernel of its name. */
import { apply } from "../call/apply.ts";
import type { Composite } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ElementExpr } from "./attributes.ts";
import { map } from "./map.ts";
import { matrixProduct } from "./matmul.ts";

/** An expression of a product of the first two inputs, and of the others. */
export const mappedProduct: Composite<ElementExpr> = {
  name: "mappedMatmul",
  label: ({ name }) => `matmul, ${name}`,
  infer: ([a, b], _) => matrixProduct.infer([a, b], null),
  decompose([a, b, ...beside], { name, expr }): readonly Tensor[] {
    return [apply(map, [apply(matrixProduct, [a, b], null), ...beside], { name, exprs: [expr] })];
  },
};
