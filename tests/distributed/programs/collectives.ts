/** What each collective gives, and its gradient, on all ranks: those that are wrong, by name. */
import {
  allGather,
  allReduce,
  broadcast,
  connect,
  distribute,
  receive,
  reduceScatter,
  type Reduction,
  send,
  shardedOptimizer,
  synchronizeBatchNorm,
} from "@tapegrad/distributed";
import { arange, type DType, grad, jvp, type Tensor, tensor, variable, vmap, zeros } from "@tapegrad/core";
import { BatchNorm1d, Linear } from "@tapegrad/nn";
import "@tapegrad/backends";
import { report, worst } from "./report.ts";

const [library] = Deno.args, world = await connect({ library }), { rank, size } = world;
const ranks = Array.from({ length: size }, (_, i) => i), wrong: string[] = [];

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function check(name: string, found: Tensor | null, wanted: readonly number[]): void {
  const flat = Array.from(found?.contiguous().dataSync() as Float32Array, Number);
  const ok = flat.length === wanted.length && flat.every((x, i) => Math.abs(x - wanted[i]) < 1e-6);
  if (worst(ok ? 0 : 1) > 0) wrong.push(`${name}: rank ${rank} has ${flat}, and not ${wanted}`);
}

/** What a rank gives in: 3 elements, in wasm memory where there are `many`. */
function given(of: number, dtype: DType = "f32", many = 1): Tensor {
  return arange(3 * many).add(of).to(dtype);
}

const folds: Readonly<Record<Reduction, (values: readonly number[]) => number>> = {
  sum: sumOf,
  mean: (values) => sumOf(values) / size,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
};

function checkReductions(): void {
  for (const [name, fold] of Object.entries(folds) as [Reduction, (values: readonly number[]) => number][]) {
    for (const dtype of ["f16", "f32", "f64", "i32", "u32"] as const) {
      if (name === "mean" && /[iu]/.test(dtype)) continue;
      for (const many of [1, 100]) {
        const wanted = Array.from({ length: 3 * many }, (_, i) => fold(ranks.map((r) => i + r)));
        check(`allReduce by ${name} of ${dtype}`, allReduce(given(rank, dtype, many), name), wanted);
      }
    }
  }
  const turned = tensor([[1, 2], [3, 4]]).add(rank).transpose();
  check("of a view", allReduce(turned), [1, 3, 2, 4].map((x) => sumOf(ranks.map((r) => x + r))));
  check("of nothing", allReduce(zeros([0])), []);
  check("of one element", allReduce(tensor(rank)), [sumOf(ranks)]);
  check("min of i32", allReduce(tensor([rank - 5], { dtype: "i32" }), "min"), [-5]);
}

// Each rank goes back from its own loss, (rank + 1) times what came out, weighted by position.
function gradientOf(f: (x: Tensor) => Tensor, length: number): Tensor {
  const x = variable(Array.from({ length }, (_, i) => i + rank)), y = f(x);
  y.mul(arange(y.size).reshape(y.shape).add(1)).sum().mul(rank + 1).backward();
  return x.grad!;
}

function checkGradients(): void {
  const all = sumOf(ranks.map((r) => r + 1)), row = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
  check("the gradient of the sum", gradientOf((x) => allReduce(x), 3), row(3).map((i) => i * all));
  check("of the mean", gradientOf((x) => allReduce(x, "mean"), 3), row(3).map((i) => i * all / size));
  const from = size - 1, own = rank === from ? all : 0;
  check("of broadcast", gradientOf((x) => broadcast(x, { from }), 3), row(3).map((i) => i * own));
  check("of allGather", gradientOf(allGather, 2), [0, 1].map((i) => (2 * rank + i + 1) * all));
  const scattered = ranks.flatMap((r) => [1, 2].map((i) => i * (r + 1)));
  check("of reduceScatter", gradientOf((x) => reduceScatter(x), 2 * size), scattered);
  const second = grad((x: Tensor) => grad((x: Tensor) => allReduce(x.square()).square().sum())(x).sum());
  const x = rank + 1, squares = sumOf(ranks.map((r) => (r + 1) ** 2));
  // f = N s², s = Σ x²: f' = 4 N s x, of whose sum over ranks the derivative is 4 N (2 x Σx + s).
  check("of second order", second(tensor([x])), [4 * size * (2 * x * all + squares)]);
  const [value, tangent] = jvp((x: Tensor) => allReduce(x), [tensor([rank])], [tensor([rank + 1])]);
  check("in forward mode, the value", value, [sumOf(ranks)]);
  check("in forward mode", tangent, [all]);
  check("of a batch", vmap((x: Tensor) => allReduce(x))(tensor([[rank], [1]])), [sumOf(ranks), size]);
}

function checkMoves(): void {
  const from = size - 1;
  for (const dtype of ["f16", "f32", "f64", "i32", "u32", "bool"] as const) {
    const wanted = [0, 1, 2].map((i) => dtype === "bool" ? Number(i + from > 0) : i + from);
    check(`broadcast of ${dtype}`, broadcast(given(rank, dtype), { from }), wanted);
  }
  check("allGather", allGather(given(rank)), ranks.flatMap((r) => [r, r + 1, r + 2]));
  check("allGather of one element", allGather(tensor(rank)), ranks);
  const rows = allGather(given(rank).reshape([1, 3]));
  if (rows.shape.join() !== `${size},3`) wrong.push(`allGather makes ${rows.shape}`);
  const total = reduceScatter(arange(2 * size).add(rank));
  check("reduceScatter", total, [0, 1].map((i) => sumOf(ranks.map((r) => 2 * rank + i + r))));
  const most = reduceScatter(arange(2 * size).mul(rank === 0 ? -1 : 1), "max");
  check("reduceScatter by max", most, [2 * rank, 2 * rank + 1]);
}

function checkPairs(): void {
  let back: Tensor | null = null;
  const x = variable([1, 2, 3]);
  if (rank === 0) {
    send(x.mul(2), 1, { tag: 7 }).backward();
    back = x.grad;
  } else if (rank === 1) receive([3], 0, { tag: 7 }).square().sum().backward();
  check("the gradient of what was sent", rank === 0 ? back : tensor([8, 16, 24]), [8, 16, 24]);
  const next = (rank + 1) % size, last = (rank + size - 1) % size;
  if (rank === 0) send(given(rank, "i32"), next);
  const got = receive([3], last, { dtype: "i32" });
  if (rank !== 0) send(given(rank, "i32"), next);
  check("what came round", got, [last, last + 1, last + 2]);
}

// MPI has no numbers of 16 bits: they are summed in f32.
function checkHalves(): void {
  for (const overlap of [false, true]) {
    const model = new Linear(3, 2).to("f16");
    distribute(model, { overlap });
    model.forward(zeros([1, 3], { dtype: "f16" }).add(rank)).sum().backward();
    const mean = (size - 1) / 2;
    check("the gradient of an f16 weight", model.weight.grad, [mean, mean, mean, mean, mean, mean]);
    check("of an f16 bias", model.bias!.grad, [1, 1]);
  }
  const norm = new BatchNorm1d(1, { affine: false, momentum: 1 }).to("f16");
  synchronizeBatchNorm(norm);
  norm.forward(tensor([[rank], [rank]], { dtype: "f16" }));
  check("the mean of an f16 batch", norm.running_mean, [(size - 1) / 2]);
}

checkReductions();
checkHalves();
checkGradients();
checkMoves();
checkPairs();
world.barrier();
const errors = [
  () => allReduce(tensor([true])),
  () => allReduce(tensor([1], { dtype: "i32" }), "mean"),
  () => allReduce(variable([1]), "max").sum().backward(),
  () => reduceScatter(zeros([size + 1])),
  () => broadcast(zeros([1]), { from: size }),
  () => send(zeros([1]), rank),
  () => vmap(allGather)(zeros([2, 2])),
  // What a caller without types may pass.
  () => allReduce([1, 2] as never),
  () => broadcast(zeros([1]), { root: 1 } as never),
  () => send(zeros([1]), 1 - Math.min(rank, 1), { tag: -1 }),
  () => distribute([variable(1)] as never),
  () => shardedOptimizer(distribute(new Linear(1, 1)), () => undefined as never),
  () => world.sum(["a"] as never),
].map((fn) => {
  try {
    fn();
    return "none";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
});
const { bytes, calls } = world.traffic;
report(world, {
  wrong,
  errors,
  hasTraffic: bytes > 0 && calls > 0,
  library: world.interface,
  size: world.size,
});
