/** Axes that are left open: files of two programs of one function. */
import { key, noGrad, normal, type Program, record, type Tensor } from "@tapegrad/core";
import "@tapegrad/backends";
import { Linear, LSTM } from "@tapegrad/nn";
import { fromOnnx, OnnxError, toOnnx } from "@tapegrad/nn/onnx";
import { assertEquals, assertRejects } from "@std/assert";
import { openings } from "./programs.ts";
import { assertRow, listed } from "./reference.ts";
import { shown } from "./schema.ts";
import { toleranceOf, writtenOpen } from "./written.ts";

for (const [name, opening] of Object.entries(openings)) {
  Deno.test(`${name}: a file of two extents computes on others`, async () => {
    const model = await fromOnnx<Tensor | readonly Tensor[]>(await writtenOpen(opening));
    for (const n of [...opening.recorded, ...opening.tried]) {
      const { compute, inputs } = opening.make(n), outputs = listed(noGrad(() => compute(...inputs)));
      const found = listed(model.forward(...inputs));
      for (const [i, x] of outputs.entries()) {
        const row = { shape: x.shape, data: Array.from(await x.data(), Number) };
        await assertRow(found[i], row, toleranceOf(x), `${name} of ${n}, output ${i}`);
      }
    }
  });
}

function recorded(fn: (x: Tensor) => unknown, ...shape: readonly number[]): Program {
  return noGrad(() => record((x: Tensor) => fn(x), normal(shape, { key: key(1) })))[1];
}

Deno.test("open axes have a name, which outputs have too where they are as long", async () => {
  const of = (n: number, m: number) => recorded((x) => [x.exp(), x.sum(0), x.reshape([-1])], n, 4, m);
  const file = await toOnnx(of(2, 5), { dynamic: of(3, 7), inputs: ["x"] }),
    model = await fromOnnx(new Blob([file]));
  const [{ type: { tensorType: { shape } } }] = shown(file).graph.input;
  assertEquals(shape.dim, [{ dimParam: "x_0" }, { dimValue: 4 }, { dimParam: "x_2" }]);
  assertEquals(model.inputs.map(({ shape }) => shape), [["x_0", 4, "x_2"]]);
  assertEquals(model.outputs.map(({ shape }) => shape), [["x_0", 4, "x_2"], [4, "x_2"], [""]]);
});

Deno.test("weights that have got their names between two recordings are the same", async () => {
  const model = new Linear(3, 2), of = (n: number) => recorded((x) => model.forward(x), n, 3), one = of(2);
  model.stateDict();
  const file = await toOnnx(one, { dynamic: of(5), state: model.stateDict() });
  assertEquals(shown(file).graph.initializer!.map(({ name }) => name).sort(), ["bias", "weight"]);
});

Deno.test("what depends otherwise on what is open is refused, as are programs of others", async () => {
  const write = (one: Program, dynamic: Program) => () => toOnnx(one, { dynamic });
  const lstm = new LSTM(3, 4).eval(), run = (x: Tensor) => lstm.forward(x)[0];
  await assertRejects(write(recorded(run, 2, 1, 3), recorded(run, 3, 1, 3)), OnnxError, "with open axes:");
  const odd = (x: Tensor) => x.mul(x.shape[0] ** 2);
  await assertRejects(
    write(recorded(odd, 3, 2), recorded(odd, 5, 2)),
    OnnxError,
    "is another for other extents, and by no plain rule",
  );
  await assertRejects(
    write(recorded(odd, 3, 2), recorded(odd, 3, 2)),
    OnnxError,
    "both programs take the same shapes",
  );
  await assertRejects(
    write(recorded(odd, 3, 2), recorded(odd, 3)),
    TypeError,
    "by a program of other arguments",
  );
  // Twice the first extent, or the second.
  const two = (x: Tensor) => x.expand([x.shape[0] * 2, ...x.shape]);
  await assertRejects(write(recorded(two, 2, 4), recorded(two, 3, 6)), OnnxError, "that have less in common");
});
