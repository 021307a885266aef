/** Fourier transforms: of all lengths beside the sum, of long ones beside numpy, of nothing, and what is refused. */
import {
  complex,
  fft,
  fromArray,
  jvp,
  record,
  ShapeError,
  type Tensor,
  tensor,
  vjp,
  vmap,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import reference from "../../proof/reference/fourier.json" with { type: "json" };
import { precision, testWith, within } from "../../backend_traits.ts";

// What is off, over what is expected, by the roots of the sums of squares.
function apart(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0, size = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (found[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(error / (size || 1));
}

// Of halves, so that the sum of many is as good as its terms.
function total(terms: readonly number[]): number {
  if (terms.length < 64) return terms.reduce((a, b) => a + b, 0);
  const half = terms.length >> 1;
  return total(terms.slice(0, half)) + total(terms.slice(half));
}

/** Numbers that every language makes alike, exact in f32. */
function uneven(length: number): Float64Array {
  return Float64Array.from({ length }, (_, k) => (7 * k * k + 3 * k) % 101 / 128 - 0.375);
}

function summed(pairs: Float64Array, inverse: boolean): Float64Array {
  const n = pairs.length / 2, sums = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let j = 0; j < n; j++) {
      const angle = (inverse ? 2 : -2) * Math.PI * (j * k % n) / n;
      const c = Math.cos(angle), s = Math.sin(angle);
      sums[2 * k] += pairs[2 * j] * c - pairs[2 * j + 1] * s;
      sums[2 * k + 1] += pairs[2 * j] * s + pairs[2 * j + 1] * c;
    }
  }
  return sums;
}

// A unit of the last place is 2.2e-16, 1.2e-7 in f32.
const close = within(4e-15, 6e-7), unscaled = { norm: "forward" } as const;

Deno.test("transforms of every length up to 80, and of some beyond, are the sums, both ways", async () => {
  const lengths = [
    ...Array.from({ length: 80 }, (_, i) => i + 1),
    97,
    121,
    128,
    143,
    210,
    243,
    251,
    343,
    502,
  ];
  for (const n of lengths) {
    const given = uneven(2 * n), z = fromArray(given, [n, 2], { dtype: precision });
    const there = await fft.fft(z).data(), back = await fft.ifft(z, unscaled).data();
    assert(apart(there, summed(given, false)) < close, `${n}: ${apart(there, summed(given, false))}`);
    assert(apart(back, summed(given, true)) < close, `${n} back: ${apart(back, summed(given, true))}`);
  }
});

const long = precision === "f64" ? reference : reference.filter(({ n }) => n < 50_000);

// How far numpy itself is off, and we: a few units of the root of the sum of squares.
function check(
  found: ArrayLike<number>,
  { at, re, im, energy }: typeof reference[0]["fft"],
  about: string,
): void {
  const tolerance = within(2e-15, 1e-6) * Math.sqrt(energy);
  at.forEach((k, i) => {
    const off = Math.hypot(found[2 * k] - re[i], found[2 * k + 1] - im[i]);
    assert(off <= tolerance, `${about}, number ${k}: ${off} where ${tolerance} is allowed`);
  });
  const squares = total(Array.from(found, (x) => x * x));
  assert(Math.abs(squares - energy) <= within(1e-14, 1e-5) * energy, about);
}

for (const { n, fft: whole, rfft: half } of long) {
  Deno.test(`a transform of ${n} numbers is numpy's`, async () => {
    const given = uneven(2 * n), z = fromArray(given, [n, 2], { dtype: precision });
    check(await fft.fft(z).data(), whole, "fft");
    check(await fft.rfft(fromArray(given.slice(0, n), [n], { dtype: precision })).data(), half, "rfft");
    const again = await fft.ifft(fft.fft(z)).data();
    assert(apart(again, given) < close, `back: ${apart(again, given)}`);
  });
}

testWith({ f64: true }, "single precision is that of the numbers alone where the host computes", () => {
  const given = uneven(2000), exact = fft.fft(fromArray(given, [1000, 2])).dataSync();
  const single = fft.fft(fromArray(Float32Array.from(given), [1000, 2])).dataSync();
  assertEquals(single, Float32Array.from(exact));
});

const halves = [...Array.from({ length: 24 }, (_, i) => i + 1), 32, 67, 96, 98, 128, 134, 201, 254, 502];

Deno.test("half of a spectrum is what the whole one has, and gives the numbers back", async () => {
  for (const n of halves) {
    const x = fromArray(uneven(3 * n), [3, n], { dtype: precision }), half = fft.rfft(x);
    const whole = fft.fft(complex.fromReal(x)).slice(null, [0, (n >> 1) + 1]);
    assert(apart(await half.data(), await whole.data()) < close, `${n}`);
    assert(apart(await fft.irfft(half, { n }).data(), await x.data()) < close, `${n} back`);
    assert(apart(await fft.hfft(fft.ihfft(x), { n }).data(), await x.data()) < close, `${n} mirrored`);
    const ends = half.slice(null, null, 1), last = n % 2 === 0 ? n / 2 : 0;
    assertEquals(await ends.slice(null, [0, 1]).array(), [[0], [0], [0]]);
    assertEquals(await ends.slice(null, [last, last + 1]).array(), [[0], [0], [0]]);
  }
});

Deno.test("half a spectrum is had and undone along any axis, of lanes that know nothing of each other", async () => {
  for (const n of [7, 10]) {
    const x = fromArray(uneven(n * 3), [n, 3], { dtype: precision }),
      moved = x.mul(tensor([1, 1e-8, 1e8], { dtype: precision }));
    const down = fft.rfft(moved, { axis: 0 }), across = fft.rfft(moved.transpose());
    for (const lane of [0, 1, 2]) {
      const found = await down.slice(null, lane).data();
      assertEquals(found, await across.slice(lane).data());
      assert(
        apart(
          found,
          await fft.fft(complex.fromReal(moved.slice(null, lane))).slice([0, (n >> 1) + 1]).data(),
        ) < close,
      );
      const back = fft.irfft(down, { axis: 0, n }).slice(null, lane);
      assert(apart(await back.data(), await moved.slice(null, lane).data()) < close);
    }
  }
});

Deno.test("gradients of halves are the sums', of even and odd lengths, both ways", async () => {
  for (const n of [1, 2, 6, 9]) {
    const x = fromArray(uneven(n), [n], { dtype: precision }), h = (n >> 1) + 1;
    const ct = fromArray(uneven(4 * h).slice(2 * h), [h, 2], { dtype: precision });
    const whole = (x: Tensor) => fft.fft(complex.fromReal(x)).slice([0, h]);
    const [[sent], [expected], [back]] = [
      vjp((x: Tensor) => [fft.rfft(x)], x)[1]([ct]),
      vjp((x: Tensor) => [whole(x)], x)[1]([ct]),
      vjp((z: Tensor) => [fft.irfft(z, { n })], ct)[1]([x]),
    ];
    assert(apart(await sent.data(), await expected.data()) < 2 * close, `${n}`);
    const [, forward] = jvp((z: Tensor) => fft.irfft(z, { n }), [ct], [fft.rfft(x)]);
    const [one, other] = await Promise.all(
      [back.mul(fft.rfft(x)), x.mul(forward)].map((y) => y.sum().item()),
    );
    assert(Math.abs(Number(one) - Number(other)) < 10 * close, `${n}: ${one} ${other}`);
  }
});

Deno.test("half a spectrum is one op of its own, not part of a whole one", () => {
  const [, program] = record((x: Tensor) => fft.irfft(fft.rfft(x)), zeros([8], { dtype: precision }));
  const names = program.steps.map(({ op }) => op.name);
  assertEquals(names.filter((name) => name.includes("fft")), ["rfft", "irfft"]);
});

Deno.test("norms share the count", async () => {
  const x = tensor([1, 1, 1, 1], { dtype: precision }), z = complex.fromReal(x);
  const first = async (y: Tensor) => (await y.data())[0];
  const norms = ["backward", "ortho", "forward"] as const;
  assertEquals(await Promise.all(norms.map((norm) => first(fft.fft(z, { norm })))), [4, 2, 1]);
  assertEquals(await Promise.all(norms.map((norm) => first(fft.ifft(z, { norm })))), [1, 2, 4]);
  assertEquals(
    await Promise.all(norms.map((norm) => first(fft.hfft(z, { norm })))),
    [6, 6 / Math.sqrt(6), 1]
      .map((y) => precision === "f32" ? Math.fround(y) : y),
  );
});

Deno.test("imaginary parts that no real number has are left out, and have no gradient", async () => {
  const z = tensor([[1, 5], [2, 3], [4, 7]], { dtype: precision });
  const clean = tensor([[1, 0], [2, 3], [4, 0]], { dtype: precision });
  assertEquals(await fft.irfft(z).array(), await fft.irfft(clean).array());
  const [y, pull] = vjp((z: Tensor) => fft.irfft(z), z);
  const [[, first], , [, last]] =
    await (pull(tensor([1, 2, 4, 8], { dtype: precision })) as unknown as Tensor[])
      .flat()[0].array() as number[][];
  assertEquals([y.shape, Math.abs(first) + Math.abs(last) < close], [[4], true]);
});

Deno.test("a batch of nothing gives nothing, and a scalar of several axes itself", async () => {
  assertEquals(fft.fft(zeros([0, 4, 2])).shape, [0, 4, 2]);
  assertEquals(fft.rfft(zeros([3, 0, 5])).shape, [3, 0, 3, 2]);
  assertEquals(fft.irfft2(zeros([0, 3, 3, 2])).shape, [0, 3, 4]);
  assertEquals(await fft.fftn(tensor([3, 4])).array(), [3, 4]);
});

Deno.test("integers and truth values are counted as floats", async () => {
  const whole = tensor([1, 2], { dtype: "i32" });
  assertEquals([fft.rfft(whole).dtype, await fft.rfft(whole).array()], ["f32", [[3, 0], [-1, 0]]]);
  assertEquals(await fft.rfft(tensor([true, true])).array(), [[2, 0], [0, 0]]);
});

testWith({ f16: true }, "f16 is computed in f32", async () => {
  const z = fromArray(uneven(134), [67, 2], { dtype: "f16" }), half = fft.fft(z);
  assertEquals(half.dtype, "f16");
  assertEquals(await half.array(), await fft.fft(z.to("f32")).to("f16").array());
});

Deno.test("sizes go to the last axes, or to those named, in their order", () => {
  const z = zeros([3, 4, 5, 2]);
  assertEquals(fft.fftn(z, { s: [7] }).shape, [3, 4, 7, 2]);
  assertEquals(fft.fftn(z, { s: [7, -1], axes: [2, 0] }).shape, [3, 4, 7, 2]);
  assertEquals(fft.rfftn(zeros([3, 4, 5]), { axes: [2, 0] }).shape, [2, 4, 5, 2]);
  assertEquals(fft.irfftn(z, { s: [2, 9], axes: [1, 0] }).shape, [9, 2, 5]);
  assertEquals(fft.fftn(z, { axes: [] }).shape, [3, 4, 5, 2]);
});

Deno.test("a map over a batch, and a direction carried forward, are transforms", async () => {
  const z = fromArray(uneven(36), [3, 6, 2], { dtype: precision });
  const each = vmap((z: Tensor) => fft.fft(z))(z);
  assertEquals(await each.array(), await fft.fft(z).array());
  const [, forward] = jvp((z: Tensor) => fft.ifft(z), [z], [z]);
  assertEquals(await forward.array(), await fft.ifft(z).array());
});

Deno.test("a recorded program transforms again what it is given", async () => {
  const [one, other] = [uneven(20), uneven(40).slice(20)].map((x) =>
    fromArray(x, [20], { dtype: precision })
  );
  const there = (x: Tensor): Tensor =>
    fft.istft(fft.stft(x, 8), 8).mul(complex.abs(fft.fft(fft.ihfft(x))).sum());
  const [first, program] = record(there, one);
  assertEquals(await first.array(), await there(one).array());
  assertEquals(await program.run(other).array(), await there(other).array());
});

Deno.test("what cannot be transformed is refused", () => {
  const refusals: readonly (readonly [() => unknown, string])[] = [
    [
      () => fft.fft(zeros([4])),
      "Cannot fft.fft [4]: complex numbers are pairs along a last axis of extent 2",
    ],
    [() => fft.fft(tensor([1, 0])), "Cannot fft.fft 0 numbers along axis 0: at least 1 is needed"],
    [() => fft.rfft(zeros([0])), "Cannot fft.rfft 0 numbers along axis 0"],
    [() => fft.irfft(zeros([1, 2])), "Cannot fft.irfft 0 numbers along axis 0"],
    [() => fft.ifft(zeros([3, 2]), { n: 0 }), "Cannot fft.ifft 0 numbers along axis 0"],
    [() => fft.ifft(zeros([3, 2]), { n: 1.5 }), "Cannot fft.ifft 1.5 numbers along axis 0"],
    [() => fft.fft2(zeros([3, 2])), "axis -2"],
    [() => fft.rfftn(zeros([3, 2]), { axes: [] }), "Cannot fft.rfftn [3, 2] along no axis"],
    [() => fft.fftn(zeros([3, 4, 2]), { s: [2], axes: [0, 1] }), "one for each of 2 axes is needed"],
    [() => fft.fftn(zeros([3, 4, 2]), { axes: [0, 0] }), "an axis is named twice"],
  ];
  for (const [call, message] of refusals) assertThrows(call, ShapeError, message);
  assertThrows(() => fft.fft(zeros([3, 2]), { norm: "both" as "ortho" }), TypeError, '"ortho"');
  assertThrows(() => fft.fft(zeros([3, 2]), { dim: 0 } as object), TypeError, "axis");
  assertThrows(() => fft.fft([[1, 0]] as unknown as Tensor), TypeError);
  assertThrows(() => fft.fftfreq(0), RangeError, "Cannot fft.fftfreq with a count of 0");
});
