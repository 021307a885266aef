/** Each operator against ONNX's own reference, in graphs of one node. */
import type { Tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { fromOnnx, onnxOperators } from "@tapegrad/nn/onnx";
import { assert, assertEquals } from "@std/assert";
import reference from "../reference/onnx_operators.json" with { type: "json" };
import { backend } from "../../backend_traits.ts";
import { bytesOfBase64 } from "../files/mutated.ts";
import { assertRow, listed, tensorOf } from "./reference.ts";

const options = backend.dtypes.has("f64") ? {} : { double: "f32" } as const;

for (const { name, onnx, inputs, outputs } of reference) {
  Deno.test(`${name} gives what ONNX says`, async () => {
    const model = await fromOnnx<Tensor | readonly Tensor[]>(bytesOfBase64(onnx), options);
    const given = inputs.map((row) => tensorOf(row, row.dtype as "f32" | "i32" | "u32" | "bool"));
    const found = listed(model.forward(...given));
    assertEquals(found.map(({ dtype }) => dtype), outputs.map(({ dtype }) => dtype), name);
    for (const [i, row] of outputs.entries()) await assertRow(found[i], row, 1e-4, `${name}, output ${i}`);
  });
}

Deno.test("most operators that are listed are among those graphs", () => {
  const tried = new Set(reference.map(({ name }) => name.split(" ")[0])), all = onnxOperators();
  const left = all.filter((name) => !tried.has(name));
  assert(left.length < 45, `${left.length} of ${all.length} are tried nowhere: ${left.join(", ")}`);
});
