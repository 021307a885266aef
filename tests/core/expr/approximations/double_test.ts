/** Approximations in f64, beside exact values. */
import { assert } from "@std/assert";
import { approximationOf, implementationOf, input, scalarFunctions } from "@tapegrad/core/backend";
import reference from "../../../proof/reference/accuracy.json" with { type: "json" };
import { compiled } from "./compiled.ts";
import { unitsApart } from "./distance.ts";

type Row = readonly (number | string)[];
const references = reference as unknown as Readonly<
  Record<string, Readonly<Record<"f32" | "f64", readonly Row[]>>>
>;

/** How far each may be from the exact value, in units of the last place of f64, where it is not 3. */
const bounds: Readonly<Record<string, number>> = { gelu: 5 };

const special = [0, 5e-324, 2 ** -1022, 2 ** -60, 0.5, 1, 2, 100, 1.7976931348623157e308, Infinity];
const edges = [NaN, ...special.flatMap((x) => [x, -x])];

for (const fn of scalarFunctions()) {
  const approximation = approximationOf(fn, "f64"), bound = bounds[fn.name] ?? 3;
  if (!approximation) continue;
  const expr = approximation(...Array.from({ length: fn.arity }, (_, i) => input(i)));
  const rows = references[fn.name]?.f64 ?? [], wantedOf = implementationOf(fn, "f64");
  // Below 0 they are those functions themselves.
  const known = /gamma/.test(fn.name) ? rows.filter(([x]) => Number(x) > 0) : rows;
  for (const rounding of ["fused", "unfused"] as const) {
    Deno.test(`${fn.name} in f64, ${rounding}, is within its bound, and right at its edges`, () => {
      const found = compiled(expr, "f64", rounding);
      const check = (operands: readonly number[], wanted: number) => {
        const value = found(...operands), apart = unitsApart(value, wanted, "f64");
        assert(apart <= bound, `it is ${apart} off, with ${value} for ${wanted} at ${operands}`);
      };
      for (const row of known) {
        const operands = row.slice(0, -1).map(Number), wanted = Number(row.at(-1));
        // Only the function says which zeros have signs.
        check(operands, wanted === 0 ? wantedOf(...operands) : wanted);
      }
      const others = fn.arity === 1 ? edges.map((x) => [x]) : edges.flatMap((a) => edges.map((b) => [a, b]));
      for (const operands of others) {
        const wanted = wantedOf(...operands);
        // The engine's atan2() loses the sign of a quotient that is too small.
        check(operands, wanted === 0 && fn.name === "atan2" ? found(...operands) * 0 : wanted);
      }
    });
  }
}
