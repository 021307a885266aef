/** Programs as one module: what a plan leaves is what its kernels leave one by one. */
import {
  type Buffer,
  contiguousLayout,
  type DType,
  e,
  type Kernel,
  type PlanMemory,
  type PlanRequest,
  type PlanStep,
  type PlanView,
  type TypedArray,
} from "@tapegrad/core/backend";
import { createWasmBackend, type WasmOptions } from "@tapegrad/backends/wasm";
import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

type Backend = ReturnType<typeof createWasmBackend>;

const whole = (memory: number, shape: readonly number[], dtype: DType = "f32"): PlanView => (
  { memory, dtype, ...contiguousLayout(shape) }
);

/** Memories by kind, in use all the time, and steps by op. */
class Draft implements PlanRequest {
  readonly memories: PlanMemory[] = [];
  readonly steps: PlanStep[] = [];
  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  memory(kind: PlanMemory["kind"], length: number, more: Partial<PlanMemory> = {}): number {
    return this.memories.push({ kind, dtype: "f32", length, first: 0, last: 99, ...more }) - 1;
  }

  step(op: string, inputs: readonly PlanView[], outputs: readonly PlanView[], attributes: unknown): this {
    const { kernels } = this.#backend;
    const run: PlanStep["run"] = (reads, writes) =>
      (kernels.get(op) as Kernel<unknown>)(reads, writes, attributes);
    this.steps.push({ op, inputs, outputs, attributes, run });
    return this;
  }
}

const map = (expr: ReturnType<typeof e.input>) => ({ name: "map", exprs: [expr] });
const sum = { name: "sum", kind: "sum", expr: e.input(0), axes: [0] };

function filled(backend: Backend, elements: TypedArray, dtype: DType = "f32"): Buffer {
  const buffer = backend.allocate(dtype, elements.length);
  backend.write(buffer, elements);
  return buffer;
}

function elementsOf(backend: Backend, buffer: Buffer, dtype: DType = "f32"): number[] {
  return [...backend.readSync!({ buffer, dtype, ...contiguousLayout([buffer.length]) })];
}

const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => i);

/** `(2x + number) * constant` of large memory, its sum, and that added in place to something small. */
function several(backend: Backend, n: number): PlanRequest {
  const draft = new Draft(backend), x = draft.memory("given", n), total = draft.memory("given", 1);
  const number = draft.memory("number", 1), three = draft.memory("constant", 1, { data: Float32Array.of(3) });
  const [doubled, added] = [draft.memory("inner", n), draft.memory("inner", 1)];
  const spread = (memory: number): PlanView => ({
    memory,
    dtype: "f32",
    shape: [n],
    strides: [0],
    offset: 0,
  });
  const product = e.mul(e.add(e.mul(2, e.input(0)), e.input(1)), e.input(2));
  return draft
    .step("map", [whole(x, [n]), spread(number), spread(three)], [whole(doubled, [n])], map(product))
    .step("reduce", [whole(doubled, [n])], [whole(added, [])], sum)
    .step(
      "map",
      [whole(total, []), whole(added, [])],
      [whole(total, [])],
      map(e.add(e.input(0), e.input(1))),
    );
}

Deno.test("a run is one call that takes numbers, constants, pointers and small arrays, and changes in place", () => {
  for (const small of [0, 64]) {
    const backend = createWasmBackend({ small }), plan = backend.plan!(several(backend, 1000))!;
    const x = filled(backend, ramp(1000)), total = filled(backend, Float32Array.of(10));
    plan.run([x, total], [1]);
    assertEquals(elementsOf(backend, total), [10 + 3 * (999 * 1000 + 1000)]);
    plan.run([filled(backend, new Float32Array(1000)), total], [0.5]);
    assertEquals(elementsOf(backend, total), [10 + 3 * (999 * 1000 + 1000) + 1500]);
    assertMatch(plan.describe!(), /^\d calls in 1 functions of one module$/);
    assertEquals(plan.launches, 3);
    backend[Symbol.dispose]();
  }
});

Deno.test("a plan runs on when memory has grown, and holds one block until it is disposed of", () => {
  const backend = createWasmBackend(),
    before = backend.memory(),
    plan = backend.plan!(several(backend, 100))!;
  const x = filled(backend, ramp(100)), total = filled(backend, Float32Array.of(0)), held = backend.memory();
  for (let i = 1; i <= 3; i++) {
    backend.free(backend.allocate("f32", 2 ** (22 + i))); // the memory grows
    plan.run([x, total], [0]);
    assertEquals(elementsOf(backend, total), [i * 3 * 99 * 100]);
    assertEquals(backend.memory(), held);
  }
  plan[Symbol.dispose]();
  backend.free(x);
  backend.free(total);
  assertEquals(backend.memory(), before);
});

Deno.test("an index out of range is the kernel's error, and nothing runs after it", () => {
  const backend = createWasmBackend(), n = 100, draft = new Draft(backend);
  const [x, index, out] = [
    draft.memory("given", n),
    draft.memory("given", n, { dtype: "i32" }),
    draft.memory("given", n),
  ];
  const other = draft.memory("given", n);
  draft.step("gather", [whole(x, [n]), whole(index, [n], "i32")], [whole(out, [n])], { axis: 0 })
    .step("map", [whole(out, [n])], [whole(other, [n])], map(e.input(0)));
  const plan = backend.plan!(draft)!, places = new Int32Array(n).map((_, i) => n - 1 - i);
  const buffers = [
    filled(backend, ramp(n)),
    filled(backend, places, "i32"),
    ...[0, 0].map(() => filled(backend, new Float32Array(n))),
  ];
  plan.run(buffers, []);
  assertEquals(elementsOf(backend, buffers[3]), [...ramp(n)].reverse());
  places[50] = n;
  backend.write(buffers[1], places);
  backend.write(buffers[3], new Float32Array(n));
  const error = assertThrows(() => plan.run(buffers, []), RangeError);
  assertStringIncludes(error.message, "100");
  assertEquals(elementsOf(backend, buffers[3]), [...new Float32Array(n)]);
});

Deno.test("steps without a kernel in wasm, as those of an index in f32, and kernels that were put in place of others, run between", () => {
  const backend = createWasmBackend(), n = 100, draft = new Draft(backend);
  const [x, out] = [draft.memory("given", n), draft.memory("given", n)], places = draft.memory("inner", n);
  draft.step("iota", [], [whole(places, [n])], { start: 5, step: 2 })
    .step("map", [whole(x, [n]), whole(places, [n])], [whole(out, [n])], map(e.add(e.input(0), e.input(1))));
  const plan = backend.plan!(draft)!, buffers = [filled(backend, ramp(n)), filled(backend, ramp(n))];
  plan.run(buffers, []);
  const [first] = elementsOf(backend, buffers[1]);
  assertStringIncludes(
    plan.describe!(),
    "1 kernels by the host (iota: has no kernel in wasm for these operands)",
  );
  let calls = 0;
  const own = backend.kernels.get("map")!;
  const counting: Kernel = (...call) => {
    calls++;
    own(...call);
  };
  backend.kernels.set("map", counting);
  backend.plan!(draft)!.run(buffers, []);
  assertEquals([calls, elementsOf(backend, buffers[1])[0]], [1, first]);
});

/** A product, its rows normalised, a long sum and an elementwise end, large enough for threads. */
function large(backend: Backend): PlanRequest {
  const n = 192,
    draft = new Draft(backend),
    [a, b, out, total] = [n * n, n * n, n * n, 1].map((k) => draft.memory("given", k));
  const [product, soft] = [draft.memory("inner", n * n), draft.memory("inner", n * n)], square = [n, n];
  return draft
    .step("matmul", [whole(a, square), whole(b, square)], [whole(product, square)], null)
    .step("softmax", [whole(product, square)], [whole(soft, square)], { axes: [1] })
    .step(
      "map",
      [whole(soft, square), whole(a, square)],
      [whole(out, square)],
      map(e.tanh(e.mul(e.input(0), e.input(1)))),
    )
    .step("reduce", [whole(out, square)], [whole(total, [])], { ...sum, axes: [0, 1] });
}

Deno.test("hundreds of runs on two threads leave the same bits as one thread, and as kernels one by one", () => {
  const resultsOf = (options: WasmOptions, runs: number): number[][] => {
    const backend = createWasmBackend(options), request = large(backend), plan = backend.plan!(request)!;
    const random = Float32Array.from({ length: 192 * 192 }, (_, i) => Math.sin(i * i));
    const buffers = [random, random.toReversed(), random, Float32Array.of(0)].map((x) => filled(backend, x));
    const results: number[][] = [];
    for (let i = 0; i < runs; i++) {
      plan.run(buffers, []);
      const now = [...elementsOf(backend, buffers[2]), ...elementsOf(backend, buffers[3])];
      if (i === 0 || now.some((x, k) => !Object.is(x, results[0][k]))) results.push(now);
    }
    assertEquals(/jobs for threads/.test(plan.describe!()), options.threads === 2);
    backend[Symbol.dispose]();
    return results;
  };
  const [alone] = resultsOf({ threads: 1 }, 1), both = resultsOf({ threads: 2 }, 300);
  assertEquals(both.length, 1);
  assert(both[0].every((x, k) => Object.is(x, alone[k])));
});

Deno.test("jobs of a plan that were told once run on the memory that each run is given", () => {
  const backend = createWasmBackend({ threads: 2 }), n = 192 * 192;
  const sets = [1, 2, 3].map((k) =>
    [n, n, n, 1].map((length) => filled(backend, ramp(length).map((x) => Math.sin(k * x * x))))
  );
  const plan = backend.plan!(large(backend))!,
    leftBy = (threads: number, turns: number): number[][] => {
      backend.setThreads!(threads, true);
      const left: number[][] = [];
      for (let turn = 0; turn < turns; turn++) {
        const buffers = sets[turn % sets.length];
        backend.write(buffers[2], new Float32Array(n));
        plan.run(buffers, []);
        left.push([...elementsOf(backend, buffers[2]), ...elementsOf(backend, buffers[3])]);
      }
      return left;
    };
  const alone = leftBy(1, sets.length);
  for (const threads of [2, 3, 2]) {
    leftBy(threads, 12).forEach((found, turn) => {
      assert(found.every((x, k) => Object.is(x, alone[turn % sets.length][k])), `turn ${turn} on ${threads}`);
    });
  }
  backend[Symbol.dispose]();
});

Deno.test("a plan is cut for threads that came since, and is one function again where they went", () => {
  const backend = createWasmBackend({ threads: 2 }), request = large(backend);
  const buffers = [192 * 192, 192 * 192, 192 * 192, 1].map((k) => filled(backend, ramp(k)));
  const held = backend.memory();
  backend.setThreads!(1, true);
  const plan = backend.plan!(request)!, texts: string[] = [], results: number[] = [];
  for (const threads of [1, 2, 2, 1]) {
    backend.setThreads!(threads, true);
    plan.run(buffers, []);
    texts.push(plan.describe!());
    results.push(elementsOf(backend, buffers[3])[0]);
  }
  assertEquals(texts.map((text) => text.includes("jobs for threads")), [false, true, true, false]);
  assertEquals(new Set(results).size, 1);
  assertEquals(backend.memory().bytes - held.bytes, plan.bytes);
  plan[Symbol.dispose]();
  assertEquals(backend.memory(), held);
  backend[Symbol.dispose]();
});

Deno.test("what a step needs while it runs is where values were before it", () => {
  const backend = createWasmBackend({ threads: 1 }), draft = new Draft(backend), n = 256, square = [n, n];
  const inner = (first: number, last: number) => draft.memory("inner", n * n, { first, last });
  const memories = [
    ...[0, 1, 2].map(() => draft.memory("given", n * n)),
    inner(0, 1),
    inner(0, 1),
    inner(2, 3),
  ];
  const [a, b, c, sum, half, product] = memories.map((memory) => whole(memory, square));
  draft.step("map", [a, b], [sum, half], {
    name: "map",
    exprs: [e.add(e.input(0), e.input(1)), e.mul(e.input(0), 0.5)],
  })
    .step("map", [sum, half], [c], map(e.mul(e.input(0), e.input(1))))
    .step("matmul", [a, { ...c, strides: [1, n] }], [product], null)
    .step("map", [product], [c], map(e.mul(e.input(0), 2)));
  const plan = backend.plan!(draft)!, bytes = 4 * n * n;
  // The product packs a factor, where one of both sums was.
  assert(plan.bytes > 2 * bytes && plan.bytes < 3 * bytes, `${plan.bytes}`);
  const buffers = [1, 2, 3].map((k) => filled(backend, ramp(n * n).map((x) => Math.sin(k * x))));
  plan.run(buffers, []);
  const [x, y] = [1, 2].map((k) => ramp(n * n).map((i) => Math.sin(k * i)));
  const corner = ramp(n).reduce((sum, k) => sum + x[k] * (x[k] + y[k]) * x[k] / 2, 0);
  assertLess(Math.abs(elementsOf(backend, buffers[2])[0] - 2 * corner), 1e-4);
  backend[Symbol.dispose]();
});
