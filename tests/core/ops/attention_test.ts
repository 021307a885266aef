/** scaledDotProductAttention beside softmax and matmul, at its edges, and what it says of what does not fit. */
import {
  type AttentionOptions,
  attentionWithWeights,
  checkpoint,
  DtypeError,
  eye,
  grad,
  key,
  keyTensor,
  type KeyWords,
  matmul,
  ones,
  randomState,
  read,
  registerKernel,
  scaledDotProductAttention as attend,
  setRandomState,
  ShapeError,
  softmax,
  splitKey,
  stack,
  sum,
  type Tensor,
  tensor,
  tril,
  variable,
  vjp,
  vmap,
  where,
  zeros,
} from "@tapegrad/core";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { backend, type ErrorClass, precise, precision, testWith, within } from "../../backend_traits.ts";
import { copied, here, sample } from "../../table/row.ts";
import { nodeOf } from "../../../core/tensor/internals.ts";

type Fn = (...inputs: Tensor[]) => Tensor;

function sampled(shape: readonly number[], seed: number): Tensor {
  return copied(sample(shape, { seed }), here);
}

/** What it is by its formula. */
function plain(q: Tensor, k: Tensor, v: Tensor, { mask, isCausal, scale }: AttentionOptions): Tensor {
  const scores = matmul(q, k.transpose()).mul(scale ?? 1 / Math.sqrt(q.shape.at(-1)!));
  const allowed = isCausal ? tril(ones(scores.shape.slice(-2))) : mask?.dtype === "bool" ? mask : null;
  const masked = allowed ? where(allowed, scores, -Infinity) : mask ? scores.add(mask) : scores;
  return matmul(softmax(masked), v);
}

/** Values, gradients, and the gradient of what gradients add up to. */
function toSecondOrder(fn: Fn, inputs: readonly Tensor[]): Tensor[] {
  const gradients = (...xs: Tensor[]) => {
    const [y, pull] = vjp(fn, ...xs);
    return pull(sampled(y.shape, 7));
  };
  const total = (...xs: Tensor[]) => gradients(...xs).map((g) => sum(g.square())).reduce((a, b) => a.add(b));
  const [sumOfSquares, pull] = vjp(total, ...inputs);
  return [fn(...inputs), ...gradients(...inputs), ...pull(sumOfSquares.onesLike())];
}

async function assertSame(found: readonly Tensor[], wanted: readonly Tensor[]): Promise<void> {
  assertEquals(found.map(({ shape }) => shape), wanted.map(({ shape }) => shape));
  const arrays = await read([...found, ...wanted]);
  found.forEach((_, i) => {
    const b = arrays[found.length + i], size = Math.max(1, ...Array.from(b, Math.abs));
    arrays[i].forEach((x: number, j: number) => assertAlmostEquals(x, b[j], within(1e-12, 1e-5) * size));
  });
}

const mask = tensor([[true, false, true, true], [false, true, false, false], [true, true, true, true]]);
const ways: Readonly<Record<string, AttentionOptions>> = {
  "as it is": {},
  "of a scale": { scale: -0.3 },
  "to what is not later": { isCausal: true },
  "under a mask": { mask },
  "with a mask that is added": { mask: where(mask, 0.5, -Infinity) },
  "with a mask that broadcasts": { mask: tensor([0.5, -1, 0, 2]) },
};

for (const [name, options] of Object.entries(ways)) {
  Deno.test(`attention ${name} is its formula to second order, leading axes broadcasting`, async () => {
    const inputs = [sampled([2, 1, 3, 5], 1), sampled([3, 4, 5], 2), sampled([4, 2], 3)];
    const [found, wanted] = [attend, plain].map((fn) =>
      toSecondOrder((q, k, v) => fn(q, k, v, options), inputs)
    );
    assertEquals(found[0].shape, [2, 3, 3, 2]);
    await assertSame(found, wanted);
  });
}

Deno.test("a mask that is added has a gradient, in its own shape", async () => {
  const inputs = [sampled([2, 3, 5], 1), sampled([2, 4, 5], 2), sampled([2, 4, 2], 3), sampled([3, 1], 4)];
  const [found, wanted] = [attend, plain].map((fn) =>
    toSecondOrder((q, k, v, m) => fn(q, k, v, { mask: m.mul(sampled([4], 5)) }), inputs)
  );
  await assertSame(found, wanted);
});

// PyTorch 1.13 gives NaN. Since 2.5 its softmax of scores is _safe_softmax, which gives 0 where all are -Infinity
// (https://github.com/pytorch/pytorch/pull/131863 and 133882), and so do its fused kernels.
Deno.test("what may attend to nothing gives zeros, and gradients of zeros, as in PyTorch since 2.5", async () => {
  const none = tensor([[true, true], [false, false]]);
  for (const mask of [none, where(none, 0, -Infinity)]) {
    const inputs = [1, 2, 3].map((seed) => sampled([2, 2], seed));
    const [y, dq, dk, dv, ...second] = toSecondOrder((q, k, v) => attend(q, k, v, { mask }), inputs);
    assertEquals(await y.slice(1).array(), [0, 0]);
    assertEquals(await dq.slice(1).array(), [0, 0]);
    for (const values of await read([dk, dv, ...second])) assert(values.every(Number.isFinite));
  }
});

Deno.test("no positions to attend to give zeros, no positions or batches give none, no features the mean", async () => {
  const shapes = ([q, k, v]: number[][]) => attend(zeros(q), zeros(k), zeros(v)).shape;
  assertEquals(shapes([[0, 3], [4, 3], [4, 2]]), [0, 2]);
  assertEquals(shapes([[0, 3, 1], [0, 4, 1], [4, 2]]), [0, 3, 2]);
  assertEquals(await attend(zeros([2, 0]), zeros([2, 0]), tensor([[1], [3]])).array(), [[2], [2]]);
  const [y, pull] = vjp(attend as Fn, ones([2, 3]), zeros([0, 3]), zeros([0, 2]));
  assertEquals(await y.array(), [[0, 0], [0, 0]]);
  assertEquals(await pull(y)[0].array(), [[0, 0, 0], [0, 0, 0]]);
});

Deno.test("scores neither overflow nor vanish", async () => {
  const y = attend(tensor([[1e4], [-1e4]]), tensor([[1e4], [0]]), tensor([[1], [2]]));
  assertEquals(await y.array(), [[1], [2]]);
});

Deno.test("NaN in a score is NaN in its row alone", async () => {
  const y = attend(tensor([[NaN], [0]]), tensor([[1], [1]]), tensor([[2], [4]]));
  assertEquals(await y.array(), [[NaN], [3]]);
});

Deno.test("it is one op on the tape, which keeps operands and the log-sum-exp", async () => {
  const [q, k, v] = [[2, 3, 5], [2, 4, 5], [2, 4, 2]].map((shape) => variable(ones(shape)));
  const node = nodeOf(attend(q, k, v));
  assertEquals([node!.op!.name, node!.parents.length], ["scaledDotProductAttention", 3]);
  assertEquals(node!.outputs!.map(({ shape }) => shape), [[2, 3, 2], [2, 3]]);
  assertAlmostEquals(
    (await (node!.outputs![1] as Tensor).array() as number[][])[0][0],
    Math.sqrt(5) + Math.log(4),
    1e-5,
  );
});

Deno.test("dropped weights are 0 and others grow; a key draws the same ones, also in the gradient", async () => {
  const q = zeros([100, 1]), k = zeros([100, 1]), identity = eye(100), dropoutP = 0.25;
  const [weights, pull] = vjp((v: Tensor) => attend(q, k, v, { dropoutP, key: key(3) }), identity);
  const kept = await weights.greater(0).to("f32").mean().item();
  assertAlmostEquals(kept, 0.75, 0.02);
  assertAlmostEquals(await weights.max().item(), 0.01 / 0.75, 1e-7);
  await assertSame(pull(identity), [weights.transpose()]);
  const again = attend(q, k, identity, { dropoutP, key: keyTensor(key(3)) });
  assertEquals(await again.array(), await weights.array());
  assertEquals(await attend(q, k, identity, { dropoutP: 1, key: key(3) }).max().item(), 0);
});

Deno.test("without a key weights are dropped by the next of the global sequence, which a refusal does not move", async () => {
  const [q, v] = [zeros([20, 1]), eye(20)], options = { dropoutP: 0.5 };
  const first = await attend(q, q, v, options).array();
  assert(JSON.stringify(first) !== JSON.stringify(await attend(q, q, v, options).array()));
  const before = randomState();
  assertThrows(() => attend(q, q, zeros([3, 2]), options), ShapeError);
  attend(q, q, v);
  assertEquals(randomState(), before);
});

Deno.test("the weights that come with it are those that it attends by, dropped ones 0", async () => {
  const inputs = () => [[2, 3, 4], [2, 5, 4], [2, 5, 2]].map((shape, seed) => sampled(shape, seed));
  for (const options of [{}, { isCausal: true }, { scale: 2 }, { dropoutP: 0.5, key: key(1) }]) {
    const [q, k, v] = inputs(), [output, weights] = attentionWithWeights(q, k, v, options);
    assertEquals(weights.shape, [2, 3, 5]);
    await assertSame([output, matmul(weights, v)], [attend(q, k, v, options), output]);
  }
});

Deno.test("the weights of what may attend to nothing are 0, and so is what they give back", async () => {
  const [q, k, v] = [[1, 3], [2, 3], [2, 2]].map((shape, seed) => sampled(shape, seed));
  const mask = zeros([1, 2], { dtype: "bool", backend: q.backend });
  const all = vjp((q, k, v) => stack(attentionWithWeights(q, k, v, { mask })), q, k, v);
  for (const x of [all[0], ...all[1](all[0].onesLike())]) {
    assertEquals(await x.abs().sum().item(), 0);
  }
});

Deno.test("keys that are mapped over drop other weights in each element of a batch, also in gradients", async () => {
  const [q, v] = [sampled([6, 3], 1), sampled([6, 2], 2)], keys = splitKey(keyTensor(key(5)), 3);
  const dropped = (key: Tensor) => {
    const [y, pull] = vjp((q: Tensor) => attend(q, q, v, { dropoutP: 0.5, key }), q);
    return stack([y, ...pull(y)].map((t) => sum(t)));
  };
  await assertSame([vmap(dropped)(stack(keys))], [stack(keys.map(dropped))]);
});

Deno.test("a checkpoint drops the same weights when it runs again", async () => {
  const [q, v] = [sampled([6, 3], 1), sampled([6, 2], 2)], state = randomState();
  const loss = (q: Tensor) => attend(q, q, v, { dropoutP: 0.5 }).square().sum();
  const found = grad(checkpoint(loss))(q);
  setRandomState(state as KeyWords);
  await assertSame([found], [grad(loss)(q)]);
});

testWith({ f16: true }, "f16 is computed in f32 and rounded once", async () => {
  const half = { dtype: "f16" } as const, big = tensor([[300, 0], [0, 300]], half);
  const [y, pull] = vjp(attend as Fn, big, big, ones([2, 1], half));
  assertEquals([y.dtype, await y.array()], ["f16", [[1], [1]]]);
  assertEquals(pull(y).map(({ dtype }) => dtype), ["f16", "f16", "f16"]);
});

testWith({ f64: true }, "operands meet in one dtype, to which a mask is converted", () => {
  const single = zeros([2, 3]), mask = zeros([2, 2]);
  assertEquals(attend(single, zeros([2, 3], { dtype: "f64" }), single, { mask }).dtype, "f64");
});

Deno.test("a kernel of its name gives both outputs, and its gradient is that of the op", async () => {
  const { kernels } = backend, before = kernels.get("scaledDotProductAttention"), seen: unknown[] = [];
  const [q, k, v] = [1, 2, 3].map((seed) => sampled([2, 2], seed)), options = { isCausal: true, scale: 2 };
  const wanted = vjp((q: Tensor) => attend(q, k, v, options), q)[1](precise([[1, 2], [3, 4]]));
  registerKernel(backend.name, "scaledDotProductAttention", (_inputs, outputs, attributes) => {
    seen.push(outputs.map(({ shape }) => shape), attributes);
  });
  try {
    const node = nodeOf(attend(variable(q), k, v, options));
    assertEquals(node!.op!.name, "scaledDotProductAttention");
    assertEquals(seen, [[[2, 2], [2]], { scale: 2, isCausal: true, isMasked: false, dropoutP: 0 }]);
  } finally {
    if (before) kernels.set("scaledDotProductAttention", before);
    else kernels.delete("scaledDotProductAttention");
  }
  assertEquals(wanted[0].dtype, precision);
  await wanted[0].array();
});

const few = zeros([2, 3]), never = (x: unknown) => x as never;
const refused: Readonly<Record<string, readonly [fn: () => unknown, kind: ErrorClass, text: string]>> = {
  "nothing": [
    () => attend(few, few, never(undefined)),
    TypeError,
    "Cannot attend with nothing: a tensor is needed",
  ],
  "a number as a mask": [
    () => attend(few, few, few, { mask: never(3) }),
    TypeError,
    "Cannot attend with 3: a tensor",
  ],
  "a vector": [
    () => attend(zeros([3]), few, few),
    ShapeError,
    "Cannot attend from q [3] to k [2, 3] and v [2, 3]: q [..., L, E], k [..., S, E] and v [..., S, F] are needed",
  ],
  "other features": [
    () => attend(zeros([2, 4]), few, few),
    ShapeError,
    "Cannot attend from q [2, 4] to k [2, 3] and v [2, 3]: the last extents of q and k are 4 and 3",
  ],
  "other positions": [
    () => attend(few, few, zeros([5, 3])),
    ShapeError,
    "Cannot attend from q [2, 3] to k [2, 3] and v [5, 3]: k has 2 positions, v has 5",
  ],
  "other batches": [
    () => attend(zeros([2, 2, 3]), zeros([3, 2, 3]), few),
    ShapeError,
    "Cannot attend from q [2, 2, 3] to k [3, 2, 3] and v [2, 3]: the axes in front of the last two do not broadcast",
  ],
  "integers": [
    () => attend(few.to("i32"), few.to("i32"), few.to("i32")),
    DtypeError,
    "Cannot take scaledDotProductAttention of i32: a floating dtype is needed",
  ],
  "a mask of integers": [
    () => attend(few, few, few, { mask: zeros([2, 2], { dtype: "i32" }) }),
    DtypeError,
    "Cannot attend with a mask of i32: give bools, of which true takes part, or floats, which are added",
  ],
  "a mask that does not broadcast": [
    () => attend(few, few, few, { mask: zeros([2, 3]) }),
    ShapeError,
    "Cannot attend with a mask of [2, 3]: it must broadcast to the scores, [2, 2]",
  ],
  "a mask with more axes": [
    () => attend(few, few, few, { mask: zeros([4, 2, 2]) }),
    ShapeError,
    "Cannot attend with a mask of [4, 2, 2]: it must broadcast to the scores, [2, 2]",
  ],
  "a mask and isCausal": [
    () => attend(few, few, few, { mask: zeros([2, 2]), isCausal: true }),
    TypeError,
    "Cannot attend with both a mask and isCausal: give a mask that has both",
  ],
  "a probability above 1": [
    () => attend(few, few, few, { dropoutP: 1.5 }),
    RangeError,
    "Cannot attend with a dropoutP of 1.5: it must be a number from 0 to 1",
  ],
  "a scale that is NaN": [
    () => attend(few, few, few, { scale: NaN }),
    RangeError,
    "Cannot attend with a scale of NaN: it must be a number",
  ],
  "a mask in place of options": [
    () => attend(few, few, few, never(zeros([2, 2]))),
    TypeError,
    "Cannot attend with options a Tensor: pass an object, as in { mask: … }",
  ],
  "an option that is none": [
    () => attend(few, few, few, never({ attnMask: few })),
    TypeError,
    'Cannot attend with an option "attnMask": did you mean mask?',
  ],
};

for (const [what, [fn, kind, text]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words by attention`, () => {
    assertThrows(fn, kind, text);
  });
}
