/** A scope releases what was made in it, and of what was made elsewhere nothing that anyone may hold. */
import { keep, memory, noGrad, ones, scope, type Tensor, tensor, variable } from "@tapegrad/core";
import { Linear, Module } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals } from "@std/assert";
import { backend, precision } from "../../backend_traits.ts";

class Holder extends Module {
  readonly weight: Tensor;

  constructor(weight: Tensor) {
    super();
    this.weight = weight;
  }

  override forward(x: Tensor): Tensor {
    return x.mul(this.weight);
  }
}

/** All that takes a gradient away from its leaf. */
const takers: Record<string, (x: Tensor) => void> = {
  "setGrad(null)": (x) => x.setGrad(null),
  "setGrad()": (x) => x.setGrad(ones([2])),
  "zeroGrad() of a module": (x) => new Holder(x).zeroGrad(),
  "zeroGrad() of an optimizer": (x) => new GD([x], { learningRate: 1 }).zeroGrad(),
  "to() of a module": (x) => new Holder(x).to("f16"),
  "a second backward": (x) => x.sum().backward(),
};

/** Ways to come by a gradient that is one's own. */
const holders: Record<string, (x: Tensor) => Tensor> = {
  "made without a scope": (x) => {
    x.square().sum().backward();
    return x.grad!;
  },
  "kept": (x) =>
    scope(() => {
      x.square().sum().backward();
      return { kept: keep(x.grad!) };
    }).kept,
  "kept later": (x) => {
    scope(() => x.square().sum().backward());
    return keep(x.grad!);
  },
  "returned": (x) =>
    scope(() => {
      x.square().sum().backward();
      return x.grad!;
    }),
  "returned with its leaf": (x) =>
    scope(() => {
      x.square().sum().backward();
      return [x, x.grad!];
    })[1],
  "read after its scope": (x) => {
    scope(() => x.square().sum().backward());
    return x.grad!;
  },
  "set by hand": (x) => {
    const g = tensor([2, 4]);
    scope(() => x.setGrad(g));
    return g;
  },
  "set by hand, with elements of another": (x) => {
    const g = tensor([2, 4]);
    scope(() => {
      x.setGrad(ones([2]));
      x.grad!.setData(g);
    });
    return g;
  },
};

for (const [how, hold] of Object.entries(holders)) {
  for (const [what, take] of Object.entries(takers)) {
    if (what === "to() of a module" && !backend.dtypes.has("f16")) continue;
    Deno.test(`a gradient ${how} survives ${what} in a scope`, async () => {
      const x = variable([1, 2]), g = hold(x);
      scope(() => take(x));
      assertEquals(await g.array(), [2, 4]);
    });
    Deno.test(`a gradient ${how} in a scope survives ${what} in one inside`, async () => {
      const x = variable([1, 2]);
      const values = scope(() => {
        const g = hold(x);
        scope(() => take(x));
        return g.array();
      });
      assertEquals(await values, [2, 4]);
    });
  }
}

Deno.test("elements that a tensor takes over in a scope stay those of their tensor", async () => {
  const v = tensor([1, 2]);
  scope(() => {
    ones([2]).setData(v);
  });
  assertEquals(await v.array(), [1, 2]);
  const read = scope(() => {
    const w = tensor([3, 4]);
    scope(() => {
      ones([2]).setData(w);
      variable([0, 0]); // and a leaf may die too
    });
    return w.mul(2);
  });
  assertEquals(await read.array(), [6, 8]);
});

Deno.test("a tensor that takes over elements made in a scope goes on with them", async () => {
  const buffer = ones([2]), leaf = variable([1, 1]);
  scope(() => {
    buffer.setData(tensor([1, 2]));
    noGrad(() => leaf.setData(tensor([3, 4])));
  });
  assertEquals([await buffer.array(), await leaf.array()], [[1, 2], [3, 4]]);
});

Deno.test("tensors that were assigned, moved or cast in a scope are still their holder's", async () => {
  const x = tensor([1, 2]), y = ones([2]), model = new Linear(2, 1, { dtype: precision });
  scope(() => {
    y.assign(x);
    x.to(x.dtype).to(backend.name).add(1);
    model.to(precision).to(backend.name);
  });
  assertEquals([await x.array(), await y.array()], [[1, 2], [1, 2]]);
  assertEquals((await model.weight.data()).length, 2);
});

Deno.test("the state that an optimizer has handed out survives what it loads", async () => {
  const x = variable([1, 2]), optimizer = new GD([x], { learningRate: 0, momentum: 0.5 });
  x.square().sum().backward();
  optimizer.step();
  const saved = optimizer.stateDict();
  for (let i = 0; i < 2; i++) scope(() => optimizer.loadStateDict(saved));
  assertEquals(await (saved.state[0].velocity as Tensor).array(), [2, 4]);
});

Deno.test("steps in scopes hold no more memory, read or not", () => {
  const x = variable([1, 2]), optimizer = new GD([x], { learningRate: 0.1, momentum: 0.5 });
  const step = (): void =>
    scope(() => {
      optimizer.zeroGrad();
      x.square().sum().backward();
      x.setGrad(x.grad!.mul(0.5));
      optimizer.step();
    });
  step();
  const before = memory();
  for (let i = 0; i < 10; i++) step();
  assertEquals(memory(), before);
  scope(() => {
    assert(x.grad !== null);
    optimizer.zeroGrad();
  });
  assert(memory().buffers <= before.buffers);
});
