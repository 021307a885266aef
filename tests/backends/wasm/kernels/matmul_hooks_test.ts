/** Products with something done to their factors on the way in, and to what they give on the way out. */
import { assert } from "@std/assert";
import { i32, load, op, plus, times, type Value } from "../../../../backends/wasm/assembler/values.ts";
import { simds, validates } from "../../../../backends/wasm/features.ts";
import { formsOf } from "../../../../backends/wasm/kernels/matmul/forms.ts";
import type { Epilogue, Prologue } from "../../../../backends/wasm/kernels/matmul/hooks.ts";
import { bytesOf, type Lanes } from "../../../../backends/wasm/kernels/matmul/lanes.ts";
import { eachProduct } from "../../../../backends/wasm/kernels/matmul/matmul.ts";
import { multiply } from "../../../../backends/wasm/kernels/matmul/multiply.ts";
import { Products } from "../../../../backends/wasm/kernels/matmul/products.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { place } from "./placed.ts";

type Vector = Value<"v128">;

const double: Prologue = (_, value, lanes) => lanes.sum(value, value);
// Padding would be 1 if it were made before lines that are missing are put in.
const plusOne: Prologue = (_, value, lanes) => lanes.sum(value, one(lanes));

function one({ count, element }: Lanes): Value {
  if (count === 1) return load(`${element}.load` as "f32.load", ONE);
  return load(element === "f64" ? "v128.load64_splat" : "v128.load32_splat", ONE);
}

/** Where a 1 is put for the kernels; no block is that low. */
const ONE = 8;

// relu(sum + bias[column]) + residual[row, column], with the residual's rows so many bytes apart.
const biasReluResidual: Epilogue = {
  parameters: 3,
  value(body, sum, lanes, { row, column, parameters: [bias, residual, apart] }): Value {
    const across = body.keep(times(column, bytesOf(lanes)));
    const total = body.keep(lanes.sum(sum, lanes.load(plus(bias, across), 0)));
    const beside = lanes.load(plus(plus(residual, op("i32.mul", row, apart)), across), 0);
    return lanes.sum(relu(lanes, total), beside);
  },
};

function relu({ count, element }: Lanes, x: Value): Value {
  if (count === 1) return op(`${element as "f32"}.max`, x as Value<"f32">, zeroOf(element) as Value<"f32">);
  const zero = op("i32x4.splat", i32(0));
  return element === "f64" ? op("f64x2.max", x as Vector, zero) : op("f32x4.max", x as Vector, zero);
}

function zeroOf(element: string): Value {
  return element === "f64" ? op("f64.convert_i32_s", i32(0)) : op("f32.convert_i32_s", i32(0));
}

for (const simd of simds.filter(validates)) {
  for (const element of ["f32", "f64"] as const) {
    for (const form of formsOf({ simd, element })) {
      Deno.test(`hooks see each element once: ${element} by ${simd}, ${form.height} × ${form.vectors}`, () => {
        const heap = new Heap(), size = element === "f64" ? 8 : 4;
        const hooks = { left: double, right: plusOne, epilogue: biasReluResidual };
        const products = new Products(heap.memory, element, simd, hooks);
        heap.array(element)[ONE / size] = 1;
        for (
          const [m, n, k] of [[1, 1, 1], [7, 19, 5], [33, 18, 300], [101, 9, 513], [1, 40, 3], [40, 1, 3]]
        ) {
          for (const way of ["dense", "transposed", "stepped"]) {
            const whole = (by: number) => (at: number) => (at * by + (at >> 3)) % 7 - 3;
            const a = place(heap, element, [m, k], way, whole(5)),
              b = place(heap, element, [k, n], way, whole(3));
            const bias = place(heap, element, [1, n], "dense", whole(11));
            const residual = place(heap, element, [m, n], "dense", whole(13));
            const output = place(heap, element, [m, n], way, () => 9);
            const parameters = [bias.pointer, residual.pointer, n * size];
            eachProduct(a, b, output, (product) => multiply({ products, heap, form, parameters }, product));
            const [x, y, u, v, z] = [a, b, bias, residual, output].map((matrix) => matrix.values());
            z.forEach((got, at) => {
              const j = at % n, i = (at - j) / n;
              let sum = u[j];
              for (let l = 0; l < k; l++) sum += 2 * x[i * k + l] * (y[l * n + j] + 1);
              const wanted = Math.max(sum, 0) + v[at];
              if (got !== wanted) {
                throw new Error(`[${m}, ${n}, ${k}] ${way} at ${i}, ${j}: ${got}, not ${wanted}`);
              }
            });
            assert(output.isWhole());
          }
        }
      });
    }
  }
}
