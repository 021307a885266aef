/** Loops, scans and quantised operators against ONNX's own reference. */
import { grad, type Tensor, tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { fromOnnx } from "@tapegrad/nn/onnx";
import { assertEquals, assertThrows } from "@std/assert";
import reference from "../reference/onnx_graphs.json" with { type: "json" };
import { bytesOfBase64 } from "../files/mutated.ts";
import { modelBytes } from "../../../nn/onnx/writing.ts";
import type { GraphProto } from "../../../nn/onnx/proto.ts";
import { assertRow, listed, tensorOf } from "./reference.ts";

for (const { name, onnx, inputs, outputs } of reference) {
  Deno.test(`${name} gives what ONNX says`, async () => {
    const model = await fromOnnx<Tensor | readonly Tensor[]>(bytesOfBase64(onnx));
    const found = listed(model.forward(...inputs.map((row) => tensorOf(row, row.dtype as "f32" | "i32"))));
    assertEquals(found.map(({ dtype }) => dtype), outputs.map(({ dtype }) => dtype), name);
    for (const [i, row] of outputs.entries()) {
      await assertRow(found[i], row, row.dtype === "f32" ? 1e-5 : 0, `${name}, output ${i}`);
    }
  });
}

Deno.test("scales and zero points are no parameters, and what is dequantised has gradients", async () => {
  const of = (name: string) => bytesOfBase64(reference.find((one) => one.name === name)!.onnx);
  for (const { name, onnx } of reference.filter(({ name }) => /Linear|Integer/.test(name))) {
    assertEquals([...(await fromOnnx(bytesOfBase64(onnx))).parameters()].length, 0, name);
  }
  const scan = await fromOnnx<readonly Tensor[]>(of("a scan"));
  const slope = grad((rows: Tensor) => scan.forward(tensor([0, 0, 0]), rows)[0].sum());
  assertEquals(await slope(tensor([[1, 2, 3], [4, 5, 6]])).array(), [[1, 1, 1], [1, 1, 1]]);
});

/** A loop over `x` with a count and a condition, each given if it is named. */
async function looping(count: string, condition: string): Promise<(...xs: readonly Tensor[]) => Tensor> {
  const info = (name: string, code: number) => ({ name, code, dims: [] });
  const body: GraphProto = {
    name: "body",
    nodes: [
      { name: "", type: "Add", domain: "", inputs: ["v", "v"], outputs: ["next"], attributes: [] },
      { name: "", type: "Greater", domain: "", inputs: ["v", "v"], outputs: ["on"], attributes: [] },
      { name: "", type: "Identity", domain: "", inputs: ["c"], outputs: ["same"], attributes: [] },
    ],
    initializers: [],
    inputs: [info("i", 7), info("c", 9), info("v", 1)],
    outputs: [info(condition === "data" ? "on" : "same", 9), info("next", 1)],
  };
  const graph: GraphProto = {
    name: "graph",
    nodes: [{
      name: "turning",
      type: "Loop",
      domain: "",
      inputs: [count, "", "x"],
      outputs: ["y"],
      attributes: [{ name: "body", type: 5, graph: body }],
    }],
    initializers: [],
    inputs: [info("x", 1), ...count === "" ? [] : [info(count, 7)]],
    outputs: [info("y", 1)],
  };
  const model = await fromOnnx(
    modelBytes({ irVersion: 8, producer: "", opsets: new Map([["", 17]]), graph }),
  );
  return (...xs) => model.forward(...xs);
}

Deno.test("a scan of columns from the end adds up from the end", async () => {
  const info = (name: string) => ({ name, code: 1, dims: [] });
  const ints = (name: string, ...ints: number[]) => ({ name, type: 7, ints });
  const node = (type: string, inputs: string[], outputs: string[]) => (
    { name: "", type, domain: "", inputs, outputs, attributes: [] }
  );
  const body: GraphProto = {
    name: "body",
    nodes: [node("Add", ["s", "column"], ["sum"]), node("Identity", ["sum"], ["seen"])],
    initializers: [],
    inputs: [info("s"), info("column")],
    outputs: [info("sum"), info("seen")],
  };
  const attributes = [
    { name: "body", type: 5, graph: body },
    { name: "num_scan_inputs", type: 2, int: 1 },
    ints("scan_input_axes", 1),
    ints("scan_output_axes", -1),
    ints("scan_input_directions", 1),
    ints("scan_output_directions", 1),
  ];
  const graph: GraphProto = {
    name: "graph",
    nodes: [{ ...node("Scan", ["s", "x"], ["total", "sums"]), attributes }],
    initializers: [],
    inputs: [info("s"), info("x")],
    outputs: [info("total"), info("sums")],
  };
  const model = await fromOnnx<readonly Tensor[]>(
    modelBytes({ irVersion: 8, producer: "", opsets: new Map([["", 17]]), graph }),
  );
  const [total, sums] = model.forward(tensor([0, 10]), tensor([[1, 2, 3], [4, 5, 6]]));
  assertEquals(await total.array(), [6, 25]);
  assertEquals(await sums.array(), [[6, 5, 3], [25, 21, 16]]);
});

Deno.test("a loop whose turns are computed, or do not end, is refused where it runs", () => {
  const x = tensor(1), count = tensor(3, { dtype: "i32" });
  assertThrows(
    () => looped(x, count),
    Error,
    'Cannot run Loop "turning": input 0, "m", is computed from data',
  );
  assertThrows(() => ended(x), Error, "its condition is computed from data");
  assertThrows(() => endless(x), Error, "more than 65536 turns");
});

const [looped, ended, endless] = await Promise.all([
  looping("m", "same"),
  looping("", "data"),
  looping("", "same"),
]);
