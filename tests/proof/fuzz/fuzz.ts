/** Runs an op and its naive model on random strided arrays. */
import { read, type Tensor } from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { backend, within } from "../../backend_traits.ts";
import { Choices, numbers, shapes } from "./chains.ts";
import type { Dense } from "./naive.ts";

/** A case made from a shape: what the op gives, what the model gives, and what was asked. */
export type Case = (shape: readonly number[], c: Choices) => readonly [Tensor, Dense, string];

/** Random shapes, and numbers to make choices from. */
export type Draws = readonly (readonly [shape: readonly number[], numbers: readonly number[]])[];

/** How many cases a test draws, and by what seed. */
export interface Runs {
  readonly seed: number;
  readonly cases: number;
}

// A device that must be waited for is asked about many cases at once, and about fewer in all.
const [batch, share] = backend.synchronous ? [1, 1] : [40, 1 / 5];

/** Holds a property for random draws, the same ones each time; one that fails is made small. */
export async function hold(
  { seed, cases }: Runs,
  among: fc.Arbitrary<number[]>,
  property: (draws: Draws) => Promise<void> | void,
): Promise<void> {
  const draws = fc.array(fc.tuple(among, numbers), { minLength: 1, maxLength: batch, size: "max" });
  const held = fc.asyncProperty(draws, async (drawn) => {
    await property(drawn);
  });
  await fc.assert(held, { seed, numRuns: Math.ceil(cases * share / batch) });
}

/** Equal, or within rounding where a product is too large to be exact. */
function near(a: number, b: number): boolean {
  return Object.is(a + 0, b + 0) || Math.abs(a - b) <= within(1e-12, 1e-6) * Math.abs(b);
}

/** A tensor, the model of what it should hold, and what was asked. */
export interface Expected {
  readonly value: Tensor;
  readonly model: Dense;
  readonly story: string;
}

/** Throws unless tensors have the shapes and elements of their models, after one read. */
export async function assertSame(all: readonly Expected[]): Promise<void> {
  const found = await read(all.map(({ value }) => value));
  all.forEach(({ value, model, story }, k) => {
    assertEquals(value.shape, model.shape, story);
    const got = [...found[k]], wrong = got.findIndex((v, i) => !near(v, model.data[i]));
    assert(wrong < 0, `${story} at ${wrong}: ${got[wrong]}, not ${model.data[wrong]}`);
  });
}

/** Tests an op on arrays of shapes from `among`. */
export function check(name: string, make: Case, among: fc.Arbitrary<number[]> = shapes): void {
  Deno.test(`${name} of strided views agrees with the naive model`, () =>
    hold({ seed: 7, cases: 200 }, among, (draws) => {
      const cases = draws.map(([shape, list]) => make(shape, new Choices(list)));
      return assertSame(cases.map(([value, model, story]) => ({ value, model, story })));
    }));
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
