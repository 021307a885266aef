/** What steps of programs are fused into, where a backend has a kernel of its name. */
import { apply, applyAll } from "../call/apply.ts";
import type { Composite } from "../call/op.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ElementExpr, MapPart, MapsAttributes } from "./attributes.ts";
import { map } from "./map.ts";
import { matrixProduct } from "./matmul.ts";

/** The inputs and outputs of each of several maps. */
export function partsOf<I, O>(
  { parts }: MapsAttributes,
  inputs: readonly I[],
  outputs: readonly O[],
): readonly { readonly part: MapPart; readonly inputs: readonly I[]; readonly outputs: readonly O[] }[] {
  let read = 0, written = 0;
  return parts.map((part) => {
    const from = [read, written];
    read += part.reads;
    written += part.exprs.length;
    return { part, inputs: inputs.slice(from[0], read), outputs: outputs.slice(from[1], written) };
  });
}

/** Several maps that do not depend on each other. */
export const severalMaps: Composite<MapsAttributes> = {
  name: "maps",
  label: ({ parts }) => `${parts.length} maps: ${[...new Set(parts.map(({ name }) => name))].join("; ")}`,
  infer: (inputs, attributes) =>
    partsOf(attributes, inputs, []).flatMap(({ part, inputs }) => map.infer(inputs, part)),
  decompose: (inputs, attributes): readonly Tensor[] =>
    partsOf(attributes, inputs, []).flatMap(({ part: { name, exprs }, inputs }) =>
      applyAll(map, inputs, { name, exprs })
    ),
};

/** An expression of a product of the first two inputs, and of the others. */
export const mappedProduct: Composite<ElementExpr> = {
  name: "mappedMatmul",
  label: ({ name }) => `matmul, ${name}`,
  infer: ([a, b], _) => matrixProduct.infer([a, b], null),
  decompose([a, b, ...beside], { name, expr }): readonly Tensor[] {
    return [apply(map, [apply(matrixProduct, [a, b], null), ...beside], { name, exprs: [expr] })];
  },
};
