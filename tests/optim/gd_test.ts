import { tensor, variable } from "@tapegrad/core";
import { GD } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";
import { floats, precision } from "../backend_traits.ts";
import { assertClose, problem, trace } from "./descent.ts";
import reference from "./reference/gd.json" with { type: "json" };

const { start, cases } = reference;
const tolerance = { f64: 1e-12, f32: 1e-6 };

for (const { options, ...expected } of cases) {
  for (const dtype of floats) {
    Deno.test(`GD is PyTorch's SGD with ${JSON.stringify(options)} in ${dtype}`, async () => {
      const p = problem(start, dtype);
      const optimizer = new GD(p.parameters, { learningRate: start.rate, ...options });
      assertClose(await trace(p, optimizer, expected[dtype].length), expected[dtype], tolerance[dtype]);
    });
  }
}

Deno.test("a learning rate changed between steps holds from the next one", async () => {
  const x = variable(1, { dtype: precision });
  const optimizer = new GD([x], { learningRate: 0.5 });
  x.mul(4).backward();
  optimizer.step();
  assertEquals(await x.item(), -1);
  optimizer.learningRate = 0.25;
  optimizer.step();
  assertEquals(await x.item(), -2);
  assertEquals(optimizer.learningRate, 0.25);
});

Deno.test("a parameter that is a transposed view is updated where it lies", async () => {
  const whole = tensor([[1, 2], [3, 4]]), x = whole.transpose().detach();
  x.requiresGrad = true;
  const optimizer = new GD([x], { learningRate: 1, momentum: 0.5 });
  x.mul(tensor([[1, 2], [3, 4]])).sum().backward();
  optimizer.step();
  assertEquals(await x.array(), [[0, 1], [-1, 0]]);
  assertEquals(await whole.array(), [[0, -1], [1, 0]]);
});

Deno.test("a gradient that is a view of the parameter is read before it is overwritten", async () => {
  const x = variable([[1, 2], [3, 4]]);
  const optimizer = new GD([x], { learningRate: 1 });
  x.setGrad(x.detach().transpose());
  optimizer.step();
  assertEquals(await x.array(), [[0, -1], [1, 0]]);
});

Deno.test("GD refuses settings that make no sense", () => {
  const x = variable(1);
  const made = (options: Record<string, number | boolean>) => () =>
    new GD([x], { learningRate: 0.1, ...options });
  assertThrows(made({ learningRate: -0.1 }), RangeError, "learning rate of -0.1");
  assertThrows(made({ learningRate: NaN }), RangeError, "learning rate of NaN");
  assertThrows(made({ momentum: -1 }), RangeError, "momentum of -1");
  assertThrows(made({ weightDecay: -1 }), RangeError, "weight decay of -1");
  assertThrows(made({ nesterov: true }), RangeError, "nesterov needs momentum");
  assertThrows(made({ nesterov: true, momentum: 0.9, dampening: 0.1 }), RangeError, "no dampening");
});
