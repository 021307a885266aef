import { assert, assertEquals, assertGreater } from "@std/assert";
import { compile } from "vega-lite";
import { quadraticCharts } from "../../demos/charts/quadratic.ts";
import { perceptronCharts } from "../../demos/charts/perceptron.ts";
import { dark, light } from "../../demos/charts/theme.ts";
import { roundBounds } from "../../demos/charts/round_bounds.ts";
import { runPerceptron } from "../../demos/experiments/perceptron.ts";
import { allCharts, settings } from "./runs.ts";
import { schemaErrors, warnings } from "./schema.ts";

interface Node {
  readonly [key: string]: unknown;
}

/** Every object in a specification, from the top. */
function* nodes(value: unknown): Generator<Node> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Node;
  for (const [key, part] of Object.entries(value)) if (key !== "datasets") yield* nodes(part);
}

const charts = await allCharts();

/** Charts of images, which have no axes. */
const picture = ["digits_misread", "digits_filters"];

for (const { name, caption, spec } of charts) {
  Deno.test(`${name} is valid against Vega-Lite's schema`, () => {
    assertEquals(schemaErrors(JSON.parse(JSON.stringify(spec))), []);
    assertEquals(spec.$schema, "https://vega.github.io/schema/vega-lite/v6.json");
  });

  Deno.test(`${name} compiles without a warning`, () => assertEquals(warnings(spec), []));

  Deno.test(`${name} can be read: named data, titled axes, a title and a description`, () => {
    const title = spec.title as { text: string; subtitle: string };
    assert(title.text && title.subtitle && caption);
    assertGreater(spec.description!.length, 50);
    const all = [...nodes(spec)];
    const used = all.flatMap(({ data }) => data ? [(data as { name: string }).name] : []);
    assertEquals([...new Set(used)].sort(), Object.keys(spec.datasets!).sort());
    if (picture.includes(name)) return;
    const { axes = [], marks = [] } = compile(spec).spec;
    const everyAxis = [...axes, ...marks.flatMap((mark) => "axes" in mark ? mark.axes ?? [] : [])];
    for (const orient of ["bottom", "left"]) {
      assert(
        everyAxis.some((axis) => axis.orient === orient && axis.title),
        `no title on the ${orient} axis`,
      );
    }
  });
}

Deno.test("the schema check notices a fault", () => {
  assert(schemaErrors({ data: { name: "a" }, mark: "blob" }).length > 0);
});

Deno.test("a distance of exactly 0 leaves the logarithmic line and stands on the floor", () => {
  const trace = [{ x: 1, f: 3 }, { x: 1e-6, f: 2 }, { x: 0, f: 2 }, { x: 0, f: 2 }];
  const runs = [{ start: 1, rate: 0.1, trace }];
  const { spec } = quadraticCharts({ argmin: 0, minimum: 2, steps: 3, runs })[1];
  const { moving, arrived } = spec.datasets as Record<string, { step: number; distance: number }[]>;
  assertEquals(moving.map(({ step }) => step), [0, 1]);
  assertEquals(arrived.map(({ step }) => step), [2, 3]);
  assertEquals(schemaErrors(JSON.parse(JSON.stringify(spec))), []);
  assertEquals(warnings(spec), []);
});

Deno.test("round bounds enclose what they are given, be it narrow or wide", () => {
  for (const [least, greatest] of [[1.001, 2], [0.07, 3.9], [2e-5, 4], [6e-13, 4], [1e-42, 3.9], [5, 5]]) {
    const bounds = roundBounds([greatest, 0, least]);
    assert(bounds[0] <= least && bounds[bounds.length - 1] > greatest, `${bounds}`);
    assert(bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]), `${bounds}`);
    assert(bounds[1] > least && bounds.length >= 2 && bounds.length <= 20, `${bounds}`);
  }
});

// Blobs far apart, whose loss comes near 0, and blobs on top of one another, whose loss hardly changes.
for (const seed of [6, 12]) {
  Deno.test(`the perceptron's charts suit the points of seed ${seed}`, async () => {
    for (const { spec } of perceptronCharts((await runPerceptron(settings[0], { seed })).result)) {
      assertEquals(schemaErrors(JSON.parse(JSON.stringify(spec))), []);
      assertEquals(warnings(spec), []);
    }
  });
}

Deno.test("the axes of a chart differ by more in their titles than by a stroke", () => {
  for (const { name, spec } of charts) {
    const { axes = [], marks = [] } = compile(spec).spec;
    const all = [...axes, ...marks.flatMap((mark) => "axes" in mark ? mark.axes ?? [] : [])];
    const titles = all.flatMap(({ title }) => title ? [String(title).replace(/[′″'"]/g, "")] : []);
    assertEquals(titles.length, new Set(titles).size, `${name}: ${titles}`);
  }
});

Deno.test("two classes have colours of the theme, apart from those of the runs over them", () => {
  for (const theme of [light, dark]) {
    const { category, ordinal } = theme.range as Record<string, readonly string[]>;
    assertEquals(new Set([...category, ...ordinal]).size, category.length + 2);
  }
  for (const { name, spec } of charts.filter(({ name }) => /data|boundaries/.test(name))) {
    const fills = [...nodes(spec)].flatMap(({ fill }) => fill ? [(fill as { scale: unknown }).scale] : []);
    assertEquals(fills, [{ range: "ordinal" }], name);
  }
});

Deno.test("contour charts have one scale for both axes", () => {
  for (const { name, spec } of charts.filter(({ name }) => name.endsWith("surface"))) {
    const { width, height, encoding } = spec as unknown as {
      width: number;
      height: number;
      encoding: Record<"x" | "y", { scale: { domain: [number, number] } }>;
    };
    const [x, y] = [encoding.x.scale.domain, encoding.y.scale.domain];
    const difference = width / (x[1] - x[0]) - height / (y[1] - y[0]);
    assert(Math.abs(difference) < 0.01, `${name}: ${difference} pixels a unit apart`);
  }
});
