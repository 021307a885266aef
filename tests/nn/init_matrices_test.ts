/** Initial values with a structure, and those cut off. */
import { key, ShapeError, type Tensor, variable, zeros } from "@tapegrad/core";
import { init } from "@tapegrad/nn";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { precision, within } from "../backend_traits.ts";

async function placesOfOnes(weight: Tensor): Promise<number[]> {
  const data = await weight.data();
  assert([...data].every((value) => value === 0 || value === 1));
  return [...data].flatMap((value, i) => value === 1 ? [i] : []);
}

Deno.test("dirac puts its ones where PyTorch does", async () => {
  assertEquals(await placesOfOnes(init.dirac(zeros([4, 3, 2, 3]), { groups: 2 })), [4, 28, 40, 64]);
  assertEquals(await placesOfOnes(init.dirac(zeros([2, 3, 4]))), [2, 18]);
  assertEquals(await placesOfOnes(init.dirac(zeros([3, 2, 1, 2, 3]))), [4, 22]);
  assertThrows(() => init.dirac(zeros([2, 2])), ShapeError, "of 3 to 5 axes is needed");
  assertThrows(() => init.dirac(zeros([3, 2, 1]), { groups: 2 }), ShapeError, "2 groups do not divide 3");
});

Deno.test("eye and sparse are for matrices", async () => {
  assertEquals(await init.eye(zeros([3, 2])).array(), [[1, 0], [0, 1], [0, 0]]);
  assertThrows(() => init.eye(zeros([2])), ShapeError, "a matrix is needed");
  const w = init.sparse(zeros([100, 40]), 0.105, { std: 2, key: key(1) });
  assertEquals(new Set(await w.equal(0).sum(0).data()), new Set([11]));
  assertAlmostEquals(await w.square().sum().div(89 * 40).sqrt().item(), 2, 0.1);
  assertThrows(() => init.sparse(zeros([2, 2, 2]), 0.1), ShapeError);
  assertThrows(() => init.sparse(zeros([2, 2]), 1.5), RangeError, "sparsity of 1.5");
});

Deno.test("an orthogonal weight has orthogonal rows, or columns where there are fewer, of any axes", async () => {
  for (
    const [shape, side] of [[[5, 5], 5], [[3, 7], 3], [[7, 3], 3], [[4, 2, 3, 2], 4], [[1, 4], 1]] as const
  ) {
    const w = init.orthogonal(zeros([...shape], { dtype: precision }), { gain: 3, key: key(2) });
    const matrix = w.reshape([shape[0], -1]), isTall = matrix.shape[0] > matrix.shape[1];
    const product = isTall ? matrix.transpose().matmul(matrix) : matrix.matmul(matrix.transpose());
    assertEquals(product.shape, [side, side]);
    const off = product.div(9).sub(init.eye(product.zerosLike())).abs().max();
    assert(await off.item() < within(1e-14, 1e-6), `${shape}: ${await off.item()}`);
  }
  assertThrows(() => init.orthogonal(zeros([3])), ShapeError, "at least two axes");
  assertEquals(init.orthogonal(zeros([0, 3])).shape, [0, 3]);
});

Deno.test("orthogonal matrices are spread evenly: either sign of the first element is as likely", async () => {
  let positive = 0;
  for (let seed = 0; seed < 100; seed++) {
    positive += Number(await init.orthogonal(zeros([2, 2]), { key: key(seed) }).slice(0, 0).item() > 0);
  }
  assert(positive > 30 && positive < 70, `${positive}`);
});

Deno.test("a truncated normal distribution has its mean and its deviation", async () => {
  const w = init.truncNormal(zeros([100_000]), { mean: 0.5, std: 2, low: -1, high: 1.5, key: key(3) });
  assertAlmostEquals(await w.mean().item(), 0.2807, 0.01);
  assertAlmostEquals(await w.std().item(), 0.7028, 0.01);
  assert(await w.min().item() >= -1 && await w.max().item() <= 1.5);
  assertThrows(() => init.truncNormal(zeros([1]), { low: 1, high: 0 }), RangeError, "high of 0");
});

Deno.test("initial values are off the tape, in place, and the same for a key", async () => {
  const w = variable([[1, 2], [3, 4]]);
  assert(init.orthogonal(w, { key: key(1) }) === w && w.isLeaf && w.requiresGrad);
  const again = init.orthogonal(zeros([2, 2]), { key: key(1) });
  assertEquals(await w.array(), await again.array());
});

Deno.test("gains are PyTorch's", () => {
  assertEquals(init.calculateGain("conv2d"), 1);
  assertEquals(init.calculateGain("leakyRelu", 0.2), Math.sqrt(2 / 1.04));
  assertEquals(init.calculateGain("selu"), 0.75);
  assertThrows(() => init.calculateGain("swish" as "relu"), TypeError, "choose one of");
});
