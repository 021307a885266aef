import { contiguousStrides, type DType, e, type Expr, hostArray, input, typeOf } from "@tapegrad/core";
import "@tapegrad/backends";
import { assert, assertEquals } from "@std/assert";
import { simds, validates } from "../../../../backends/wasm/features.ts";
import { map } from "../../../../backends/wasm/kernels/map.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { anyView, type Call, Draws, filled, type HostView, onCpu, onWasm } from "./agree.ts";

const heaps = new Map(simds.filter(validates).map((simd) => [simd, new Heap({ simd })]));
const [x, y] = [input(0), input(1)];

// Functions whose values on [-2, 2] and the like magnify what was rounded before them but little.
const gentle: readonly ((a: Expr, b: Expr) => Expr)[] = [
  (a, b) => e.add(a, b),
  (a, b) => e.sub(a, b),
  (a, b) => e.mul(e.tanh(a), b),
  (a, b) => e.div(a, e.add(2, e.abs(b))),
  (a, b) => e.maximum(a, b),
  (a, b) => e.minimum(a, e.neg(b)),
  (a, b) => e.select(e.lt(x, y), a, b),
  (a, b) => e.select(e.or(e.gt(x, 0.5), e.not(e.ge(y, 0))), b, a),
  (a) => e.sin(a),
  (a) => e.sigmoid(a),
  (a) => e.exp(e.clamp(a, -3, 1)),
  (a) => e.log1p(e.abs(a)),
  (a) => e.sqrt(e.add(1, e.mul(a, a))),
  (a, b) => e.mulOrZero(a, e.tanh(b)),
];

function anyExpr(draws: Draws, depth: number): Expr {
  if (depth === 0) return draws.of([x, y, e.mul(draws.next(), x), e.sub(1, y)]);
  return draws.of(gentle)(anyExpr(draws, depth - 1), anyExpr(draws, draws.below(depth)));
}

function gentleView(draws: Draws, view: HostView): HostView {
  return filled(view, () => view.dtype === "i32" ? draws.below(5) - 2 : draws.next() * 4 - 2);
}

// What does not involve the wider of two dtypes is computed in the other.
function nearness(dtypes: readonly DType[]): number {
  if (dtypes.includes("f16")) return 4e-3;
  return dtypes.every((dtype) => dtype === "f64") ? 1e-12 : 2e-5;
}

for (const [simd, heap] of heaps) {
  Deno.test(`maps of random expressions are near the cpu's: ${simd}`, () => {
    for (let seed = 0; seed < 150; seed++) {
      const draws = new Draws(seed),
        types = [draws.of<DType>(["f32", "f64", "f16", "i32"]), draws.of<DType>(["f32", "f64"])];
      const exprs = Array.from({ length: 1 + draws.below(3) }, () => anyExpr(draws, 1 + draws.below(5)));
      const shape = draws.of([[37], [5, 9], [4, 3, 6]]);
      const inputs = types.map((dtype) => gentleView(draws, anyView(draws, dtype, shape, { repeats: true })));
      const outputs = exprs.map((expr) => anyView(draws, typeOf(expr, types), shape));
      assertNear({ name: "map", inputs, outputs, attributes: { name: "random", exprs } }, heap, exprs);
    }
  });

  Deno.test(`an element has the same bits wherever it lies: ${simd}`, () => {
    const exprs = [e.tanh(x), e.exp(x), e.log(e.abs(x)), e.sin(x), e.sigmoid(e.mul(x, 3)), e.fma(x, x, x)];
    for (const dtype of ["f32", "f64"] as const) {
      const values = hostArray(dtype, 23).map((_, i) => (i - 11) * 0.37) as Float32Array;
      for (const expr of exprs) {
        const whole = run(expr, dtype, heap, values);
        const alone = Array.from(values, (_, i) => run(expr, dtype, heap, values.subarray(i, i + 1))[0]);
        assertEquals(Array.from(whole), alone, `${expr} of ${dtype}`);
        assertEquals(Array.from(run(expr, dtype, heap, values, -1)), alone.toReversed(), `${expr} backward`);
      }
    }
  });
}

// The values of elements in a row, or backward.
function run(expr: Expr, dtype: DType, heap: Heap, values: Float32Array, step = 1): ArrayLike<number> {
  const n = values.length, buffer = hostArray(dtype, n) as HostView["buffer"], shape = [n];
  buffer.set(values);
  const from = { buffer, dtype, shape, strides: [step], offset: step < 0 ? n - 1 : 0 } as HostView;
  const to = {
    buffer: hostArray(dtype, n),
    dtype,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
  } as unknown as HostView;
  return onWasm(
    map,
    { name: "map", inputs: [from], outputs: [to], attributes: { name: "f", exprs: [expr] } },
    heap,
  )[0];
}

function assertNear(call: Call, heap: Heap, exprs: readonly Expr[]): void {
  const found = onWasm(map, call, heap), wanted = onCpu(call);
  wanted.forEach((values, k) => {
    const bound = nearness(call.inputs.map(({ dtype }) => dtype));
    values.forEach((value: number, i: number) => {
      const distance = Math.abs(found[k][i] - value);
      assert(distance <= bound * (1 + Math.abs(value)), `${found[k][i]} instead of ${value} of ${exprs[k]}`);
    });
  });
}
