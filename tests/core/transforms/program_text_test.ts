/** How a recorded program prints and is drawn. */
import { key, record, Scalar, type Tensor, tensor, variable } from "@tapegrad/core";
import { Dropout, Linear, Sequential } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { schemaErrors } from "../../demos/schema.ts";
import { backend } from "../../backend_traits.ts";

/** A step of training, of which every kind of value is a part. */
function training(): string {
  const model = new Sequential(new Linear(2, 3, { key: key(1) }), new Dropout(0.5, { key: key(2) }));
  const optimizer = new GD(model, { learningRate: 0.1, momentum: 0.9 }), weight = new Scalar("weight", 0.5);
  const [, program] = record((x: Tensor) => {
    optimizer.zeroGrad();
    const loss = model.forward(x).square().mul(weight).sum();
    loss.backward();
    optimizer.step();
    return { loss };
  }, tensor([[1, 2]]));
  return String(program);
}

Deno.test("a program prints what is given, then forward, backward and changes in place, line by line", () => {
  const lines = training().split("\n").map((line) => line.replace(/ {2,}/g, "  "));
  for (
    const line of [
      "program of 19 steps on [f32 [1, 2]]",
      "inputs",
      "  in0  f32 [1, 2]",
      "captured",
      "  0.weight  f32 [3, 2]  parameter",
      "  0.weight.velocity  f32 [3, 2]",
      "scalars",
      "  weight  0.5",
      "  learningRate  0.1",
      "forward",
      "  v0  f32 [1, 3]  = matmul(in0, 0.weight{[2, 3] by [1, 2]})",
      "backward",
      "update",
      "  key  u32 [2]  = assign(key, v3{[2]}): u32(v3)",
      "returns",
      "leaves behind",
      "  0.weight.grad = ∂0.weight{[3, 2] by [1, 3]}",
    ]
  ) {
    assertEquals(
      lines.filter((one) => one === line).length >= 1,
      true,
      `${line}\nis not in\n${lines.join("\n")}`,
    );
  }
});

Deno.test("a program is drawn with its shapes and, once it was evaluated, its numbers", async () => {
  const x = variable(3);
  x.label = "x";
  const [, program] = record((y: Tensor) => x.mul(y).add(1).backward(), tensor(2));
  assertEquals(
    program.toDot(),
    `digraph program {
  rankdir=LR; node [shape=box, style=rounded, fontname="sans-serif", fontsize=11]; edge [color=gray60];
  n0 [label="in0\\nf32 []", color=gray40];
  n1 [label="x\\nf32 []", color=gray40];
  n2 [label="v0 = x·in0\\nf32 []", color=steelblue];
  n3 [label="v1 = v0 + 1\\nf32 []", color=steelblue];
  n4 [label="∂x = 1·in0\\nf32 []", color=chocolate];
  n1 -> n2;
  n0 -> n2;
  n2 -> n3;
  n0 -> n4 [style=dashed];
}`,
  );
  const elements = await program.evaluate(tensor(2));
  assertStringIncludes(program.toDot(elements), '"v0 = x·in0\\n= 6\\n∂ = 1\\nf32 []"');
  const spec = program.toVega(elements, { title: "A product" });
  assertEquals(schemaErrors(JSON.parse(JSON.stringify(spec))), []);
  const { nodes, lines, arrows } = spec.datasets as Record<string, readonly { readonly text?: string }[]>;
  assertEquals([nodes.length, arrows.length], [5, 4]);
  assertEquals(lines.map(({ text }) => text).filter((text) => text?.startsWith("∂")), [
    "∂ = 2",
    "∂ = 1",
    "∂ = 1",
    "∂x = 1·in0",
  ]);
});

Deno.test("what is evaluated is what was there before, and what each step wrote", async () => {
  const count = tensor([1, 2]);
  count.label = "count";
  const [, program] = record(() => void count.assign(count.add(1).mul(2)));
  const { values, steps } = await program.evaluate();
  const named = program.values.flatMap(({ name }, i) => values[i] ? [[name, [...values[i]]]] : []);
  assertEquals(Object.fromEntries(named), { count: [4, 6], 1: [1], 2: [2], v0: [5, 7], v1: [10, 14] });
  assertEquals(steps.map((writes) => writes.map((data) => [...data])), [[[5, 7]], [[10, 14]], [[10, 14]]]);
  assertEquals(await count.array(), [10, 14]);
  assertEquals(count.backend, backend);
});
