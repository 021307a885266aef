/** Lists and shapes that are none: each call throws in words, and leaves results, memory and the random sequence alone. */
import "@tapegrad/backends";
import * as tg from "@tapegrad/core";
import { key, memory, randomState, type Tensor, tensor } from "@tapegrad/core";
import { init, TensorDataset } from "@tapegrad/nn";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SlabAllocator } from "../../../backends/cpu/slab.ts";
import { BufferPool } from "../../../backends/common/pool.ts";
import { Storage } from "../../../core/device/storage.ts";

const x = tensor([[1, 2, 3], [4, 5, 6]]), v = tensor([1, 2, 3]);
const list: readonly number[] = [1, 2], all: readonly number[] = [], one: readonly number[] = [1];

/** A public function by its list, given here as it may be. */
interface Call {
  readonly good: readonly unknown[];
  readonly run: (list: never) => unknown;
  /** What is no fault as an element. */
  readonly takes?: readonly unknown[];
  /** What is no fault in place of the list. */
  readonly alone?: readonly unknown[];
}

const shapes: Readonly<Record<string, (shape: never) => unknown>> = {
  full: (shape) => tg.full(shape, 1),
  zeros: (shape) => tg.zeros(shape),
  ones: (shape) => tg.ones(shape),
  fromArray: (shape) => tg.fromArray(Float32Array.of(1, 2), shape),
  normal: (shape) => tg.normal(shape),
  "normal with a key": (shape) => tg.normal(shape, { key: key(1) }),
  uniform: (shape) => tg.uniform(shape),
  randomBits: (shape) => tg.randomBits(shape),
  randint: (shape) => tg.randint(0, 3, { shape }),
  tile: (shape) => tg.tile(v, shape),
  fans: (shape) => init.fans(shape),
};

const calls: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(Object.entries(shapes).map(([name, run]) => [name, { good: list, run }])),
  bernoulli: { good: list, run: (shape) => tg.bernoulli(0.5, { shape }), alone: [undefined] },
  reshape: { good: [3, 2], run: (shape) => x.reshape(shape), takes: [-1] },
  expand: { good: [4, 2, 3], run: (shape) => x.expand(shape), takes: [-1] },
  permute: { good: [1, 0], run: (axes) => x.permute(axes), takes: [-1] },
  sum: { good: [0, 1], run: (axes) => x.sum(axes), takes: [-1], alone: [0, 1, -1, undefined] },
  max: { good: [0, 1], run: (axes) => x.max(axes), takes: [-1], alone: [0, 1, -1, undefined] },
  norm: { good: [0, 1], run: (axes) => tg.norm(x, axes), takes: [-1], alone: [0, 1, -1, undefined] },
  flip: { good: [0, 1], run: (axes) => x.flip(axes), takes: [-1], alone: [0, 1, -1, undefined] },
  slice: {
    good: [0, 1],
    run: (ranges: unknown) => tg.slice(x, ...(Array.isArray(ranges) ? ranges : [ranges])),
    takes: [null, undefined, -1, all, one],
    alone: [-1, null, undefined],
  },
  "slice by ranges": {
    good: [0, 2],
    run: (range) => tg.slice(x, range),
    takes: [null, undefined, -1, -7, 2 ** 53, 1e300],
    alone: [-1, null, undefined],
  },
  pad: { good: [[1, 1], [0, 2]], run: (widths) => tg.pad(x, widths) },
  "a pair of pad": { good: [1, 1], run: (pair) => tg.pad(x, [pair]), takes: [-1] },
  "split into sizes": { good: [1, 2], run: (sizes) => tg.split(x, sizes, 1), alone: [1, 2, 3] },
  "roll by shifts": {
    good: [1, 2],
    run: (shifts) => tg.roll(x, shifts, [0, 1]),
    takes: [-1, -7],
    alone: [-1],
  },
  "roll along axes": { good: [0, 1], run: (axes) => tg.roll(x, [1, 2], axes), takes: [-1] },
  concat: { good: [v, v], run: (tensors) => tg.concat(tensors) },
  stack: { good: [v, v], run: (tensors) => tg.stack(tensors) },
  broadcastTensors: { good: [v, v], run: (tensors) => tg.broadcastTensors(tensors) },
  meshgrid: { good: [v, v], run: (tensors) => tg.meshgrid(tensors) },
  einsum: {
    good: [v, v],
    run: (tensors: unknown) => tg.einsum("i,i->i", ...(Array.isArray(tensors) ? tensors : [tensors, v])),
  },
  TensorDataset: {
    good: [v, v],
    run: (tensors: unknown) => new TensorDataset(...(Array.isArray(tensors) ? tensors : [tensors])),
    alone: [v],
  },
  jvp: { good: [v], run: (primals) => tg.jvp((a: Tensor) => a.mul(2), primals, [v]) },
  "tangents of jvp": { good: [v], run: (tangents) => tg.jvp((a: Tensor) => a.mul(2), [v], tangents) },
};

/** In place of a list. */
const strangeLists: readonly unknown[] = [
  "ab",
  "1,2",
  null,
  undefined,
  true,
  1.5,
  NaN,
  -1,
  1n,
  Symbol("list"),
  { length: 2, 0: 1, 1: 2 },
  Int32Array.of(1, 2),
  Float64Array.of(1, 2),
  new Set([1, 2]),
  new Map(),
  () => [1, 2],
  list[Symbol.iterator](),
  v,
  new Date(0),
];

/** In place of an element. */
const strangeElements: readonly unknown[] = [
  NaN,
  Infinity,
  -Infinity,
  1.5,
  -1,
  -7,
  2 ** 53,
  1e300,
  "1",
  "",
  null,
  undefined,
  true,
  1n,
  all,
  one,
  {},
  Symbol("n"),
  () => 1,
  new Date(1),
];

let state = 20260101;

function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor(state / 2 ** 32 * below);
}

const fine = Symbol("not spoiled");

/** One of several ways to spoil a list, or `fine` where that would be none. */
function spoiled({ good, takes = [], alone = [] }: Call): unknown {
  const bad = [...good], at = random(good.length), element = strangeElements[random(strangeElements.length)];
  switch (random(3)) {
    case 0: {
      const other = strangeLists[random(strangeLists.length)];
      return alone.includes(other) ? fine : other;
    }
    case 1:
      if (takes.includes(undefined)) return fine;
      delete bad[at];
      return bad;
    default:
      if (takes.includes(element)) return fine;
      bad[at] = element;
      return bad;
  }
}

async function assertSound(before: tg.Memory, sequence: tg.Key, story: string): Promise<void> {
  assertEquals(memory(), before, `memory() after ${story}`);
  assertEquals(randomState(), sequence, `the random sequence after ${story}`);
  const product = tg.matmul(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [0, 1]]));
  assertEquals(await product.add(0.5).array(), [[1.5, 2.5], [3.5, 4.5]], `a product after ${story}`);
}

const shown = (value: unknown): string =>
  Array.isArray(value) ? `[${Array.from(value, String).join()}]` : String(value);

for (const [name, call] of Object.entries(calls)) {
  Deno.test(`${name}: a malformed list is refused and changes nothing`, async () => {
    call.run(call.good as never);
    for (let i = 0; i < 30; i++) {
      const bad = spoiled(call);
      if (bad === fine) continue;
      const before = memory(), sequence = randomState(), story = `${name}(${shown(bad)})`;
      const error = assertThrows(() => call.run(bad as never), Error, "", story);
      assert(error instanceof TypeError || error instanceof RangeError, `${story} threw ${error}`);
      assert(/^Cannot [a-zA-Z]/.test(error.message), `${story} said ${error.message}`);
      await assertSound(before, sequence, story);
    }
  });
}

Deno.test("the program of the report: a bad pad, a hole, and results that stay right", async () => {
  const before = memory();
  assertThrows(() => tg.pad(v, [[1]] as never), tg.ShapeError, "Cannot pad [3] by [[1]]");
  assertThrows(() => tg.pad(v, [[2, 2, 2]] as never), tg.ShapeError, "pairs of integers");
  assertThrows(() => tg.normal(new Array(2)), tg.ShapeError, "Cannot draw shape [nothing, nothing]");
  assertThrows(() => tg.pad(v, [[1, NaN]]), tg.ShapeError);
  assertEquals(memory(), before);
  assertEquals(await tensor([[1, 2], [3, 4]]).matmul(tensor([[1, 0], [0, 1]])).array(), [[1, 2], [3, 4]]);
});

Deno.test("lists of the wrong length are refused", () => {
  for (const wrong of [[0], [0, 1, 0], []]) assertThrows(() => x.permute(wrong), tg.ShapeError);
  assertThrows(() => x.sum([0, 0]), tg.ShapeError, "named twice");
  assertThrows(() => x.sum([0, 1, 2]), tg.ShapeError);
  assertThrows(() => x.expand([3]), tg.ShapeError);
  assertThrows(() => x.reshape([-1, -1]), tg.ShapeError);
  assertThrows(() => tg.slice(x, 0, 0, 0), tg.ShapeError);
  assertThrows(() => tg.slice(x, [0, 1, 1, 1] as never), TypeError, "[start, end, step]");
  assertThrows(() => tg.pad(x, [[0, 0], [0, 0], [0, 0]]), tg.ShapeError);
  assertThrows(() => tg.split(x, [1, 1], 1), tg.ShapeError);
  assertThrows(() => tg.split(x, [4, -1], 1), tg.ShapeError);
  assertThrows(() => tg.roll(x, [1, 2], [0]), tg.ShapeError);
  assertThrows(() => tg.roll(x, [1, 2]), tg.ShapeError);
  assertThrows(() => tg.roll(x, 1, [0, 7]), tg.ShapeError);
  assertThrows(() => tg.einsum("i,i", v), tg.ShapeError, "names 2 operands");
  assertThrows(() => tg.einsum(3 as never, v), tg.ShapeError, "a text is needed");
  assertThrows(() => tg.concat([]), tg.ShapeError);
  assertThrows(() => tg.jvp((a: Tensor) => a, [v], [v, v] as never), tg.ShapeError);
  assertThrows(() => tg.hvp((a: Tensor) => a.sum(), v as never, v), TypeError);
  assertThrows(
    () => tg.jacobian((a: Tensor) => a, { mode: "sideways" as never }),
    TypeError,
    "reverse or forward",
  );
});

Deno.test("counts, diagonals and keys are integers", () => {
  for (const bad of [NaN, 1.5, "1", null, Infinity] as never[]) {
    assertThrows(() => tg.tril(x, bad), RangeError);
    assertThrows(() => tg.diagonal(x, bad), RangeError);
    assertThrows(() => tg.diag(v, bad), RangeError);
    assertThrows(() => tg.repeatInterleave(x, bad), RangeError);
    assertThrows(() => tg.oneHot(tensor([1], { dtype: "i32" }), bad), RangeError);
    assertThrows(() => tg.splitKey(key(1), bad), RangeError);
    assertThrows(() => tg.permutation(bad), RangeError);
    assertThrows(() => tg.eye(bad), RangeError);
    assertThrows(() => tg.setRandomState({ high: bad, low: 0 }), TypeError, "make one with key(seed)");
    assertThrows(() => tg.normal([2], { key: { high: 0, low: bad } }), TypeError);
  }
  assertThrows(() => tg.normal([2], { key: 3 as never }), TypeError, "make one with key(seed)");
});

Deno.test("shapes with more elements than numbers count, or arrays hold, are refused", async () => {
  const before = memory(), sequence = randomState();
  assertThrows(() => tg.zeros([2 ** 30, 2 ** 30]), tg.ShapeError, "more than 2^53 elements");
  assertThrows(() => tg.zeros([2 ** 30, 2 ** 30, 0]), tg.ShapeError, "more than 2^53 elements");
  assertThrows(() => v.expand([2 ** 30, 2 ** 30, 3]), tg.ShapeError, "more than 2^53 elements");
  assertThrows(() => tg.full([2 ** 45], 1), RangeError, `Cannot allocate ${2 ** 45} elements of f32`);
  assertThrows(() => tg.arange(2 ** 45), RangeError, "Cannot allocate");
  assertThrows(() => tg.pad(v, [[0, 2 ** 45]]), Error, "Cannot allocate");
  assertThrows(() => tg.repeatInterleave(v, 2 ** 45), Error, "Cannot allocate");
  await assertSound(before, sequence, "shapes that are too large");
});

Deno.test("an extent of -0 is 0, and a shape is copied", () => {
  const shape = [2, 3], t = tg.zeros(shape);
  shape[0] = 99;
  assertEquals(t.shape, [2, 3]);
  assert(Object.is(tg.zeros([-0]).shape[0], 0));
});

Deno.test("allocators check what they are given, whoever calls", () => {
  const lengths = [NaN, -1, 1.5, Infinity, "1", null, undefined, 2 ** 53] as never[];
  const slabs = new SlabAllocator(), pool = new BufferPool<object>(), backend = tg.currentBackend();
  const before = [backend.memory(), memory()];
  for (const length of lengths) {
    assertThrows(() => slabs.take("f32", length), RangeError, "Cannot allocate");
    assertThrows(() => pool.take("key", length, () => ({})), RangeError, "Cannot allocate");
    assertThrows(() => backend.allocate("f32", length), RangeError, "Cannot allocate");
    assertThrows(() => tg.hostArray("f32", length), RangeError, "Cannot allocate");
    assertThrows(() => new Storage(backend, "f32", length), RangeError, "Cannot allocate");
    const arrival = { from: backend, bring: () => Promise.resolve() };
    assertThrows(() => new Storage(backend, "f32", length, { arrival }), RangeError, "Cannot allocate");
  }
  const fails = () => {
    throw new Error("no memory");
  };
  assertThrows(() => pool.take("key", 2 ** 20, fails), Error, "no memory");
  assertEquals(pool.memory(), { buffers: 0, bytes: 0 });
  assertEquals([backend.memory(), memory()], before);
  const [a, b] = [slabs.take("f32", 1)!, slabs.take("f32", 1)!];
  a[0] = 1;
  b[0] = 2;
  assertEquals([a[0], b[0]], [1, 2]);
});

Deno.test("a composite's kernel that fails gives its memory back", () => {
  const op = tg.defineComposite({ name: "failsHalfway", infer: ([t]) => t, decompose: ([t]) => [t] });
  const backend = tg.currentBackend(), before = memory();
  backend.kernels.set("failsHalfway", () => {
    throw new Error("no luck");
  });
  try {
    assertThrows(() => tg.apply(op, [v], null), Error, "no luck");
    assertEquals(memory(), before);
  } finally {
    backend.kernels.delete("failsHalfway");
  }
});
