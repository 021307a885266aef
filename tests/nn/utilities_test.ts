/** What torch.nn.utils has beside: fused layers, padded sequences, calls with other parameters, layers that draw nothing. */
import {
  BackendError,
  concat,
  grad,
  memory,
  randomState,
  read,
  scope,
  ShapeError,
  stack,
  sum,
  type Tensor,
  tensor,
  variable,
  vmap,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { functionalCall, Linear, padSequence, skipInit, unpadSequence } from "@tapegrad/nn";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { backend, precise, precision, within } from "../backend_traits.ts";
import { type AnyLayer, type Written, written } from "./against_pytorch.ts";
import { copied, here, sample } from "../table/row.ts";
import reference from "./reference/utilities.json" with { type: "json" };

type State = Readonly<Record<string, Written>>;

interface Fused {
  readonly layer: string;
  readonly arguments: readonly unknown[];
  readonly options: object;
  readonly norm: string;
  readonly size: number;
  readonly affine: boolean;
  readonly states: readonly [State, State];
  readonly weight: Written;
  readonly bias: Written;
}

interface Padded {
  readonly sequences: readonly Written[];
  readonly options: nn.PadSequenceOptions;
  readonly output: Written;
}

const all: readonly unknown[] = reference.cases;
const fusions = all.filter((one) => "norm" in (one as object)) as Fused[];
const paddings = all.filter((one) => "sequences" in (one as object)) as Padded[];

function made<L = AnyLayer>(name: string, args: readonly unknown[], state?: State): L {
  const Layer = (nn as unknown as Record<string, new (...args: readonly unknown[]) => AnyLayer>)[name];
  const layer = new Layer(...args).to(precision).eval();
  if (state) layer.loadStateDict(Object.fromEntries(Object.entries(state).map(([k, v]) => [k, written(v)])));
  return layer as L;
}

async function assertClose(found: Tensor, wanted: Tensor, allowed = within(1e-13, 1e-5)): Promise<void> {
  assertEquals(found.shape, wanted.shape);
  const [a, b] = await read([found, wanted]);
  a.forEach((v: number, i: number) => assert(Math.abs(v - b[i]) <= allowed, `${v} and ${b[i]} at ${i}`));
}

function inputFor(name: string, channels: number): Tensor {
  const axes = name === "Linear" ? 0 : Number(name.at(-2));
  return copied(sample([2, channels, ...Array(axes).fill(5)]), here).to(precision);
}

for (const [i, given] of fusions.entries()) {
  const { layer: name, arguments: args, options, norm, size, affine, states } = given;
  Deno.test(`${i}: ${name} fused with ${norm} has PyTorch's weights, and gives what both give`, async () => {
    const layer = made<nn.Conv2d & Linear>(name, [...args, options], states[0]);
    const after = made<nn.BatchNorm2d>(norm, [size, { affine, eps: 1e-3 }], states[1]);
    const fused = name === "Linear" ? nn.fuseLinearBnEval(layer, after) : nn.fuseConvBnEval(layer, after);
    await assertClose(fused.weight, written(given.weight));
    await assertClose(fused.bias!, written(given.bias));
    const x = inputFor(name, args[0] as number);
    await assertClose(fused.forward(x), after.forward(layer.forward(x)), within(1e-12, 1e-4));
    assertEquals([fused.constructor, fused.training, fused.parameters().length], [
      layer.constructor,
      false,
      2,
    ]);
    assertEquals(layer.parameters().includes(fused.weight), false);
  });
}

Deno.test("a transposed convolution in groups is fused too", async () => {
  const layer = made<nn.ConvTranspose1d>("ConvTranspose1d", [4, 6, 3, { groups: 2, stride: 2 }]);
  const after = made<nn.BatchNorm1d>("BatchNorm1d", [6]);
  after.train().forward(inputFor("Conv1d", 6));
  nn.init.normal(after.weight!);
  after.eval();
  const x = inputFor("Conv1d", 4);
  await assertClose(
    nn.fuseConvBnEval(layer, after).forward(x),
    after.forward(layer.forward(x)),
    within(1e-12, 1e-4),
  );
});

Deno.test("a step of fusing leaves the memory of the layer that it makes, and no more", () => {
  const layer = made<nn.Conv2d>("Conv2d", [1, 2, 3]), after = made<nn.BatchNorm2d>("BatchNorm2d", [2]);
  const before = scope(() => memory().buffers);
  scope(() => {
    const fused = nn.fuseConvBnEval(layer, after);
    fused.parameters().forEach((p) => p.dispose());
  });
  assertEquals(memory().buffers, before);
});

Deno.test("what cannot be fused says why", () => {
  const conv = new nn.Conv2d(1, 2, 3).eval(), norm = new nn.BatchNorm2d(2).eval();
  assertThrows(() => nn.fuseConvBnEval(conv.train(), norm), TypeError, "while Conv2d trains: put it out");
  conv.eval();
  assertThrows(() => nn.fuseConvBnEval(conv, norm.train()), TypeError, "while BatchNorm2d trains");
  const bare = new nn.BatchNorm2d(2, { trackRunningStats: false }).eval();
  assertThrows(() => nn.fuseConvBnEval(conv, bare), TypeError, "no running statistics");
  assertThrows(() => nn.fuseConvBnEval(conv, new nn.BatchNorm2d(3).eval()), ShapeError, "statistics of [3]");
  assertThrows(() => nn.fuseLinearBnEval(conv as never, norm), TypeError, "a Linear is needed");
  assertThrows(
    () => nn.fuseConvBnEval(new Linear(1, 1) as never, norm),
    TypeError,
    "a convolution is needed",
  );
  assertThrows(
    () => nn.fuseLinearBnEval(new Linear(1, 3).eval(), norm.eval()),
    ShapeError,
    "[2]: one for each",
  );
});

for (const [i, { sequences, options, output }] of paddings.entries()) {
  Deno.test(`${i}: padSequence with ${JSON.stringify(options)} is PyTorch's, and undone by unpadSequence`, async () => {
    const given = sequences.map(written), lengths = given.map(({ shape }) => shape[0]);
    const padded = padSequence(given, options), { batchFirst = false } = options;
    await assertClose(padded, written(output), 0);
    const back = unpadSequence(padded, lengths, { batchFirst });
    for (const [j, one] of back.entries()) await assertClose(one, given[j], 0);
  });
}

Deno.test("padding may stand at the left, and has no gradient", async () => {
  const x = variable([1, 2]),
    y = padSequence([x, tensor([3, 4, 5])], { paddingSide: "left", paddingValue: 9 });
  assertEquals(await y.transpose().array(), [[9, 1, 2], [3, 4, 5]]);
  sum(y.mul(y)).backward();
  assertEquals(await x.grad!.array(), [2, 4]);
});

Deno.test("sequences and lengths that do not fit are refused", () => {
  assertThrows(() => padSequence([]), TypeError, "a list of at least one tensor");
  assertThrows(() => padSequence([zeros([2, 3]), zeros([2, 4])]), ShapeError, "[2, 3] and [2, 4]");
  assertThrows(() => padSequence([zeros([])]), ShapeError, "sequences are [length, …]");
  assertThrows(() => padSequence([zeros([1])], { paddingSide: "top" as never }), TypeError, "left or right");
  const padded = zeros([4, 2]);
  for (const lengths of [[1], [1, 5], [1, -1], [1, 1.5], "11" as never]) {
    assertThrows(() => unpadSequence(padded, lengths), ShapeError, "for each of 2 sequences");
  }
  const onDevice = () => unpadSequence(padded, tensor([4, 1], { dtype: "i32" })).map(({ shape }) => shape[0]);
  if (!backend.synchronous) assertThrows(onDevice, BackendError);
  else assertEquals(onDevice(), [4, 1]);
});

Deno.test("functionalCall is a call with what is given, whose gradients it has, and changes nothing", async () => {
  const model = new nn.Sequential(new Linear(2, 2), new nn.BatchNorm1d(2)), x = tensor([[1, 2], [3, 5]]);
  const own = model.stateDict(), weight = variable([[1, 0], [0, 1]]), bias = variable([1, 1]);
  const mean = zeros([2]), given = { "0.weight": weight, "0.bias": bias, "1.running_mean": mean };
  const other = new nn.Sequential(new Linear(2, 2), new nn.BatchNorm1d(2));
  other.loadStateDict({ ...other.stateDict(), "0.weight": weight, "0.bias": bias });
  const y = functionalCall(model, given, [x]);
  await assertClose(y, other.forward(x), 1e-6);
  y.mul(tensor([[1, 2], [3, 4]])).sum().backward();
  assert(weight.grad && bias.grad);
  assertEquals(model.parameters()[0].grad, null);
  assertEquals((await mean.array() as number[])[0], 0.30000001192092896); // it is what a step changes
  for (const [name, tensor] of Object.entries(model.stateDict())) {
    if (name !== "1.running_var" && name !== "1.num_batches_tracked") await assertClose(tensor, own[name], 0);
  }
});

Deno.test("functionalCall restores after an error and after a promise, and calls hooks", async () => {
  class Late extends nn.Module<readonly [Tensor], Promise<Tensor>> {
    readonly scale = variable(2);
    override async forward(x: Tensor): Promise<Tensor> {
      await Promise.resolve();
      return x.mul(this.scale);
    }
  }
  const late = new Late(),
    { scale } = late,
    waiting = functionalCall(late, { scale: tensor(5) }, [tensor(1)]);
  assertEquals(await (await waiting).item(), 5);
  assertStrictEquals(late.scale, scale);
  const linear = new Linear(2, 1), { weight } = linear;
  assertThrows(() => functionalCall(linear, { weight: zeros([1, 2]) }, [zeros([3])]), ShapeError);
  assertStrictEquals(linear.weight, weight);
  let calls = 0;
  linear.registerForwardHook(() => void calls++);
  functionalCall(linear, {}, [zeros([2])]);
  assertEquals(calls, 1);
});

Deno.test("functionalCall reaches lists, maps, plain objects, ties and parametrizations", async () => {
  class Tree extends nn.Module {
    readonly list = [variable(1)];
    readonly map = new Map([["a.b", variable(2)]]);
    readonly plain = { deep: { x: variable(3) } };
    readonly tied = this.list[0];
    override forward(x: Tensor): Tensor {
      return stack([this.list[0], this.map.get("a.b")!, this.plain.deep.x, this.tied]).mul(x);
    }
  }
  const tree = new Tree(),
    one = tensor(1),
    given = { "list.0": tensor(10), "map.a.b": tensor(20), "plain.deep.x": tensor(30) };
  assertEquals(await functionalCall(tree, given, [one]).array(), [10, 20, 30, 10]);
  assertEquals(await functionalCall(tree, given, [one], { tieWeights: false }).array(), [10, 20, 30, 1]);
  assertEquals(await tree.forward(one).array(), [1, 2, 3, 1]);
  assertThrows(
    () => functionalCall(tree, { ...given, tied: tensor(11) }, [one]),
    TypeError,
    '"tied" is tied to a tensor that is given another value',
  );
  const { "list.0": _, ...fewer } = given;
  assertThrows(
    () => functionalCall(tree, fewer, [one], { strict: true }),
    TypeError,
    'no "tied", "list.0" is given',
  );
  assertThrows(() => functionalCall(tree, { lst: one }, [one]), TypeError, 'it has no "lst"');
  assertThrows(() => functionalCall(tree, { tied: 1 as never }, [one]), TypeError, "a tensor is needed");

  const linear = nn.parametrizations.weightNorm(new Linear(1, 1, { bias: false }));
  const parts = {
    "parametrizations.weight.original0": tensor([[6]]),
    "parametrizations.weight.original1": tensor([[2]]),
  };
  assertEquals(await functionalCall(linear, parts, [tensor([1])]).array(), [6]);
});

Deno.test("functionalCall under grad of grad, and under vmap an ensemble", async () => {
  const model = new Linear(1, 1, { bias: false }), x = tensor([3]);
  const loss = (weight: Tensor) => functionalCall(model, { weight }, [x]).pow(3).sum();
  const w = tensor([[2]]);
  assertEquals(await grad(loss)(w).array(), [[324]]); // 3·27·w²
  assertEquals(await grad((w: Tensor) => grad(loss)(w).sum())(w).array(), [[324]]); // 6·27·w
  const many = concat([w, w.mul(2)]).reshape([2, 1, 1]);
  assertEquals(await vmap(loss)(many).array(), [216, 1728]);
  assertEquals(await precise([1]).sum().item(), 1);
});

Deno.test("skipInit draws nothing: the sequence of random numbers stays where it was, and parameters are 0", async () => {
  const before = randomState();
  const layers = [
    skipInit(Linear, 2, 3),
    skipInit(nn.LSTM, 2, 3),
    skipInit(nn.Embedding, 3, 2),
    skipInit(nn.MultiheadAttention, 4, 2),
    skipInit(nn.Conv2d, 1, 2, 3),
    skipInit(nn.TransformerEncoderLayer, 4, 2),
  ];
  assertEquals(randomState(), before);
  for (const layer of layers) {
    for (const [name, p] of layer.namedParameters()) {
      if (!name.includes("norm")) assertEquals(await p.abs().max().item(), 0, name);
    }
  }
  assertThrows(() => skipInit(nn.Conv2d, 1, 2, 0), ShapeError);
  assert(await new Linear(4, 4).weight.abs().max().item() > 0, "and others go on drawing");
  assertThrows(() => skipInit(new Linear(1, 1) as never), TypeError, "skipInit");
});
