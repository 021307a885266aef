/** Cells as operands: numbers with a name that change between runs. */
import * as tg from "@tapegrad/core";
import {
  apply,
  asTensor,
  checkpoint,
  commonDtype,
  defineUpdate,
  e,
  type Layer,
  Scalar,
  TapeError,
  type Tensor,
  tensor,
  type TensorLike,
  variable,
  withLayer,
} from "@tapegrad/core";
import { literalOf } from "../../../core/tensor/constants.ts";
import { BCEWithLogitsLoss } from "@tapegrad/nn";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { openFar } from "../../backends/far_backend.ts";
import { backend } from "../../backend_traits.ts";

Deno.test("a cell has a name and a value, and refuses by name what is no number", () => {
  const rate = new Scalar("rate", 0.5);
  assertEquals([rate.name, rate.value, String(rate)], ["rate", 0.5, 'Scalar("rate", 0.5)']);
  rate.value = Infinity;
  assertThrows(() => rate.value = NaN, RangeError, 'Cannot set scalar "rate" to NaN: a number is needed');
  assertThrows(() => new Scalar("rate", NaN), RangeError, 'Cannot set scalar "rate" to NaN');
  const text = "1" as unknown as number;
  assertThrows(() => rate.value = text, TypeError, 'Cannot set scalar "rate" to "1": a number is needed');
  assertThrows(
    () => new Scalar("rate", undefined as unknown as number),
    TypeError,
    'scalar "rate" to nothing',
  );
  assertThrows(() => new Scalar(1 as unknown as string, 1), TypeError, "Cannot name a scalar 1");
  assertEquals(rate.value, Infinity);
  assertThrows(() => Number(rate), TypeError, 'Cannot use JavaScript operators on scalar "rate"');
});

const nudge = defineUpdate("nudge", (x, by) => e.add(x, by));
const floats = () => tensor([[-2, 0.5, 3], [1, -0.25, 0]]);
const integers = () => tensor([[-2, 5, 3], [1, -4, 0]], { dtype: "i32" });
const truths = () => tensor([[true, false, true], [false, false, true]]);

const calls: Readonly<Record<string, (x: Tensor, c: TensorLike) => Tensor>> = {
  add: (x, c) => x.add(c),
  "add from the left": (x, c) => tg.add(c, x),
  sub: (x, c) => tg.sub(c, x),
  mul: (x, c) => x.mul(c),
  div: (x, c) => x.div(c),
  pow: (x, c) => x.square().add(1).pow(c),
  atan2: (x, c) => tg.atan2(x, c),
  maximum: (x, c) => x.maximum(c),
  less: (x, c) => x.less(c),
  equal: (x, c) => tg.equal(c, x),
  clamp: (x, c) => x.clamp(-1, c),
  lerp: (x, c) => tg.lerp(x.to("f32"), 1, c),
  where: (x, c) => tg.where(x.greater(0), c, x),
  "where, as the condition": (x, c) => tg.where(c, x, 0),
  maskedFill: (x, c) => x.maskedFill(x.greater(0), c),
  leakyRelu: (x, c) => tg.leakyRelu(x.to("f32"), c),
  hardtanh: (x, c) => tg.hardtanh(x.to("f32"), -1, c),
  scatterAdd: (x, c) => tg.scatterAdd(x, 1, tensor([[1], [2]], { dtype: "i32" }), c),
  asTensor: (x, c) => asTensor(c, x),
  "asTensor alone": (_x, c) => asTensor(c),
  bernoulli: (_x, c) => tg.bernoulli(c, { shape: [5], key: tg.key(3) }),
  assign: (x, c) => x.add(0).assign(c),
  "an update": (x, c) => {
    const y = x.add(0);
    nudge(y, c);
    return y;
  },
  "a loss": (x, c) => new BCEWithLogitsLoss({ posWeight: c }).forward(x.to("f32"), x.greater(0).to("f32")),
  "alone": (_x, c) => tg.exp(c),
  "two cells": (_x, c) => tg.add(c, c),
};

async function outcome(run: () => Tensor): Promise<unknown> {
  try {
    const y = run();
    return [y.dtype, y.shape, await y.array(), y.requiresGrad];
  } catch (error) {
    return [(error as Error).constructor.name, (error as Error).message];
  }
}

const operands = { floats, integers, truths };
for (const [name, call] of Object.entries(calls)) {
  Deno.test(`${name}: a cell is what its number is, with whatever it meets`, async () => {
    const cell = new Scalar("cell", 1);
    for (const [, make] of Object.entries(operands)) {
      for (const value of [1, 0.25, 0, -3, 1e10, Infinity, 1]) {
        cell.value = value;
        assertEquals(await outcome(() => call(make(), cell)), await outcome(() => call(make(), value)), name);
      }
    }
  });
}

Deno.test("a cell takes part in promotion as its number does", () => {
  for (const value of [2, 0.5]) {
    const cell = new Scalar("cell", value);
    for (const x of [floats(), integers(), truths()]) {
      assertEquals(commonDtype([x, cell]), commonDtype([x, value]));
    }
    assertEquals(commonDtype([cell]), commonDtype([value]));
  }
});

Deno.test("each run reads the value anew, -0 and one that it had before among them", async () => {
  const cell = new Scalar("cell", 1), x = tensor([2, 4]), seen = [];
  const values = [1, 2, 1, 0.5, -0, 0, 1];
  for (const value of values) {
    cell.value = value;
    seen.push(await x.mul(cell).array());
  }
  assertEquals(seen, values.map((value) => [2 * value, 4 * value]));
});

Deno.test("two cells of one value, and cells in two dtypes, do not mix", async () => {
  const a = new Scalar("a", 2), b = new Scalar("b", 2), x = tensor([1]), n = tensor([1], { dtype: "i32" });
  assertEquals([await x.mul(a).item(), await x.mul(b).item(), await n.mul(a).item()], [2, 2, 2]);
  a.value = 3;
  assertEquals([await x.mul(a).item(), await x.mul(b).item(), await n.mul(a).item()], [3, 2, 3]);
});

Deno.test("a gradient is that of the value at the call, and a cell has none", async () => {
  const cell = new Scalar("cell", 2), x = variable([1, 2]);
  const y = x.mul(cell).square().sum();
  cell.value = 100;
  y.backward();
  assertEquals(await x.grad!.array(), [8, 16]);
  assert(!tg.exp(cell).requiresGrad);
  // The gradient of a function of operands is a tensor, by its type too.
  assertEquals(await tg.grad(tg.square)(tensor(3)).item(), 6);
  assertEquals(tg.grad((x: Tensor, c: Scalar) => x.mul(c).sum())(tensor([1, 1]), cell).shape, [2]);
});

Deno.test("more values than are kept are all right, and so is what was saved of each", async () => {
  const cell = new Scalar("cell", 0), x = variable([1]), first = x.mul(cell).mul(x);
  let sum = tensor([0]);
  for (let i = 0; i < 2500; i++) {
    cell.value = i;
    sum = sum.add(cell);
  }
  assertEquals(await sum.item(), 2500 * 2499 / 2);
  first.backward();
  assertEquals(await x.grad!.item(), 0);
});

Deno.test("a kernel that waits for elements uses the value at the call", async () => {
  const far = await openFar("far of cells"), cell = new Scalar("cell", 3);
  const x = tensor([1, 2], { backend: far }).to(backend.name), y = x.mul(cell), z = x.mul(cell).mul(5);
  cell.value = 4;
  assertEquals([await y.array(), await z.array()], [[3, 6], [15, 30]]);
  assertEquals(await x.mul(cell).array(), [4, 8]);
});

Deno.test("a checkpoint that runs again finds the value of the first time, and leaves the latest", async () => {
  const cell = new Scalar("cell", 2), x = variable([1, 2]);
  const y = checkpoint((x: Tensor) => x.mul(cell).square().sum())(x);
  cell.value = 100;
  y.backward();
  assertEquals([await x.grad!.array(), cell.value], [[8, 16], 100]);
});

Deno.test("a checkpoint that sets a cell sets it again to the same", async () => {
  const cell = new Scalar("cell", 2), x = variable([1]);
  const y = checkpoint((x: Tensor) => {
    const before = x.mul(cell);
    cell.value *= 2;
    return before.mul(cell).mul(x).sum();
  })(x);
  assertEquals([await y.item(), cell.value], [8, 4]);
  cell.value = 7;
  y.backward();
  assertEquals([await x.grad!.item(), cell.value], [16, 7]);
});

Deno.test("a checkpoint that computes with another cell or number the second time is refused", () => {
  const refused = (operand: () => TensorLike) => {
    const y = checkpoint((x: Tensor) => x.mul(operand()).square().sum())(variable([1]));
    assertThrows(() => y.backward(), TapeError, "other shapes or numbers");
  };
  const a = new Scalar("a", 2), b = new Scalar("b", 2);
  let calls = 0;
  refused(() => calls++ === 0 ? a : b);
  refused(() => calls++ === 2 ? a : 2);
  refused(() => {
    a.value = calls++;
    return a;
  });
});

/** What a layer sees of the operands of a call that does not come to a kernel. */
function seenOf(call: () => unknown): readonly unknown[] {
  let seen: readonly unknown[] = [];
  const layer: Layer = {
    handle: ({ inputs }) => {
      seen = inputs.map((x) => literalOf(x)?.cell ?? literalOf(x)?.number ?? "tensor");
      return [inputs[0]];
    },
  };
  withLayer(layer, call);
  return seen;
}

Deno.test("a layer tells numbers, cells and tensors apart, in views too", () => {
  const x = tensor([1, 2]), cell = new Scalar("cell", 0.5), whole = tensor([1], { dtype: "i32" });
  assertEquals(seenOf(() => x.mul(3)), ["tensor", 3]);
  assertEquals(seenOf(() => tg.sub(-0, x)), [-0, "tensor"]);
  assertEquals(seenOf(() => x.mul(tensor(3))), ["tensor", "tensor"]);
  assertStrictEquals(seenOf(() => x.mul(cell))[1], cell);
  assertStrictEquals(seenOf(() => whole.less(cell))[1], cell);
  assertStrictEquals(seenOf(() => x.clamp(-1, cell))[2], cell);
  assertStrictEquals(seenOf(() => nudge(x, cell))[1], cell);
  const expanded = asTensor(cell, x).expand([2]);
  assertStrictEquals(literalOf(expanded)?.cell, cell);
  // What stands for the value says so by another number.
  assertEquals(literalOf(asTensor(cell, x))?.number, 0.5);
});

Deno.test("a number stays one until its kernel: only then is there a buffer", async () => {
  const x = tensor([1, 2]), cell = new Scalar("cell", 0.62109375), before = backend.memory().buffers;
  seenOf(() => x.mul(0.62109375));
  seenOf(() => x.mul(cell));
  const literal = asTensor(0.62109375, x);
  assertEquals(backend.memory().buffers, before);
  const y = x.mul(literal);
  assertEquals(backend.memory().buffers, before + 2);
  const z = x.mul(cell);
  assertEquals(backend.memory().buffers, before + 3);
  assertEquals([await y.array(), await z.array()], [[0.62109375, 1.2421875], [0.62109375, 1.2421875]]);
  assertEquals(await literal.item(), 0.62109375);
});

Deno.test("a number that was not used yet can be read, copied, and moved", async () => {
  const x = tensor([1]), cell = new Scalar("cell", 0.3125);
  for (const literal of [asTensor(0.15625, x), asTensor(cell, x)]) {
    const { number } = literalOf(literal)!;
    assertEquals(await literal.item(), number);
    assertEquals(await tg.contiguous(literal.expand([2])).array(), [number, number]);
    assertEquals(await literal.to("cpu").item(), number);
    assertEquals(await literal.to("i32").item(), 0);
  }
  assertEquals(await asTensor(true).array(), true);
});

Deno.test("a cell that is given to a primitive by hand is a tensor of its value", async () => {
  const cell = new Scalar("cell", 3), x = tensor([1, 2]);
  const y = apply(tg.map, [x, asTensor(cell, x)], { name: "times", exprs: [e.mul(e.input(0), e.input(1))] });
  assertEquals(await y.array(), [3, 6]);
});

Deno.test("JSON writes the number that a cell holds", () => {
  const rate = new Scalar("rate", 0.5), text = JSON.stringify({ rate });
  rate.value = 2;
  assertEquals([text, JSON.stringify([rate])], ['{"rate":0.5}', "[2]"]);
});
