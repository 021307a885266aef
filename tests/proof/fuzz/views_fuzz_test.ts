import type { Tensor } from "@tapegrad/core";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { chain, Choices, shapes, steps, strided, twin, viewSteps } from "./chains.ts";
import { assertSame, hold } from "./fuzz.ts";
import { at, indices } from "./naive.ts";
import { storageOf } from "../../../core/tensor/internals.ts";

const runs = { seed: 20240229, cases: 1500 } as const;

/** Where each element lies in the buffer. */
function placesOf({ shape, strides, offset }: Tensor): number[] {
  return indices(shape).map((index) => index.reduce((p, i, axis) => p + i * strides[axis], offset));
}

/** Whether places in a shape are a first one plus a stride along each axis. */
function isStrided(places: readonly number[], shape: readonly number[]): boolean {
  const model = { shape, data: places }, zero = shape.map(() => 0);
  const strides = shape.map((n, axis) => n > 1 ? at(model, zero.with(axis, 1)) - places[0] : 0);
  return indices(shape).every((index) =>
    at(model, index) === index.reduce((p, i, axis) => p + i * strides[axis], places[0])
  );
}

Deno.test("a chain of views has the elements of the naive model", () =>
  hold(
    runs,
    shapes,
    (draws) => assertSame(draws.map(([shape, list]) => chain(twin(shape), new Choices(list), 6))),
  ));

Deno.test("views other than reshape share the storage of what they view", () =>
  hold({ ...runs, cases: 400 }, shapes, (draws) =>
    assertSame(draws.flatMap(([shape, list]) => {
      const c = new Choices(list), start = chain(twin(shape), c, 3);
      return viewSteps.map((step) => {
        const view = step(start, c);
        assertStrictEquals(storageOf(view.value), storageOf(start.value), view.story);
        return view;
      });
    }))));

Deno.test("reshape copies exactly where no strides could name the elements", () => {
  const reshape = steps.at(-1)!;
  return hold(runs, shapes, (draws) => {
    for (const [shape, list] of draws) {
      const c = new Choices(list), start = chain(twin(shape), c, 4), places = placesOf(start.value);
      for (let k = 0; k < 4; k++) {
        const { value, model, story } = reshape(start, c);
        if (model.data.length === 0) break;
        assertEquals(storageOf(value) === storageOf(start.value), isStrided(places, model.shape), story);
      }
    }
  });
});

Deno.test("every element of a view lies inside its buffer", () =>
  hold(runs, shapes, (draws) => {
    for (const [shape, list] of draws) {
      const { value, story } = chain(twin(shape), new Choices(list), 6);
      assert(placesOf(value).every((p) => p >= 0 && p < storageOf(value)!.length), story);
    }
  }));

Deno.test("isContiguous is right about row-major order, and contiguous() gives it", () =>
  hold(runs, shapes, (draws) =>
    assertSame(draws.map(([shape, list]) => {
      const view = strided(shape, new Choices(list)), places = placesOf(view.value);
      const inOrder = places.every((p, i) => p === places[0] + i);
      assertEquals(view.value.isContiguous, inOrder, view.story);
      const copy = view.value.contiguous();
      assertEquals(copy === view.value, inOrder, view.story);
      return { ...view, value: copy };
    }))));
