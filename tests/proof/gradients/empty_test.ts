import * as tg from "@tapegrad/core";
import { assert, assertEquals } from "@std/assert";
import { copied, here, sample } from "../../table/row.ts";

const none = (): tg.Tensor => tg.tensor(new Int32Array(0));

type Case = readonly [shapes: readonly (readonly number[])[], fn: (...inputs: tg.Tensor[]) => tg.Tensor];

const cases: Readonly<Record<string, Case>> = {
  "add that broadcasts": [[[0, 3], [1, 3], []], (a, b, c) => a.add(b).add(c)],
  "sum over nothing": [[[0, 3]], (x) => x.sum(0)],
  "sum over something": [[[0, 3]], (x) => x.sum(1)],
  "prod over nothing": [[[0, 3]], (x) => x.prod(0)],
  "prod over something": [[[0, 3]], (x) => x.prod(1)],
  "prod over all": [[[0, 3]], (x) => x.prod()],
  "max over something": [[[0, 3]], (x) => x.max(1)],
  "mean over something": [[[0, 3]], (x) => x.mean(1)],
  "std over something": [[[0, 3]], (x) => x.std(1)],
  "norm over nothing": [[[3, 0]], (x) => x.norm(1)],
  "logSumExp over something": [[[0, 3]], (x) => x.logSumExp(1)],
  "softmax": [[[2, 0]], (x) => x.softmax()],
  "cumsum": [[[2, 0]], (x) => x.cumsum(1)],
  "cumprod": [[[2, 0]], (x) => x.cumprod(1)],
  "cumprod across": [[[0, 2]], (x) => x.cumprod(1)],
  "linearRecurrence": [[[0, 2], [0, 2]], (a, b) => tg.linearRecurrence(a, b, 0)],
  "matmul without rows": [[[0, 3], [3, 2]], (a, b) => a.matmul(b)],
  "matmul of inner extent 0": [[[2, 0], [0, 3]], (a, b) => a.matmul(b)],
  "matmul of no batches": [[[0, 2, 3], [3, 2]], (a, b) => a.matmul(b)],
  "dot": [[[0], [0]], (a, b) => a.dot(b)],
  "einsum": [[[0, 3], [3, 2]], (a, b) => tg.einsum("ij,jk->k", a, b)],
  "reshape": [[[0, 3]], (x) => x.reshape([3, 0, 2])],
  "expand": [[[1, 0]], (x) => x.expand([4, 0])],
  "expand to nothing": [[[1, 3]], (x) => x.expand([0, 3])],
  "slice to nothing": [[[4, 3]], (x) => x.slice([2, 2], [null, null, -1])],
  "flip": [[[0, 3]], (x) => x.flip()],
  "concat": [[[0, 3], [2, 3]], (a, b) => tg.concat([a, b])],
  "pad": [[[0, 3]], (x) => tg.pad(x, [[1, 2], [0, 1]])],
  "split": [[[0, 3]], (x) => tg.split(x, [1, 2], 1)[1]],
  "fold of no windows": [[[0, 2]], (x) => tg.fold(x, 0, { extent: 3 })],
  "gather of nothing": [[[3]], (x) => x.gather(0, none())],
  "scatter of nothing": [[[3], [0]], (x, s) => tg.scatter(x, 0, none(), s)],
  "sort": [[[0]], (x) => tg.sort(x).values],
  "tile": [[[0, 2]], (x) => tg.tile(x, [2, 2])],
  "roll": [[[0, 2]], (x) => tg.roll(x, 1, 0)],
  "diagonal": [[[0, 2]], (x) => tg.diagonal(x)],
  "diag": [[[0]], (x) => tg.diag(x, 1)],
  "tril": [[[0, 0]], (x) => tg.tril(x)],
};

for (const [name, [shapes, fn]] of Object.entries(cases)) {
  Deno.test(`gradients of ${name}, where there are no elements`, async () => {
    const inputs = shapes.map((shape, seed) => copied(sample(shape, { seed }), here));
    const [y, pull] = tg.vjp(fn, ...inputs);
    const gradients = pull(tg.onesLike(y));
    assertEquals(gradients.map((g) => g.shape), shapes);
    for (const g of await tg.read(gradients)) assert(g.every(Number.isFinite));
    const [, dy] = tg.jvp(fn, inputs, inputs);
    assertEquals(dy.shape, y.shape);
    const second = tg.grad((xs: tg.Tensor[]) =>
      tg.vjp(fn, ...xs)[1](tg.onesLike(y)).map((g) => g.mul(g).sum()).reduce((a, b) => a.add(b))
    );
    assertEquals(second(inputs).map((g) => g.shape), shapes);
  });
}
