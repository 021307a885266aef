/** What of tensors, optimizers and objects changes between calls of what is compiled, and is seen. */
import "@tapegrad/backends";
import {
  compile,
  CompileError,
  keep,
  memory,
  noGrad,
  read,
  scope,
  type Tensor,
  tensor,
  uniform,
  variable,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { Adam, GD } from "@tapegrad/optim";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";

const one = (...values: number[]): Tensor => tensor(values);

/** Elements that a run rounds otherwise than calls do. */
function assertNear(found: readonly number[], expected: readonly number[]): void {
  assertEquals(found.length, expected.length);
  found.forEach((value, i) => assertAlmostEquals(value, expected[i], 1e-5));
}

interface Trained {
  readonly model: nn.Sequential;
  readonly parameters: readonly Tensor[];
  readonly optimizer: Adam;
  readonly step: (x: Tensor, y: Tensor) => Tensor;
}

/** A network with its step, as it is or compiled. */
function trained(made: (step: Trained["step"]) => Trained["step"]): Trained {
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2));
  [...model.parameters()].forEach((p, k) => {
    noGrad(() => p.assign(zeros(p.shape).add(0.03 + 0.06 * k).cumsum(0)));
  });
  const parameters = [...model.parameters()], optimizer = new Adam(model, { learningRate: 0.05 });
  const step = made((x, y) => {
    optimizer.zeroGrad();
    const loss = nn.mseLoss(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  });
  return { model, parameters, optimizer, step };
}

/** Steps with something done between them, eager and compiled: parameters are the same after each. */
async function sameSteps(count: number, between: (net: Trained, i: number) => void): Promise<void> {
  const eager = trained((step) => step), compiled = trained((step) => compile(step));
  for (let i = 0; i < count; i++) {
    const x = tensor([[i, 1, -1], [0.5, i / 2, 2]]).mul(0.3), y = tensor([[1, i], [0, -i]]).mul(0.2);
    for (const net of [eager, compiled]) {
      net.step(x, y);
      between(net, i);
    }
    for (const [k, values] of (await read([...compiled.parameters])).entries()) {
      assertNear([...values], [...await eager.parameters[k].data()]);
    }
  }
}

Deno.test("leaves that stop asking for gradients, and ask again, lead to programs of their own", async () => {
  await sameSteps(14, ({ parameters }, i) => {
    if (i === 4 || i === 9) parameters[0].requiresGrad = parameters[1].requiresGrad = i === 9;
  });
});

Deno.test("leaves that ask for gradients for the first time are seen", async () => {
  const w = tensor([2, 3]), v = variable([1, 1]);
  const fn = compile((x: Tensor) => {
    v.setGrad(null);
    w.setGrad(null);
    w.mul(x).mul(v).sum().backward();
  });
  for (let i = 0; i < 6; i++) {
    if (i === 3) w.requiresGrad = true;
    fn(one(1, i));
    assertEquals(await w.grad?.array() ?? null, i < 3 ? null : [1, i]);
  }
});

Deno.test("what the function sets of leaves is set by runs, and taken back where it throws", async () => {
  const w = variable([1, 2]), v = variable([1, 1]);
  const fn = compile((x: Tensor) => {
    w.requiresGrad = false;
    w.setGrad(null);
    v.setGrad(null);
    w.mul(x).mul(v).sum().backward();
    w.requiresGrad = true;
    w.mul(x).sum().backward();
    if (x.shape[0] === 1) throw new RangeError("bad");
  });
  for (let i = 0; i < 5; i++) {
    fn(one(3, i));
    assertEquals([await w.grad!.array(), await v.grad!.array()], [[3, i], [3, 2 * i]]);
  }
  assertEquals(fn.programs.length, 1);
  const left = compile((x: Tensor) => {
    w.requiresGrad = false;
    return w.mul(x);
  });
  for (let i = 0; i < 4; i++) {
    w.requiresGrad = true;
    left(one(1, 1));
    assertEquals(w.requiresGrad, false);
  }
  w.requiresGrad = true;
  const throws = compile(() => {
    w.requiresGrad = false;
    throw new RangeError("bad");
  });
  assertThrows(() => throws(), RangeError, "bad");
  assert(w.requiresGrad);
});

Deno.test("hooks of leaves that come and go are seen", async () => {
  const w = variable([1, 2]);
  const fn = compile((x: Tensor) => {
    w.setGrad(null);
    w.mul(x).sum().backward();
  });
  let stop = () => {};
  for (let i = 0; i < 9; i++) {
    if (i === 3) stop = w.registerHook((gradient) => gradient.mul(10));
    if (i === 6) stop();
    fn(one(1, 2));
    assertEquals(await w.grad!.array(), i >= 3 && i < 6 ? [10, 20] : [1, 2]);
  }
});

Deno.test("the state of an optimizer that is loaded, or disposed of, is gone on with", async () => {
  await sameSteps(12, ({ optimizer, model }, i) => {
    if (i === 4) optimizer.loadStateDict(new Adam(model, { learningRate: 0.02 }).stateDict());
    if (i === 8) optimizer.dispose();
  });
  const kept = new Map<Adam, ReturnType<Adam["stateDict"]>>();
  await sameSteps(9, ({ optimizer }, i) => {
    if (i === 1) {
      const { groups, state } = optimizer.stateDict();
      const copied = state.map((one) =>
        Object.fromEntries(
          Object.entries(one).map(([name, value]) =>
            [name, typeof value === "object" ? keep(value.mul(1)) : value] as const
          ),
        )
      );
      kept.set(optimizer, { groups, state: copied });
    }
    if (i === 5) optimizer.loadStateDict(kept.get(optimizer)!);
  });
});

Deno.test("programs that are no longer met are let go", () => {
  const w = variable(zeros([64, 64])), optimizer = new Adam([w], { learningRate: 0.1 });
  const step = compile((x: Tensor) => {
    optimizer.zeroGrad();
    x.matmul(w).square().mean().backward();
    optimizer.step();
  });
  const x = uniform([8, 64]);
  const load = () => {
    optimizer.dispose();
    for (let i = 0; i < 4; i++) scope(() => step(x));
  };
  for (let i = 0; i < 20; i++) load();
  const { bytes } = memory(), { length } = step.programs;
  for (let i = 0; i < 5; i++) load();
  assertEquals(step.programs.length, length);
  assert(memory().bytes <= bytes);
});

Deno.test("gradients that are made, then added to, so many times in turn, are programs", async () => {
  const layer = new nn.Linear(3, 2), parameters = [...layer.parameters()];
  let calls = 0;
  const fn = compile((x: Tensor, last: boolean) => {
    calls++;
    const loss = layer.forward(x).square().sum();
    loss.backward();
    if (last) {
      noGrad(() => parameters.forEach((p) => p.assign(p.sub(p.grad!.mul(0.01)))));
      for (const p of parameters) p.setGrad(null);
    }
    return loss;
  }, { verify: true });
  for (let i = 0; i < 24; i++) fn(one(i, 1, -1).mul(0.1).unsqueeze(0), i % 4 === 3);
  await fn.verified();
  assertEquals(fn.programs.length, 4);
  const outside = compile((x: Tensor) => layer.forward(x).square().sum().backward());
  calls = 0;
  for (let i = 0; i < 12; i++) {
    outside(one(i, 1, -1).mul(0.1).unsqueeze(0));
    if (i % 3 === 2) layer.zeroGrad();
  }
  assertEquals(outside.programs.length, 3);
});

Deno.test("what alternates unseen is refused as before", () => {
  let flip = false;
  const fn = compile((x: Tensor) => {
    flip = !flip;
    return flip ? x.mul(2) : x.add(1);
  });
  for (let i = 0; i < 4; i++) fn(one(i));
  assertThrows(() => fn(one(1)), CompileError, "each of 4 calls");
});

Deno.test("a number that alternates is two programs", async () => {
  let calls = 0;
  const fn = compile((x: Tensor, n: number) => {
    calls++;
    for (let k = 0; k < n; k++) x = x.mul(2);
    return x;
  });
  for (let i = 0; i < 12; i++) assertEquals(await fn(one(1), i % 2 ? 3 : 5).item(), i % 2 ? 8 : 32);
  assertEquals([fn.programs.length, calls], [2, 4]);
});

Deno.test("a method is compiled for each object that it is called on", async () => {
  class Scaled {
    readonly factor: number;
    constructor(factor: number) {
      this.factor = factor;
    }
    times(x: Tensor): Tensor {
      return x.mul(this.factor);
    }
  }
  class Compiled extends Scaled {
    override times = compile(super.times);
  }
  const shared = compile(Scaled.prototype.times);
  const [a, b] = [2, 3].map((factor) => Object.assign(new Scaled(factor), { times: shared }));
  const own = new Compiled(5);
  for (let i = 0; i < 5; i++) {
    assertEquals(
      await read([a.times(one(i)), b.times(one(i)), own.times(one(i))]).then((all) => all.map(([v]) => v)),
      [
        2 * i,
        3 * i,
        5 * i,
      ],
    );
  }
  assertEquals([shared.programs.length, own.times.programs.length], [2, 1]);
  assertThrows(() => shared(one(1)), TypeError, "factor"); // as of a method that is called alone
  const model = new nn.Sequential(new nn.Linear(2, 2)), x = one(1, 2).unsqueeze(0);
  const expected = await noGrad(() => model.forward(x)).data();
  model.forward = compile(model.forward) as never;
  for (let i = 0; i < 3; i++) assertNear([...await noGrad(() => model.forward(x)).data()], [...expected]);
});

Deno.test("objects that are another in each call are not returned", () => {
  const generator = compile(function* (x: Tensor): Generator<Tensor> {
    yield x;
  });
  for (let i = 0; i < 4; i++) generator(one(1));
  assertThrows(() => generator(one(1)), CompileError, "return tensors in arrays and plain objects");
});

Deno.test("a run that throws while it is verified leaves no promise to fail alone", async () => {
  const c = one(2), fn = compile((x: Tensor) => noGrad(() => void c.assign(c.mul(x))), { verify: true });
  for (let i = 0; i < 3; i++) fn(one(1));
  await fn.verified();
  c.dispose();
  assertThrows(() => fn(one(1)));
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("a name that a parameter is given between calls changes nothing", async () => {
  const w = variable([2]), optimizer = new GD([w], { learningRate: 0.5 });
  const fn = compile((x: Tensor) => {
    optimizer.zeroGrad();
    w.mul(x).sum().backward();
    optimizer.step();
  });
  fn(one(1));
  w.label = "weight";
  for (let i = 0; i < 2; i++) fn(one(1));
  assertEquals(fn.programs.length, 1);
  assertEquals(await w.array(), [0.5]);
});

Deno.test("an argument is returned, or becomes a gradient, also where it is part of other memory", async () => {
  const w = variable([1, 2]), all = one(1, 2, 3, 4);
  const fn = compile((x: Tensor, y: Tensor) => {
    w.setGrad(y);
    return [x, y.add(1)];
  });
  for (let i = 0; i < 5; i++) {
    const [x, y] = fn(all.slice([i % 2, 2 + i % 2]), all.slice([2, 4]));
    assertEquals(await Promise.all([x, y, w.grad!].map((t) => t.array())), [[1 + i % 2, 2 + i % 2], [4, 5], [
      3,
      4,
    ]]);
  }
});
