/** One rank, the last, does something else than all others: `faults.ts KIND`. */
import {
  allReduce,
  checkInSync,
  connect,
  distribute,
  DistributedError,
  receive,
  send,
  shardedOptimizer,
} from "@tapegrad/distributed";
import { noGrad, tensor, zeros } from "@tapegrad/core";
import { Linear, Sequential } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import "@tapegrad/backends";

const world = await connect(), { rank, size } = world, isLast = rank === size - 1;

// What all ranks say of an error that all must have; one that has none would wait for the others for ever.
async function told(fn: () => unknown): Promise<void> {
  try {
    await fn();
  } catch (error) {
    if (!(error instanceof DistributedError)) throw error;
    console.log(`rank ${rank}: ${error.message}`);
    await world.first(() => {});
    return;
  }
  throw new Error("there was no error");
}

function compute(): never {
  for (let i = 0;; i++) allReduce(tensor([i]));
}

const kinds: Readonly<Record<string, () => unknown>> = {
  shapes: () => told(() => allReduce(zeros([isLast ? 4 : 3]))),
  dtypes: () => told(() => allReduce(zeros([3], { dtype: isLast ? "f64" : "f32" }))),
  order: () => told(() => isLast ? world.barrier() : allReduce(zeros([3]))),
  pair: () => told(() => isLast ? receive([4], 0) : rank === 0 ? send(zeros([3]), size - 1) : refused()),
  models: () => told(() => distribute(new Linear(2, isLast ? 4 : 3))),
  gradients: () =>
    told(() => {
      const [a, b] = [new Linear(2, 2), new Linear(2, 2)];
      distribute(new Sequential(a, b));
      (isLast ? a : b).forward(a.forward(zeros([1, 2]))).sum().backward();
    }),
  trained: () =>
    told(() => {
      const model = new Linear(2, 2);
      model.weight.requiresGrad = false;
      distribute(model);
      model.weight.requiresGrad = true;
      model.forward(zeros([1, 2])).sum().backward();
    }),
  unused: () =>
    told(() => {
      const used = new Linear(2, 2);
      distribute(new Sequential(used, new Linear(2, 2)), { overlap: true });
      used.forward(zeros([1, 2])).sum().backward();
    }),
  empty: () => told(() => allReduce(zeros([isLast ? 0 : 3]))),
  nothing: () => told(() => world.first(() => Promise.reject())),
  bytes: () => told(() => world.share((rank === 0 ? "text" : null) as never)),
  sync: () =>
    told(async () => {
      const model = new Sequential(new Linear(2, 2), new Linear(2, 2));
      distribute(model);
      await checkInSync(model);
      if (isLast) noGrad(() => model.parameters()[2].assign(model.parameters()[2].add(1e-6)));
      await checkInSync(model);
    }),
  first: () =>
    told(() =>
      world.first(() => {
        throw new Error("the disk is full");
      })
    ),
  skip: () => {
    const model = new Linear(2, 2), before = model.weight.arraySync();
    const optimizer = shardedOptimizer(distribute(model), (of) => new Adam(of, { nonFinite: "skip" }));
    model.forward(zeros([1, 2]).add(isLast ? NaN : 1)).sum().backward();
    console.log(
      `rank ${rank}: ${optimizer.step()} ${
        JSON.stringify(before) === JSON.stringify(model.weight.arraySync())
      }`,
    );
  },
  throw: async () => {
    if (!isLast) compute();
    await Promise.resolve();
    throw new RangeError("what went wrong here");
  },
  exit: () => isLast ? Deno.exit(3) : compute(),
  early: () => isLast ? undefined : compute(),
  kill: () => isLast ? Deno.kill(Deno.pid, "SIGKILL") : compute(),
  abort: () => isLast ? world.abort("that is enough", 5) : compute(),
};

function refused(): never {
  throw new DistributedError("it has no part in it");
}

await kinds[Deno.args[0]]();
