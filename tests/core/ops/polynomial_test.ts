/** Polynomials, against numpy's answers. */
import "@tapegrad/backends";
import { polynomial as p, ShapeError, type Tensor, tensor } from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { precision } from "../../backend_traits.ts";

const dtype = precision, near = precision === "f64" ? 1e-12 : 1e-4;
const x = (): Tensor => tensor([0, 1, 2, 4, 5], { dtype }),
  y = (): Tensor => tensor([1, -1, 2, 0, 3], { dtype });

async function assertNear(actual: Tensor, expected: number[], within = near): Promise<void> {
  const found = [...await actual.data()];
  assertEquals(found.length, expected.length);
  found.forEach((x, i) =>
    assert(Math.abs(x - expected[i]) <= within, `${x} instead of ${expected[i]} at ${i}`)
  );
}

Deno.test("polyfit is numpy's, of one polynomial and of several, weighted or not", async () => {
  await assertNear(p.polyfit(x(), y(), 2), [0.18993506493506482, -0.6185064935064932, 0.7370129870129867]);
  const w = tensor([1, 2, 1, 0.5, 1], { dtype });
  await assertNear(p.polyfit(x(), y(), 2, { w }), [
    0.21482307049317384,
    -0.46809696294232483,
    -0.045695179715798624,
  ]);
  const both = p.polyfit(x(), y().unsqueeze(1).mul(tensor([1, 2])).add(tensor([0, 1])), 1);
  await assertNear(both, [0.3488372093023256, 0.6976744186046513, 0.16279069767441892, 1.3255813953488385]);
});

async function sorted(roots: Tensor): Promise<number[][]> {
  return (await roots.array() as number[][]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

Deno.test("roots are numpy's, real and complex, zero, of many polynomials, and of none", async () => {
  const found = await sorted(p.roots(tensor([2, 0, 0, -16], { dtype })));
  await assertNear(tensor(found, { dtype }), [-1, -Math.sqrt(3), -1, Math.sqrt(3), 2, 0]);
  await assertNear(tensor(await sorted(p.roots(tensor([1, 2, 3, 0], { dtype })))), [
    -1,
    -Math.SQRT2,
    -1,
    Math.SQRT2,
    0,
    0,
  ], 1e-5);
  assertEquals(p.roots(tensor([[1, 2, 3], [4, 5, 6]], { dtype })).shape, [2, 2, 2]);
  assertEquals(p.roots(tensor([3], { dtype })).shape, [0, 2]);
  await assertNear(p.roots(tensor([2, -3], { dtype })), [1.5, 0]);
});

Deno.test(
  { name: "roots of Wilkinson's polynomial are as far off as numpy's", ignore: dtype === "f32" },
  async () => {
    const wilkinson = [
      1,
      -55,
      1320,
      -18150,
      157773,
      -902055,
      3416930,
      -8409500,
      12753576,
      -10628640,
      3628800,
    ];
    const found = await sorted(p.roots(tensor(wilkinson, { dtype })));
    await assertNear(
      tensor(found, { dtype }),
      Array.from({ length: 20 }, (_, i) => i % 2 ? 0 : i / 2 + 1),
      5e-9,
    );
  },
);

Deno.test("what is no polynomial is refused", () => {
  assertThrows(
    () => p.roots(tensor(1, { dtype })),
    ShapeError,
    "Cannot polynomial.roots []: coefficients along an axis",
  );
  assertThrows(() => p.polyfit(x(), y().narrow(0, 0, 2), 1), ShapeError, "values at 5 places are needed");
  assertThrows(() => p.polyfit(x(), y(), -1), RangeError, "degree");
});
