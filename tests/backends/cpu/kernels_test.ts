import * as kernels from "../../../backends/conformance/kernels.ts";
import * as tg from "@tapegrad/core";
import {
  type Backend,
  contiguousLayout,
  type DType,
  dtypes,
  e,
  type OpInfo,
  ops,
  registerBackend,
  type Tensor,
  type TypedArray,
  type View,
} from "@tapegrad/core";
import "@tapegrad/backends";
import { cpuElements, createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { laidOut, layouts, operandsOf, opNamed, sampled } from "../layouts.ts";

const plain = createCpuBackend({ name: "cpu-plain", codegen: false });
const generated = createCpuBackend({ name: "cpu-generated", codegen: true });
registerBackend({ name: "cpu-plain", create: () => plain });
registerBackend({ name: "cpu-generated", create: () => generated });

function bits(x: Tensor): string[] {
  return [...x.dataSync()].map((v) => Object.is(v, -0) ? "-0" : String(v));
}

const elementwise: readonly OpInfo[] = ops().filter((op) => op.kind === "elementwise");
const names = Object.keys(layouts);

// Which operands there are, one tensor each; the k-th has another layout than the first.
function operands(
  op: OpInfo,
  backend: Backend,
  [dtype, first, turn]: readonly [DType, number, number],
): Tensor[] {
  return operandsOf(op, (k) => {
    const name = names[(first + k * turn) % names.length];
    return laidOut(name, backend, { dtype, seed: k });
  });
}

for (const [turn, op] of elementwise.entries()) {
  Deno.test(`${op.name}: generated kernels equal interpreted ones for every dtype and layout`, () => {
    for (const dtype of op.dtypes) {
      for (let first = 0; first < names.length; first++) {
        for (const apart of [0, 1 + turn % (names.length - 1)]) {
          const [a, b] = [plain, generated].map((on) =>
            opNamed(op.name)(...operands(op, on, [dtype, first, apart]))
          );
          assertEquals(a.dtype, b.dtype);
          assertEquals(bits(b), bits(a), `${dtype}, ${names[first]}, ${apart} apart`);
        }
      }
    }
  });
}

Deno.test("elementwise ops of scalars and of empty tensors agree too", () => {
  for (const op of elementwise) {
    for (const dtype of op.dtypes) {
      for (const shape of [[], [1], [1, 1], [0], [2, 0, 3]]) {
        const [a, b] = [plain, generated].map((on) =>
          opNamed(op.name)(...operandsOf(op, () => sampled(on, dtype, shape)))
        );
        assertEquals(b.shape, shape);
        assertEquals(bits(b), bits(a), `${op.name} of ${dtype} [${shape}]`);
      }
    }
  }
});

Deno.test("operands of different dtypes meet alike in both kinds of kernels", () => {
  const mixable = (a: DType, b: DType) => new Set([a, b, "i32", "u32"]).size > 2 || a === b;
  for (const op of elementwise.filter((o) => o.arity === 2 && o.dtypes.length === dtypes.length)) {
    for (const left of dtypes) {
      for (const right of dtypes.filter((d) => mixable(left, d))) {
        const [a, b] = [plain, generated].map((on) =>
          opNamed(op.name)(
            ...operandsOf(op, (k) => k === 0 ? sampled(on, left, [3, 1]) : sampled(on, right, [4])),
          )
        );
        assertEquals([b.dtype, ...bits(b)], [a.dtype, ...bits(a)], `${op.name} of ${left} and ${right}`);
      }
    }
  }
});

Deno.test("casts between all dtypes agree in both kinds of kernels", () => {
  for (const from of dtypes) {
    for (const to of dtypes) {
      const [a, b] = [plain, generated].map((on) => sampled(on, from, [40]).to(to));
      assertEquals(bits(b), bits(a), `${from} to ${to}`);
    }
  }
});

Deno.test("bools are stored as 0 and 1 whatever they come from", () => {
  for (const backend of [plain, generated]) {
    const t = sampled(backend, "bool", [2, 2]), yes = tg.ones([3], { dtype: "bool", backend });
    const index = tg.tensor([0, 0, 1], { dtype: "i32", backend });
    const made = [
      tg.add(t, t),
      tg.mul(t, true),
      tg.sub(t, true),
      sampled(backend, "f64", [40]).to("bool"),
      tg.pad(t, [[1, 1]], 5),
      tg.full([2], 7, { dtype: "bool", backend }),
      tg.scatterAdd(yes, 0, index, yes),
      tg.fold(t, 0, { extent: 3 }),
      tg.tril(t),
      tg.maskedFill(t, t, true),
    ];
    for (const x of made) {
      assertEquals(x.dtype, "bool");
      assert(x.dataSync().every((v) => v === 0 || v === 1), String(x.dataSync()));
    }
  }
});

Deno.test("overlapping windows are added up from the first one on, however they lie", () => {
  const rows = [[0, 0, 1e8], [0, -1e8, 0], [1, 0, 0]]; // 1e8 - 1e8 + 1, not (1 - 1e8) + 1e8
  for (const backend of [plain, generated]) {
    const x = tg.tensor(rows, { backend }), expected = [[0, 0, 1, 0, 0]];
    assertEquals(tg.fold(x.reshape([1, 3, 3]), 1, { extent: 5 }).arraySync(), expected);
    const apart = x.transpose().contiguous().transpose().reshape([1, 3, 3]);
    assertEquals(tg.fold(apart, 1, { extent: 5 }).arraySync(), expected);
    const none = tg.fold(tg.zeros([2, 0, 3], { backend }), 1, { extent: 2 });
    assertEquals(none.arraySync(), [[0, 0], [0, 0]]);
  }
});

Deno.test("where generating code is forbidden, kernels are interpreted without being asked", () => {
  const { Function } = globalThis;
  let asked = 0;
  globalThis.Function = class {
    constructor() {
      asked++;
      throw new EvalError("Refused to evaluate a string as JavaScript");
    }
  } as unknown as FunctionConstructor;
  try {
    const backend = createCpuBackend({ name: "cpu-strict" });
    registerBackend({ name: "cpu-strict", create: () => backend });
    assertEquals(asked, 1);
    const x = tg.tensor([[1, 2], [3, 4]], { backend });
    assertEquals(tg.add(x, x.transpose()).tanh().greater(0).sum(0).arraySync(), [2, 2]);
    assertThrows(() => kernels.map(generated, e.add(e.input(0), 17), [x], x), EvalError, "Refused");
    assertEquals(asked, 2);
  } finally {
    globalThis.Function = Function;
  }
});

function view(data: TypedArray, shape: number[], dtype: DType = "f64"): View {
  return { buffer: data, dtype, ...contiguousLayout(shape) };
}

Deno.test("a kernel may write the very view that it reads", () => {
  for (const backend of [plain, generated]) {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6), x = view(data, [2, 3]);
    kernels.map(backend, e.mul(e.input(0), 2), [x], x);
    assertEquals([...data], [2, 4, 6, 8, 10, 12]);
    const turned: View = { ...x, strides: [-3, 1], offset: 3 };
    kernels.map(backend, e.add(e.input(0), e.input(1)), [turned, turned], turned);
    assertEquals([...data], [4, 8, 12, 16, 20, 24]);
  }
});

Deno.test("a kernel may write a strided view without touching what lies between", () => {
  for (const backend of [plain, generated]) {
    const data = new Float64Array(12), out: View = { ...view(data, [2, 2]), strides: [6, -2], offset: 3 };
    kernels.map(backend, e.input(0), [view(Float64Array.of(1, 2, 3, 4), [2, 2])], out);
    assertEquals([...data], [0, 2, 0, 1, 0, 0, 0, 4, 0, 3, 0, 0]);
  }
});

Deno.test("reading gives a copy, row-major, and several views at once", async () => {
  const x = tg.tensor([[1, 2, 3], [4, 5, 6]], { backend: plain }), row = x.slice(1), turned = x.transpose();
  const copy = await x.data();
  copy[0] = 99;
  assertEquals(x.slice(0, 0).itemSync(), 1);
  assertEquals((await tg.read([row, turned, x.slice([0, 0])])).map((a) => [...a]), [[4, 5, 6], [
    1,
    4,
    2,
    5,
    3,
    6,
  ], []]);
  assertStrictEquals(cpuElements(row), cpuElements(x));
});

Deno.test("an index out of range is an error that names it, also for u32", () => {
  const backend = generated, x = tg.zeros([2, 3], { backend });
  const index = (n: number, dtype: DType) => tg.full([2, 1], n, { dtype, backend });
  for (const [n, dtype] of [[3, "i32"], [-1, "i32"], [3, "u32"], [2 ** 32 - 1, "u32"]] as const) {
    const message = `along axis 1: index ${n} is out of range, the extent is 3`;
    assertThrows(() => tg.gather(x, 1, index(n, dtype)), tg.IndexError, message);
    assertThrows(() => tg.scatter(x, 1, index(n, dtype), 0), tg.IndexError, message);
  }
});

Deno.test("memory() of the backend goes up and down with buffers of any size", () => {
  const backend = createCpuBackend({ name: "cpu-counted" });
  registerBackend({ name: "cpu-counted", create: () => backend });
  const sizes = [1, 10, 4096, 100_000], made = sizes.map((n) => tg.zeros([n], { backend }));
  assertEquals(backend.memory(), { buffers: 4, bytes: 4 * sizes.reduce((a, b) => a + b) });
  for (const x of made) x.dispose();
  for (const x of made) x.dispose();
  assertEquals(backend.memory(), { buffers: 0, bytes: 0 });
});

Deno.test("copysign reads the sign of a stored NaN", () => {
  const stored = {
    f32: new Float32Array(new Uint32Array(3).fill(0xffc00000).buffer),
    f64: new Float64Array(new BigUint64Array(3).fill(0xfff8000000000000n).buffer),
  };
  for (const backend of [plain, generated]) {
    for (const dtype of ["f32", "f64"] as const) {
      const negative = tg.fromArray(stored[dtype], [3], { dtype, backend });
      assertEquals(tg.copysign(1, negative).arraySync(), [-1, -1, -1]);
      assertEquals(tg.copysign(1, negative.neg()).arraySync(), [1, 1, 1]);
      assertEquals(tg.copysign(1, negative.slice(0)).itemSync(), -1);
    }
  }
});

Deno.test("many integers are sorted as few are, equals in their order", async () => {
  for (const dtype of ["i32", "u32"] as const) {
    const x = tg.randint(dtype === "i32" ? -50 : 0, 50, {
      shape: [2, 5000],
      dtype,
      key: tg.key(1),
      backend: "cpu",
    });
    const rows = await x.array() as number[][];
    for (const descending of [false, true]) {
      const found = await x.argsort(1, { descending }).array();
      const sign = descending ? -1 : 1;
      const expected = rows.map((row) =>
        row.map((_, i) => i).sort((i, j) => sign * (row[i] - row[j]) || i - j)
      );
      assertEquals(found, expected, `${dtype} ${descending}`);
    }
  }
});
