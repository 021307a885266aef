/** Products with expressions of their factors on the way in, and of what they give on the way out. */
import { assert } from "@std/assert";
import { e } from "@tapegrad/core/expr";
import { simds, validates } from "../../../../backends/wasm/features.ts";
import { hooksOf, type ProductExprs } from "../../../../backends/wasm/kernels/matmul/expression.ts";
import { formsOf } from "../../../../backends/wasm/kernels/matmul/forms.ts";
import { eachProduct } from "../../../../backends/wasm/kernels/matmul/matmul.ts";
import { multiply } from "../../../../backends/wasm/kernels/matmul/multiply.ts";
import { Products } from "../../../../backends/wasm/kernels/matmul/products.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { place } from "./placed.ts";

// relu(sum + bias[column]) + residual[row, column] - shift[row]. Padding would be 1 if it were put in too early.
const exprs: ProductExprs = {
  left: e.mul(e.input(0), 2),
  right: e.add(e.input(0), 1),
  epilogue: e.sub(e.add(e.maximum(e.add(e.input(0), e.input(1)), 0), e.input(2)), e.input(3)),
  operands: [{ dtype: "f32", across: "each" }, { dtype: "f32", across: "each" }, {
    dtype: "i32",
    across: "one",
  }],
};

const sizes = [[1, 1, 1], [7, 19, 5], [33, 18, 300], [101, 9, 513], [1, 40, 3], [40, 1, 3]];

const whole = (by: number) => (at: number) => (at * by + (at >> 3)) % 7 - 3;

for (const simd of simds.filter(validates)) {
  for (const element of ["f32", "f64"] as const) {
    for (const form of formsOf({ simd, element })) {
      Deno.test(`expressions see each element once: ${element} by ${simd}, ${form.height} × ${form.vectors}`, () => {
        const heap = new Heap({ simd }), hooks = hooksOf(exprs, element, simd);
        const products = new Products(heap.memory, element, simd, hooks);
        for (const [m, n, k] of sizes) {
          for (const way of ["dense", "transposed", "stepped"]) {
            const a = place(heap, element, [m, k], way, whole(5)),
              b = place(heap, element, [k, n], way, whole(3));
            const bias = place(heap, "f32", [1, n], "dense", whole(11));
            const residual = place(heap, "f32", [m, n], "dense", whole(13));
            const shift = place(heap, "i32", [m, 1], "dense", whole(17));
            const output = place(heap, element, [m, n], way, () => 9);
            const parameters = [bias.pointer, 0, residual.pointer, n * 4, shift.pointer, 4];
            eachProduct(a, b, output, (product) => multiply({ products, heap, form, parameters }, product));
            const [x, y, u, v, w, z] = [a, b, bias, residual, shift, output].map((matrix) => matrix.values());
            z.forEach((got, at) => {
              const j = at % n, i = (at - j) / n;
              let sum = u[j];
              for (let l = 0; l < k; l++) sum += 2 * x[i * k + l] * (y[l * n + j] + 1);
              const wanted = Math.max(sum, 0) + v[at] - w[i];
              if (got !== wanted) {
                throw new Error(`[${m}, ${n}, ${k}] ${way} at ${i}, ${j}: ${got}, not ${wanted}`);
              }
            });
            assert(output.isWhole());
            for (const matrix of [a, b, bias, residual, shift, output]) matrix.release();
          }
        }
      });
    }
  }
}

Deno.test("functions of an expression are computed, or called where they have no instructions", () => {
  for (const simd of simds.filter(validates)) {
    for (const element of ["f32", "f64"] as const) {
      const heap = new Heap({ simd }), m = 9, n = 21, k = 5;
      const exprs = { left: e.exp(e.input(0)), right: e.tan(e.input(0)), epilogue: e.tanh(e.input(0)) };
      const products = new Products(heap.memory, element, simd, hooksOf(exprs, element, simd));
      const tenth = (at: number) => (at * 5 % 13 - 6) / 10;
      const a = place(heap, element, [m, k], "dense", tenth),
        b = place(heap, element, [k, n], "dense", tenth);
      const output = place(heap, element, [m, n], "dense", () => 0);
      eachProduct(a, b, output, (product) => multiply({ products, heap }, product));
      const [x, y, z] = [a, b, output].map((matrix) => matrix.values());
      z.forEach((got, at) => {
        const j = at % n, i = (at - j) / n;
        let sum = 0;
        for (let l = 0; l < k; l++) sum += Math.exp(x[i * k + l]) * Math.tan(y[l * n + j]);
        const error = Math.abs(got - Math.tanh(sum));
        assert(error < (element === "f32" ? 2e-6 : 1e-14), `${element} by ${simd} at ${at}: off by ${error}`);
      });
    }
  }
});
