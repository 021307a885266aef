/** Tensors of no elements, of no axes and of one element, through every family of ops; the answers are PyTorch's. */
import { assertEquals } from "@std/assert";
import * as c from "@tapegrad/core";
import { type Nested, ones, type Shape, type Tensor, tensor, variable, zeros } from "@tapegrad/core";
import { assertRefuses } from "../../backend_traits.ts";

/** What an op makes of ones of a shape: the call, then the elements and, where they do not tell it, the shape. */
type Case = readonly [shape: Shape, call: (x: Tensor) => Tensor, wanted: Nested, wantedShape?: Shape];

const none = (): Tensor => tensor([], { dtype: "i32" });
const index = (...at: number[]): Tensor => tensor(at, { dtype: "i32" });

const empty: Readonly<Record<string, Case>> = {
  "sum": [[0], (x) => x.sum(), 0],
  "sum of rows": [[3, 0], (x) => x.sum(1), [0, 0, 0]],
  "sum of no rows": [[0, 3], (x) => x.sum(1), []],
  "sum, axes kept": [[0, 3], (x) => x.sum(0, { keepDims: true }), [[0, 0, 0]]],
  "mean": [[3, 0], (x) => x.mean(1), [NaN, NaN, NaN]],
  "prod": [[0], (x) => x.prod(), 1],
  "prod of columns": [[0, 3], (x) => x.prod(0), [1, 1, 1]],
  "any": [[2, 0], (x) => c.any(x, 1), [false, false]],
  "all": [[2, 0], (x) => c.all(x, 1), [true, true]],
  "max of no rows": [[0, 3], (x) => x.max(1), []],
  "argmax of no rows": [[0, 3], (x) => c.argmax(x, 1), []],
  "variance": [[3, 0], (x) => c.variance(x, 1), [NaN, NaN, NaN]],
  "std of columns": [[0, 3], (x) => c.std(x, 0), [NaN, NaN, NaN]],
  "logSumExp": [[3, 0], (x) => c.logSumExp(x, 1), [-Infinity, -Infinity, -Infinity]],
  "norm": [[3, 0], (x) => c.norm(x, 1), [0, 0, 0]],
  "norm of order 3": [[0], (x) => c.norm(x, undefined, { order: 3 }), 0],
  "softmax": [[0, 3], (x) => c.softmax(x, 0), [], [0, 3]],
  "logSoftmax": [[3, 0], (x) => c.logSoftmax(x, 1), [[], [], []]],
  "cumsum": [[0], (x) => c.cumsum(x, 0), []],
  "cumprod": [[0, 3], (x) => c.cumprod(x, 0), [], [0, 3]],
  "cummax": [[0], (x) => c.cummax(x, 0).values, []],
  "sort": [[0], (x) => c.sort(x).values, []],
  "argsort": [[0, 3], (x) => c.argsort(x, 0), [], [0, 3]],
  "topk of nothing": [[0], (x) => c.topk(x, 0).values, []],
  "topk of 0": [[3], (x) => c.topk(x, 0).values, []],
  "matmul over nothing": [[2, 0], (x) => x.matmul(zeros([0, 3])), [[0, 0, 0], [0, 0, 0]]],
  "matmul of no rows": [[0, 2], (x) => x.matmul(ones([2, 3])), [], [0, 3]],
  "matmul of no matrices": [[0, 2, 3], (x) => x.matmul(ones([3, 2])), [], [0, 2, 2]],
  "matmul with a vector": [[0, 3], (x) => x.matmul(ones([3])), []],
  "dot": [[0], (x) => x.dot(x), 0],
  "outer": [[0], (x) => c.outer(x, ones([3])), [], [0, 3]],
  "einsum": [[2, 0], (x) => c.einsum("ij,kj->ik", x, zeros([1, 0])), [[0], [0]]],
  "trace": [[0, 0], (x) => c.trace(x), 0],
  "broadcasting": [[0, 1], (x) => x.add(ones([3])), [], [0, 3]],
  "broadcasting to nothing": [[1], (x) => x.add(zeros([0])), []],
  "reshape": [[0, 3], (x) => x.reshape([-1]), []],
  "reshape to three axes": [[0, 3], (x) => x.reshape([3, 0, 2]), [[], [], []], [3, 0, 2]],
  "reshape with the open extent 0": [[0, 3], (x) => x.reshape([-1, 3]), [], [0, 3]],
  "transpose": [[0, 3], (x) => x.transpose(), [[], [], []]],
  "expand": [[1], (x) => x.expand([0]), []],
  "squeeze": [[0, 1], (x) => c.squeeze(x), []],
  "flip": [[0, 2], (x) => c.flip(x), [], [0, 2]],
  "roll": [[0], (x) => c.roll(x, 1), []],
  "tile to nothing": [[2], (x) => c.tile(x, [0]), []],
  "repeatInterleave": [[0], (x) => c.repeatInterleave(x, 2), []],
  "pad": [[0], (x) => c.pad(x, [[1, 2]], 7), [7, 7, 7]],
  "concat": [[0, 2], (x) => c.concat([x, ones([1, 2])]), [[1, 1]]],
  "concat of nothings": [[0, 2], (x) => c.concat([x, x], 1), [], [0, 4]],
  "stack": [[0], (x) => c.stack([x, x]), [[], []]],
  "split": [[0], (x) => c.split(x, 2)[0], []],
  "slice of nothing": [[3], (x) => x.slice([2, 1]), []],
  "unfold": [[2], (x) => c.unfold(x, 0, 2), [[1, 1]]],
  "diag": [[0], (x) => c.diag(x), [], [0, 0]],
  "diagonal": [[0, 3], (x) => c.diagonal(x), []],
  "tril": [[0, 3], (x) => c.tril(x), [], [0, 3]],
  "gather": [[3], (x) => c.gather(x, 0, none()), []],
  "gather from nothing": [[0], (x) => c.gather(x, 0, none()), []],
  "indexSelect": [[3, 2], (x) => c.indexSelect(x, 0, none()), [], [0, 2]],
  "scatterAdd": [[3], (x) => c.scatterAdd(x, 0, none(), zeros([0])), [1, 1, 1]],
  "scatter": [[0], (x) => c.scatter(x, 0, none(), zeros([0])), []],
  "takeAlongAxis": [[0, 2], (x) => c.takeAlongAxis(x, c.argsort(x, 1), 1), [], [0, 2]],
  "where": [[0], (x) => c.where(x.greater(0), x, 1), []],
  "maskedFill": [[0], (x) => x.maskedFill(x.greater(0), 2), []],
  "oneHot": [[0], () => c.oneHot(none(), 3), [], [0, 3]],
  "to": [[0], (x) => x.to("i32"), []],
  "meshgrid": [[0], (x) => c.meshgrid([x, ones([2])])[0], [], [0, 2]],
};

const scalar: Readonly<Record<string, Case>> = {
  "sum": [[], (x) => x.sum(), 1],
  "sum along its axis 0": [[], (x) => x.sum(0), 1],
  "mean": [[], (x) => x.mean(), 1],
  "prod": [[], (x) => x.prod(-1), 1],
  "max": [[], (x) => x.max(), 1],
  "argmax": [[], (x) => c.argmax(x), 0],
  "argmax along its axis 0": [[], (x) => c.argmax(x, 0), 0],
  "variance": [[], (x) => c.variance(x, 0, { correction: 0 }), 0],
  "std": [[], (x) => c.std(x, undefined, { correction: 0 }), 0],
  "logSumExp": [[], (x) => c.logSumExp(x), 1],
  "norm": [[], (x) => c.norm(x), 1],
  "softmax": [[], (x) => c.softmax(x), 1],
  "logSoftmax": [[], (x) => c.logSoftmax(x, 0), 0],
  "cumsum": [[], (x) => c.cumsum(x, 0), 1],
  "cumprod": [[], (x) => c.cumprod(x, -1), 1],
  "cummin": [[], (x) => c.cummin(x, 0).values, 1],
  "sort": [[], (x) => c.sort(x).values, 1],
  "argsort": [[], (x) => c.argsort(x), 0],
  "broadcasting": [[], (x) => x.add(ones([2])), [2, 2]],
  "reshape": [[], (x) => x.reshape([1, 1]), [[1]]],
  "reshape to a scalar": [[1, 1], (x) => x.reshape([]), 1],
  "flatten": [[], (x) => x.flatten(), [1]],
  "permute": [[], (x) => x.permute([]), 1],
  "expand": [[], (x) => x.expand([2, 1]), [[1], [1]]],
  "unsqueeze": [[], (x) => c.unsqueeze(x, 0), [1]],
  "squeeze": [[1], (x) => c.squeeze(x), 1],
  "flip": [[], (x) => c.flip(x), 1],
  "stack": [[], (x) => c.stack([x, x]), [1, 1]],
  "tile": [[], (x) => c.tile(x, [2]), [1, 1]],
  "slice": [[], (x) => x.slice(), 1],
  "gather": [[], (x) => c.gather(x, 0, tensor(0, { dtype: "i32" })), 1],
  "where": [[], (x) => c.where(x.greater(0), x, 2), 1],
  "einsum": [[], (x) => c.einsum(",->", x, x), 1],
  "to": [[], (x) => x.to("bool"), true],
};

const single: Readonly<Record<string, Case>> = {
  "variance": [[1], (x) => c.variance(x, 0), NaN],
  "std without correction": [[1], (x) => c.std(x, 0, { correction: 0 }), 0],
  "max": [[1], (x) => x.max(0), 1],
  "softmax": [[1], (x) => c.softmax(x), [1]],
  "cumprod": [[1], (x) => c.cumprod(x, 0), [1]],
  "cummax": [[1], (x) => c.cummax(x, 0).values, [1]],
  "sort": [[1], (x) => c.sort(x, 0, { descending: true }).values, [1]],
  "topk": [[1], (x) => c.topk(x, 1).values, [1]],
  "matmul": [[1, 1], (x) => x.matmul(x), [[1]]],
  "dot": [[1], (x) => x.dot(x), 1],
  "trace": [[1, 1], (x) => c.trace(x), 1],
  "diag": [[1], (x) => c.diag(x), [[1]]],
  "roll": [[1], (x) => c.roll(x, 5), [1]],
  "unfold": [[1], (x) => c.unfold(x, 0, 1), [[1]]],
  "concat": [[1], (x) => c.concat([x]), [1]],
  "indexSelect": [[1], (x) => c.indexSelect(x, 0, index(0, 0)), [1, 1]],
  "split": [[1], (x) => c.split(x, 3)[0], [1]],
  "repeatInterleave": [[1], (x) => c.repeatInterleave(x, 3), [1, 1, 1]],
};

for (
  const [kind, cases] of Object.entries({ "no elements": empty, "no axes": scalar, "one element": single })
) {
  for (const [name, [shape, call, wanted, wantedShape]] of Object.entries(cases)) {
    Deno.test(`${kind}: ${name}`, async () => {
      const x = variable(ones(shape)), y = call(x);
      assertEquals(await y.array(), wanted);
      assertEquals(y.shape, wantedShape ?? shapeOf(wanted));
      if (!y.requiresGrad) return;
      y.sum().backward();
      assertEquals(x.grad!.shape, shape);
      assertEquals((await x.grad!.data()).length, x.size);
    });
  }
}

function shapeOf(data: Nested): Shape {
  return Array.isArray(data) ? [data.length, ...shapeOf(data[0] ?? 0)] : [];
}

const refused: Readonly<Record<string, () => Tensor>> = {
  "the max of nothing": () => zeros([0]).max(),
  "the argmin of columns of nothing": () => c.argmin(zeros([0, 3]), 0),
  "the largest magnitude of nothing": () => c.norm(zeros([0]), 0, { order: Infinity }),
  "matmul of scalars": () => ones([]).matmul(ones([])),
  "concat of scalars": () => c.concat([ones([]), ones([])]),
  "concat of no tensors": () => c.concat([]),
  "stack of no tensors": () => c.stack([]),
  "gather from nothing": () => c.gather(zeros([0]), 0, index(0)),
  "top 1 of nothing": () => c.topk(zeros([0]), 1).values,
  "a reshape that could have any extent": () => zeros([0, 3]).reshape([0, -1]),
  "an axis of a scalar": () => ones([]).sum(1),
  "an index of a scalar": () => ones([]).slice(0),
};

for (const [name, call] of Object.entries(refused)) {
  Deno.test(`an error of ours refuses ${name}`, () => assertRefuses(call, RangeError));
}

const unary = c.ops().filter((op) => op.kind === "elementwise" && op.arity === 1 && op.name in c);

for (const { name, dtypes } of unary) {
  Deno.test(`${name} of no elements, of no axes and of one element`, async () => {
    const op = (c as unknown as Record<string, (x: Tensor) => Tensor>)[name];
    const dtype = dtypes.includes("f32") ? "f32" : "i32";
    assertEquals(op(zeros([2, 0, 3], { dtype })).shape, [2, 0, 3]);
    const [bare, one] = [op(ones([], { dtype })), op(ones([1, 1], { dtype }))];
    assertEquals([bare.shape, one.shape], [[], [1, 1]]);
    assertEquals(await bare.data(), await one.data());
  });
}
