/** First and second derivatives at powers of ten and near edges, against exact ones. */
import { assertEquals } from "@std/assert";
import { budgets } from "@tapegrad/backends/conformance";
import * as core from "@tapegrad/core";
import { grad, type Tensor, tensor } from "@tapegrad/core";
import { backend, precision } from "../../backend_traits.ts";
import { isNear, type Tolerance, ulps } from "./compare.ts";
import { decode, slopes } from "./reference.ts";

type Fn = (x: Tensor) => Tensor;

/** What the row of the op allows. */
function toleranceOf(row: string): Tolerance {
  const found = budgets[row] ?? 4, { ulp, floor = 0 } = typeof found === "number" ? { ulp: found } : found;
  return { units: ulp as number, size: Math.max(floor, backend.ieee ? 0 : 2 ** -106) };
}

function slopeOf(fn: Fn): Fn {
  return grad((x: Tensor) => fn(x).sum());
}

for (const [op, rows] of Object.entries(slopes)) {
  const fn = (core as unknown as Record<string, Fn>)[op], orders = [slopeOf(fn), slopeOf(slopeOf(fn))];
  const numbers = rows.map((row) => row.map((x) => decode(x, "f64")));
  orders.forEach((derivative, k) => {
    const row = op + "′".repeat(k + 1);
    Deno.test(`${row} at powers of ten and near edges`, async () => {
      const found = await derivative(tensor(numbers.map(([x]) => x), { dtype: precision })).data();
      const wrong = numbers.flatMap((wanted, i) =>
        agrees(found[i], wanted[k + 1], toleranceOf(row)) ? [] : [describe(found[i], wanted, k)]
      );
      assertEquals(wrong, []);
    });
  });
}

function agrees(found: number, wanted: number, tolerance: Tolerance): boolean {
  // Beyond the range of f32 an infinity is right; a zero may have either sign.
  const held = precision === "f32" ? Math.fround(wanted) : wanted;
  return found === held || isNear(found, wanted, precision, tolerance);
}

function describe(found: number, wanted: readonly number[], k: number): string {
  const apart = ulps(found, wanted[k + 1], precision);
  return `${found} at ${wanted[0]}, exactly ${wanted[k + 1]}: ${apart.toPrecision(3)} units`;
}
