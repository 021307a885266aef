/** What advances while a checkpointed function runs: it finds everything as it was, and leaves it so. */
import {
  Changing,
  checkpoint,
  drawKey,
  grad,
  key,
  manualSeed,
  noGrad,
  normal,
  ones,
  randomState,
  setRandomState,
  TapeError,
  type Tensor,
  uniform,
  variable,
  zeros,
} from "@tapegrad/core";
import { Dropout, Linear, Module, Sequential } from "@tapegrad/nn";
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import "../../backend_traits.ts";

type Draw = (x: Tensor) => Tensor;

/** What a function gives and its gradient, checkpointed or not, from the same seed, and where the sequence is then. */
async function run(make: () => Draw, through: (fn: Draw) => Draw): Promise<unknown[]> {
  manualSeed(3);
  const fn = make(), x = variable(ones([6])), calls = [];
  for (let i = 0; i < 2; i++) {
    const y = through(fn)(x);
    x.setGrad(null);
    y.sum().backward();
    calls.push(await y.array(), await x.grad!.array(), randomState());
  }
  return [...calls, await fn(ones([6])).array()]; // the next draw too
}

const nested = (fn: Draw): Draw => checkpoint((x) => checkpoint(fn)(checkpoint(fn)(x)));
const plainlyTwice = (fn: Draw): Draw => (x) => fn(fn(x));

const draws: Record<string, () => Draw> = {
  "a dropout with a key": () => bound(new Dropout(0.5, { key: key(5) })),
  "a dropout without one": () => bound(new Dropout(0.5)),
  "two dropouts of one function": () => {
    const [a, b] = [new Dropout(0.5, { key: key(1) }), new Dropout(0.3)];
    return (x) => b.forward(a.forward(x).add(a.forward(x)));
  },
  "a module": () =>
    bound(new Sequential(new Linear(6, 6), new Dropout(0.5, { key: key(2) }), new Dropout(0.2))),
  "numbers of the global sequence": () => (x) => x.mul(uniform([6])).mul(normal([6])),
  "a sequence of one's own": () => {
    const keys = new Changing(key(9));
    return (x) => x.mul(normal([6], { key: drawKey(keys) })).mul(normal([6], { key: drawKey(keys) }));
  },
  "a counter": () => {
    const calls = new Changing(1);
    return (x) => x.mul(++calls.value);
  },
  "a seed set inside": () => (x) => {
    manualSeed(8);
    return x.mul(uniform([6]));
  },
  "a state that is read and set": () => (x) => {
    const before = randomState(), y = x.mul(uniform([6]));
    setRandomState(before);
    return y.mul(uniform([6]));
  },
};

function bound(module: Module): Draw {
  return (x) => module.forward(x);
}

for (const [name, make] of Object.entries(draws)) {
  Deno.test(`a checkpoint replays ${name}`, async () => {
    assertEquals(await run(make, checkpoint), await run(make, (fn) => fn));
    assertEquals(await run(make, nested), await run(make, plainlyTwice));
  });
}

Deno.test("the gradient of a checkpointed dropout has its mask", async () => {
  const dropout = new Dropout(0.5, { key: key(5) }), x = variable(ones([6]));
  const y = checkpoint((z: Tensor) => dropout.forward(z))(x);
  y.sum().backward();
  assertEquals(await x.grad!.array(), await y.array());
});

Deno.test("checkpointed calls in another order than their backward keep their own draws", async () => {
  const dropout = new Dropout(0.5, { key: key(5) });
  const xs = [0, 1, 2].map(() => variable(ones([20])));
  const ys = xs.map((x) => checkpoint((z: Tensor) => dropout.forward(z))(x));
  const before = randomState();
  for (const i of [1, 0, 2]) ys[i].sum().backward({ retainGraph: true });
  for (let i = 0; i < 3; i++) assertEquals(await xs[i].grad!.array(), await ys[i].array());
  assertNotEquals(await ys[0].array(), await ys[1].array());
  assertEquals(randomState(), before);
});

Deno.test("a replay that fails leaves the sequences where they were", () => {
  const keys = new Changing(key(1));
  let calls = 0;
  const y = checkpoint((x: Tensor) => {
    uniform([1], { key: drawKey(keys) });
    uniform([1]);
    if (calls++ > 0) throw new Error("again");
    return x.exp();
  })(variable(1));
  const before = [randomState(), keys.value];
  assertThrows(() => y.backward(), Error, "again");
  assertEquals([randomState(), keys.value], before);
});

Deno.test("a module is in training in the replay if it was", async () => {
  const dropout = new Dropout(0.5, { key: key(5) }), x = variable(ones([6]));
  const y = checkpoint((z: Tensor) => dropout.forward(z))(x);
  dropout.eval();
  y.sum().backward();
  assertEquals(await x.grad!.array(), await y.array());
  assertEquals(dropout.training, false);
});

/** Divides by a running mean after it has moved on: read, changed in place and read again. */
class RunningMean extends Module {
  readonly mean = zeros([2]);
  readonly calls = zeros([], { dtype: "i32" });

  override forward(x: Tensor): Tensor {
    noGrad(() => {
      this.calls.assign(this.calls.add(1));
      this.mean.assign(this.mean.mul(0.5).add(x.mean(0).mul(0.5)));
    });
    return x.mul(this.mean.mul(1)).add(x.square());
  }
}

Deno.test("running statistics advance once, and a replay reads what forward read", async () => {
  const [plain, replayed] = [new RunningMean(), new RunningMean()];
  const gradients: unknown[] = [];
  for (const [model, wrap] of [[plain, (fn: Draw) => fn], [replayed, checkpoint]] as const) {
    const batches = [ones([3, 2]), ones([3, 2]).mul(2)].map((data) => variable(data));
    const ys = batches.map((x) => wrap((z: Tensor) => model.forward(z))(x));
    for (const y of ys.toReversed()) y.sum().backward();
    gradients.push(await Promise.all(batches.map((x) => x.grad!.array())));
  }
  assertEquals(gradients[1], gradients[0]);
  assertEquals(await replayed.mean.array(), [1.25, 1.25]);
  assertEquals([await replayed.calls.item(), await plain.calls.item()], [2, 2]);
});

Deno.test("statistics changed in place do not look changed to other graphs after a replay", async () => {
  const mean = ones([2]), x = variable([1, 2]);
  const y = checkpoint((z: Tensor) => {
    noGrad(() => mean.assign(mean.mul(2)));
    return z.exp();
  })(x);
  const other = x.mul(mean).sum();
  y.sum().backward();
  x.setGrad(null);
  other.backward();
  assertEquals(await x.grad!.array(), [2, 2]);
});

Deno.test("a plain variable that advances is an error, not a wrong gradient", () => {
  const cases: (() => Draw)[] = [
    () => {
      let n = 1;
      return (x) => x.mul(++n);
    },
    () => {
      let n = 0;
      return (x) => x.slice([n, ++n + 1]).exp();
    },
  ];
  for (const make of cases) {
    const y = checkpoint(make())(variable([1, 2, 3, 4]));
    assertThrows(() => y.sum().backward(), TapeError, "must be in a Changing");
  }
});

Deno.test("grad of a checkpointed draw to second order", async () => {
  const make = (): Draw => {
    const dropout = new Dropout(0.5, { key: key(4) });
    return (x) => dropout.forward(x.pow(3)).sum();
  };
  const second = (fn: Draw): Tensor => grad((x: Tensor) => grad(fn)(x).sum())(ones([8]));
  assertEquals(await second(checkpoint(make())).array(), await second(make()).array());
});
