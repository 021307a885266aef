/** Statistics that run along: what follows them, what leaves them alone, and what says that it does not fit. */
import {
  batchNorm,
  checkpoint,
  DtypeError,
  instanceNorm,
  memory,
  noGrad,
  read,
  ready,
  record,
  scope,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  variable,
  vmap,
  zeros,
} from "@tapegrad/core";
import {
  BatchNorm1d,
  BatchNorm2d,
  type ChannelNorm,
  GroupNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  LayerNorm,
  Linear,
  LocalResponseNorm,
  RMSNorm,
  Sequential,
} from "@tapegrad/nn";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { openFar } from "../backends/far_backend.ts";
import { type ErrorClass, testWith } from "../backend_traits.ts";

// Of mean 3 and unbiased variance 2, then of mean 5 and variance 8.
const batches = [[[2], [4]], [[3], [7]]];

async function statisticsOf(layer: ChannelNorm): Promise<number[]> {
  const all = [layer.running_mean!, layer.running_var!, layer.num_batches_tracked!];
  return (await read(all)).flatMap((values) => [...values]);
}

function train(layer: BatchNorm1d, step = (x: Tensor): unknown => layer.forward(x)): void {
  for (const batch of batches) {
    step(tensor(batch, { dtype: layer.weight!.dtype, backend: layer.weight!.backend }));
  }
}

Deno.test("in a scope, off the tape and on it they are followed alike, and nothing is left behind", async () => {
  const made = () => scope(() => [new BatchNorm1d(1, { momentum: 0.5 })])[0];
  const [plain, scoped, off, backward] = [made(), made(), made(), made()];
  train(plain);
  train(scoped, (x) => scope(() => void scoped.forward(x)));
  train(off, (x) => noGrad(() => off.forward(x)));
  train(backward, (x) => backward.forward(x).square().sum().backward());
  for (const layer of [plain, scoped, off, backward]) {
    assertEquals(await statisticsOf(layer), [3.25, 4.75, 2]);
  }
  const before = memory();
  scope(() => train(scoped, (x) => scope(() => void scoped.forward(x))));
  assertEquals(memory(), before);
});

Deno.test("without a momentum they are the mean of all, and start anew", async () => {
  const layer = new BatchNorm1d(1, { momentum: null });
  train(layer);
  assertEquals(await statisticsOf(layer), [4, 5, 2]);
  layer.resetRunningStats();
  assertEquals(await statisticsOf(layer), [0, 1, 0]);
  layer.accumulate();
  train(layer);
  assertEquals(await statisticsOf(layer), [4, 5, 2]);
});

Deno.test("a recorded step goes on following and counting", async () => {
  const layer = new BatchNorm1d(1, { momentum: null });
  const [, program] = record((x: Tensor) => layer.forward(x), tensor(batches[0]));
  program.run(tensor(batches[1]));
  assertEquals(await statisticsOf(layer), [4, 5, 2]);
});

Deno.test("what a checkpoint runs again leaves them as one forward does", async () => {
  const layer = new BatchNorm1d(1, { momentum: 0.5 });
  train(layer, (x) => {
    const z = variable(x);
    checkpoint((x: Tensor) => layer.forward(x))(z).square().sum().backward();
  });
  assertEquals(await statisticsOf(layer), [3.25, 4.75, 2]);
});

Deno.test("they move with the module, and are cast with it but for their count", async () => {
  const far = await openFar("norms.far"), layer = new BatchNorm1d(1, { momentum: 0.5 });
  await ready(layer.to(far.name));
  train(layer);
  assertEquals([layer.running_mean!.backend, layer.num_batches_tracked!.backend], [far, far]);
  assertEquals(await statisticsOf(layer), [3.25, 4.75, 2]);
});

testWith({ f16: true }, "halves are normalised in f32, with statistics of halves", async () => {
  const layer = new BatchNorm1d(1, { momentum: 0.5 });
  layer.to("f16");
  assertEquals([layer.running_var!.dtype, layer.num_batches_tracked!.dtype], ["f16", "i32"]);
  train(layer);
  assertEquals(await statisticsOf(layer), [3.25, 4.75, 2]);
  const large = tensor([[300], [-300]], { dtype: "f16" }); // squares overflow in f16
  assertEquals(await layer.forward(large).array(), [[1], [-1]]);
});

Deno.test("a state is taken over, and gone on with", async () => {
  const [one, other] = [new BatchNorm1d(1), new BatchNorm1d(1)];
  train(one);
  other.loadStateDict(one.stateDict());
  train(one);
  train(other);
  assertEquals(await statisticsOf(other), await statisticsOf(one));
  assertEquals(
    await other.eval().forward(tensor([[1]])).item(),
    await one.eval().forward(tensor([[1]])).item(),
  );
});

Deno.test("a batch of nothing, and eval, leave them as they are; a momentum of 0 and of 1 too, or replaces them", async () => {
  const layer = new BatchNorm1d(1);
  assertEquals(layer.forward(zeros([0, 1])).shape, [0, 1]);
  const image = new InstanceNorm1d(3, { affine: true, trackRunningStats: true }),
    none = variable(zeros([0, 3, 4]));
  image.forward(none).sum().backward();
  assertEquals([none.grad!.shape, await image.running_mean!.array()], [[0, 3, 4], [0, 0, 0]]);
  layer.eval().forward(tensor(batches[0]));
  assertEquals(await statisticsOf(layer), [0, 1, 1]);
  for (const [momentum, found] of [[0, [0, 1, 2]], [1, [5, 8, 2]]] as const) {
    const layer = new BatchNorm1d(1, { momentum });
    train(layer);
    assertEquals(await statisticsOf(layer), [...found]);
  }
});

Deno.test("a variance is not lost beside a large mean, nor one channel to another's NaN", async () => {
  const x = tensor([[4096, 1, 0], [4097, NaN, Infinity], [4098, 2, 0]]);
  const [mean, variance] = [zeros([3]), zeros([3])];
  const rows = await batchNorm(x, mean, variance, { training: true, momentum: 1, eps: 0 })
    .array() as number[][];
  assertAlmostEquals(rows[2][0], Math.sqrt(1.5), 1e-6);
  assert(rows.every(([, a, b]) => Number.isNaN(a) && Number.isNaN(b)));
  const [means, variances] = await read([mean, variance]);
  assertEquals([means[0], variances[0]], [4097, 1]);
});

Deno.test("a channel that does not vary is its bias, and has a gradient", async () => {
  const x = variable([[3], [3], [3]]), layer = new BatchNorm1d(1);
  layer.bias!.detach().assign(7);
  const y = layer.forward(x);
  y.sum().backward();
  assertEquals([await y.array(), await x.grad!.array()], [[[7], [7], [7]], [[0], [0], [0]]]);
});

Deno.test("groups of all and of one are other normalisations", async () => {
  const x = tensor([[[1, 2], [4, 8]], [[0, 3], [-1, 5]]]);
  const close = async (a: Tensor, b: Tensor) => assert(await a.sub(b).abs().max().item() < 1e-6);
  await close(new GroupNorm(2, 2).forward(x), new InstanceNorm1d(2).forward(x));
  await close(new GroupNorm(1, 2).forward(x), new LayerNorm([2, 2]).forward(x));
});

Deno.test("statistics that are shared are not followed for each element of a batch apart", () => {
  const layer = new BatchNorm1d(1), xs = zeros([2, 3, 1]);
  assertThrows(
    () => vmap((x: Tensor) => layer.forward(x))(xs),
    TapeError,
    "all elements of the batch share it",
  );
  assertEquals(vmap((x: Tensor) => layer.eval().forward(x))(xs).shape, [2, 3, 1]);
});

const misfits: readonly [
  run: () => unknown,
  kind: ErrorClass,
  message: string,
][] = [
  [
    () => new Sequential(new Linear(2, 3), new BatchNorm1d(4)).forward(zeros([5, 2])),
    ShapeError,
    "Cannot apply 1: BatchNorm1d(4) to [5, 3]: [batch, channels] or [batch, channels, length] with 4 channels is needed",
  ],
  [
    () => new BatchNorm2d(3).forward(zeros([5, 3])),
    ShapeError,
    "[batch, channels, height, width] with 3 channels",
  ],
  [
    () => new Sequential(new BatchNorm1d(3)).forward(zeros([1, 3])),
    ShapeError,
    "3 channels of one value each have no variance, more are needed, in 0: BatchNorm1d(3)",
  ],
  [
    () => new InstanceNorm1d(3).forward(zeros([2, 3, 1])),
    ShapeError,
    "3 channels of one value each and image have no variance",
  ],
  [
    () => new InstanceNorm2d(3).forward(zeros([2, 4, 3, 3])),
    ShapeError,
    "or [channels, height, width] with 3 channels",
  ],
  [
    () => new LayerNorm([2, 3]).forward(zeros([3])),
    ShapeError,
    "LayerNorm([2, 3]) to [3]: the last extents must be",
  ],
  [
    () => new RMSNorm(2).forward(zeros([2, 3])),
    ShapeError,
    "RMSNorm([2]) to [2, 3]: the last extents must be [2]",
  ],
  [() => new GroupNorm(2, 3), RangeError, "3 channels do not make groups of one size"],
  [
    () => new GroupNorm(2, 4).forward(zeros([2, 3])),
    ShapeError,
    "[batch, channels, ...] with 4 channels is needed",
  ],
  [() => new GroupNorm(1, 1).forward(zeros([1, 1])), ShapeError, "one element has no variance"],
  [
    () => new LocalResponseNorm(2).forward(zeros([2, 3])),
    ShapeError,
    "[batch, channels, ...] with one axis more",
  ],
  [() => new BatchNorm1d(2, { momentum: "0.1" } as never), RangeError, "momentum"],
  [() => new BatchNorm1d(2, { epsilon: 1 } as never), TypeError, "did you mean eps?"],
  [() => batchNorm(zeros([2, 3]), zeros([3]), null), TypeError, "a running mean alone: give both"],
  [
    () => batchNorm(zeros([2, 3]), null, null),
    TypeError,
    "no statistics: give both, or normalise by those of x",
  ],
  [() => batchNorm(zeros([2, 3]), zeros([2]), zeros([3])), ShapeError, "running mean of [2]"],
  [
    () => batchNorm(zeros([3]), null, null, { training: true }),
    ShapeError,
    "[batch, channels, ...] is needed",
  ],
  [() => batchNorm(zeros([2, 3], { dtype: "i32" }), null, null), DtypeError, "batchNorm of i32"],
  [
    () => instanceNorm(zeros([2, 3, 4]), { weight: zeros([3], { dtype: "f16" }) }),
    DtypeError,
    "a weight of f16",
  ],
  [() => batchNorm([[1]] as never, null, null), TypeError, "batchNorm"],
];

for (const [i, [run, kind, message]] of misfits.entries()) {
  Deno.test(`misfit ${i} is told: ${message}`, () => void assertThrows(run, kind, message));
}
