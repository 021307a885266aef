/** Maps are computed where they are read. */
import { noGrad, Program, read, type Tensor, tensor, uniform, variable, zeros } from "@tapegrad/core";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { optimized } from "../../../../core/transforms/passes/mod.ts";
import { recorded } from "../../../../core/transforms/program/record.ts";
import { backend, testWith } from "../../../backend_traits.ts";
import { passed } from "./passing.ts";

Deno.test("a chain of maps is one kernel, rounded where each was", async () => {
  const { before, after, notes } = await passed((x) => x.mul(2).add(1).tanh().mul(x), uniform([3, 4]));
  assertEquals(before, [
    "v0 f32 [3, 4] = mul(in0, 2): in0·2",
    "v1 f32 [3, 4] = add(v0, 1): v0 + 1",
    "v2 f32 [3, 4] = tanh(v1): tanh(v1)",
    "v3 f32 [3, 4] = mul(v2, in0): v2·in0",
  ]);
  assertEquals(after, ["v3 f32 [3, 4] = mul, add, tanh, mul(in0, 2, 1): f32(tanh(f32(f32(in0·2) + 1)))·in0"]);
  assertStringIncludes(notes, "mul is computed where add is");
});

Deno.test("copies and shapes between maps are no barrier, also where axes have to be parted", async () => {
  const { after } = await passed(
    (x) => x.t().add(1).reshape([-1]).mul(2).reshape([12, 2]).sub(1).sum(1),
    uniform([4, 6]),
  );
  assertEquals(after, [
    "v3{[6, 2]} f32 [6, 2] = sum of add, mul, sub(in0{[6, 2, 2] by [1, 12, 6]}, 1, 2): " +
    "sum, f32(f32(f32(in0 + 1)·2) - 1), axes [2]",
  ]);
  const far = await passed((x) => x.t().add(1).reshape([4, 6]).mul(x), uniform([4, 6]));
  assertEquals(far.after.length, 2);
  assertStringIncludes(far.notes, "what it reads lies across the loops");
});

Deno.test("a map is computed by the reduction that reads it", async () => {
  const { after, notes } = await passed((x) => x.sub(1).abs().sum(1), uniform([3, 5]));
  assertStringIncludes(
    notes,
    "sub, abs is computed where sum is, whose elements may be combined in another order",
  );
  assertEquals(after, ["v2 f32 [3] = sum of sub, abs(in0, 1): sum, f32(abs(f32(in0 - 1))), axes [1]"]);
});

Deno.test("what is returned too is an output of the same kernel", async () => {
  const { after } = await passed((x) => {
    const y = x.exp();
    return [y, y.mul(3)];
  }, uniform([4]));
  assertEquals(after, ["v0, v1 f32 [4] = exp, mul(in0, 3): f32(exp(in0)); f32(exp(in0))·3"]);
});

Deno.test("what is returned in another order is written by a kernel of its own", async () => {
  const { after } = await passed((x) => {
    const y = x.exp();
    return [y, y.t().mul(3).contiguous()];
  }, uniform([3, 4]));
  assertEquals(after.length, 2);
});

Deno.test("what two read is computed again where it is cheap alone", async () => {
  const cheap = await passed((x) => {
    const y = x.mul(3);
    return [y.sum(), y.max()];
  }, uniform([4]));
  assertEquals(cheap.after.length, 2);
  const dear = await passed((x) => {
    const y = x.exp();
    return [y.sum(), y.max()];
  }, uniform([4]));
  assertEquals(dear.after.length, 3);
  assertStringIncludes(dear.notes, "exp is not computed where sum is: others read it too");
});

Deno.test("what is repeated is not computed for each place unless it is cheap", async () => {
  const dear = await passed((x, y) => x.exp().add(y), uniform([1, 8]), uniform([50, 8]));
  assertEquals(dear.after.length, 2);
  assertStringIncludes(dear.notes, "it would be computed 50 times");
  const cheap = await passed((x, y) => x.mul(2).add(y), uniform([1, 8]), uniform([50, 8]));
  assertEquals(cheap.after.length, 1);
});

Deno.test("windows, turned axes and steps are followed", async () => {
  const { after } = await passed(
    (x) => x.add(1).flip(1).slice([0, 4, 2]).mul(2),
    uniform([5, 6]),
  );
  assertEquals(after.length, 1);
});

Deno.test("what is changed in place meanwhile is read before", async () => {
  const w = zeros([3]);
  const { after } = await passed((x) => {
    const before = w.add(x);
    noGrad(() => w.assign(x.mul(2)));
    return before.mul(w);
  }, tensor([1, 2, 3]));
  assert(after.length >= 2, String(after));
});

Deno.test("a parameter is written where it lives", async () => {
  const w = variable([1, 2, 3]);
  w.label = "w";
  const { after } = await passed((x) => {
    noGrad(() => w.assign(w.sub(x.mul(0.5))));
    return x.add(1);
  }, tensor([1, 1, 1]));
  assertStringIncludes(after.join("\n"), "w f32 [3] = mul, sub, assign(in0, 0.5, w): f32(w - f32(in0·0.5))");
});

Deno.test("rows that a change in place would still read keep it apart", async () => {
  const w = variable([[1, 2], [3, 4]]);
  const { notes } = await passed((x) => {
    noGrad(() => w.assign(w.t().add(x)));
    return x.mul(2);
  }, tensor([[1, 1], [1, 1]]));
  assertStringIncludes(notes, "it changes what it would read elsewhere");
});

Deno.test("integers keep their dtype where they are fused", async () => {
  const big = tensor([2 ** 31 - 1, 5], { dtype: "i32" });
  const { after } = await passed((x) => x.add(1).lt(0).where(x, 7) as Tensor, big);
  assertEquals(after.length, 1);
});

Deno.test("what is computed twice is computed once, and what no one reads is not", async () => {
  const { before, after } = await passed(
    (x, y) => {
      x.exp();
      return [x.matmul(y).max(), x.matmul(y).sum()];
    },
    uniform([2, 2]),
    uniform([2, 2]),
  );
  assertEquals(before.length, 5);
  assertEquals(after, [
    "v1 f32 [2, 2] = matmul(in0, in1)",
    "v2 f32 [] = max(v1): max, axes [0, 1]",
    "v4 f32 [] = sum(v1): sum, axes [0, 1]",
  ]);
});

Deno.test("what is returned twice stays two tensors", async () => {
  const { after } = await passed((x) => [x.exp(), x.exp()], uniform([2]));
  assertEquals(after.length, 2);
});

Deno.test("by 1 nothing is multiplied, and 0 is added where -0 would show", async () => {
  const { after } = await passed((x) => x.mul(1).add(0).sub(0), tensor([-0, 1]));
  assertEquals(after, ["v2 f32 [2] = mul, add, sub(in0, 0): f32(in0 + 0)"]);
});

testWith({ f16: true }, "half floats are rounded in a fused kernel where each was stored", async () => {
  const x = uniform([200]).to("f16"), fn = (x: Tensor) => x.mul(3.3).add(7.1).square().sub(x.mul(0.3)).tanh();
  const { parts, bindings } = recorded(fn, [x]), { parts: after } = optimized(parts, backend);
  assertEquals(after.steps.length, 1);
  const [expected, found] = await read([fn(x), new Program(after, bindings).run(x) as Tensor]);
  assertEquals(found, expected);
});
