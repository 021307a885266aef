/** Short-time transforms and their inverses, and windows: PyTorch's samples are in tests/proof/parity. */
import { arange, complex, fft, fromArray, ShapeError, type Tensor, windows, zeros } from "@tapegrad/core";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import reference from "../../proof/reference/windows.json" with { type: "json" };
import { precision, testWith, within } from "../../backend_traits.ts";

type Row = readonly [name: string, n: number, sym: boolean, beta: number | null, elements: number[]];

for (const [name, n, sym, beta, elements] of reference as unknown as readonly Row[]) {
  Deno.test(`${sym ? "symmetric" : "periodic"} ${name} window of ${n}${beta ? ` of ${beta}` : ""}`, async () => {
    const make = (windows as unknown as Record<string, windows.WindowOp<windows.KaiserOptions>>)[name];
    const found = await make(n, { sym, dtype: precision, ...beta === null ? {} : { beta } }).data();
    assertEquals(found.length, elements.length);
    // The Bessel function magnifies how its argument was rounded, as β does.
    const tolerance = within(name === "kaiser" ? 8e-16 : 4e-16, 1e-7);
    elements.forEach((x, i) => assertAlmostEquals(found[i], x, tolerance));
  });
}

async function assertNear(
  found: Tensor,
  wanted: readonly number[],
  tolerance = within(1e-15, 1e-6),
): Promise<void> {
  const elements = await found.data();
  assertEquals(elements.length, wanted.length);
  wanted.forEach((x, i) => assertAlmostEquals(elements[i], x, tolerance));
}

Deno.test("windows that PyTorch 1.13 lacks are what their formulas say", async () => {
  const dtype = precision, e = Math.exp;
  await assertNear(windows.cosine(3, { dtype }), [0.5, 1, 0.5]);
  await assertNear(windows.cosine(1, { dtype }), [1]);
  await assertNear(windows.exponential(3, { tau: 2, dtype }), [e(-0.5), 1, e(-0.5)]);
  await assertNear(windows.exponential(3, { center: 0, sym: false, dtype }), [1, e(-1), e(-2)]);
  await assertNear(windows.gaussian(3, { std: 2, dtype }), [e(-1 / 8), 1, e(-1 / 8)]);
  await assertNear(windows.gaussian(2, { sym: false, dtype }), [e(-0.5), 1]);
  await assertNear(windows.generalHamming(3, { alpha: 0.7, dtype }), [0.4, 1, 0.4]);
  await assertNear(windows.generalCosine(5, { a: [1, 2, 3], dtype }), [2, -2, 6, -2, 2]);
  await assertNear(windows.nuttall(3, { dtype }), [0.0003628, 1, 0.0003628]);
});

Deno.test("what is asked of windows is checked", () => {
  assertThrows(() => windows.hann(1e12), RangeError, "Cannot allocate 1000000000000 elements");
  assertThrows(() => fft.fftfreq(1e12), RangeError, "Cannot allocate 1000000000000 elements");
  assertThrows(() => windows.hann(-1), RangeError, "Cannot windows.hann with a count of -1");
  assertThrows(() => windows.hann(3, { periodic: true } as object), TypeError, "periodic");
  assertThrows(() => windows.kaiser(3, { beta: -1 }), RangeError, "beta");
  assertThrows(() => windows.exponential(3, { center: 1 }), RangeError, "sym: false");
});

const noise = (n: number): Tensor =>
  fromArray(Float64Array.from({ length: n }, (_, k) => (7 * k * k + 3 * k) % 101 / 101), [n], {
    dtype: precision,
  });

Deno.test("a signal comes back from its frames, by any window whose squares add up to more than 0", async () => {
  const x = noise(100);
  const ways: readonly fft.FrameOptions[] = [
    {},
    { window: windows.hann(16, { sym: false, dtype: precision }) },
    { hopLength: 5, winLength: 10, normalized: true },
    { window: windows.kaiser(15), winLength: 15, hopLength: 3 },
  ];
  for (const way of ways) {
    const again = fft.istft(fft.stft(x, 16, way), 16, { ...way, length: 100 });
    assert(await again.sub(x).abs().max().item() < within(1e-14, 1e-5));
  }
  const whole = fft.stft(x, 16, { onesided: false });
  const pairs = fft.istft(whole, 16, { returnComplex: true, length: 100 });
  assertEquals(pairs.shape, [100, 2]);
  assert(await complex.real(pairs).sub(x).abs().max().item() < within(1e-14, 1e-5));
  assert(await complex.imag(pairs).abs().max().item() < within(1e-14, 1e-5));
});

Deno.test("batches have any axes in front, and samples that are asked for beyond the end are 0", async () => {
  const x = arange(60, { dtype: precision }).reshape([2, 3, 10]), spectra = fft.stft(x, 4, { hopLength: 2 });
  assertEquals(spectra.shape, [2, 3, 3, 6, 2]);
  const again = fft.istft(spectra, 4, { hopLength: 2, length: 13 });
  assertEquals(again.shape, [2, 3, 13]);
  assertEquals(await again.slice(1, 2, [12, null]).array(), [0]);
  assertEquals(fft.stft(zeros([0, 10]), 4).shape, [0, 3, 11, 2]);
});

Deno.test("frames that cannot be are refused", () => {
  const x = zeros([10]);
  assertThrows(() => fft.stft(x, 11, { center: false }), ShapeError, "Cannot fft.stft [10] by frames of 11");
  assertThrows(
    () => fft.stft(x, 4, { window: zeros([3]) }),
    ShapeError,
    "Cannot fft.stft with a window of [3]: [4]",
  );
  assertThrows(() => fft.stft(x, 4, { winLength: 5 }), RangeError, "a window of 5");
  assertThrows(() => fft.stft(x, 4, { hopLength: 0 }), RangeError, "a hop of 0");
  assertThrows(
    () => fft.istft(zeros([4, 5, 2]), 4, { onesided: true }),
    ShapeError,
    "[…, 3, frames, 2] is needed",
  );
  assertThrows(() => fft.istft(zeros([5, 2]), 8), ShapeError, "[…, 5, frames, 2] is needed");
  assertThrows(
    () => fft.istft(zeros([3, 5, 2]), 4, { returnComplex: true }),
    ShapeError,
    "[…, 4, frames, 2]",
  );
});

testWith({ synchronous: true }, "a sample that no window reaches is refused where that can be read", () => {
  const z = zeros([3, 5, 2]), window = windows.hann(4);
  assertThrows(() => fft.istft(z, 4, { window, center: false }), RangeError, "at sample 0 the squares");
  assertThrows(() => fft.istft(z, 4, { hopLength: 5 }), RangeError, "add up to 0");
});
