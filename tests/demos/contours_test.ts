import { assert, assertEquals } from "@std/assert";
import { bands, type Field, type Ring, smoothBands } from "../../demos/charts/contours.ts";

function sample(f: (x: number, y: number) => number, size: number): Field {
  const axis = Array.from({ length: size }, (_, i) => -2 + 4 * i / (size - 1));
  return { x: axis, y: axis, values: axis.map((y) => axis.map((x) => f(x, y))) };
}

function isInside({ x, y }: Ring, [px, py]: readonly [number, number]): boolean {
  let inside = false;
  for (let i = 0, j = x.length - 1; i < x.length; j = i++) {
    const crosses = (y[i] > py) !== (y[j] > py) && px < x[i] + (py - y[i]) * (x[j] - x[i]) / (y[j] - y[i]);
    if (crosses) inside = !inside;
  }
  return inside;
}

/** What a reader sees at a point: the ring painted last of those around it. */
function painted(rings: readonly Ring[], point: readonly [number, number]): Ring | undefined {
  return rings.findLast((ring) => isInside(ring, point));
}

function* points(count: number): Generator<[number, number]> {
  for (let i = 1; i <= count; i++) yield [-2 + 4 * (i * 0.7548776662 % 1), -2 + 4 * (i * 0.5698402909 % 1)];
}

const fields: Record<string, (x: number, y: number) => number> = {
  "a hill": (x, y) => 2 - x * x - y * y,
  "a hollow": (x, y) => x * x + y * y - 2,
  "a hollow within a hill": (x, y) => 2 * Math.cos(2.2 * Math.hypot(x, y)),
  "a saddle": (x, y) => x * y,
  "a slope through the border": (x, y) => x + y / 2,
};

const bounds = [-7, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 7];

for (const [name, f] of Object.entries(fields)) {
  Deno.test(`the bands of ${name} are painted where their values are`, () => {
    const rings = bands(sample(f, 121), bounds);
    for (const point of points(2000)) {
      const value = f(...point);
      if (bounds.some((bound) => Math.abs(value - bound) < 0.02)) continue;
      const seen = painted(rings, point);
      assert(
        seen && seen.from <= value && value <= seen.to,
        `${point}: ${value} is not in ${seen?.from} … ${seen?.to}`,
      );
    }
  });
}

Deno.test("smooth bands follow a field of few points", () => {
  const f = (x: number, y: number) => Math.exp(x + Math.sin(y));
  const factors = [0.02, 0.1, 0.5, 1, 2, 5, 30];
  const rings = smoothBands(sample(f, 20), factors);
  for (const point of points(1000)) {
    const value = f(...point);
    if (factors.some((bound) => Math.abs(Math.log(value / bound)) < 0.02)) continue;
    const seen = painted(rings, point);
    assert(
      seen && seen.from <= value && value <= seen.to,
      `${point}: ${value} is not in ${seen?.from} … ${seen?.to}`,
    );
  }
});

Deno.test("a field within one band is one ring", () => {
  assertEquals(bands(sample(() => 1, 5), [0, 2]).map(({ band, from, to }) => [band, from, to]), [[0, 0, 2]]);
});
