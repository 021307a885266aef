/** What JavaScript passes and nobody means: each is refused by what was asked and what was found, and the mend. */
import * as tg from "@tapegrad/core";
import { key, tensor, variable } from "@tapegrad/core";
import { DataLoader, GELU, Linear, MSELoss, mseLoss, TensorDataset } from "@tapegrad/nn";
import { GD } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";
import { assertRefuses } from "../../backend_traits.ts";

const x = tensor([[1, 2, 3], [4, 5, 6]]), v = tensor([1, 2, 3]);
const holes = Object.assign(new Array(3), { 2: 1 });
const cyclic: unknown[] = [];
cyclic.push(cyclic);

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce<unknown>((inner) => [inner], [1]);
}

const wrong = (value: unknown) => value as never;

const refused: Readonly<Record<string, readonly [message: string, call: () => unknown]>> = {
  "an option as an axis": ["along axes an Object", () => x.sum(wrong({ axis: 0 }))],
  "keepdim by its place": [
    "with options true: pass an object, as in { keepDims",
    () => x.sum(0, wrong(true)),
  ],
  "keepDim": ['an option "keepDim": did you mean keepDims?', () => x.sum(0, wrong({ keepDim: true }))],
  "a number to keep axes": ["an option keepDims of 1: a boolean", () => x.mean(0, wrong({ keepDims: 1 }))],
  "dim": ['an option "dim": did you mean axis?', () => tg.topk(v, 1, wrong({ dim: 0 }))],
  "device": ['an option "device": did you mean backend?', () => tg.zeros([2], wrong({ device: "cpu" }))],
  "seed": ['an option "seed": did you mean key?', () => tg.normal([2], wrong({ seed: 1 }))],
  "a dtype in place of options": ['options "f64": pass an object', () => tensor([1], wrong("f64"))],
  "an array in place of a tensor": ["an array of 1: a tensor is needed", () => tg.matmul(wrong([1]), v)],
  "numbers as tensors of a loss": ["mseLoss of 1: a tensor is needed", () => mseLoss(wrong(1), wrong(2))],
  "an option of a loss": [
    '"reducton": did you mean reduction',
    () => new MSELoss(wrong({ reducton: "sum" })),
  ],
  "a scope of a number": ["open a scope for 3: a function", () => tg.scope(wrong(3))],
  "no function": ["run without recording nothing: a function", () => tg.noGrad(wrong(undefined))],
  "axes one by one": ["to axes 0: an array is needed", () => x.permute(wrong(0))],
  "null among tensors": ["stack null, element 0 of a list", () => tg.stack(wrong([null]))],
  "numbers as tensors": ["concat 1, element 0 of a list", () => tg.concat(wrong([1, 2]))],
  "arrays 20000 deep": ["it has more than 256 axes", () => tensor(wrong(nested(20_000)))],
  "an array in itself": ["it has more than 256 axes", () => tensor(wrong(cyclic))],
  "a tree in itself": ["it has no end", () => tg.grad((t: unknown) => wrong(t))(wrong(cyclic))],
  "an endless shape": ["it has more than 256 axes", () => x.reshape(wrong(new Array(2 ** 32 - 1)))],
  "an endless list": ["an array is needed", () => x.sum(wrong(new Array(2 ** 32 - 1)))],
  "2 ** 40 elements": ["elements of f32: an array of", () => tg.zeros([2 ** 40])],
  "2 ** 32 elements": ["elements of f32: an array of", () => tg.arange(2, 2 ** 32)],
  "more keys than are held": ["a count up to 1048576", () => tg.splitKey(key(1), 3e7)],
  "a text as a random state": ["make one with key(seed)", () => tg.setRandomState(wrong("abc"))],
  "a number as a key": ["make one with key(seed)", () => tg.normal([2], { key: wrong(5) })],
  "a gradient in place of options": [
    "options a Tensor: pass an object, as in { gradient: … }",
    () => variable([1]).backward(wrong(tensor(7))),
  ],
  "an object as a range": ["by an Object: an index, null or", () => x.slice(wrong({}))],
  "a list with holes as an axis": ["along axis an array of 3", () => tg.softmax(x, wrong(holes))],
  "nothing to fill with": ["fill nothing: a number", () => tg.full([2], wrong(undefined))],
  "a text to fill with": ['fill "7": a number', () => tg.full([2], wrong("7"))],
  "null to assign": ["assign with null: a number", () => tensor([1]).assign(wrong(null))],
  "a chance of 2": ["a p of 2", () => tg.bernoulli(2)],
  "low above high": ["a low of 2", () => tg.uniform([2], { low: 2, high: 1 })],
  "an endless high": ["must be a finite number", () => tg.uniform([2], { high: Infinity })],
  "a negative deviation": ["a std of -1", () => tg.normal([2], { std: -1 })],
  "an endless rate": ["must be a finite number", () => new GD([variable(1)], { learningRate: Infinity })],
  "a rate as text": [
    'learningRate of "0.1": a number is needed',
    () => new GD([variable(1)], wrong({ learningRate: "0.1" })),
  ],
  "lr": [
    'an option "lr": did you mean learningRate',
    () => new GD([variable(1)], wrong({ lr: 0.1 })),
  ],
  "lr of a group": [
    'an option "lr": did you mean learningRate',
    () => new GD(wrong([{ parameters: [variable(1)], lr: 1 }]), { learningRate: 0.1 }),
  ],
  "true as a backend": ["register true as a backend", () => tg.registerBackend(wrong(true))],
  "true as data": ["load true: a Dataset is needed", () => new DataLoader(wrong(true))],
  "batch_size": [
    'an option "batch_size": did you mean batchSize',
    () => new DataLoader(new TensorDataset(v), wrong({ ["batch_size"]: 2 })),
  ],
  "an approximation that is none": ['"abc": choose none or tanh', () => new GELU(wrong("abc"))],
  "an option of a layer": ['"biass": did you mean bias', () => new Linear(1, 1, wrong({ biass: true }))],
  "the gradient of a Proxy": ["of a Proxy of a tensor", () => new Proxy(variable([1]), {}).grad],
};

for (const [what, [message, call]] of Object.entries(refused)) {
  Deno.test(`${what} is refused in words`, () => {
    const error = assertThrows(call, Error, message);
    assertEquals(error.message.startsWith("Cannot "), true, error.message);
  });
}

Deno.test("an index beyond the classes is refused", async () => {
  for (const index of [5, -1]) {
    await assertRefuses(() => tg.oneHot(tensor([index], { dtype: "i32" }), 2), tg.IndexError);
  }
});

Deno.test("the step of arange may come third", async () => {
  assertEquals(await tg.arange(0, 10, 2).array(), [0, 2, 4, 6, 8]);
});
