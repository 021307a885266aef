/** The first step of GD with momentum: it is told by what is on the device, so that a recorded step is any step. */
import "@tapegrad/backends";
import {
  applyAll,
  type Call,
  type Layer,
  noGrad,
  read,
  scope,
  type Tensor,
  tensor,
  variable,
  withLayer,
} from "@tapegrad/core";
import { GD, type GDOptions } from "@tapegrad/optim";
import { assertEquals, assertThrows } from "@std/assert";

/** The changes in place of a step, to be made again without the optimizer. */
function recorded(step: () => void): () => void {
  const calls: Call[] = [];
  const recorder: Layer = {
    handle(call, next): readonly Tensor[] {
      if (call.op.name === "update") calls.push(call);
      return next(call);
    },
  };
  withLayer(recorder, step);
  return () => noGrad(() => calls.forEach(({ op, inputs, attributes }) => applyAll(op, inputs, attributes)));
}

interface Descent {
  readonly x: Tensor;
  readonly optimizer: GD;
  readonly step: () => void;
}

function made(options: Partial<GDOptions>): Descent {
  const x = variable([1, -2, 0.3]), optimizer = new GD([x], { learningRate: 0.1, ...options });
  x.setGrad(tensor([0.5, 1, -3]));
  return { x, optimizer, step: () => optimizer.step() };
}

const cases: readonly Partial<GDOptions>[] = [
  {},
  { momentum: 0.9 },
  { momentum: 0.9, dampening: 0.3 },
  { momentum: 0.9, dampening: 1, weightDecay: 0.1, maximize: true },
  { momentum: 0.9, nesterov: true, weightDecay: 0.1 },
];

for (const options of cases) {
  Deno.test(`the first step with ${JSON.stringify(options)}, recorded, is every step`, async () => {
    const eager = made(options), replayed = made(options);
    for (let i = 0; i < 4; i++) eager.step();
    const again = recorded(replayed.step);
    for (let i = 0; i < 3; i++) again();
    assertEquals(await replayed.x.array(), await eager.x.array());
  });
}

Deno.test("a first step is one of a parameter, not of the optimizer", async () => {
  const options = { learningRate: 0.1, momentum: 0.5, dampening: 0.5 }, [a, b] = [variable(1), variable(1)];
  const optimizer = new GD([a, b], options), g = tensor(1);
  a.setGrad(g);
  optimizer.step();
  b.setGrad(g);
  optimizer.step();
  const [ofA, ofB] = optimizer.stateDict().state as { velocity: Tensor; steps: Tensor }[];
  assertEquals(await read([ofA.velocity, ofB.velocity]).then((all) => all.map(([v]) => v)), [1, 1]);
  assertEquals([await ofA.steps.item(), await ofB.steps.item()], [2, 1]);
  a.setGrad(tensor(3));
  optimizer.step();
  assertEquals(await ofA.velocity.item(), 0.5 + 1.5);
});

Deno.test("dampening that comes later finds a first step made", async () => {
  const { optimizer, step } = made({ momentum: 0.5 });
  step();
  optimizer.groups[0].change({ dampening: 0.5 });
  step();
  const [{ velocity, steps }] = optimizer.stateDict().state as { velocity: Tensor; steps: Tensor }[];
  assertEquals(await velocity.array(), [0.5, 1, -3]);
  assertEquals([steps.dtype, await steps.item()], ["i32", 2]);
});

Deno.test("how many steps were made is loaded, moves along, and stays a whole number", async () => {
  const options = { momentum: 0.5, dampening: 0.5 }, one = made(options), other = made(options);
  one.step();
  other.optimizer.loadStateDict(one.optimizer.stateDict());
  noGrad(() => other.x.assign(one.x));
  for (const { step } of [one, other]) step();
  assertEquals(await other.x.array(), await one.x.array());
  const [{ steps }] = other.optimizer.stateDict().state as { steps: Tensor }[];
  assertEquals([steps.dtype, steps.shape, await steps.item()], ["i32", [], 2]);
  noGrad(() => other.x.setData(other.x.to("f16")));
  other.x.setGrad(tensor([1, 1, 1], { dtype: "f16" }));
  scope(() => other.step());
  assertEquals([steps.dtype, await steps.item()], ["i32", 3]);
  const wrong = { groups: one.optimizer.stateDict().groups, state: [{ steps: tensor([1, 1, 1]).to("i32") }] };
  assertThrows(() => one.optimizer.loadStateDict(wrong as never), Error, "its steps is [3]");
});
