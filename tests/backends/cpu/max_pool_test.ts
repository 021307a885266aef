/** The kernel of pooling by the largest gives what the op is made of gives, to the bit. */
import { type DType, maxPool1d, maxPool2d, maxPool3d, type Tensor, tensor, vjp } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { assertEquals } from "@std/assert";

const whole = createCpuBackend({ name: "with kernels" }), parts = createCpuBackend({ name: "in parts" });
for (const name of ["maxPool1d", "maxPool2d", "maxPool3d"]) parts.kernels.delete(name);

// Ties, NaN and infinities are all among so few.
const few = [1, -0, 0, NaN, -Infinity, 2, 2, Infinity, -3, 1, -Infinity];

function image(shape: readonly number[], dtype: DType, backend: typeof whole): Tensor {
  const n = shape.reduce((a, b) => a * b, 1);
  const data = Array.from({ length: n }, (_, i) => few[(i * i + 3 * (i >> 3)) % few.length]);
  return tensor(data, { dtype, backend }).reshape([...shape]);
}

const around = { stride: 2, padding: 1, ceilMode: true, returnIndices: true } as const;
const calls:
  readonly (readonly [string, readonly number[], (x: Tensor) => { values: Tensor; indices: Tensor }])[] = [
    ["1d", [3, 2, 9], (x) => maxPool1d(x, 3, around)],
    ["2d", [3, 2, 7, 8], (x) => maxPool2d(x, 3, around)],
    ["2d of one image, dilated", [2, 7, 8], (x) => maxPool2d(x, [3, 2], { ...around, dilation: [1, 2] })],
    ["2d of columns", [4, 8, 7], (x) => maxPool2d(x.transpose(1, 2), 2, { returnIndices: true })],
    ["2d of no images", [0, 2, 4, 4], (x) => maxPool2d(x, 2, { returnIndices: true })],
    ["3d", [2, 2, 4, 5, 6], (x) => maxPool3d(x, [2, 3, 2], around)],
  ];

for (const [title, shape, call] of calls) {
  for (const dtype of ["f32", "f64", "f16"] as const) {
    Deno.test(`pooling by the largest, ${title}, of ${dtype}`, () => {
      const [found, wanted] = [whole, parts].map((backend) => {
        const x = image(shape, dtype, backend), { values, indices } = call(x);
        const [, pull] = vjp((x) => call(x).values, x);
        return [values, indices, ...pull(values.mul(0).isNaN().to(dtype).add(1))].map((t) => t.arraySync());
      });
      assertEquals(found, wanted);
    });
  }
}
