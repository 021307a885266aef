/** Runs an op and its naive model on random strided arrays. */
import type { Tensor } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Choices, numbers, shapes } from "./chains.ts";
import type { Dense } from "./naive.ts";

/** A case made from a shape: what the op gives, what the model gives, and what was asked. */
export type Case = (shape: readonly number[], c: Choices) => readonly [Tensor, Dense, string];

/** Equal, or within rounding where a product is too large to be exact. */
function near(a: number, b: number): boolean {
  return Object.is(a + 0, b + 0) || Math.abs(a - b) <= 1e-12 * Math.abs(b);
}

/** Tests an op on arrays of shapes from `among`, the same ones each time. */
export function check(name: string, make: Case, among: fc.Arbitrary<number[]> = shapes): void {
  Deno.test(`${name} of strided views agrees with the naive model`, () => {
    fc.assert(
      fc.property(among, numbers, (shape, list) => {
        const [value, model, story] = make(shape, new Choices(list));
        assertEquals(value.shape, model.shape, story);
        const got = [...value.dataSync()];
        const wrong = got.findIndex((v, i) => !near(v, model.data[i]));
        assert(wrong < 0, `${story} at ${wrong}: ${got[wrong]}, not ${model.data[wrong]}`);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
}

/** Shapes of rank 1 or more. */
export const withAxes: fc.Arbitrary<number[]> = shapes.filter((shape) => shape.length > 0);

/** Shapes of rank 1 or more with elements. */
export const nonEmpty: fc.Arbitrary<number[]> = withAxes.filter((shape) => !shape.includes(0));

/** Shapes of rank 2 or more. */
export const matrices: fc.Arbitrary<number[]> = shapes.filter((shape) => shape.length > 1);

/** A shape that broadcasts to `shape`: some axes of 1, some leading ones left out. */
export function smaller(shape: readonly number[], c: Choices): number[] {
  const ones = shape.map((n) => c.below(3) === 0 ? 1 : n);
  return c.below(2) ? ones : ones.slice(c.below(shape.length + 1));
}

/** Shapes with one long axis, so that kernels run along columns and in blocks too. */
export const long: fc.Arbitrary<number[]> = fc.tuple(
  fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  fc.integer({ min: 16, max: 140 }),
)
  .chain(([shape, n]) => fc.nat(shape.length).map((at) => shape.toSpliced(at, 0, n)));
