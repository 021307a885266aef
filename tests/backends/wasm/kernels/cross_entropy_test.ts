/** The cross-entropy of logits in wasm memory is the cpu's, value and gradient, however they lie. */
import { type Backend, type DType, key, normal, type Tensor, tensor, vjp } from "@tapegrad/core";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { createWasmBackend } from "@tapegrad/backends/wasm";
import { crossEntropy, type CrossEntropyOptions } from "@tapegrad/nn";
import { assertEquals, assertThrows } from "@std/assert";

const wasm = createWasmBackend({ name: "wasm aside", small: 0 }),
  cpu = createCpuBackend({ name: "cpu aside" });
const CLASSES = 7;

/** Where tensors are, and what they hold. */
interface Place {
  readonly dtype: DType;
  readonly backend: Backend;
}

function drawn(shape: readonly number[], seed: number, { dtype, backend }: Place): Tensor {
  const values = normal(shape, { key: key(seed), dtype, backend: cpu });
  return tensor(values.dataSync(), { dtype, backend }).reshape(shape);
}

/** Logits with classes along axis 1, row-major or as the view of others that lie elsewhere. */
const layouts: Readonly<Record<string, (place: Place) => Tensor>> = {
  "a row a sample": (place) => drawn([50, CLASSES], 1, place),
  "columns": (place) => drawn([CLASSES, 50], 2, place).transpose(0, 1),
  "images": (place) => drawn([3, CLASSES, 5, 6], 3, place),
  "images, channels last": (place) => drawn([3, 5, 6, CLASSES], 4, place).permute([0, 3, 1, 2]),
  "every second of more": (place) => drawn([40, 2 * CLASSES], 5, place).slice(null, [null, null, 2]),
  "one sample": (place) => drawn([CLASSES], 6, place),
};

const kinds: Readonly<Record<string, (place: Place) => CrossEntropyOptions>> = {
  "plain": () => ({}),
  "weighted": (place) => ({ weight: drawn([CLASSES], 7, place).abs() }),
  "smoothed": () => ({ labelSmoothing: 0.3 }),
  "weighted and smoothed": (place) => ({
    labelSmoothing: 0.1,
    weight: drawn([2 * CLASSES], 8, place).abs().slice([null, null, 2]),
    ignoreIndex: 3,
  }),
};

function classesFor({ shape, backend }: Tensor, { ignoreIndex = -100 }: CrossEntropyOptions): Tensor {
  const places = shape.length === 1 ? [] : shape.toSpliced(1, 1), count = places.reduce((a, b) => a * b, 1);
  const indices = Array.from({ length: count }, (_, i) => i % 5 === 4 ? ignoreIndex : (i * 3) % CLASSES);
  return tensor(indices, { dtype: "i32", backend }).reshape(places);
}

function computed(x: Tensor, target: Tensor, options: CrossEntropyOptions): readonly Float64Array[] {
  const [losses, pull] = vjp((x) => crossEntropy(x, target, { ...options, reduction: "none" }), x);
  const { shape, dtype, backend } = losses,
    waves = Array.from({ length: losses.size }, (_, i) => Math.cos(i));
  const ct = tensor(waves, { dtype, backend }).reshape(shape);
  return [losses, pull(ct)[0]].map((t) => Float64Array.from(t.dataSync()));
}

for (const dtype of ["f32", "f64"] as const) {
  for (const [layout, logits] of Object.entries(layouts)) {
    for (const [kind, optionsFor] of Object.entries(kinds)) {
      Deno.test(`the cross-entropy of ${dtype} logits, ${layout}, ${kind}`, () => {
        const unit = dtype === "f32" ? 2 ** -22 : 2 ** -50;
        for (const isSure of [true, false]) {
          const [found, wanted] = [wasm, cpu].map((backend) => {
            const place = { dtype, backend }, x = logits(place), options = optionsFor(place);
            const chances = () => logits(place).mul(2).softmax(x.rank === 1 ? 0 : 1);
            return computed(x, isSure ? classesFor(x, options) : chances(), options);
          });
          found.forEach((values, k) => {
            assertEquals(values.map((v, i) => near(v, wanted[k][i], unit)), wanted[k]);
          });
        }
      });
    }
  }
}

// What is wanted where it is no further than so many parts of what is added.
function near(found: number, wanted: number, unit: number): number {
  return Math.abs(found - wanted) <= 4 * unit * Math.max(1, Math.abs(wanted)) ? wanted : found;
}

Deno.test("samples of what is no number, and infinities, give what the cpu gives", () => {
  const [found, wanted] = [wasm, cpu].map((backend) => {
    const x = tensor([[NaN, 0, 1], [Infinity, 0, 0], [-Infinity, 2, 1], [1e30, 0, 0]], { backend });
    return computed(x, tensor([-100, 1, 0, 0], { dtype: "i32", backend }), {});
  });
  assertEquals(found, wanted);
});

Deno.test("the gradient of a target that is nearly certain keeps its digits", () => {
  const x = tensor([[20, 0]], { backend: wasm }), target = tensor([0], { dtype: "i32", backend: wasm });
  const [, pull] = vjp((x) => crossEntropy(x, target), x);
  const [[first]] = pull(tensor(1, { backend: wasm }))[0].arraySync() as number[][];
  assertEquals(Math.abs(first) < 2 ** -23, true);
});

Deno.test("an index that names no class is named", () => {
  const x = drawn([4, CLASSES], 1, { dtype: "f32", backend: wasm });
  const target = tensor([0, 1, CLASSES, 2], { dtype: "i32", backend: wasm });
  assertThrows(() => crossEntropy(x, target), RangeError, `index ${CLASSES} is out of range`);
});
