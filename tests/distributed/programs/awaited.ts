/** Collectives of tensors that cannot be read at once, and their gradients, awaited: those that are wrong, by name. */
import {
  allGather,
  allReduce,
  broadcast,
  connect,
  DistributedSampler,
  receive,
  reduceScatter,
  send,
} from "@tapegrad/distributed";
import {
  arange,
  key,
  permutation,
  ready,
  type Tensor,
  tensor,
  useBackend,
  variable,
  zeros,
} from "@tapegrad/core";
import "@tapegrad/backends";
import { report } from "./report.ts";

await useBackend("webgpu");
const world = await connect(), { rank, size } = world;
const ranks = Array.from({ length: size }, (_, i) => i), wrong: string[] = [];

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

// All ranks wait for what is told of each, so that none is ahead.
async function check(name: string, found: Tensor | null, wanted: readonly number[]): Promise<void> {
  const flat = Array.from(await found!.data() as Float32Array, Number);
  if (found!.backend.name !== "webgpu") wrong.push(`${name} is on ${found!.backend.name}`);
  if (flat.length === wanted.length && flat.every((x, i) => Math.abs(x - wanted[i]) < 1e-5)) return;
  wrong.push(`${name}: rank ${rank} has ${flat}, and not ${wanted}`);
}

async function gradientOf(f: (x: Tensor) => Tensor, length: number): Promise<Tensor> {
  const x = variable(Array.from({ length }, (_, i) => i + rank)), y = f(x);
  y.mul(arange(y.size).reshape(y.shape).add(1)).sum().mul(rank + 1).backward();
  return await ready(x.grad!);
}

const given = arange(3).add(rank), all = sumOf(ranks.map((r) => r + 1)), from = size - 1;
await check("allReduce", allReduce(given), [0, 1, 2].map((i) => sumOf(ranks.map((r) => i + r))));
await check("its mean", allReduce(given, "mean"), [0, 1, 2].map((i) => i + from / 2));
await check("its most", allReduce(given, "max"), [0, 1, 2].map((i) => i + from));
await check("of i32", allReduce(given.to("i32"), "min"), [0, 1, 2]);
const turned = tensor([[1, 2], [3, 4]]).add(rank).transpose();
await check("of a view", allReduce(turned), [1, 3, 2, 4].map((x) => sumOf(ranks.map((r) => x + r))));
await check("of nothing", allReduce(zeros([0])), []);
await check("broadcast", broadcast(given, { from }), [0, 1, 2].map((i) => i + from));
await check("of bool", broadcast(given.greater(from), { from }), [0, 1, 1]);
await check("allGather", allGather(given), ranks.flatMap((r) => [r, r + 1, r + 2]));
const scattered = reduceScatter(arange(2 * size).add(rank));
await check("reduceScatter", scattered, [0, 1].map((i) => sumOf(ranks.map((r) => 2 * rank + i + r))));
const row = [1, 2, 3];
await check("the gradient of the sum", await gradientOf((x) => allReduce(x), 3), row.map((i) => i * all));
await check(
  "of ops behind it",
  await gradientOf((x) => allReduce(x.square()).mul(2), 3),
  [0, 1, 2].map((i) => 4 * (i + rank) * (i + 1) * all),
);
await check(
  "of broadcast",
  await gradientOf((x) => broadcast(x), 3),
  row.map((i) => rank === 0 ? i * all : 0),
);
await check("of allGather", await gradientOf(allGather, 2), [0, 1].map((i) => (2 * rank + i + 1) * all));
const parts = ranks.flatMap((r) => [1, 2].map((i) => i * (r + 1)));
await check("of reduceScatter", await gradientOf((x) => reduceScatter(x), 2 * size), parts);

// In the order of the calls, whatever is awaited first.
const several = [1, 2, 3].map((factor) => allReduce(given.slice(0).add(1).mul(factor)));
for (const i of [2, 0, 1]) await check(`sum ${i}`, several[i], [(i + 1) * all]);

const x = variable([1, 2, 3]);
if (rank === 0) send(x.mul(2), 1, { tag: 7 }).backward();
else if (rank === 1) receive([3], 0, { tag: 7 }).square().sum().backward();
await ready();
await check("the gradient of what was sent", rank === 0 ? await ready(x.grad) : tensor([8, 16, 24]), [
  8,
  16,
  24,
]);

const sampler = new DistributedSampler(7), own = sampler.order(key(3));
const order = await permutation(7, { key: key(3), backend: "cpu" }).data();
if (own.some((at, i) => at !== order[(i * size + rank) % 7])) wrong.push(`rank ${rank} samples ${own}`);

function errorOf(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "none";
}

const coming = allReduce(given), early = errorOf(() => world.barrier());
await ready();
world.barrier();
const other = allReduce(zeros([rank === 0 ? 3 : 4]));
const apart = await ready(other).then(() => "none", (error) => `${error.name}: ${error.message}`);
await check("what came after", coming, [0, 1, 2].map((i) => sumOf(ranks.map((r) => i + r))));
for (let i = 0; i < size; i++) {
  const texts = broadcast(tensor(wrong.length), { from: i });
  if (rank === 0 && (await texts.item()) > wrong.length) wrong.push(`rank ${i} has faults`);
  await ready();
}
if (wrong.length > 0) console.error(wrong.join("\n"));
report(world, { wrong, early, apart });
