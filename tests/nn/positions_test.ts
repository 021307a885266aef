/** Positions as their papers have them. */
import {
  matmul,
  read,
  rotary,
  ShapeError,
  sinusoidalPositions,
  type Tensor,
  transpose,
  zeros,
} from "@tapegrad/core";
import { RotaryPositions, SinusoidalPositions } from "@tapegrad/nn";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { precision, within } from "../backend_traits.ts";
import { copied, here, sample } from "../table/row.ts";
import { type Written, written } from "./against_pytorch.ts";
import reference from "./reference/positions.json" with { type: "json" };

async function assertClose(found: Tensor, expected: Tensor): Promise<void> {
  assertEquals(found.shape, expected.shape);
  const [a, b] = await read([found, expected]);
  a.forEach((v: number, i: number) =>
    assert(Math.abs(v - b[i]) < within(1e-12, 1e-5), `${v} and ${b[i]} at ${i}`)
  );
}

for (const [i, { x, options, y }] of reference.rotary.entries()) {
  Deno.test(`${i}: rotary of ${JSON.stringify(options)} is the product of complex numbers`, async () => {
    await assertClose(rotary(written(x), options), written(y));
    const { offset, ...others } = options;
    await assertClose(new RotaryPositions(others).forward(written(x), { offset }), written(y));
  });
}

Deno.test("sinusoidal positions are the waves of the paper, added along time", async () => {
  for (const expected of reference.sinusoidal as Written[]) {
    const [length, features] = expected.shape,
      waves = sinusoidalPositions(length, features, { dtype: precision });
    await assertClose(waves, written(expected));
    const of = (shape: number[], batchFirst: boolean) =>
      new SinusoidalPositions(features, { batchFirst }).forward(zeros(shape, { dtype: precision }));
    await assertClose(of([2, length, features], true), waves.expand([2, length, features]));
    await assertClose(of([length, 2, features], false), waves.unsqueeze(1).expand([length, 2, features]));
    await assertClose(of([length, features], false), waves);
  }
});

Deno.test("products of what is rotated depend on distances alone", async () => {
  const [q, k] = [0, 1].map((seed) => copied(sample([3, 8], { seed }), here));
  const scores = (offset: number) => matmul(rotary(q, { offset }), transpose(rotary(k, { offset })));
  await assertClose(scores(7), scores(0));
});

Deno.test("no positions are none", () => {
  assertEquals(rotary(zeros([2, 0, 4])).shape, [2, 0, 4]);
  assertEquals(sinusoidalPositions(0, 4).shape, [0, 4]);
  assertEquals(new SinusoidalPositions(4).forward(zeros([0, 2, 4])).shape, [0, 2, 4]);
});

Deno.test("what cannot be paired is refused in words", () => {
  assertThrows(() => rotary(zeros([2, 3])), ShapeError, "an even number of features");
  assertThrows(() => rotary(zeros([4])), ShapeError, "[…, length, features] is needed");
  assertThrows(() => new SinusoidalPositions(3), ShapeError, "of 3 features: an even number");
  assertThrows(
    () => new SinusoidalPositions(4).forward(zeros([2, 2, 6])),
    ShapeError,
    "SinusoidalPositions(4) to [2, 2, 6]",
  );
});
