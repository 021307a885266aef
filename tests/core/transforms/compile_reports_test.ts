/** What was reported of the compilers of others, tried here: each call does what the function does. */
import {
  checkpoint,
  compile,
  CompileError,
  dropout,
  guard,
  manualSeed,
  noGrad,
  normal,
  randomState,
  read,
  setRandomState,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  uniform,
  variable,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { Adam, OneCycleLR, ReduceLROnPlateau } from "@tapegrad/optim";
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import "@tapegrad/backends";

/** Calls on fresh arguments, compiled and not: what is returned, and what the arguments are afterwards. */
async function sameAs(
  fn: (...args: Tensor[]) => unknown,
  make: (call: number) => Tensor[],
  calls = 5,
): Promise<void> {
  const compiled = compile(fn);
  for (let call = 0; call < calls; call++) {
    const [ours, theirs] = [make(call), make(call)];
    const found = [compiled(...ours), ...ours].flat() as Tensor[],
      expected = [fn(...theirs), ...theirs].flat() as Tensor[];
    assertEquals(await read(found), await read(expected), `call ${call}`);
  }
}

const inPlace = (x: Tensor, by: number): Tensor => noGrad(() => x.assign(x.mul(by)));

// pytorch/pytorch#139789
Deno.test("arguments that overlap, one of which is changed", async () => {
  await sameAs((x, y) => (inPlace(x, 2), x.add(y)), (call) => {
    if (call % 4 < 2) return [tensor([1, 1, 1, 1]), tensor([1, 1, 1, 1])];
    const base = tensor([1, 1, 1, 1, 1, 1, 1, 1]);
    return [base.slice([0, 4]), base.slice([2, 6])];
  }, 12);
});

// pytorch/pytorch#198095
Deno.test("a view of an argument that overlaps one that is changed", async () => {
  await sameAs((x, y) => (noGrad(() => x.assign(x.add(100))), y.slice(0)), () => {
    const base = tensor([[0, 1], [2, 3], [4, 5]]);
    return [base, base.slice([1, 3])];
  });
});

Deno.test("an argument that is a parameter, or a part of one, which is changed", async () => {
  const w = tensor([1, 2, 3, 4]), step = compile((x: Tensor) => (inPlace(w, 2), x.mul(1)));
  const of: readonly (() => Tensor)[] = [
    () => tensor([1, 1, 1, 1]),
    () => w.detach(),
    () => w,
    () => w.reshape([4]),
    () => tensor([7, 7, 7, 7]),
  ];
  for (const k of [0, 0, 0, 0, 1, 0, 2, 3, 4, 1, 1, 1, 4]) {
    const before = await w.array() as number[], x = of[k](), isW = k > 0 && k < 4;
    const expected = isW ? before.map((v) => 2 * v) : await x.array();
    assertEquals(await step(x).array(), expected, `argument ${k}`);
    assertEquals(await w.array(), before.map((v) => 2 * v));
  }
  const first = compile((x: Tensor) => (inPlace(w, 0.5), x.mul(1)));
  for (const k of [1, 1, 1, 4, 4, 4]) {
    const x = of[k](), expected = k === 1 ? (await w.array() as number[]).map((v) => v / 2) : [7, 7, 7, 7];
    assertEquals(await first(x).array(), expected, `argument ${k} later`);
  }
});

// pytorch/pytorch#195422
Deno.test("what dropout gives in evaluation is the argument, and is changed as it", async () => {
  const layer = new nn.Dropout(0.5).eval();
  await sameAs((x) => inPlace(layer.forward(x), 2).add(0), () => [tensor([1, 2])]);
  await sameAs((x) => inPlace(dropout(x, { p: 0 }), 3).add(0), () => [tensor([1, 2])]);
});

// pytorch/pytorch#198101
Deno.test("what is read before a change is what it was then", async () => {
  await sameAs((x) => {
    const y = x.mul(2), z = x.slice([1, 3]).add(1);
    inPlace(x, 10);
    return [y.add(z.sum()), x.mul(2)];
  }, (call) => [tensor([call, 2, 3])]);
});

// pytorch/pytorch#152425
Deno.test("a change of what is repeated is refused, as it is without compiling", () => {
  const fn = (x: Tensor) => noGrad(() => x.expand([2]).assign(zeros([2])));
  for (const each of [fn, compile(fn)]) assertThrows(() => void each(tensor(1)));
});

// pytorch/pytorch#133898, #163093, #120934
Deno.test("schedules of rates and betas lead to no other programs", () => {
  const w = variable([1, 2]), optimizer = new Adam([w], { learningRate: 0.1 });
  const schedule = new OneCycleLR(optimizer, { maxLearningRate: 0.1, totalSteps: 40 });
  const plateau = new ReduceLROnPlateau(optimizer, { patience: 0 });
  const step = compile((x: Tensor) => {
    optimizer.zeroGrad();
    w.mul(x).square().sum().backward();
    optimizer.step();
  }, { verify: true });
  for (let i = 0; i < 30; i++) {
    step(tensor([1, 2]));
    if (i < 20) schedule.step();
    else plateau.step(i);
  }
  assertEquals(step.programs.length, 1);
});

// pytorch/pytorch#158643, elixir-nx/axon#423, jcmgray/autoray#27
Deno.test("each call draws, and the numbers that it draws without compiling", async () => {
  const layer = new nn.Dropout(0.5, { key: { high: 0, low: 3 } }),
    other = new nn.Dropout(0.5, { key: { high: 0, low: 3 } });
  const fn = (layer: nn.Dropout) => (x: Tensor) => layer.forward(x).add(normal([8]));
  const run = async (f: (x: Tensor) => Tensor) => {
    manualSeed(1);
    const found = [];
    for (let i = 0; i < 5; i++) found.push(await f(zeros([8]).add(1)).array());
    return found;
  };
  const [ours, theirs] = [await run(compile(fn(layer))), await run(fn(other))];
  const apart = ours.flat(2).map((x, i) => Math.abs(x as number - (theirs.flat(2)[i] as number)));
  assertEquals(Math.max(...apart) < 1e-5, true);
  assertNotEquals(ours[3], ours[4]);
});

// Lightning-AI/lightning-thunder#114
Deno.test("what a checkpoint draws again are the numbers that it drew", async () => {
  const w = variable([1, 2, 3]);
  const fn = (x: Tensor) => {
    w.setGrad(null);
    const noisy = checkpoint((x: Tensor) => x.mul(w).mul(uniform([3])).sin());
    noisy(x).sum().backward();
    return w.grad!.mul(uniform([3]));
  };
  const run = async (fn: (x: Tensor) => Tensor) => {
    manualSeed(2);
    const found: number[] = [];
    for (let i = 0; i < 5; i++) found.push(...(await read([fn(tensor([1, 1, 1]))]))[0]);
    return found;
  };
  const [ours, theirs] = [await run(compile(fn)), await run(fn)];
  assertEquals(Math.max(...ours.map((x, i) => Math.abs(x - theirs[i]))) < 1e-5, true);
});

Deno.test("seeding inside is refused, however it is done", () => {
  const fns: readonly ((x: Tensor) => Tensor)[] = [
    (x) => (manualSeed(3), x.add(uniform([2]))),
    (x) => {
      const y = x.add(uniform([2]));
      manualSeed(3);
      return y;
    },
    (x) => {
      const state = randomState(), y = x.add(uniform([2]));
      setRandomState(state);
      return y;
    },
  ];
  for (const fn of fns) assertThrows(() => void compile(fn)(tensor([1, 2])), TapeError, "seed outside");
  const twice = compile((x: Tensor) => {
    const state = randomState(), y = x.add(uniform([2]));
    setRandomState(state);
    return y.sub(uniform([2]));
  }, { verify: true });
  for (let i = 0; i < 4; i++) twice(tensor([1, 2]));
  return twice.verified();
});

Deno.test("an argument that is an object is not changed unseen", () => {
  const fns: readonly ((of: { list: number[]; x: Tensor }) => unknown)[] = [
    (of) => of.list.push(3),
    (of) => of.x = of.x.mul(2),
    (of) => Object.assign(of, { more: 1 }),
  ];
  for (const fn of fns) assertThrows(() => compile(fn)({ list: [1], x: tensor([1]) }), TypeError);
});

// pytorch/pytorch#194504, #181696
Deno.test("running statistics without a momentum, in training and in evaluation", async () => {
  const make = () =>
    new nn.Sequential(
      new nn.BatchNorm1d(3, { momentum: null as never }),
      new nn.ELU(),
      new nn.GroupNorm(3, 3),
    );
  const [a, b] = [make(), make()], compiled = compile((x: Tensor) => noGrad(() => a.forward(x)));
  for (let i = 0; i < 9; i++) {
    const isTraining = i % 6 < 4, x = uniform([4, 3, 2], { key: { high: 0, low: i } });
    a.train(isTraining);
    b.train(isTraining);
    const [[y], [z]] = [await read([compiled(x)]), await read([noGrad(() => b.forward(x))])];
    y.forEach((value, k) =>
      assertEquals(Math.abs(value - z[k]) < 1e-4, true, `${value} for ${z[k]} in call ${i}`)
    );
  }
  assertEquals(
    await a.stateDict()["0.num_batches_tracked"]?.item(),
    await b.stateDict()["0.num_batches_tracked"]?.item(),
  );
});

// pytorch/pytorch#100025
Deno.test("dropout of everything and of nothing", async () => {
  for (const p of [0, 1]) await sameAs((x) => dropout(x, { p }), () => [tensor([1, 2, 3])]);
});

// tensorflow/tensorflow#33689
Deno.test("layers that make their parameters at the first call", async () => {
  const layer = new nn.LazyLinear(2), fn = compile((x: Tensor) => noGrad(() => layer.forward(x)));
  const found = [];
  for (let i = 0; i < 4; i++) found.push(await fn(tensor([1, 2, 3])).array());
  assertEquals(found, [found[0], found[0], found[0], found[0]]);
});

// tensorflow/tensorflow#44980, pytorch/pytorch#196173
Deno.test("what hangs on an object's properties is told by guard, and found by verifying", async () => {
  const net = { weight: tensor([1, 2]), isLoud: false };
  const careless = compile((x: Tensor) => x.mul(net.weight), { verify: true });
  const careful = compile((x: Tensor) => (guard(() => net.weight), x.mul(net.weight)));
  for (let i = 0; i < 3; i++) careless(tensor([1, 1])), careful(tensor([1, 1]));
  net.weight = tensor([5, 6]);
  assertEquals(await careful(tensor([1, 1])).array(), [5, 6]);
  careless(tensor([1, 1]));
  let message = "";
  await careless.verified().catch((error: Error) => message = error.message);
  assertEquals(message.includes("has 1 for 5"), true, message);
});

// pytorch/pytorch#132986
Deno.test("a module whose forward was compiled is put in and out of training as before", async () => {
  const layer = new nn.Dropout(0.9), forward = compile((x: Tensor) => layer.forward(x));
  const x = zeros([101]).add(1), isWhole = async () => (await forward(x).sum().item()) === 101;
  for (let i = 0; i < 4; i++) assertEquals(await isWhole(), false);
  layer.eval();
  for (let i = 0; i < 4; i++) assertEquals(await isWhole(), true);
});

Deno.test("shapes that do not fit are an error each time, and none of compiling", () => {
  const fn = compile((x: Tensor, y: Tensor) => x.add(y));
  for (let i = 0; i < 6; i++) {
    const error = assertThrows(() => void fn(tensor([1, 2]), tensor([1, 2, 3])), ShapeError);
    assertEquals(error instanceof CompileError, false);
  }
});
