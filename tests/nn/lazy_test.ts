/** Lazy layers become what they would have been, had they been told: from an input, or from a state. */
import {
  key,
  memory,
  randomState,
  read,
  scope,
  ShapeError,
  TapeError,
  type Tensor,
  vmap,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { LazyLinear, Linear, Sequential, StateDictError } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import "../backend_traits.ts";
import { copied, here, sample } from "../table/row.ts";

type Layer = nn.AnyModule & { forward(x: Tensor): Tensor };
type LayerClass = new (...args: readonly unknown[]) => Layer;
const classes = nn as unknown as Readonly<Record<string, LayerClass>>;
const k = key(7);

/** What a layer is told beside its inputs, what it is told of them, and the shape of these. */
const told: Readonly<
  Record<string, readonly [given: readonly unknown[], extent: number, shape: number[]][]>
> = {
  Linear: [[[3, { key: k }], 4, [2, 4]], [[3, { key: k, bias: false }], 5, [5]]],
  Conv1d: [[[4, 2, { key: k, groups: 2 }], 6, [1, 6, 5]], [[4, 2, { key: k }], 2, [2, 5]]],
  Conv2d: [[[4, [2, 1], { key: k, stride: 2, paddingMode: "circular", padding: 1 }], 3, [2, 3, 4, 4]]],
  Conv3d: [[[2, 2, { key: k, bias: false }], 1, [1, 1, 3, 3, 3]]],
  ConvTranspose1d: [[[4, 2, { key: k, groups: 2 }], 6, [1, 6, 5]]],
  ConvTranspose2d: [[[4, 2, { key: k }], 3, [2, 3, 4, 4]]],
  ConvTranspose3d: [[[2, 2, { key: k }], 3, [3, 3, 3, 3]]],
  BatchNorm1d: [[[], 3, [4, 3]], [[{ affine: false, momentum: null }], 3, [4, 3, 2]]],
  BatchNorm2d: [[[{ trackRunningStats: false }], 3, [4, 3, 2, 2]]],
  BatchNorm3d: [[[], 2, [2, 2, 2, 2, 2]]],
  InstanceNorm1d: [[[{ affine: true }], 3, [2, 3, 4]], [[{ trackRunningStats: true }], 3, [3, 4]]],
  InstanceNorm2d: [[[{ affine: true, trackRunningStats: true }], 3, [2, 3, 4, 4]]],
  InstanceNorm3d: [[[{ affine: true }], 2, [2, 2, 2, 2, 2]]],
};

async function assertSame(found: Layer, wanted: Layer): Promise<void> {
  assertEquals([found.constructor, String(found)], [wanted.constructor, String(wanted)]);
  const [a, b] = [found, wanted].map((layer) => layer.stateDict());
  assertEquals(Object.keys(a).sort(), Object.keys(b).sort());
  assertEquals([...found.namedParameters().keys()].sort(), [...wanted.namedParameters().keys()].sort());
  const names = Object.keys(b);
  assertEquals(await read(names.map((name) => a[name])), await read(names.map((name) => b[name])));
}

for (const [name, cases] of Object.entries(told)) {
  for (const [given, extent, shape] of cases) {
    const options = given.filter((part) => typeof part !== "object" || !("key" in part!));
    const title = `Lazy${name}(${JSON.stringify(options)})`;

    Deno.test(`${title} is ${name}(${extent}, …) after an input of [${shape}]`, async () => {
      const wanted = new classes[name](extent, ...given), x = copied(sample(shape), here).to("f32");
      const before = randomState(), layer = new classes[`Lazy${name}`](...given);
      assertEquals(randomState(), before, "it draws nothing before");
      assert(layer instanceof classes[name] && String(layer).startsWith(`Lazy${name}(`), String(layer));
      const [y, z] = [layer.forward(x), wanted.forward(x)];
      assertEquals(await y.array(), await z.array());
      await assertSame(layer, wanted);
      assertEquals(layer.forward(x).shape, z.shape);
      assertThrows(() => layer.forward(zeros([7, 9, 9, 9, 9, 9])), ShapeError);
    });

    Deno.test(`${title} is ${name}(${extent}, …) after a state of it, unless it has none`, async () => {
      const wanted = new classes[name](extent, ...given), layer = new classes[`Lazy${name}`](...given);
      if (Object.keys(wanted.stateDict()).length === 0) return;
      layer.loadStateDict(wanted.stateDict());
      await assertSame(layer, wanted);
    });
  }
}

Deno.test("who asks for parameters too early is told so, by whatever way", () => {
  const model = new Sequential(new Linear(2, 3), new LazyLinear(4)),
    text = "Cannot list the parameters of LazyLinear(4)";
  const ways: Readonly<Record<string, () => unknown>> = {
    parameters: () => model.parameters(),
    namedParameters: () => model.namedParameters(),
    buffers: () => model.buffers(),
    stateDict: () => model.stateDict(),
    collectParameters: () => nn.collectParameters({ deep: [model] }),
    "an optimizer": () => new GD(model, { learningRate: 1 }),
    "an optimizer of a list": () => new GD(model.parameters(), { learningRate: 1 }),
  };
  for (const [way, ask] of Object.entries(ways)) {
    assert(assertThrows(ask, TypeError).message.startsWith(text), way);
  }
  assertThrows(
    () => (model[1] as Linear).weight,
    TypeError,
    'Cannot read "weight" of LazyLinear(4): it is made by',
  );
  assertThrows(() => nn.weightNorm(model[1] as Linear), TypeError, "of LazyLinear(4)");
  assertEquals(String(model).includes("1: LazyLinear(4)"), true, String(model));
  model.forward(zeros([1, 2]));
  for (const ask of Object.values(ways)) ask();
});

Deno.test("what is done to a model before is done to parameters that come later", () => {
  const layer = new LazyLinear(2), model = new Sequential(layer).to("f16").eval().requireGrad(false);
  model.zeroGrad();
  model.forward(zeros([1, 3], { dtype: "f16" }));
  assertEquals([layer.weight.dtype, layer.weight.requiresGrad, layer.training, layer.inFeatures], [
    "f16",
    false,
    false,
    3,
  ]);
  model.requireGrad(true);
  assertEquals(model.parameters().length, 2);
});

Deno.test("hooks stay in their order and on the layer, which stays the same object", () => {
  const layer = new LazyLinear(2), seen: string[] = [];
  layer.registerForwardPreHook(() => void seen.push("before"));
  layer.registerForwardHook(() => void seen.push("after"));
  const model = new Sequential(layer);
  model.forward(zeros([1, 3]));
  model.forward(zeros([1, 3]));
  assertEquals(seen, ["before", "after", "before", "after"]);
  assertStrictEquals(model[0], layer);
  assertEquals(Object.keys(model.stateDict()).sort(), ["0.bias", "0.weight"]);
});

Deno.test("states that do not fit name what is missing, and load what there is", () => {
  const model = new Sequential(new LazyLinear(2), new LazyLinear(3));
  const state = { "0.weight": zeros([2, 5]), "0.bias": zeros([2]) };
  const error = assertThrows(() => model.loadStateDict(state), StateDictError);
  assertEquals(error.missing.toSorted(), ["1.bias", "1.weight"]);
  assertEquals(model.loadStateDict(state, { strict: false }).missing.length, 2);
  assertEquals((model[0] as Linear).inFeatures, 5);
  model.forward(zeros([1, 5]));
  assertEquals((model[1] as Linear).inFeatures, 2);
});

Deno.test("an input that tells nothing is refused, and leaves the layer lazy", () => {
  const layer = new nn.LazyConv2d(1, 2), model = new Sequential(layer);
  assertThrows(() => model.forward(zeros([3])), ShapeError, "Cannot apply LazyConv2d(1, 2) to [3]");
  assertThrows(() => model.forward(3 as never), TypeError, "a tensor is needed");
  assertThrows(() => new LazyLinear(2).forward(zeros([])), ShapeError, "to []");
  assertEquals(model.forward(zeros([1, 3, 4, 4])).shape, [1, 1, 3, 3]);
});

Deno.test("a first call in a scope, or for a summary, not one under vmap, makes parameters that stay", async () => {
  const model = new Sequential(new LazyLinear(2), new nn.LazyBatchNorm1d());
  scope(() => void model.forward(zeros([4, 3])));
  await read(model.parameters());
  assertEquals(model.forward(zeros([4, 3])).shape, [4, 2]);
  const mapped = new LazyLinear(2);
  // A call makes tensors there, which all elements would share: it is called once before.
  assertThrows(() => vmap((x: Tensor) => mapped.forward(x))(zeros([4, 3])), TapeError, "inside vmap");
  mapped.forward(zeros([3]));
  assertEquals(vmap((x: Tensor) => mapped.forward(x))(zeros([4, 3])).shape, [4, 2]);
  const table = nn.summary(new Sequential(new LazyLinear(2), new nn.ReLU(), new LazyLinear(1)), [4, 3]);
  assertEquals([table.parameters, String(table).includes("Linear(3, 2)")], [11, true]);
  const before = memory();
  scope(() => void model.forward(zeros([4, 3])));
  assertEquals(memory(), before);
});

class Own extends LazyLinear {
  twice = 2;
}

Deno.test("a class of one's own stays what it is", () => {
  const own = new Own(2);
  own.forward(zeros([1, 3]));
  assertEquals([own instanceof Own, own.inFeatures, own.twice], [true, 3, 2]);
});
