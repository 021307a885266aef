/**
 * What training by several processes costs beside one: `mpirun -n 2 deno run -A bench/ranks.ts [ROUNDS]`, a thread each.
 * In turns, so that all have the same machine: one process alone, all of them without sums, with sums after backward,
 * with sums during it, and a plain sum of as many bytes. The least time of each counts, of the slowest rank.
 */
import { cpuUsage } from "node:process";
import "@tapegrad/backends";
import { allReduce, connect, type DataParallel, distribute, type World } from "@tapegrad/distributed";
import { key, normal, randint, scope, type Tensor, tensor, useBackend, zeros } from "@tapegrad/core";
import {
  Conv2d,
  crossEntropy,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";

interface Work {
  readonly title: string;
  readonly shape: readonly number[];
  readonly batch: number;
  make(): Module;
}

const at = (seed: number) => ({ key: key(seed) });

const works: readonly Work[] = [
  {
    title: "784-512-256-10, batch 128 a rank",
    shape: [784],
    batch: 128,
    make: () =>
      new Sequential(
        new Linear(784, 512, at(1)),
        new ReLU(),
        new Linear(512, 256, at(2)),
        new ReLU(),
        new Linear(256, 10, at(3)),
      ),
  },
  {
    title: "CNN, batch 64 a rank",
    shape: [1, 28, 28],
    batch: 64,
    make: () =>
      new Sequential(
        new Conv2d(1, 16, 5, { padding: 2, ...at(1) }),
        new ReLU(),
        new MaxPool2d(2),
        new Conv2d(16, 32, 5, { padding: 2, ...at(2) }),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(32 * 7 * 7, 10, at(3)),
      ),
  },
];

/** A model in training, and what its sums are told. */
interface Course {
  readonly step: () => void;
  readonly parallel: DataParallel;
}

function courseOf({ make, batch, shape }: Work, overlap: boolean): Course {
  const model = make(), parallel = distribute(model, { overlap });
  const optimizer = new SGD(model, { learningRate: 0.01 });
  const x = normal([batch, ...shape], at(7)), y = randint(0, 10, { shape: [batch], ...at(8) });
  const step = () =>
    scope(() => {
      optimizer.zeroGrad();
      crossEntropy(model.forward(x), y).backward();
      optimizer.step();
    });
  return { step, parallel };
}

/** Few, so that some are not disturbed where others use the machine too. */
const STEPS = 2;

/** Milliseconds of a step, of the slowest rank that takes part, and of all cores that rank 0 used in it. */
interface Spent {
  readonly time: number;
  readonly cores: number;
}

function coreTime(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

function timeOf(world: World, step: () => void, takesPart = true): Spent {
  world.barrier();
  const start = performance.now(), used = coreTime();
  if (takesPart) { for (let i = 0; i < STEPS; i++) step(); }
  const own = takesPart ? (performance.now() - start) / STEPS : 0, cores = (coreTime() - used) / STEPS;
  return { time: allReduce(tensor(own), "max").itemSync(), cores };
}

interface Found {
  readonly bytes: number;
  readonly least: Readonly<Record<string, Spent>>;
}

async function measure(world: World, work: Work, rounds: number): Promise<Found> {
  const plain = courseOf(work, false), overlapped = courseOf(work, true);
  const size = plain.parallel.parameters.reduce((sum, p) => sum + p.size, 0), row: Tensor = zeros([size]);
  const quiet = () => plain.parallel.noSync(plain.step);
  const ways: Readonly<Record<string, () => Spent>> = {
    alone: () => timeOf(world, quiet, world.isFirst),
    "all, no sums": () => timeOf(world, quiet),
    "all, sums after": () => timeOf(world, plain.step),
    "all, sums during": () => timeOf(world, overlapped.step),
    "plain sum": () => timeOf(world, () => scope(() => void allReduce(row))),
  };
  const least: Record<string, Spent> = {};
  for (let round = 0; round <= rounds; round++) {
    await new Promise((resolve) => setTimeout(resolve)); // what nobody holds is freed between turns alone
    for (const [name, time] of Object.entries(ways)) {
      const found = time(), { time: before, cores } = least[name] ?? { time: Infinity, cores: Infinity };
      if (round === 0) continue;
      least[name] = { time: Math.min(before, found.time), cores: Math.min(cores, found.cores) };
    }
  }
  return { least, bytes: 4 * size };
}

function told(world: World, { title }: Work, { least, bytes }: Found): string {
  const { size } = world, per = bytes / 1e6;
  const lines = Object.entries(least).map(([name, { time: ms, cores }]) => {
    const efficiency = name.startsWith("all") ? `, efficiency ${(least.alone.time / ms).toFixed(2)}` : "";
    const rate = name === "plain sum"
      ? `, ${(per / ms).toFixed(2)} GB/s, ${
        (2 * (size - 1) / size * per / ms).toFixed(2)
      } GB/s on the wire of a ring`
      : "";
    return `  ${name.padEnd(18)}${ms.toFixed(2).padStart(8)} ms, ${
      cores.toFixed(2).padStart(7)
    } of cores${efficiency}${rate}`;
  });
  const sums = least["all, sums after"].time - least["all, no sums"].time;
  return [`${title}, ${per.toFixed(2)} MB of gradients a step`, ...lines, `  sums take ${sums.toFixed(2)} ms`]
    .join("\n");
}

if (import.meta.main) {
  await useBackend("wasm");
  const world = await connect(), rounds = Number(Deno.args[0] ?? 40);
  for (const work of works) {
    const found = await measure(world, work, rounds);
    world.log(told(world, work, found));
  }
  world.log(`${world.size} ranks of a thread each on ${world.host}, ${world.library}`);
}
