/** Programs as files: what is in them, and that they are read again as they were. */
import { key, noGrad, normal, record, Scalar, type Tensor, tensor, uniform, variable } from "@tapegrad/core";
import "@tapegrad/backends";
import { BatchNorm1d, Dropout, Linear, Sequential, Tanh } from "@tapegrad/nn";
import { fromOnnx, OnnxError, toOnnx } from "@tapegrad/nn/onnx";
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { modelBytes } from "../../../nn/onnx/writing.ts";
import { backend } from "../../backend_traits.ts";
import { assertRow, listed } from "./reference.ts";
import { networks } from "./programs.ts";
import { operatorsIn, shown } from "./schema.ts";
import { all, toleranceOf, written } from "./written.ts";

for (const [name, make] of all) {
  Deno.test(`${name}: written and read again it computes the same`, async () => {
    const { file, inputs, outputs } = await written(make);
    const model = await fromOnnx<Tensor | readonly Tensor[]>(
      file,
      backend.dtypes.has("f16") ? { half: "f16" } : {},
    );
    const found = listed(model.forward(...inputs));
    assertEquals(found.map(({ dtype }) => dtype), outputs.map(({ dtype }) => dtype));
    for (const [i, x] of outputs.entries()) {
      const row = { shape: x.shape, data: Array.from(await x.data(), Number) };
      await assertRow(found[i], row, toleranceOf(x), `${name}, output ${i}`);
    }
  });
}

Deno.test("a library of Protocol Buffers reads names, shapes, constants and the version of operators", async () => {
  const model = new Sequential(new Linear(2, 3), new Tanh(), new Linear(3, 1)),
    x = normal([5, 2], { key: key(1) });
  const [, program] = noGrad(() => record((x: Tensor) => model.forward(x), x)), state = model.stateDict();
  const file = await toOnnx(program, { name: "net", inputs: ["x"], outputs: ["y"], state });
  const { graph, ...rest } = shown(file);
  assertEquals([rest.irVersion, rest.producerName], [8, "tapegrad"]);
  assertEquals(rest.opsetImport.map(({ domain, version }) => [domain ?? "", version]), [["", 18]]);
  const infos = [...graph.input, ...graph.output].map((
    { name, type: { tensorType: { elemType, shape } } },
  ) => [name, elemType, shape.dim?.map(({ dimValue }) => dimValue)]);
  assertEquals([graph.name, infos], ["net", [["x", 1, [5, 2]], ["y", 1, [5, 1]]]]);
  const constants = Object.fromEntries(
    graph.initializer!.map(({ name, dims, rawData }) => [name, { dims, rawData }]),
  );
  assertEquals(Object.keys(constants).sort(), ["0.bias", "0.weight", "2.bias", "2.weight"]);
  assertEquals(constants["0.weight"].dims, [3, 2]);
  const elements = new Float32Array(constants["0.weight"].rawData.slice().buffer);
  assertEquals([...elements], [...await state["0.weight"].data()]);
  assertEquals(operatorsIn(file), ["Gemm", "Add", "Tanh", "MatMul", "Add"]);
  assertEquals(Object.keys((await fromOnnx(file)).stateDict()).sort(), Object.keys(state).sort());
});

Deno.test("kernels of composites are the operators of that name", async () => {
  const { file } = await written(networks["a CNN"]), operators = operatorsIn(file);
  if (!backend.kernels.has("conv2d")) return; // then they are what they are made of
  for (const name of ["Conv", "Relu", "MaxPool", "AveragePool", "Softmax"]) {
    assert(operators.includes(name), name);
  }
  const others = operators.filter((name) => name !== "Constant");
  assert(others.length < 20, operators.join(", "));
});

Deno.test("what leads to no output is left out, and what is computed twice is once", async () => {
  const [, program] = record((x: Tensor) => {
    x.exp().sum();
    return x.sin().add(x.sin());
  }, tensor([1, 2]));
  assertEquals(operatorsIn(await toOnnx(program)), ["Sin", "Add"]);
});

Deno.test("what is computed with is no weight of who reads it", async () => {
  const w = variable([2, 3]), steps = tensor([1, 2]);
  w.label = "w";
  const [, program] = record((x: Tensor) => x.mul(w).mul(0.5).add(steps).sub(tensor([7, 8])), tensor([1, 2]));
  const model = await fromOnnx(await toOnnx(program));
  assertEquals(Object.keys(model.stateDict()), ["w", "c0"]);
  assertEquals(await model.forward(tensor([2, 4])).array(), [-4, 0]);
});

Deno.test("numbers and cells are as they are when the file is written", async () => {
  const factor = new Scalar("factor", 2),
    [, program] = record((x: Tensor) => x.mul(factor).add(1), tensor([1]));
  factor.value = 5;
  assertEquals(await (await fromOnnx(await toOnnx(program))).forward(tensor([2])).array(), [11]);
});

Deno.test("what is changed in place within a program is written as it is thereafter", async () => {
  const [, program] = record((x: Tensor) => {
    const y = x.mul(2), before = y.add(0.5);
    y.assign(y.add(1));
    return [y.mul(10), before];
  }, tensor([1, 2]));
  const [y, before] = (await fromOnnx<Tensor[]>(await toOnnx(program))).forward(tensor([1, 2]));
  assertEquals([await y.array(), await before.array()], [[30, 50], [2.5, 4.5]]);
});

Deno.test("extremes pass: infinities, NaN, the least numbers", async () => {
  const values = [Infinity, -Infinity, NaN, 0, 1e-30, 3e38], x = tensor(values);
  const [y, program] = record((x: Tensor) => [x.mul(1), x.less(0), x.add(tensor(values))], x);
  const found = (await fromOnnx<Tensor[]>(await toOnnx(program))).forward(x);
  for (const [i, one] of found.entries()) assertEquals(await one.array(), await y[i].array());
});

function refused(fn: (x: Tensor) => unknown, message: string, ...operators: string[]): Promise<void> {
  const [, program] = record((x: Tensor) => fn(x), uniform([3, 2], { key: key(4) }));
  return assertRejects(() => toOnnx(program), OnnxError, message).then((error) => {
    assertEquals(error.operators, operators);
  });
}

Deno.test("what is not covered is named, all of it, with its step", async () => {
  const dropout = new Dropout(0.5), norm = new BatchNorm1d(2), w = variable([1, 2]);
  await refused((x) => dropout.forward(x), "it draws random numbers, call eval() on the model before", "map");
  await refused((x) => norm.forward(x), "Cannot write a program as an ONNX file that changes", "update");
  await refused((x) => x.mul(w).sum().backward(), "that changes", "update");
  await refused(
    (x) => [x.lgamma(), x.cumprod(0), x.digamma()],
    '"map" at step 0: no operator of ONNX stands for "lgamma" of f32',
    "map",
    "cumulate",
  );
});

Deno.test("wrong arguments are refused", async () => {
  const [, program] = record((x: Tensor) => x.exp(), tensor([1]));
  const write = (options: object, given: unknown = program) => () => toOnnx(given as typeof program, options);
  await assertRejects(write({ input: ["x"] }), TypeError, 'an option "input"');
  await assertRejects(
    write({ inputs: ["x", "y"] }),
    TypeError,
    "the program has 1, give each a name of its own",
  );
  await assertRejects(write({ outputs: [""] }), TypeError, "the program has 1");
  await assertRejects(write({ inputs: ["x"], outputs: ["x"] }), TypeError, 'input and output are both "x"');
  await assertRejects(write({}, (x: Tensor) => x), TypeError, "pass what record() gave, its second");
});

Deno.test("names of constants that inputs or outputs have become others", async () => {
  const w = variable([2, 3]);
  w.label = "y";
  const [, program] = record((x: Tensor) => x.mul(w), tensor([1, 2]));
  const file = await toOnnx(program, { inputs: ["x"], outputs: ["y"] });
  assertEquals(shown(file).graph.initializer!.map(({ name }) => name), ["y_2"]);
  assertAlmostEquals(await (await fromOnnx(file)).forward(tensor([1, 2])).sum().item(), 8);
});

Deno.test("a file beyond 2 GiB is refused before it is made", () => {
  const bytes = new Uint8Array(2 ** 30),
    tensor = { name: "w", kind: "u8", dims: [2 ** 30], bytes, at: 0 } as const;
  const graph = { name: "large", nodes: [], initializers: [tensor, tensor], inputs: [], outputs: [] };
  const model = { irVersion: 8, producer: "", opsets: new Map([["", 18]]), graph };
  assertThrows(() => modelBytes(model), RangeError, "elements in files of their own are not written");
});
