/** Compiled functions on a device: what runs is a plan, and does what the function does. */
import {
  compile,
  DeviceLostError,
  dropout,
  embedding,
  key,
  manualSeed,
  normal,
  type Plan,
  type PlanRequest,
  read,
  scope,
  sort,
  type Tensor,
  tensor,
  topk,
  variable,
  zeros,
} from "@tapegrad/core";
import type { WebGpu } from "@tapegrad/backends";
import { Linear, MSELoss, Sequential, Tanh } from "@tapegrad/nn";
import { Adam, GD } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { use, webGpuTest } from "../open.ts";

/** How often plans of a device ran, and what they were. */
interface Seen {
  readonly plans: Plan[];
  runs: number;
}

function watched(device: WebGpu): Seen {
  const own = device.plan!.bind(device), seen: Seen = { plans: [], runs: 0 };
  device.plan = (request: PlanRequest): Plan | null => {
    const plan = own(request)!, run = plan.run.bind(plan);
    plan.run = (given, numbers) => {
      seen.runs++;
      run(given, numbers);
    };
    seen.plans.push(plan);
    return plan;
  };
  return seen;
}

await webGpuTest(
  "a step of training runs as a plan, with what it is given and numbers as they are",
  async (device) => {
    await use(device);
    const seen = watched(device), losses: number[][] = [];
    for (const isCompiled of [false, true]) {
      manualSeed(5);
      const model = new Sequential(
        new Linear(2, 64),
        new Tanh(),
        new Linear(64, 64),
        new Tanh(),
        new Linear(64, 1),
      );
      const optimizer = new Adam(model.parameters(), { learningRate: 0.01 }), loss = new MSELoss();
      const step = (x: Tensor, y: Tensor): Tensor => {
        optimizer.zeroGrad();
        const found = loss.forward(dropout(model.forward(x), { p: 0.25 }), y);
        found.backward();
        optimizer.step();
        return found.detach();
      };
      const run = isCompiled ? compile(step) : step, found: Tensor[] = [];
      for (let i = 0; i < 12; i++) {
        if (i === 8) optimizer.learningRate = 0.03;
        const [x, y] = [2, 1].map((n) =>
          tensor(
            Array.from({ length: 10 }, (_, k) => Array.from({ length: n }, (_, j) => Math.sin(k + j + i))),
          )
        );
        found.push(run(x, y));
      }
      losses.push((await read(found)).map(([value]) => Number(value)));
      if (isCompiled) assertEquals(model.parameters().every(({ grad }) => grad !== null), true);
    }
    losses[0].forEach((loss, i) =>
      assert(Math.abs(loss - losses[1][i]) < 1e-5, `${i}: ${losses[1][i]}, not ${loss}`)
    );
    assert(seen.runs >= 9, `${seen.runs} runs of plans`);
    assert(seen.plans[0].launches <= 40, seen.plans[0].describe!());
  },
);

await webGpuTest(
  "tensors that share memory are read right",
  async (device) => {
    await use(device);
    const seen = watched(device), w = variable([1, 2, 3]);
    const f = compile((x: Tensor, y: Tensor): Tensor => x.mul(2).add(y).add(w).detach());
    const g = compile((x: Tensor): Tensor => {
      x.assign(x.mul(w));
      return x.add(1);
    });
    for (let k = 0; k < 4; k++) {
      const x = tensor([k, 1, 2]), more = tensor([5, 6, 7, 8]);
      assertEquals(await f(x, more.slice([1, 4])).array(), [2 * k + 7, 11, 15]);
      assertEquals(await f(x, x).array(), [3 * k + 1, 5, 9]);
      assertEquals(await g(x).array(), [k + 1, 3, 7]);
      assertEquals(await x.array(), [k, 2, 6]);
    }
    assert(seen.runs > 0);
  },
);

await webGpuTest(
  "an index out of range in a compiled function is told to who reads what came of it",
  async (device) => {
    await use(device);
    const seen = watched(device), table = variable([[1, 2], [3, 4], [5, 6]]), bias = variable([0, 0]);
    const optimizer = new GD([table, bias], { learningRate: 0.5 });
    const f = compile((index: Tensor) => {
      optimizer.zeroGrad();
      const found = embedding(index, table).add(bias).sum();
      found.backward();
      optimizer.step();
      return found.detach();
    });
    const found = [[0, 1], [2, 2], [1, 0], [0, 2]].map((index) => f(tensor(index, { dtype: "i32" })));
    assertEquals((await read(found)).map(([value]) => Number(value)), [10, 18, 0, -2]);
    assert(seen.runs >= 1);
    const before = seen.runs, wrong = f(tensor([0, 9], { dtype: "i32" }));
    assertEquals(seen.runs, before + 1);
    await assertRejects(() => wrong.item(), RangeError, "index 9");
    await assertRejects(() => table.grad!.array(), RangeError, "index 9");
    await assertRejects(() => table.array(), RangeError, "index 9");
    // What is updated by the same kernel, and has nothing to do with it, is right.
    assertEquals(await bias.array(), [-5, -5]);
  },
);

await webGpuTest(
  "memory is flat over 2,000 runs, and a device that is lost meanwhile is told of",
  async (device) => {
    await use(device);
    const seen = watched(device), w = variable([[1, 0], [0, 1]]);
    const optimizer = new GD([w], { learningRate: 0.001 });
    const f = compile((x: Tensor) => {
      optimizer.zeroGrad();
      const loss = x.matmul(w).tanh().square().mean();
      loss.backward();
      optimizer.step();
      return loss.detach();
    });
    const x = tensor([[1, 2], [3, 4], [5, 6]]), run = () => scope(() => void f(x));
    for (let k = 0; k < 10; k++) run();
    await device.synchronize();
    let groups = 0;
    const before = device.memory(),
      runs = seen.runs,
      bind = device.device.createBindGroup.bind(device.device);
    device.device.createBindGroup = (descriptor) => {
      groups++;
      return bind(descriptor);
    };
    for (let k = 0; k < 2000; k++) run();
    assertEquals(device.memory(), before);
    assertEquals(seen.runs, runs + 2000);
    assert(groups <= 10, `${groups} bindings were made anew`);
    assert((await f(x).item()) > 0);
    device.device.destroy();
    assertThrows(() => f(x), DeviceLostError, "it was destroyed");
  },
);

await webGpuTest(
  "what takes several kernels and room of its own is part of a plan, to the bit",
  async (device) => {
    await use(device);
    const seen = watched(device);
    const f = (x: Tensor, index: Tensor): readonly Tensor[] => {
      const { values, indices } = sort(x, 1), largest = topk(x, 3, { axis: 1 });
      const added = zeros([50, 4]).indexAdd(0, index, x.slice([0, 30], [0, 4]));
      return [values, indices, largest.values, added, x.cumsum(1), x.max(1)];
    };
    const run = compile(f);
    for (let k = 0; k < 4; k++) {
      const x = normal([40, 2000], { key: key(k) });
      const index = tensor(Array.from({ length: 30 }, (_, j) => (j * 7 + k) % 50), { dtype: "i32" });
      assertEquals(await read(run(x, index)), await read(f(x, index)));
    }
    assertEquals([seen.plans.length, seen.runs], [1, 2]);
  },
);
