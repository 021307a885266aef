/** L-BFGS steps as PyTorch's does. */
import { memory, noGrad, read, scope, sin, type Tensor, tensor, variable } from "@tapegrad/core";
import { ExponentialLR, LBFGS, type LBFGSOptions } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { precision } from "../backend_traits.ts";
import { countEachBuffer } from "../proof/memory/unseen.ts";
import type { Problem } from "./descent.ts";
import reference from "./reference/lbfgs.json" with { type: "json" };

const { start, cases } = reference;

/** Rosenbrock's valley, for pairs. */
function valley(): Problem {
  const parameters = start.pairs.map((values) => variable(values, { dtype: precision })), [a, b] = parameters;
  const loss = () => b.sub(a.square()).square().mul(100).add(a.neg().add(1).square()).sum();
  return { parameters, loss };
}

/** A vector and a number, with one minimum. */
function bowl(): Problem {
  const x = variable(start.x, { dtype: precision }), y = variable(start.y, { dtype: precision });
  const curvature = tensor(start.curvature, { dtype: precision });
  const loss = () =>
    curvature.mul(x).mul(x).sum().div(2).add(sin(x).sum()).add(y.mul(y).mul(3)).add(y.mul(x.sum()));
  return { parameters: [x, y], loss };
}

function opened(name: string): Problem {
  return name === "bowl" ? bowl() : valley();
}

function closureOf({ loss }: Problem, optimizer: LBFGS): () => Tensor {
  return () => {
    optimizer.zeroGrad();
    const value = loss();
    value.backward();
    return value;
  };
}

async function elements({ parameters }: Problem): Promise<number[]> {
  return (await read([...parameters])).flatMap((x) => [...x]);
}

await countEachBuffer();

// The first test: what others left is collected while this one waits, and would count.
Deno.test("steps leave no memory behind, and dispose what was remembered", async () => {
  const p = valley(), before = memory();
  const optimizer = new LBFGS(p.parameters, { lineSearchFn: "strongWolfe", maxIter: 3, historySize: 2 });
  const step = () =>
    scope(async () => {
      await optimizer.step(closureOf(p, optimizer));
      optimizer.zeroGrad();
    });
  for (let i = 0; i < 3; i++) await step();
  const remembered = memory();
  for (let i = 0; i < 3; i++) await step();
  assertEquals(memory(), remembered);
  optimizer.dispose();
  assertEquals(memory(), before);
});

// In single precision searches take other turns, and need but arrive.
for (const { loss: name, options, drift, rows } of cases) {
  Deno.test(`L-BFGS with ${JSON.stringify(options)} in the ${name} is PyTorch's`, async () => {
    const p = opened(name), optimizer = new LBFGS(p.parameters, options as LBFGSOptions);
    let worst = 0;
    for (const row of rows) {
      const first = await (await optimizer.step(closureOf(p, optimizer))).item();
      const { funcEvals, nIter } = optimizer.stateDict().state,
        found = [...await elements(p), funcEvals, nIter, first];
      for (const [i, value] of found.entries()) {
        worst = Math.max(worst, Math.abs(value - row[i]) / Math.max(1, Math.abs(row[i])));
      }
      if (precision === "f64") assert(worst <= 1e-12 + 8 * drift, `${found}, PyTorch ${row}`);
    }
    if (precision === "f64") return;
    const last = await p.loss().item(), wanted = rows.at(-1)!.at(-1)!;
    assert(last <= wanted + 1e-3 * Math.abs(wanted) + 1e-3, `the loss is ${last}, PyTorch's was ${wanted}`);
  });
}

Deno.test("a state goes on where the other stood", async () => {
  const options = { lineSearchFn: "strongWolfe", maxIter: 2 } as const;
  const one = valley(), optimizer = new LBFGS(one.parameters, options);
  for (let i = 0; i < 4; i++) await optimizer.step(closureOf(one, optimizer));
  const other = valley(), next = new LBFGS(other.parameters);
  noGrad(() => other.parameters.forEach((p, i) => p.assign(one.parameters[i])));
  next.loadStateDict(optimizer.stateDict());
  assertEquals(next.groups[0].options, optimizer.groups[0].options);
  for (let i = 0; i < 4; i++) {
    await optimizer.step(closureOf(one, optimizer));
    await next.step(closureOf(other, next));
  }
  assertEquals(await elements(other), await elements(one));
  const small = new LBFGS([variable(1)]);
  assertThrows(() => small.loadStateDict(next.stateDict()), RangeError, "4 elements into LBFGS: it has 1");
});

Deno.test("closures may be asynchronous, schedules set the learning rate, and parameters need no gradient", async () => {
  const x = variable([3, 4]), unused = variable(1), optimizer = new LBFGS([x, unused]);
  const schedule = new ExponentialLR(optimizer, { gamma: 0.5 });
  await optimizer.step(async () => {
    optimizer.zeroGrad();
    const loss = x.square().sum();
    loss.backward();
    await Promise.resolve();
    return loss;
  });
  schedule.step();
  assertEquals(optimizer.learningRate, 0.5);
  const [a, b] = await x.data();
  assert(Math.hypot(a, b) <= 1e-5, `${a}, ${b}`);
  assertEquals(await unused.item(), 1);
});

Deno.test("L-BFGS refuses settings that make no sense", async () => {
  const x = variable(1), made = (options: object) => () => new LBFGS([x], options);
  assertThrows(made({ maxIter: 0 }), RangeError, "maxIter of 0");
  assertThrows(made({ toleranceGrad: -1 }), RangeError, "gradient's tolerance of -1");
  assertThrows(made({ lineSearchFn: "armijo" }), RangeError, 'choose "strongWolfe", or null');
  assertThrows(made({ lr: 1 }), TypeError, "did you mean learningRate?");
  assertThrows(
    () => new LBFGS([{ parameters: [x] }, { parameters: [variable(2)] }]),
    RangeError,
    "pass all parameters",
  );
  await assertRejects(() => new LBFGS([x]).step(3 as never), TypeError, "a function is needed");
});
