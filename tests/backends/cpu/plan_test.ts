/** Programs as generated code do what the kernels do one by one, to the bit. */
import {
  type DType,
  fromArray,
  noGrad,
  record,
  registerBackend,
  type Tensor,
  tensor,
  withBackend,
} from "@tapegrad/core";
import type { Backend, Plan } from "@tapegrad/core/backend";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assert, assertEquals } from "@std/assert";
import { samples } from "../layouts.ts";

/** A cpu backend, and the plans that it made. */
function planning(codegen = true): { readonly backend: Backend; readonly plans: readonly (Plan | null)[] } {
  const backend = createCpuBackend({ name: "planning", codegen }), plans: (Plan | null)[] = [];
  const plan = backend.plan!.bind(backend);
  backend.plan = (request) => {
    plans.push(plan(request));
    return plans.at(-1)!;
  };
  return { backend, plans };
}
registerBackend({ name: "planning", create: () => planning().backend });

function bits(value: unknown): unknown {
  return (value as Tensor[]).map((
    x,
  ) => [x.dtype, x.shape, [...x.dataSync()].map((v) => Object.is(v, -0) ? "-0" : v)]);
}

/** Runs a program kernel by kernel, and planned; the same has to come out. */
function same(
  fn: (...xs: Tensor[]) => Tensor[],
  shapes: number[][],
  dtypes: DType[] = ["f32", "f64", "f16", "i32"],
): void {
  for (const dtype of dtypes) {
    const { backend, plans } = planning();
    withBackend(backend, () => {
      const [first, second] = [0, 5].map((seed) =>
        shapes.map((shape, i) => {
          const n = shape.reduce((a, b) => a * b, 1);
          return fromArray(Float64Array.from(samples(dtype, n, seed + i)), shape).to(dtype);
        })
      );
      const [, program] = record((xs: Tensor[]) => noGrad(() => fn(...xs)), first);
      const stepwise = bits(program.run(second));
      program.run(first);
      assertEquals(bits(program.run(second)), stepwise, `${dtype} ${JSON.stringify(shapes)}`);
      assertEquals(plans.length, 1);
      assert(plans[0] !== null);
    });
  }
}

const shapes: readonly number[][] = [[], [1], [7], [3, 5], [20, 6], [6, 20], [2, 3, 4], [0, 3], [600]];

Deno.test("maps of all layouts", () => {
  for (const shape of shapes) {
    same((x, y) => [x.mul(y).add(1), x.sub(y).abs().neg(), x.less(y).to(x.dtype)], [shape, shape]);
  }
  same((x, y) => [x.transpose().add(y.flip(0)), x.expand([2, 4, 3]).mul(2), y.slice([0, 3, 2]).add(1)], [[
    4,
    3,
  ], [3, 4]]);
  same((x, y) => [x.add(y), y.sub(x), x.add(y.sum())], [[3, 1, 2], [4, 2]]);
});

Deno.test("reductions of all kinds along all axes", () => {
  for (const shape of shapes.filter((shape) => !shape.includes(0))) {
    for (const axis of [undefined, ...shape.keys()]) {
      same((x) => [x.sum(axis), x.mul(x).mean(axis), x.max(axis), x.min(axis), x.prod(axis)], [shape], [
        "f32",
        "f64",
        "f16",
      ]);
      same((x) => [x.sum(axis), x.prod(axis), x.equal(1).any(axis), x.equal(1).all(axis), x.argmax(axis)], [
        shape,
      ], ["i32"]);
    }
  }
  same((x) => [x.sum([0, 2]), x.transpose().sum(0), x.slice(null, [0, 4, 2]).sum(1)], [[3, 4, 5]], ["f32"]);
});

Deno.test("products, small and large, batched and transposed", () => {
  for (const [m, k, n] of [[1, 1, 1], [2, 3, 4], [5, 9, 2], [3, 0, 2], [30, 30, 30], [1, 64, 1]]) {
    same((a, b) => [a.matmul(b), b.transpose().matmul(a.transpose())], [[m, k], [k, n]], [
      "f32",
      "f64",
      "i32",
    ]);
  }
  same((a, b) => [a.matmul(b)], [[2, 3, 4], [4, 5]], ["f32"]);
});

Deno.test("kernels are called where there is no code, with what code made before and makes after", () => {
  same((x) => [x.cumsum(0).add(1).cumsum(0), x.sum().mul(2).expand([3]).cumsum(0), x.sort().values], [[9]], [
    "f32",
  ]);
});

Deno.test("memory of one dtype is another's afterwards, and numbers of one element are those of arrays", () => {
  same(
    (x) => {
      const a = x.sum(), b = a.mul(3).to("i32").add(1).to("f16").to("f32").div(3);
      return [a.add(b), b.expand([4]).cumsum(0), a.greater(b).to("f64")];
    },
    [[5]],
    ["f32"],
  );
});

Deno.test("changes in place are seen by what comes after, and long programs are several functions", () => {
  same(
    (x) => {
      const state = x.mul(1);
      for (let i = 0; i < 60; i++) state.assign(state.mul(0.9).add(i % 7));
      return [state, state.add(x)];
    },
    [[3]],
    ["f32"],
  );
});

Deno.test("what registers another kernel for an op gets it called", () => {
  const { backend, plans } = planning();
  withBackend(backend, () => {
    const [, program] = record((x: Tensor) => x.add(1), tensor([1, 2]));
    let calls = 0;
    const map = backend.kernels.get("map")!;
    backend.kernels.set("map", (...args) => (calls++, map(...args)));
    for (let i = 0; i < 3; i++) assertEquals(program.run(tensor([1, 2])).arraySync(), [2, 3]);
    assertEquals([calls, plans.length], [3, 1]);
  });
});

Deno.test("without generated code there is no plan, and the same comes out", () => {
  const { backend, plans } = planning(false);
  withBackend(backend, () => {
    const [, program] = record((x: Tensor) => x.add(1).sum(), tensor([1, 2]));
    for (let i = 0; i < 3; i++) assertEquals(program.run(tensor([i, 2])).arraySync(), 4 + i);
    assertEquals(plans, [null]);
  });
});
