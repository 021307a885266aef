import * as tg from "@tapegrad/core";
import {
  enableGrad,
  isRecording,
  noGrad,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/core";
import { assert, assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { backend, precision, testWith, within } from "../../backend_traits.ts";
import { nodeOf, storageOf } from "../../../core/tensor/internals.ts";

async function gradient(x: Tensor): Promise<unknown> {
  return await x.grad?.array() ?? null;
}

Deno.test("what is made from a leaf requires gradients and is no leaf", () => {
  const w = variable([1, 2]), y = w.mul(2), z = tensor([1]).mul(2);
  assertEquals([w, y, z].map((t) => [t.requiresGrad, t.isLeaf]), [[true, true], [true, false], [
    false,
    true,
  ]]);
  assertEquals(w.reshape([2, 1]).requiresGrad, true);
});

Deno.test("requiresGrad can be set on and off a leaf, not on a result", async () => {
  const x = tensor([3]);
  x.requiresGrad = true;
  x.square().backward();
  assertEquals(await gradient(x), [6]);
  x.requiresGrad = false;
  assertEquals(x.square().requiresGrad, false);
  const y = variable([1]).exp();
  assertThrows(
    () => y.requiresGrad = false,
    TapeError,
    "made by exp: only leaves can be set, detach() it first",
  );
});

Deno.test("detach leaves the tape and shares memory", async () => {
  const w = variable([1, 2]), d = w.detach();
  assertEquals([d.requiresGrad, storageOf(d) === storageOf(w)], [false, true]);
  w.mul(d).sum().backward();
  assertEquals(await gradient(w), [1, 2]);
});

Deno.test("nothing is recorded inside noGrad, but inside enableGrad in it", () => {
  const w = variable([1]);
  noGrad(() => {
    assertEquals([isRecording(), w.mul(2).requiresGrad], [false, false]);
    enableGrad(() => assertEquals([isRecording(), w.mul(2).requiresGrad], [true, true]));
    assertEquals(isRecording(), false);
  });
  assertThrows(() => noGrad(() => fail()), Error, "on purpose");
  assertEquals(isRecording(), true);
  assertThrows(() => noGrad(() => Promise.resolve(1)), TapeError, "Cannot switch recording across await");
  assertEquals(isRecording(), true);
});

function fail(): never {
  throw new Error("on purpose");
}

Deno.test("gradients add up over calls until they are cleared", async () => {
  const w = variable([1, 2]);
  for (const times of [1, 2, 3]) {
    w.square().sum().backward();
    assertEquals(await gradient(w), [2 * times, 4 * times]);
  }
  w.setGrad(null);
  assertEquals(w.grad, null);
  w.sum().backward();
  assertEquals([await gradient(w), w.grad!.requiresGrad], [[1, 1], false]);
});

Deno.test("a graph is released by backward unless it is retained", async () => {
  const w = variable([2]), y = w.square().exp();
  y.backward({ retainGraph: true });
  y.backward();
  const once = (await gradient(w)) as number[];
  assertThrows(
    () => y.backward(),
    TapeError,
    "Cannot go backward through exp a second time: what it saved was released",
  );
  assertEquals(await gradient(w), once);
});

Deno.test("part of a graph can be released and used no more by another", () => {
  const w = variable([2]), shared = w.square(), a = shared.mul(3), b = shared.exp();
  a.backward();
  assertThrows(() => b.backward(), TapeError, "pass { retainGraph: true } to the first backward");
});

Deno.test("createGraph gives gradients of higher orders", async () => {
  const x = variable(1.5, { dtype: precision }),
    wanted = [1.5 ** 5, 5 * 1.5 ** 4, 20 * 1.5 ** 3, 60 * 1.5 ** 2, 120 * 1.5, 120];
  let y = x.pow(5);
  for (const value of wanted) {
    assertAlmostEquals(await y.item(), value, within(1e-12, 1e-6) * value);
    if (!y.requiresGrad) break;
    x.setGrad(null);
    y.backward({ createGraph: true });
    y = x.grad!;
  }
});

Deno.test("mixed derivatives of second order", async () => {
  const [x, y] = [0.7, -1.2].map((v) => variable(v, { dtype: precision }));
  x.mul(y).sin().backward({ createGraph: true });
  const dx = x.grad!;
  x.setGrad(null);
  y.setGrad(null);
  dx.backward();
  const p = 0.7 * -1.2;
  assertAlmostEquals(await x.grad!.item(), -(1.2 ** 2) * Math.sin(p), within(1e-14, 1e-6));
  assertAlmostEquals(await y.grad!.item(), Math.cos(p) - p * Math.sin(p), within(1e-14, 1e-6));
});

Deno.test("a hook sees the gradient, replaces it, and can be taken away", async () => {
  const w = variable([1, 2]), seen: Tensor[] = [];
  const h = w.mul(3), stop = h.registerHook((g) => void seen.push(g));
  h.registerHook((g) => g.mul(10));
  h.registerHook((g) => void seen.push(g));
  h.sum().backward({ retainGraph: true });
  assertEquals(await Promise.all(seen.map((g) => g.array())), [[1, 1], [10, 10]]);
  assertEquals(await gradient(w), [30, 30]);
  stop();
  stop();
  h.sum().backward();
  assertEquals([seen.length, await gradient(w)], [3, [60, 60]]);
});

Deno.test("a hook on a leaf changes what accumulates, not what is there", async () => {
  const w = variable([1, 2]);
  w.registerHook((g) => g.neg());
  w.sum().backward();
  w.mul(2).sum().backward();
  assertEquals(await gradient(w), [-3, -3]);
  assertThrows(() => tensor([1]).registerHook(() => {}), TapeError, "Cannot hook a tensor without gradients");
});

Deno.test("a hook sees the sum of all that flows into a tensor, once", async () => {
  const w = variable([1]), h = w.mul(2);
  const seen: Tensor[] = [];
  h.registerHook((g) => void seen.push(g));
  h.mul(2).add(h.mul(3)).backward();
  assertEquals(await Promise.all([...seen, w.grad!].map((g) => g.array())), [[5], [10]]);
});

Deno.test("retainGrad leaves the gradient of a result in .grad", async () => {
  const w = variable([1, 2]), h = w.square();
  assertEquals(h.grad, null);
  h.retainGrad();
  h.mul(3).sum().backward();
  assertEquals([await gradient(h), await gradient(w)], [[3, 3], [6, 12]]);
});

Deno.test("a value that changed between forward and backward is an error that names it", () => {
  const w = variable([1, 2]), v = variable([3, 4]);
  w.label = "encoder.weight";
  const y = w.mul(v).sum();
  noGrad(() => w.assign(0));
  assertThrows(
    () => y.backward(),
    TapeError,
    'Cannot go backward through mul: "encoder.weight", which it saved, was changed in place since; call backward before the update',
  );
  const z = v.square().sum();
  noGrad(() => v.slice([0, 1]).assign(9));
  assertThrows(() => z.backward(), TapeError, "a tensor of shape [2], which it saved, was changed in place");
});

Deno.test("a change of what no rule reads is no error, nor one before the op", async () => {
  const w = variable([1, 2]);
  noGrad(() => w.assign(5));
  const y = w.add(1).sum();
  noGrad(() => w.assign(0));
  y.backward();
  assertEquals(await gradient(w), [1, 1]);
  w.setGrad(null);
  w.square().sum().backward();
  assertEquals(await gradient(w), [0, 0]);
});

// A device needs longer for an op; the walk is the same.
const long = backend.synchronous ? 100_000 : 20_000;

Deno.test(`a chain of ${long} ops goes forward and backward`, async () => {
  const w = variable(1, { dtype: precision }), factor = 1 + 2 ** -13;
  let y: Tensor = w;
  for (let i = 0; i < long; i++) y = i % 2 ? y.mul(factor) : y.add(1e-6);
  y.backward();
  const wanted = factor ** (long / 2);
  assertAlmostEquals(await w.grad!.item(), wanted, within(1e-9, 1e-4) * wanted);
});

Deno.test("a diamond of 60 levels is walked once", async () => {
  const x = variable(1, { dtype: precision });
  let y: Tensor = x;
  for (let i = 0; i < 60; i++) y = y.add(y);
  let calls = 0;
  x.registerHook(() => void calls++);
  y.backward();
  assertEquals([await y.item(), await x.grad!.item(), calls], [2 ** 60, 2 ** 60, 1]);
  let z: Tensor = variable(1, { dtype: precision });
  for (let i = 0; i < 60; i++) z = z.mul(0.5).add(z.mul(z).mul(0));
  z.backward();
});

Deno.test("a gradient of the tensor's shape weighs its elements", async () => {
  const w = variable([[1, 2], [3, 4]]);
  w.square().backward({ gradient: tensor([[1, 0], [0, -1]]) });
  assertEquals(await gradient(w), [[2, 0], [0, -8]]);
  assertThrows(
    () => w.square().backward(),
    ShapeError,
    "only one element has a gradient by itself; sum() it or pass { gradient }",
  );
  assertThrows(
    () => w.square().backward({ gradient: tensor([1, 2]) }),
    ShapeError,
    "with a gradient of f32 [2]: it must have the same shape",
  );
  assertThrows(
    () => w.backward({ gradient: tensor([[1, 2], [3, 4]], { dtype: "i32" }) }),
    ShapeError,
    "a floating dtype",
  );
});

Deno.test("one element needs no gradient, whatever its rank", async () => {
  for (const shape of [[], [1], [1, 1]]) {
    const w = variable(tg.full(shape, 3));
    w.square().backward();
    assertEquals([w.grad!.shape, [...await w.grad!.data()]], [shape, [6]]);
  }
});

Deno.test("backward from a leaf gives 1, from off the tape an error", async () => {
  const w = variable(3);
  w.backward();
  assertEquals(await gradient(w), 1);
  assertThrows(
    () => tensor(3).backward(),
    TapeError,
    "nothing it was made from requires gradients; make a leaf with variable()",
  );
  assertThrows(
    () => w.detach().square().backward(),
    TapeError,
    "Cannot go backward from a tensor of shape []",
  );
});

Deno.test("gradients go through views to the elements they show", async () => {
  const w = variable([[1, 2, 3], [4, 5, 6]]);
  w.transpose().slice([null, null, -2], 1).mul(tensor([10, 1])).sum().backward();
  assertEquals(await gradient(w), [[0, 0, 0], [1, 0, 10]]);
  const v = variable([1, 2]);
  v.expand([3, 2]).unfold(0, 2).sum().backward();
  assertEquals(await gradient(v), [4, 4]);
});

Deno.test("subgraphs that two results share serve both", async () => {
  const w = variable([1, 2]), shared = w.exp();
  const [a, b] = [shared.sum(), shared.square().sum()];
  a.backward({ retainGraph: true });
  b.backward();
  const e = [1, 2].map(Math.exp);
  ((await gradient(w)) as number[]).forEach((g, i) => assertAlmostEquals(g, e[i] + 2 * e[i] ** 2, 1e-4));
});

Deno.test("a leaf that the result does not depend on gets none, one multiplied by zero gets zeros", async () => {
  const [used, unused, cancelled, argument] = [1, 2, 3, 4].map((v) => variable([v, v]));
  const y = used.mul(2).add(cancelled.mul(0)).add(argument.floor());
  unused.mul(2);
  y.sum().backward();
  assertEquals(await Promise.all([used, unused, cancelled, argument].map(gradient)), [[2, 2], null, [0, 0], [
    0,
    0,
  ]]);
});

testWith({ f64: true }, "a gradient has the dtype of its leaf", async () => {
  const single = variable([1, 2]), double = variable([3, 4], { dtype: "f64" });
  const y = single.mul(double).sum();
  assertEquals(y.dtype, "f64");
  y.backward();
  assertEquals([single.grad!.dtype, double.grad!.dtype], ["f32", "f64"]);
  assertEquals([await gradient(single), await gradient(double)], [[3, 4], [1, 2]]);
  const m = variable([[1, 2]]);
  m.matmul(tensor([[1], [2]], { dtype: "f64" })).backward();
  assertEquals([m.grad!.dtype as string, await gradient(m)], ["f32", [[1, 2]]]);
  const c = variable([1]);
  tg.concat([c, tensor([2], { dtype: "f64" })]).sum().backward();
  assertEquals(c.grad!.dtype, "f32");
});

Deno.test("integers and bools carry no gradient, and do not stop that of others", async () => {
  const w = variable([1, 2, 3]), index = tensor([2, 0], { dtype: "i32" });
  const y = w.gather(0, index).mul(tensor([2, 3], { dtype: "i32" }));
  y.sum().backward();
  assertEquals(await gradient(w), [3, 0, 2]);
  assertEquals([w.argmax(), w.greater(1), w.to("i32")].map((t) => t.requiresGrad), [false, false, false]);
  assertEquals(w.to("i32").to("f32").requiresGrad, false);
});

Deno.test("a leaf met twice gets the sum, also as both operands of one op", async () => {
  const w = variable([2, 3]);
  w.mul(w).add(w).sum().backward();
  assertEquals(await gradient(w), [5, 7]);
  const m = variable([[1, 2], [3, 4]]);
  m.matmul(m).sum().backward();
  assertEquals(await gradient(m), [[7, 11], [9, 13]]);
});

Deno.test("gradients of empty tensors are empty", async () => {
  const w = variable(tg.zeros([0, 3]));
  w.exp().sum().backward();
  assertEquals(w.grad!.shape, [0, 3]);
  const v = variable([1, 2]);
  v.slice([0, 0]).sum().backward();
  assertEquals(await gradient(v), [0, 0]);
});

Deno.test("a gradient broadcasts back to the shape it came from", async () => {
  const row = variable([1, 2, 3]), column = variable([[1], [2]]), scalar = variable(2);
  row.mul(column).mul(scalar).sum().backward();
  assertEquals([await gradient(row), await gradient(column), await gradient(scalar)], [[6, 6, 6], [[12], [
    12,
  ]], 18]);
});

Deno.test("backward inside noGrad works, and records nothing", async () => {
  const w = variable([2]), y = w.square();
  noGrad(() => y.backward());
  assertEquals([await gradient(w), w.grad!.requiresGrad], [[4], false]);
});

Deno.test("an error in a hook leaves recording as it was", () => {
  const w = variable([1]), y = w.mul(2);
  y.registerHook(() => fail());
  assertThrows(() => y.backward(), Error, "on purpose");
  assertEquals(isRecording(), true);
  assert(w.mul(2).requiresGrad);
});

Deno.test("the tape holds a tensor's own node while it lives", () => {
  const w = variable([1]), y = w.mul(2);
  assertStrictEquals(nodeOf(y)!.parents[0], nodeOf(w));
  assertEquals([nodeOf(y)!.label, nodeOf(w)!.label], ["mul", "a leaf"]);
});
