/** Columns of mean 0 and deviation 1. */
import { arange, DtypeError, key, normal, ShapeError, type Tensor, tensor, zeros } from "@tapegrad/core";
import {
  Linear,
  randomSplit,
  Sequential,
  StandardScaler,
  type StandardScalerOptions,
  TensorDataset,
} from "@tapegrad/nn";
import "@tapegrad/backends";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { precise, precision } from "../../backend_traits.ts";
import { permitted } from "../../permitted.ts";
import { asked } from "../python.ts";
import reference from "../reference/standard_scaler.json" with { type: "json" };

const script = new URL("../reference/standard_scaler.py", import.meta.url).pathname;

async function fitted(x: Tensor, options: StandardScalerOptions = {}): Promise<StandardScaler> {
  return await new StandardScaler(x.shape.slice(1), {
    dtype: x.dtype === "i32" ? "f32" : x.dtype,
    ...options,
  }).fit(x);
}

function assertNear(actual: unknown, wanted: unknown, tolerance = precision === "f64" ? 1e-12 : 1e-6): void {
  const [found, expected] = [[actual].flat(9), [wanted].flat(9)] as number[][];
  assertEquals(found.length, expected.length);
  found.forEach((x, i) =>
    assert(
      Math.abs(x - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i])),
      `${found} instead of ${expected}`,
    )
  );
}

async function assertAgrees(cases: readonly Case[]): Promise<void> {
  for (const { options, x, held, mean, scale, transformed, undone } of cases) {
    const scaler = await fitted(precise(x), options), rows = precise(held);
    const tolerance = precision === "f64" ? 1e-12 : 1e-4; // of differences of numbers near 100
    if (mean && options.withMean !== false) assertNear(await scaler.mean.array(), mean, tolerance);
    if (scale) assertNear(await scaler.scale.array(), scale, tolerance);
    assertNear(await scaler.transform(rows).array(), transformed, tolerance);
    assertNear(await scaler.inverseTransform(rows).array(), undone, tolerance);
  }
}

type Case = Omit<(typeof reference)[number], "options"> & { readonly options: StandardScalerOptions };

Deno.test("mean, scale, what is transformed and undone are scikit-learn's", async () => {
  await assertAgrees(reference as readonly Case[]);
});

permitted("read")("so they are with the scikit-learn here, on other numbers", async () => {
  const seed = String(Date.now() % 2 ** 31), printed = await asked(script, "-", seed);
  if (printed === undefined) return console.log("skipped: no scikit-learn here");
  await assertAgrees(JSON.parse(printed));
});

Deno.test("mean and deviation are left out where they are not wanted", async () => {
  const x = precise([[1, 10], [3, 30]]);
  assertNear(await (await fitted(x, { withMean: false })).transform(x).array(), [[1, 1], [3, 3]]);
  assertNear(await (await fitted(x, { withStd: false })).transform(x).array(), [[-1, -10], [1, 10]]);
});

Deno.test("a column of one value becomes 0, whatever the value", async () => {
  const value = 0.1 + 1e7, x = tensor(Array.from({ length: 1000 }, (_, i) => [value, i]));
  const scaler = await fitted(x);
  assertEquals(await scaler.scale.slice(0).item(), 1);
  assertEquals(await scaler.transform(x).slice(null, 0).abs().max().item(), 0);
  assertEquals(await (await fitted(tensor([[5, -3]]))).transform(tensor([[5, -3]])).array(), [[0, 0]]);
});

Deno.test("a spread far smaller than its mean keeps its digits", async () => {
  const x = normal([4000, 1], { key: key(1) }).mul(2).round().add(100_000);
  const found = await (await fitted(x)).scale.item(), values = await x.data() as Float32Array;
  const mean = values.reduce((a, b) => a + b, 0) / 4000;
  const wanted = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4000);
  assert(Math.abs(found / wanted - 1) < 1e-5, `${found} instead of ${wanted}`);
});

Deno.test("samples of more axes, and integers", async () => {
  const x = arange(24).reshape([4, 2, 3]), scaler = await fitted(x);
  assertEquals([scaler.mean.shape, scaler.transform(x).shape, scaler.transform(x.slice(0)).shape], [[2, 3], [
    4,
    2,
    3,
  ], [2, 3]]);
  const counts = tensor([[1, 2], [3, 6]], { dtype: "i32" });
  assertNear(await (await fitted(counts)).transform(counts).array(), [[-1, -1], [1, 1]], 1e-6);
});

Deno.test("the state goes with the model, and gradients through it", async () => {
  const x = tensor([[1, 2], [3, 6]]),
    scaler = await fitted(x),
    model = new Sequential(scaler, new Linear(2, 1));
  const other = new Sequential(new StandardScaler(2), new Linear(2, 1));
  assertEquals(Number.isNaN(await other.forward(x).sum().item()), true);
  other.loadStateDict(model.stateDict());
  assertEquals(await other.forward(x).array(), await model.forward(x).array());
  assertEquals(model.parameters().length, 2);
  model.forward(x).sum().backward();
  assertNear(await model[1].getParameter("weight").grad!.array(), [[0, 0]], 1e-6);
});

Deno.test("it is fitted on the part that trains alone", async () => {
  const [train, held] = randomSplit(new TensorDataset(arange(10).reshape([10, 1])), [8, 2], { key: key(1) });
  const scaler = await fitted(train.tensors[0]);
  assertNear(await scaler.transform(train.tensors[0]).mean().item(), 0, 1e-6);
  assert(Math.abs(await scaler.transform(held.tensors[0]).mean().item()) > 1e-3);
});

Deno.test("what is not finite is refused with its place, and changes nothing", async () => {
  const scaler = await new StandardScaler(2, { names: ["size", "price"] }).fit(tensor([[1, 2], [3, 4]]));
  const before = await scaler.mean.array();
  const refused: readonly [number[][], string][] = [
    [[[1, 2], [3, NaN]], 'the column "price": row 1 has NaN, leave the row out or fill it'],
    [[[-Infinity, 2], [3, 4]], 'the column "size": row 0 has -Infinity'],
    [[[1e30, 2], [-1e30, 4]], 'the column "size": its squares are beyond f32'],
  ];
  for (const [rows, why] of refused) await assertRejects(() => scaler.fit(tensor(rows)), RangeError, why);
  await assertRejects(
    () => new StandardScaler(1).fit(tensor([[NaN]])),
    RangeError,
    "the column 0: row 0 has NaN",
  );
  assertEquals(await scaler.mean.array(), before);
});

Deno.test("shapes that do not fit are refused", async () => {
  const scaler = new StandardScaler(2);
  await assertRejects(() => scaler.fit(zeros([3])), ShapeError, "fit a StandardScaler to [3]: rows of [2]");
  await assertRejects(() => scaler.fit(zeros([0, 2])), ShapeError, "[0, 2]: rows of [2]");
  await assertRejects(() => scaler.fit(zeros([2, 2, 2])), ShapeError, "rows of [2]");
  assertThrows(() => scaler.transform(zeros([2, 3])), ShapeError, "standardize [2, 3]: it must end in [2]");
  assertThrows(() => scaler.transform([1, 2] as unknown as Tensor), TypeError, "a tensor is needed");
  assertThrows(() => new StandardScaler(2, { dtype: "f16x" as "f32" }), DtypeError);
});
