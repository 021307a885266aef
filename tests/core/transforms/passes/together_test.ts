/** Small maps and updates run in one kernel, where the backend has one for several. */
import { noGrad, type Tensor, uniform, variable } from "@tapegrad/core";
import { GD } from "@tapegrad/optim";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { backend } from "../../../backend_traits.ts";
import { type Fn, type Passed, passedOn } from "./passing.ts";

const passed = (fn: Fn, ...args: Tensor[]): Promise<Passed> => passedOn(backend, fn, args);
const runsSeveral = backend.kernels.has("maps");

Deno.test("updates of parameters of all shapes are one kernel", async () => {
  const shapes = [[300, 5], [7], [2, 3, 4], []], parameters = shapes.map((shape) => variable(uniform(shape)));
  const optimizer = new GD(parameters, { learningRate: 0.1 });
  const { after } = await passed((x) => {
    optimizer.zeroGrad();
    const loss = parameters.reduce((sum, p) => sum.add(p.square().sum().mul(x)), x);
    loss.backward();
    optimizer.step();
    return loss.detach();
  }, uniform([]));
  const updates = after.filter((line) => line.includes("descend"));
  // Three wait for what the fourth is computed with.
  assertEquals(updates.length, runsSeveral ? 2 : 4);
  if (runsSeveral) assertStringIncludes(updates[1], "3 maps: square backward, descend(");
});

Deno.test("maps with strides, several results, numbers, other dtypes and none of their own are right together", async () => {
  const { after } = await passed(
    (x, y) => [
      x.t().mul(3).contiguous(),
      y.flip(0).add(0.5),
      x.gt(0.5),
      x.mul(2).to("i32"),
      y.slice([0, 5, 2]).exp(),
    ],
    uniform([3, 4]),
    uniform([5]),
  );
  if (runsSeveral) assertEquals(after.length, 1);
});

Deno.test("what depends on another is not run with it", async () => {
  const w = variable([1, 2, 3]);
  const { after } = await passed((x) => {
    const before = w.mul(x).sum();
    noGrad(() => w.assign(w.mul(before)));
    return [before, w.add(x), x.exp().sum().log()];
  }, uniform([3]));
  assertEquals(after.length > 3, true, after.join("\n"));
});
