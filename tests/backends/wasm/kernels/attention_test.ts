/** Attention by its kernels in wasm beside what it is composed of on the cpu in f64. */
import {
  type Backend,
  fromArray,
  scaledDotProductAttention as attend,
  scope,
  type Shape,
  sizeOf,
  type Tensor,
  type TypedArray,
  vjp,
} from "@tapegrad/core";
import { bytesPerElement, contiguousLayout } from "@tapegrad/core/backend";
import { createCpuBackend, createWasmBackend } from "@tapegrad/backends";
import { assert, assertEquals, AssertionError } from "@std/assert";
import { simds, validates } from "../../../../backends/wasm/features.ts";
import { attentionKernels } from "../../../../backends/wasm/kernels/attention/mod.ts";
import type { Operand } from "../../../../backends/wasm/kernels/kernel.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { Draws } from "./agree.ts";

const backends = simds.filter(validates).map((simd) => createWasmBackend({ simd, small: 0, debug: true }));
const exact = createCpuBackend();
const within = { f32: 2e-5, f64: 1e-13 };
const kinds = ["none", "causal", "bool", "added"] as const;

/** A call of attention, whose elements are made of a seed. */
interface Case {
  readonly seed: number;
  readonly dtype: "f32" | "f64";
  readonly batch: Shape;
  /** L, S, E and F. */
  readonly extents: readonly number[];
  readonly kind: (typeof kinds)[number];
  /** The mask's. */
  readonly shape: Shape;
  readonly scale?: number;
  /** Whether operands lie with axes in turn, and the one batch of k and v is for all. */
  readonly isTurned?: boolean;
  readonly isShared?: boolean;
  /** Puts something else in the place of an element. */
  readonly special?: { readonly operand: number; readonly place: number; readonly value: number };
}

function numbers(draws: Draws, one: Case, operand: number, count: number): Float32Array<ArrayBuffer> {
  const made = Float32Array.from({ length: count }, () => 3 * draws.next() - 1.5), { special } = one;
  if (special?.operand === operand) made[special.place % count] = special.value;
  return made;
}

function operandsOf(one: Case, backend: Backend, dtype: "f32" | "f64"): Tensor[] {
  const draws = new Draws(one.seed), [l, s, features, columns] = one.extents;
  const made = (operand: number, batch: Shape, rows: number, n: number) => {
    const data = numbers(draws, one, operand, sizeOf(batch) * rows * n);
    const of = (shape: Shape) => fromArray(data, shape, { backend, dtype });
    return one.isTurned ? of([...batch, n, rows]).transpose() : of([...batch, rows, n]);
  };
  const own = one.isShared ? [] : one.batch;
  return [made(0, one.batch, l, features), made(1, own, s, features), made(2, own, s, columns)];
}

function maskOf({ seed, kind, shape }: Case, backend: Backend, dtype: "f32" | "f64"): Tensor | null {
  if (kind !== "bool" && kind !== "added") return null;
  const draws = new Draws(seed + 1000),
    data = Float32Array.from({ length: sizeOf(shape) }, () => draws.next());
  const mask = fromArray(data, shape, { backend, dtype });
  return kind === "bool" ? mask.greater(0.4) : mask;
}

/** The result, and the gradients to q, k, v and a mask that is added. */
function results(one: Case, backend: Backend, dtype: "f32" | "f64"): Tensor[] {
  const mask = maskOf(one, backend, dtype), { scale } = one, given = operandsOf(one, backend, dtype);
  const options = { isCausal: one.kind === "causal", ...(scale === undefined ? {} : { scale }) };
  const run = (...[q, k, v, added = mask]: (Tensor | null)[]) =>
    attend(q!, k!, v!, { ...options, ...(added ? { mask: added } : {}) });
  return scope(() => {
    const [output, pull] = vjp(run, ...[...given, ...(one.kind === "added" ? [mask!] : [])]);
    const draws = new Draws(one.seed + 2000), slopes = numbers(draws, one, 3, output.size);
    return [
      output,
      ...(pull as (ct: Tensor) => Tensor[])(fromArray(slopes, output.shape, { backend, dtype })),
    ];
  });
}

function assertNear(actual: TypedArray, expected: TypedArray, one: Case, which: number): void {
  let size = 1;
  for (const x of expected) if (Math.abs(x) < Infinity) size = Math.max(size, Math.abs(x));
  actual.forEach((x: number, i: number) => {
    const y = expected[i], near = within[one.dtype] * size;
    if (x === y || Math.abs(x - y) <= near || (x !== x && y !== y)) return;
    throw new AssertionError(`${x} instead of ${y} at ${i} of result ${which}: ${JSON.stringify(one)}`);
  });
}

function check(one: Case, backend: Backend): void {
  const own = results(one, backend, one.dtype), expected = results(one, exact, "f64");
  assertEquals(own.length, expected.length);
  own.forEach((x, i) => assertNear(x.dataSync(), expected[i].dataSync(), one, i));
  for (const x of own) x.dispose();
}

function drawn(seed: number): Case {
  const draws = new Draws(seed), batch = draws.of([[], [2], [3, 2], [1]]);
  const extents = [1, 1, 1, 1].map((_, i) => draws.of(i < 2 ? [1, 3, 5, 24, 61, 100] : [1, 3, 4, 8, 17, 32]));
  const [l, s] = extents, kind = draws.of(kinds);
  const shape = draws.of<Shape>([[l, s], [s], [l, 1], [1, 1], [...batch, l, s], [...batch, 1, s], []]);
  return {
    ...{ seed, batch, extents, kind, shape, dtype: draws.of(["f32", "f64"] as const) },
    ...{ isTurned: draws.below(3) === 0, isShared: draws.below(3) === 0 },
    ...(draws.below(3) === 0 ? { scale: draws.of([0, -0.5, 2]) } : {}),
  };
}

Deno.test("attention and its gradients are what it is composed of, in every way of computing", () => {
  for (let seed = 0; seed < 240; seed++) check(drawn(seed), backends[seed % backends.length]);
});

Deno.test("attention over so many positions that scores are made in several blocks is what it is composed of", () => {
  const lie = { dtype: "f32", batch: [], extents: [1300, 1000, 4, 3], shape: [1, 1000] } as const;
  kinds.forEach((kind, seed) => check({ ...lie, seed, kind }, backends[0]));
});

Deno.test("attention of infinities and NaN is what it is composed of, also where they are hidden", () => {
  for (let seed = 0; seed < 240; seed++) {
    const draws = new Draws(seed), value = draws.of([Infinity, -Infinity, NaN]);
    const special = { operand: draws.below(4), place: draws.below(1000), value };
    check({ ...drawn(seed), special, dtype: "f64" }, backends[seed % backends.length]);
  }
});

const keep = { scale: 0.5, isCausal: false, isMasked: false, dropoutP: 0 };
const all = { ...keep, wanted: [true, true, true], hasSlope: true, hasLogSlope: false };

/** Bytes that a memory of its own has after attention and its gradients. */
function bytesFor(positions: number): number {
  const heap = new Heap(), size = bytesPerElement("f32");
  const operand = (shape: Shape): Operand => {
    const pointer = heap.allocate(sizeOf(shape) * size);
    heap.array("f32").fill(0.5, pointer / size, pointer / size + sizeOf(shape));
    return { pointer, dtype: "f32", ...contiguousLayout(shape) };
  };
  const made = () => operand([1, positions, 8]), given = [made(), made(), made()];
  const outputs = [made(), operand([1, positions])];
  assert(attentionKernels.scaledDotProductAttention(given, outputs, keep, heap));
  const gradients = [made(), made(), made()];
  assert(attentionKernels.attentionBackward([...given, outputs[1], made()], gradients, all, heap));
  return heap.memory.buffer.byteLength;
}

Deno.test("memory of attention grows with the positions, not with their square", () => {
  const [some, twice] = [4096, 8192].map(bytesFor), scores = 4 * 4096 ** 2;
  assert(some < scores / 2, `${some} bytes where all scores have ${scores}`);
  assert(twice < 2.2 * some, `${twice} bytes of twice as many positions that had ${some}`);
});
