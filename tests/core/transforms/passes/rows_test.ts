/** Reductions along the same lanes and the maps between them run in one kernel, where the backend has one for them. */
import { noGrad, type Tensor, tensor, uniform, variable } from "@tapegrad/core";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { backend } from "../../../backend_traits.ts";
import { type Fn, type Passed, passedOn } from "./passing.ts";

const passed = (fn: Fn, ...args: Tensor[]): Promise<Passed> => passedOn(backend, fn, args);
const hasRows = backend.kernels.has("rows");
const kept = { keepDims: true } as const;

function softmax(x: Tensor): Tensor {
  const weight = x.sub(x.max(-1, kept) as Tensor).exp();
  return weight.div(weight.sum(-1, kept));
}

function layerNorm(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const left = x.sub(x.mean(-1, kept));
  return left.mul(left.square().mean(-1, kept).add(1e-5).rsqrt()).mul(weight).add(bias);
}

Deno.test("a softmax that is written by hand is one kernel", async () => {
  const { before, after, notes } = await passed(softmax, uniform([30, 70]));
  assertEquals(before, [
    "v0 f32 [30] = max(in0): max, axes [1]",
    "v1 f32 [30, 70] = sub(in0, v0): in0 - v0",
    "v2 f32 [30, 70] = exp(v1): exp(v1)",
    "v3 f32 [30] = sum(v2): sum, axes [1]",
    "v4 f32 [30, 70] = div(v2, v3): v2/v3",
  ]);
  if (!hasRows) return assertEquals(after.length, 4);
  assertEquals(after, [
    "v4 f32 [30, 70] = sub, exp, div(in0): " +
    "#1 = max in0; #2 = each f32(in0 - #1); #3 = each f32(exp(#2)); #4 = sum #3; #5 = each f32(#3/#4)",
  ]);
  assertStringIncludes(notes, "sub, exp, div run in one kernel, lane by lane");
});

Deno.test("so is a layer norm, with what it reads of each element, lane and number", async () => {
  const { after } = await passed(layerNorm, uniform([9, 33]), uniform([33]), uniform([33]));
  if (hasRows) assertEquals(after.length, 1, after.join("\n"));
});

Deno.test("numbers of lanes are results too, alone or beside elements", async () => {
  const most = (x: Tensor): Tensor => x.max(-1, kept) as Tensor;
  const logs = (x: Tensor): Tensor => x.sub(most(x)).exp().sum(-1, kept).log().add(most(x));
  const alone = await passed((x) => logs(x).squeeze(-1), uniform([20, 40]));
  const beside = await passed((x) => [x.sub(logs(x)), logs(x), most(x)], uniform([20, 40]));
  if (hasRows) assertEquals([alone.after.length, beside.after.length], [1, 1]);
});

Deno.test("what is prepared for lanes alone and what follows is part of the kernel", async () => {
  const { after } = await passed(
    (x, mask) => softmax(x.mul(0.3).add(mask)).mul(2),
    uniform([8, 50]),
    uniform([50]),
  );
  if (hasRows) assertEquals(after.length, 1, after.join("\n"));
});

Deno.test("lanes of several axes, of few elements and of turned matrices are right", async () => {
  for (const shape of [[50, 3], [3, 500], [2, 5, 40], [4, 1, 30]]) await passed(softmax, uniform(shape));
  await passed((x) => softmax(x.t()), uniform([40, 30]));
  const two = (x: Tensor): Tensor => x.sub(x.mean([1, 2], kept)).div(x.square().sum([1, 2], kept).sqrt());
  const { after } = await passed(two, uniform([4, 5, 6]));
  if (hasRows) assertEquals(after.length, 1, after.join("\n"));
});

Deno.test("NaN, infinities and lanes of nothing else are as step by step", async () => {
  const rows = [[1, NaN, 2], [Infinity, 0, 1], [-Infinity, -Infinity, -Infinity], [-Infinity, 0, 3]];
  await passed(softmax, tensor(rows));
});

Deno.test("two kinds of elements that are found afterwards are two kernels, and so are other axes", async () => {
  const both = await passed((x) => {
    const weight = x.sub(x.max(-1, kept) as Tensor).exp();
    return [weight, weight.div(weight.sum(-1, kept))];
  }, uniform([6, 20]));
  if (hasRows) assertEquals(both.after.length, 2, both.after.join("\n"));
  await passed((x) => softmax(x).add(x.sum(0, kept)), uniform([6, 20]));
  await passed((x) => softmax(softmax(x).t()), uniform([6, 20]));
});

Deno.test("one reduction alone stays one, with what it reduces", async () => {
  const { after } = await passed((x, y) => x.mul(y).exp().sum(-1).sqrt(), uniform([9, 30]), uniform([9, 30]));
  assertStringIncludes(after[0], "= sum of mul, exp(in0, in1)");
});

Deno.test("what changes in place meanwhile is read before", async () => {
  const w = variable(uniform([5, 12]));
  await passed((x) => {
    const most = w.max(-1, kept) as Tensor, before = w.sub(most);
    noGrad(() => w.assign(w.mul(x)));
    return before.exp().sum(-1).add(w.sum(-1));
  }, uniform([5, 12]));
});

Deno.test("gradients of what is written by hand are right", async () => {
  const w = variable(uniform([6, 10])), weight = variable(uniform([10])), bias = variable(uniform([10]));
  await passed((x) => {
    for (const p of [w, weight, bias]) p.setGrad(null);
    const loss = softmax(layerNorm(x.mul(w), weight, bias)).square().sum();
    loss.backward();
    return [loss.detach(), w.grad!.add(0), weight.grad!.add(0), bias.grad!.add(0)];
  }, uniform([6, 10]));
});
