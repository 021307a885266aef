/** Averages of weights are PyTorch's. */
import { equal, memory, noGrad, record, scope, type Tensor, tensor, variable, where } from "@tapegrad/core";
import { Linear } from "@tapegrad/nn";
import {
  AveragedModel,
  type AveragedModelOptions,
  getEmaAvgFn,
  getEmaMultiAvgFn,
  getSwaAvgFn,
  getSwaMultiAvgFn,
} from "@tapegrad/optim";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { backend, floats } from "../backend_traits.ts";
import { countEachBuffer } from "../proof/memory/unseen.ts";
import reference from "./reference/clipping.json" with { type: "json" };

const { values, swa, ema: [half, slow] } = reference.averages;

const cases: [
  name: string,
  options: AveragedModelOptions | undefined,
  rows: readonly (readonly number[])[],
][] = [
  ["the mean unless said", undefined, swa],
  ["the mean", { avgFn: getSwaAvgFn() }, swa],
  ["the mean of all", { multiAvgFn: getSwaMultiAvgFn() }, swa],
  ["an exponential average", { avgFn: getEmaAvgFn(half.decay) }, half.rows],
  ["a slow one", { avgFn: getEmaAvgFn() }, slow.rows],
  ["a slow one of all", { multiAvgFn: getEmaMultiAvgFn() }, slow.rows],
  ["a rule of one's own", { avgFn: (mean, p) => mean.mul(0.5).add(p.mul(0.5)) }, half.rows],
  [
    "one of all",
    { multiAvgFn: (means, ps) => means.forEach((mean, i) => mean.assign(mean.mul(0.5).add(ps[i].mul(0.5)))) },
    half.rows,
  ],
];

for (const dtype of floats) {
  for (const [name, options, rows] of cases) {
    Deno.test(`${name} is PyTorch's in ${dtype}`, async () => {
      const w = variable(values[0], { dtype }),
        averaged = new AveragedModel({ parameters: () => [w] }, options);
      for (const [i, value] of values.entries()) {
        noGrad(() => w.assign(tensor(value, { dtype })));
        averaged.updateParameters();
        const found = await averaged.averaged[0].data();
        rows[i].forEach((x, k) => assertAlmostEquals(found[k], x, dtype === "f64" ? 1e-14 : 1e-6));
      }
      assertEquals(await averaged.nAveraged.item(), values.length);
      assertEquals(await w.array(), values.at(-1));
    });
  }
}

Deno.test("averages take the place of parameters while they are used, to a promise's end or an error", async () => {
  const model = new Linear(2, 1), ema = new AveragedModel(model, { avgFn: getEmaAvgFn(0.5) });
  const x = tensor([[1, 2]]), first = await model.forward(x).array();
  ema.updateParameters();
  noGrad(() => model.parameters().forEach((p) => p.assign(p.mul(3))));
  const later = await model.forward(x).array();
  assertEquals(await ema.use(() => model.forward(x)).array(), first);
  assertEquals(await ema.use(async () => await model.forward(x).array()), first);
  assertThrows(
    () =>
      ema.use(() => {
        throw new Error("stop");
      }),
    Error,
    "stop",
  );
  assertEquals(await model.forward(x).array(), later);
  ema.copyTo();
  assertEquals(await model.forward(x).array(), first);
});

Deno.test("a state goes on, on averages of its own", async () => {
  const w = variable([2]), model = { parameters: () => [w] };
  const [one, other] = [0, 1].map(() => new AveragedModel(model));
  one.updateParameters();
  noGrad(() => w.assign(4));
  one.updateParameters();
  other.loadStateDict(one.stateDict());
  noGrad(() => w.assign(9));
  for (const each of [one, other]) each.updateParameters();
  assertEquals(await one.averaged[0].array(), [5]);
  assertEquals(await other.averaged[0].array(), [5]);
  assertThrows(() => new AveragedModel({ parameters: () => [] }), TypeError, "Cannot average nothing");
  const two = new AveragedModel({ parameters: () => [w, variable(1)] });
  assertThrows(
    () => two.loadStateDict(one.stateDict()),
    RangeError,
    "1 averages into AveragedModel: it has 2",
  );
});

Deno.test("buffers are averaged where that is asked", async () => {
  const w = variable([2]), mean = tensor([8]), model = { parameters: () => [w], buffers: () => [mean] };
  const [without, having] = [false, true].map((useBuffers) => new AveragedModel(model, { useBuffers }));
  for (const each of [without, having]) each.updateParameters();
  mean.assign(4);
  for (const each of [without, having]) each.updateParameters();
  assertEquals(await without.use(() => mean.array()), [4]);
  assertEquals(await having.use(() => mean.array()), [6]);
});

Deno.test(`a recorded step averages, on ${backend.name}`, async () => {
  const [eager, replayed] = [0, 1].map(() => {
    const w = variable([1, 2]),
      ema = new AveragedModel({ parameters: () => [w] }, { avgFn: getEmaAvgFn(0.9) });
    const step = () => {
      noGrad(() => w.assign(w.mul(1.5)));
      ema.updateParameters();
    };
    return { ema, step };
  });
  const [, program] = record(replayed.step);
  for (let i = 0; i < 5; i++) {
    scope(eager.step);
    if (i > 0) program.run();
  }
  assertEquals(await replayed.ema.averaged[0].array(), await eager.ema.averaged[0].array());
  assertEquals(await replayed.ema.nAveraged.item(), 5);
});

Deno.test("averaging refuses what it does not know", () => {
  const model = { parameters: (): Tensor[] => [variable(1)] };
  assertThrows(() => getEmaAvgFn(1.5), RangeError, "decay of 1.5");
  assertThrows(() => new AveragedModel(model, { avg: 1 } as never), TypeError, "did you mean avgFn?");
  assertThrows(() => new AveragedModel(model, { avgFn: 3 as never }), TypeError, "a function is needed");
  assertThrows(() => new AveragedModel(3 as never), TypeError, "Cannot average number");
});

await countEachBuffer();

Deno.test("averaging leaves no memory behind", async () => {
  const w = variable([1, 2]),
    own = { avgFn: (mean: Tensor, p: Tensor, n: Tensor) => where(equal(n, 0), p, mean.mul(0.5)) };
  for (const options of [{}, own]) {
    const averaged = new AveragedModel({ parameters: () => [w] }, options), before = memory();
    for (let i = 0; i < 3; i++) averaged.updateParameters();
    await averaged.use(() => Promise.resolve());
    assertEquals(memory(), before);
  }
});
