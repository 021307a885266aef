/** Models that PyTorch wrote, which answer as they do there. */
import { compile, noGrad, stack, type Tensor, vmap } from "@tapegrad/core";
import "@tapegrad/backends";
import type { StateDict } from "@tapegrad/nn";
import { fromOnnx } from "@tapegrad/nn/onnx";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals } from "@std/assert";
import reference from "../reference/onnx_files.json" with { type: "json" };
import { backend } from "../../backend_traits.ts";
import { bytesOfBase64 } from "../files/mutated.ts";
import { assertRow, listed, type Row, tensorOf } from "./reference.ts";

/** A model of the script. */
interface Stored {
  readonly opset: number;
  readonly onnx: string;
  readonly inputs: readonly Row[];
  readonly outputs: readonly Row[];
  readonly state: Readonly<Record<string, Row>>;
}

const models = Object.entries(reference as unknown as Record<string, Stored>);

for (const [name, { opset, onnx, inputs, outputs }] of models) {
  Deno.test(`a ${name} of opset ${opset} answers as PyTorch does, also at another batch size`, async () => {
    const model = await fromOnnx<Tensor | readonly Tensor[]>(bytesOfBase64(onnx));
    const given = inputs.map((row, i) => tensorOf(row, model.inputs[i].dtype === "i64" ? "i32" : "f32"));
    const found = listed(model.forward(...given));
    assertEquals(found.length, outputs.length);
    for (const [i, row] of outputs.entries()) await assertRow(found[i], row, 1e-5, `${name}, output ${i}`);
  });
}

Deno.test("parameters and running statistics have their names, and are as in PyTorch", async () => {
  const { onnx, state } = reference["transformer"] as Stored, model = await fromOnnx(bytesOfBase64(onnx));
  const found: StateDict = model.stateDict(), shared = Object.keys(state).filter((name) => name in found);
  assert(shared.length > 10, shared.join());
  for (const name of shared) await assertRow(found[name], state[name], 0, name);
  assert(model.parameters().every(({ requiresGrad }) => requiresGrad));
});

Deno.test("a model that was read is trained: gradients reach every parameter, and steps change what it answers", async () => {
  const { onnx, inputs } = reference["cnn"] as unknown as Stored, model = await fromOnnx(bytesOfBase64(onnx));
  const x = tensorOf(inputs[0], "f32"), optimizer = new GD(model, { learningRate: 0.05 });
  const loss = () => model.forward(x).square().mean(), first = loss();
  first.backward();
  for (const [name, parameter] of model.namedParameters()) assert(parameter.grad !== null, name);
  optimizer.step();
  const [before, after] = [await first.item(), await loss().item()];
  assert(after < before, `${before} became ${after}`);
});

Deno.test("a model that was read is compiled, and mapped over batches of inputs", async () => {
  const { onnx, inputs } = reference["mlp"] as unknown as Stored, model = await fromOnnx(bytesOfBase64(onnx));
  const x = tensorOf(inputs[0], "f32"), { shape } = model.forward(x);
  const wanted = { shape, data: [...await model.forward(x).data()] };
  const compiled = compile((x: Tensor) => model.forward(x));
  for (let call = 0; call < 4; call++) await assertRow(noGrad(() => compiled(x)), wanted, 1e-6, "compiled");
  const mapped = vmap((x: Tensor) => model.forward(x))(stack([x, x.mul(0), x]));
  assertEquals(mapped.shape, [3, ...shape]);
  await assertRow(mapped.slice(2), wanted, 1e-6, "mapped");
});

Deno.test("what was read moves to another dtype, and loads a state dict by the names of its file", async () => {
  const { onnx, inputs } = reference["mlp"] as unknown as Stored, model = await fromOnnx(bytesOfBase64(onnx));
  const other = await fromOnnx(bytesOfBase64(onnx)), x = tensorOf(inputs[0], "f32");
  for (const parameter of other.parameters()) noGrad(() => parameter.assign(parameter.mul(0)));
  assertEquals(await other.forward(x).std().item(), 0);
  other.loadStateDict(model.stateDict());
  assertEquals(await other.forward(x).array(), await model.forward(x).array());
  if (!backend.dtypes.has("f64")) return;
  assertEquals(other.to("f64").forward(x.to("f64")).dtype, "f64");
});
