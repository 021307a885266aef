/** Recorded programs against the functions that they were recorded of, fifty steps each. */
import {
  type Backend,
  currentBackend,
  type DType,
  key,
  manualSeed,
  normal,
  openBackend,
  Program,
  read,
  record,
  scope,
  type Tensor,
  variable,
  zeros,
} from "@tapegrad/core";
import { Dropout, Linear, LSTM, MSELoss, Sequential, Tanh, TransformerEncoderLayer } from "@tapegrad/nn";
import { GD, type GDOptions } from "@tapegrad/optim";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Problem } from "../../../demos/experiments/descent.ts";
import { f } from "../../../demos/experiments/gradient.ts";
import { openPerceptron, pointsOf } from "../../../demos/experiments/perceptron.ts";
import { perceptronPlan, quadraticPlan, surfacePlan } from "../../../demos/experiments/plans.ts";
import { openQuadratic } from "../../../demos/experiments/quadratic.ts";
import { openSurface } from "../../../demos/experiments/surface.ts";
import { floats, testWith } from "../../backend_traits.ts";

const STEPS = 50;
const backend: Backend = currentBackend();

/** Steps down, about to set out: how often the function has run, and what it changes. */
interface Descent {
  readonly step: () => Tensor;
  readonly optimizer: GD;
  readonly parameters: readonly Tensor[];
  readonly calls: () => number;
}

function descentOf({ parameters, loss, rate }: Problem, options: Partial<GDOptions> = {}): Descent {
  const optimizer = new GD(parameters, { learningRate: rate, ...options });
  let calls = 0;
  const step = () => {
    calls++;
    optimizer.zeroGrad();
    const value = loss();
    value.backward();
    optimizer.step();
    return value;
  };
  return { step, optimizer, parameters, calls: () => calls };
}

/** The losses of all steps, the gradients of the last and the parameters after it; the rate is halved half-way. */
async function take({ optimizer, parameters }: Descent, step: () => Tensor): Promise<number[][]> {
  const losses: Tensor[] = [];
  for (let i = 0; i < STEPS; i++) {
    if (i === STEPS / 2) optimizer.learningRate /= 2;
    losses.push(scope(() => step().detach()));
  }
  const arrays = await read([...losses, ...parameters.map((p) => p.grad!), ...parameters]);
  return arrays.map((array) => Array.from(array));
}

/** The steps of a program that went through JSON, the first being the call that was recorded. */
function replayed({ step }: Descent): () => Tensor {
  let program: Program<[], Tensor> | null = null;
  return () => {
    if (program) return program.run();
    const [first, recorded] = record(step);
    program = Program.from(JSON.parse(JSON.stringify(recorded)), recorded);
    return first;
  };
}

/** Whether small tensors are the host's and their kernels the cpu's, but for those within a program. */
const { managed } = backend, differs = typeof managed === "number" && managed > 0;

/** The same to the bit where the same kernels run; else what fifty steps make of other last digits. */
function assertSteps(found: readonly number[][], expected: readonly number[][], tolerance: number): void {
  if (!differs) return assertEquals(found, expected);
  assertEquals(found.map(({ length }) => length), expected.map(({ length }) => length));
  found.forEach((steps, i) =>
    steps.forEach((value, j) =>
      assertAlmostEquals(value, expected[i][j], tolerance * (1 + Math.abs(expected[i][j])))
    )
  );
}

function testDescent(name: string, open: () => Promise<Descent>, dtype: DType = "f32"): void {
  Deno.test(`${name}: a program runs as the function does, on ${backend.name}`, async () => {
    const eager = await open(), expected = await take(eager, eager.step);
    const again = await open(), found = await take(again, replayed(again));
    assertSteps(found, expected, dtype === "f64" ? 1e-12 : 1e-5);
    assertEquals([eager.calls(), again.calls()], [STEPS, 1]);
  });
}

for (const dtype of floats) {
  testDescent(`experiment 1 in ${dtype}`, () => {
    const x = variable(10, { dtype });
    return Promise.resolve(descentOf({ parameters: [x], loss: () => f(x), rate: 100 }));
  }, dtype);
  quadraticPlan.paths.forEach((path, i) =>
    testDescent(`experiment 2, run ${i} in ${dtype}`, () => {
      const [problem] = openQuadratic([path], { dtype }).problems;
      return Promise.resolve(descentOf(problem));
    }, dtype)
  );
  surfacePlan.paths.forEach((path, i) =>
    testDescent(`experiment 3, run ${i} in ${dtype}`, () => {
      const [problem] = openSurface([path], { dtype }).problems;
      return Promise.resolve(descentOf(problem, { momentum: 0.5, nesterov: true }));
    }, dtype)
  );
  testDescent(`experiment 4 in ${dtype}`, async () => {
    const [problem] = openPerceptron(perceptronPlan.paths.slice(0, 1), await pointsOf(), { dtype }).problems;
    return descentOf(problem, { momentum: 0.9, weightDecay: 0.01 });
  }, dtype);
}

for (const own of [true, false]) {
  const name = own ? "its own key" : "the global sequence";
  testDescent(`a network with dropout from ${name}, momentum and dampening`, () => {
    manualSeed(11);
    const dropout = new Dropout(0.3, own ? { key: key(2) } : {});
    const body = [new Linear(2, 8, { key: key(1) }), new Tanh(), dropout, new Linear(8, 1, { key: key(3) })];
    const model = new Sequential(...body), criterion = new MSELoss();
    const x = normal([16, 2], { key: key(5) }), y = normal([16, 1], { key: key(6) });
    const loss = () => criterion.forward(model.forward(x), y);
    const problem = { parameters: model.parameters(), loss, rate: 0.1 };
    return Promise.resolve(descentOf(problem, { momentum: 0.9, dampening: 0.5 }));
  });
}

const sequences = {
  "two layers of an LSTM both ways, of several lengths": () =>
    new LSTM(2, 4, { numLayers: 2, bidirectional: true, dropout: 0.3, key: key(1), dropoutKey: key(2) }),
  "a layer of an encoder, to what is not later": () =>
    new TransformerEncoderLayer(2, 2, { dimFeedforward: 8, dropout: 0.3, key: key(1), dropoutKey: key(2) }),
};

for (const [name, make] of Object.entries(sequences)) {
  testDescent(name, () => {
    const model = make(), x = normal([5, 3, 2], { key: key(5) });
    const loss = () => {
      const output = model instanceof LSTM
        ? model.forward(x, undefined, { lengths: [5, 2, 3] })[0]
        : model.forward(x, { isCausal: true });
      return output.sub(1).square().mean();
    };
    return Promise.resolve(descentOf({ parameters: model.parameters(), loss, rate: 0.1 }, { momentum: 0.9 }));
  });
}

testWith(
  { another: true },
  "a program that was recorded on the cpu runs here, on tensors of its own",
  async () => {
    const cpu = await openBackend("cpu");
    const [here, there] = [backend, cpu].map((backend) => {
      const w = variable([[0.5], [-0.25]], { backend }), b = variable([0], { backend });
      w.label = "w";
      b.label = "b";
      const x = normal([16, 2], { key: key(5), backend: cpu }).to(backend.name);
      const y = normal([16, 1], { key: key(6), backend: cpu }).to(backend.name);
      y.label = "y";
      const optimizer = new GD([w, b], { learningRate: 0.1, momentum: 0.9 });
      const step = (x: Tensor) => {
        optimizer.zeroGrad();
        const loss = x.matmul(w).add(b).tanh().sub(y).square().mean();
        loss.backward();
        optimizer.step();
        return loss;
      };
      return { w, b, x, y, step };
    });
    const [first, recorded] = record(there.step, there.x), losses = [await first.item()];
    const velocities = Object.entries(recorded.captured).filter(([name]) => name.endsWith("velocity"));
    const own = velocities.map(([name, tensor]) => [name, zeros(tensor.shape, { backend })]);
    const captured = { w: here.w, b: here.b, y: here.y, ...Object.fromEntries(own) };
    const program = Program.from<[Tensor], Tensor>(JSON.parse(JSON.stringify(recorded)), { captured });
    const found = [];
    for (let i = 0; i < STEPS; i++) {
      if (i > 0) losses.push(await recorded.run(there.x).item());
      found.push(await program.run(here.x).item());
    }
    found.forEach((loss, i) => assertAlmostEquals(loss, losses[i], 1e-5));
  },
);
