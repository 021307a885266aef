import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { memory, useBackend } from "@tapegrad/tapegrad";
import traces from "../proof/reference/experiments.json" with { type: "text" };
import { runGradient } from "../../demos/experiments/gradient.ts";
import { runPerceptron } from "../../demos/experiments/perceptron.ts";
import { runQuadratic } from "../../demos/experiments/quadratic.ts";
import { runSurface } from "../../demos/experiments/surface.ts";
import { backend, testWith, within } from "../backend_traits.ts";
import { settledMemory } from "../proof/memory/collect.ts";
import { settings } from "./runs.ts";

type Column = readonly number[];
type Traces<Name extends string> = { readonly [dtype in "f32" | "f64"]: { readonly [name in Name]: Column } };

interface Reference {
  readonly gradient: Record<"f32" | "f64", { readonly f: number; readonly df: number; readonly d2f: number }>;
  readonly quadratic: readonly Traces<"x_after" | "f_before">[];
  readonly surface: readonly Traces<"x_after" | "y_after" | "f_before">[];
  readonly perceptron: readonly Traces<"w0_after" | "w1_after" | "b_after" | "loss_before">[];
}

const reference: Reference = JSON.parse(traces);

/** Relative where a column is large; absolute against the column's largest value where it passes 0. */
function assertClose(actual: Column, expected: Column, tolerance: number): void {
  assertEquals(actual.length, expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i])));
  assert(worst <= tolerance * scale, `${worst} apart, on a scale of ${scale}`);
}

for (const setting of settings) {
  const { dtype } = setting;
  const tolerance = dtype === "f64" ? 1e-9 : 1e-4;

  Deno.test(`gradient agrees with PyTorch in ${dtype}`, async () => {
    const { result, lines } = await runGradient(setting);
    const { f, df, d2f } = reference.gradient[dtype];
    for (const [ours, theirs] of [[result.value, f], [result.gradient, df], [result.second, d2f]]) {
      assertClose([ours], [theirs], tolerance);
    }
    assert(result.agrees);
    assertStringIncludes(lines.join("\n"), "they agree to 1e-5");
    assert(result.curve.slice(1).every((point) => Object.values(point).every(Number.isFinite)));
  });

  Deno.test(`quadratic follows PyTorch in ${dtype}, step by step`, async () => {
    const { result } = await runQuadratic(setting);
    result.runs.forEach(({ trace }, i) => {
      const expected = reference.quadratic[i][dtype];
      assertClose(trace.slice(1).map(({ x }) => x), expected.x_after, tolerance);
      assertClose(trace.slice(0, -1).map(({ f }) => f), expected.f_before, tolerance);
    });
  });

  Deno.test(`surface follows PyTorch in ${dtype}, step by step`, async () => {
    const { result } = await runSurface(setting);
    result.runs.forEach(({ trace }, i) => {
      const expected = reference.surface[i][dtype];
      assertClose(trace.slice(1).map(({ x }) => x), expected.x_after, tolerance);
      assertClose(trace.slice(1).map(({ y }) => y), expected.y_after, tolerance);
      assertClose(trace.slice(0, -1).map(({ f }) => f), expected.f_before, tolerance);
    });
  });

  Deno.test(`perceptron follows PyTorch in ${dtype}, step by step`, async () => {
    const { result } = await runPerceptron(setting);
    result.runs.forEach(({ trace }, i) => {
      const expected = reference.perceptron[i][dtype];
      assertClose(trace.slice(1).map(({ w1 }) => w1), expected.w0_after, tolerance);
      assertClose(trace.slice(1).map(({ w2 }) => w2), expected.w1_after, tolerance);
      assertClose(trace.slice(1).map(({ b }) => b), expected.b_after, tolerance);
      assertClose(trace.slice(0, -1).map(({ loss }) => loss), expected.loss_before, tolerance);
    });
  });
}

Deno.test("quadratic prints the document's numbers", async () => {
  const { lines } = await runQuadratic(settings[0]);
  assertEquals(lines, [
    "Experiment 2: argmin (x - 2)^2 + 4x - 2 by gradient descent",
    "",
    "  from -3 with rate 0.1",
    "    epoch  0: x = -2.400, f(x) = 11.000",
    "    epoch 25: x = -0.009, f(x) =  2.000",
    "    epoch 50: x =  0.000, f(x) =  2.000",
    "    epoch 75: x =  0.000, f(x) =  2.000",
    "",
    "  from 4 with rate 0.8",
    "    epoch  0: x = -2.400, f(x) = 18.000",
    "    epoch 25: x =  0.000, f(x) =  2.000",
    "    epoch 50: x =  0.000, f(x) =  2.000",
    "    epoch 75: x =  0.000, f(x) =  2.000",
  ]);
});

Deno.test("surface prints the document's numbers", async () => {
  const { lines } = await runSurface(settings[0]);
  const numbers = lines.slice(1).join(" ").match(/-?\d+\.\d{3}/g)?.map(Number);
  assertEquals(numbers, [
    ...[0.581, 1.770, 0.888, 1.037, 1.426, 0.686, 0.903, 0.674, 0.298],
    ...[-1.923, -2.011, -0.092, -1.272, -1.979, -0.323, -0.135, -1.608, -1.322],
    ...[-2.099, 2.055, 0.201, -2.425, 2.249, 0.079, -2.606, 2.362, 0.043],
    ...[1.541, -0.115, 0.431, 0.397, -0.209, -0.259, 0.000, -0.100, -0.994],
  ]);
});

Deno.test("the mesh holds the loss of each pair of weights", async () => {
  const { result: { mesh, data } } = await runPerceptron(settings.at(-1)!);
  const loss = (w1: number, w2: number): number =>
    data.points.reduce((sum, [x1, x2], i) => {
      return sum + (Math.tanh(w1 * x1 + w2 * x2 + mesh.b) - data.labels[i]) ** 2;
    }, 0) / data.points.length;
  assertEquals([mesh.w1.length, mesh.w2.length, mesh.loss.length], [20, 20, 20]);
  mesh.loss.forEach((row, i) =>
    assertClose(row, mesh.w1.map((w1) => loss(w1, mesh.w2[i])), within(1e-12, 2e-6))
  );
});

Deno.test("a seed draws its own points, the same ones each time", async () => {
  const [a, again, b] = await Promise.all([7, 7, 8].map((seed) => runPerceptron(settings[0], { seed })));
  assertEquals(a.result.data, again.result.data);
  assert(a.result.data.points[0][0] !== b.result.data.points[0][0]);
  const { points, labels } = a.result.data;
  assertEquals([points.length, labels.filter((label) => label === 1).length], [100, 50]);
  const centres = [-1, 1].map((label) => mean(points.filter((_, i) => labels[i] === label)));
  for (const [i, label] of [-1, 1].entries()) {
    const own = points.filter((_, k) => labels[k] === label).map((
      [x1, x2],
    ) => [x1 - centres[i][0], x2 - centres[i][1]]);
    const deviation = Math.sqrt(
      own.flat().reduce((sum, value) => sum + value * value, 0) / own.flat().length,
    );
    assert(deviation > 0.7 && deviation < 1.3, `deviation ${deviation}`);
    assert(centres[i].every((value) => Math.abs(value) < 4.5), `centre ${centres[i]}`);
  }
});

function mean(points: readonly (readonly number[])[]): number[] {
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}

const experiments = { runGradient, runQuadratic, runSurface, runPerceptron };

/** The printed lines without the times, and the digits of what is smaller than they. */
async function printed(run: typeof experiments[keyof typeof experiments], name: string): Promise<string> {
  await useBackend(name, { byFlag: true });
  const { lines } = await run({ backend: "here", dtype: "f32" });
  return lines.filter((line) => !line.includes("largest difference")).join("\n").replace(/[\d.]+ ms/g, "");
}

for (const [name, run] of Object.entries(experiments)) {
  testWith(
    { another: true },
    `${name} prints what it prints on cpu, to a unit of the last digit`,
    async () => {
      const [here, there] = [await printed(run, backend.name), await printed(run, "cpu")];
      await useBackend(backend.name, { byFlag: true });
      const decimal = /-?\d+\.(\d+)/g, matches = [...there.matchAll(decimal)];
      assertEquals(
        here.replace(decimal, "x").replace(/ +/g, " "),
        there.replace(decimal, "x").replace(/ +/g, " "),
      );
      for (const [i, [ours]] of [...here.matchAll(decimal)].entries()) {
        const [theirs, decimals] = matches[i], unit = 10 ** -decimals.length;
        assert(Math.abs(Number(ours) - Number(theirs)) < 1.01 * unit, `${ours}, on cpu ${theirs}`);
      }
    },
  );
}

for (const [name, run] of Object.entries(experiments)) {
  Deno.test(`${name} leaves no buffer behind`, async () => {
    await run(settings[0]);
    const { buffers } = await settledMemory();
    await run(settings[0]);
    assertEquals(memory().buffers, buffers);
  });
}
