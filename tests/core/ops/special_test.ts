/** The namespace `special` at its edges, with PyTorch's answers but where a comment says mathematics'. */
import { assertEquals } from "@std/assert";
import { frexp, nextafter, ones, special, type Tensor, tensor } from "@tapegrad/core";
import { backend, precision } from "../../backend_traits.ts";

type Fn = (x: Tensor) => Tensor;

const at = [0, -0, Infinity, -Infinity, NaN, -1] as const;
const endless = Infinity, none = NaN;

/** Values at each of these, `null` where only the accuracy suite says. */
const values: Readonly<Record<string, readonly [Fn, readonly (number | null)[]]>> = {
  // PyTorch has NaN at the infinities.
  i0: [special.i0, [1, 1, endless, endless, none, null]],
  i1: [special.i1, [0, -0, endless, -endless, none, null]],
  i0e: [special.i0e, [1, 1, 0, 0, none, null]],
  i1e: [special.i1e, [0, -0, 0, -0, none, null]],
  modifiedBesselK0: [special.modifiedBesselK0, [endless, endless, 0, none, none, none]],
  modifiedBesselK1: [special.modifiedBesselK1, [endless, endless, 0, none, none, none]],
  scaledModifiedBesselK0: [special.scaledModifiedBesselK0, [endless, endless, 0, none, none, none]],
  scaledModifiedBesselK1: [special.scaledModifiedBesselK1, [endless, endless, 0, none, none, none]],
  // PyTorch has NaN at the infinities, where the waves die down.
  besselJ0: [special.besselJ0, [1, 1, 0, 0, none, null]],
  besselJ1: [special.besselJ1, [0, -0, 0, 0, none, null]],
  besselY0: [special.besselY0, [-endless, -endless, 0, none, none, none]],
  besselY1: [special.besselY1, [-endless, -endless, 0, none, none, none]],
  airyAi: [special.airyAi, [null, null, 0, 0, none, null]],
  sphericalBesselJ0: [special.sphericalBesselJ0, [1, 1, 0, 0, none, null]],
  erfcx: [special.erfcx, [1, 1, 0, endless, none, null]],
  logNdtr: [special.logNdtr, [null, null, 0, -endless, none, null]],
};

for (const [name, [fn, wanted]] of Object.entries(values)) {
  Deno.test(`special.${name} at zeros, infinities and NaN`, async () => {
    const found = await fn(tensor([...at], { dtype: precision })).data();
    const wrong = wanted.flatMap((y, i) =>
      y === null || found[i] === y || (y !== y && found[i] !== found[i])
        ? []
        : [`${found[i]} at ${at[i]}, not ${y}`]
    );
    assertEquals(wrong, []);
  });
}

async function slopes(fn: Fn, points: readonly number[]): Promise<number[]> {
  const x = tensor([...points], { dtype: precision, requiresGrad: true }), y = fn(x);
  y.backward({ gradient: ones(y.shape, { dtype: precision }) });
  return Array.from(await x.grad!.data());
}

Deno.test("slopes of Bessel functions at 0 are PyTorch's, and the limits where it has none", async () => {
  assertEquals(await slopes(special.i0, [0]), [0]);
  assertEquals(await slopes(special.i1, [0]), [0.5]);
  assertEquals(await slopes(special.i0e, [0, Infinity]), [0, 0]);
  assertEquals(await slopes(special.i1e, [0]), [0.5]);
  assertEquals((await slopes(special.besselJ0, [0])).map(Math.abs), [0]);
  assertEquals(await slopes(special.besselJ1, [0]), [0.5]);
  assertEquals((await slopes(special.sphericalBesselJ0, [0])).map(Math.abs), [0]);
});

const f = (values: number[]): Tensor => tensor(values, { dtype: precision });

Deno.test("special.gammainc and gammaincc have PyTorch's corners", async () => {
  const a = f([0, 0, 1, 1, Infinity, Infinity, 2, -1, NaN, Infinity]);
  const x = f([0, 1, 0, Infinity, 1, Infinity, -1, 1, 1, 0]);
  assertEquals(await special.gammainc(a, x).array(), [NaN, 1, 0, 1, 0, NaN, NaN, NaN, NaN, 0]);
  assertEquals(await special.gammaincc(a, x).array(), [NaN, 0, 1, 0, 1, NaN, NaN, NaN, NaN, 1]);
});

Deno.test("special.zeta is infinite at its poles, and NaN where PyTorch's is but at Infinity, where it is 0", async () => {
  const s = f([2, 2, 1, 2, 2.5, 2, 0.5]), q = f([0, -1, 2, Infinity, -0.5, NaN, 3]);
  assertEquals(await special.zeta(s, q).array(), [Infinity, Infinity, Infinity, 0, NaN, NaN, NaN]);
});

Deno.test("orders of polynomials are cut to whole numbers, and those below 0 give 0", async () => {
  const x = f([0.5, 1, 2, -1]), n = special.hermitePolynomialH(x, 2);
  assertEquals(await special.hermitePolynomialH(x, 2.7).array(), await n.array());
  assertEquals(await special.legendrePolynomialP(x, -1).array(), [0, 0, 0, 0]);
  assertEquals(await special.laguerrePolynomialL(x, 0).array(), [1, 1, 1, 1]);
  assertEquals(await special.shiftedChebyshevPolynomialT(x, 2).array(), [-1, 1, 17, 17]);
  assertEquals(await special.chebyshevPolynomialU(f([1, -1]), f([40, 41])).array(), [41, -42]);
});

Deno.test("a polynomial that overflows is infinite, not NaN", async () => {
  const top = precision === "f64" ? 1e200 : 1e30;
  assertEquals(await special.chebyshevPolynomialT(f([top, -top]), 3).array(), [Infinity, -Infinity]);
});

Deno.test("integers give f32, squares of which do not wrap", async () => {
  const y = special.i0e(tensor([100_000], { dtype: "i32" }));
  assertEquals(y.dtype, "f32");
  assertEquals(await y.array(), await special.i0e(tensor([100_000])).array());
});

Deno.test("frexp has an exponent of 0 of zeros, infinities and NaN, and neighbours are next to each other", async () => {
  const { mantissa, exponent } = frexp(
    tensor([0, -0, Infinity, -Infinity, NaN, 1, -3], { dtype: precision }),
  );
  assertEquals(await exponent.array(), [0, 0, 0, 0, 0, 1, 2]);
  assertEquals(await mantissa.slice([2, null]).array(), [Infinity, -Infinity, NaN, 0.5, -0.75]);
  const least = precision === "f64" ? Number.MIN_VALUE : backend.ieee ? 2 ** -149 : null;
  const [next, same] = await nextafter(tensor([0, 1], { dtype: precision }), 1).data();
  assertEquals([least === null ? null : next, same], [least, 1]);
});
