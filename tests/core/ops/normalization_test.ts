/** layerNorm and rmsNorm beside PyTorch's numbers, at their edges, in every dtype, and what they say of what does not fit. */
import {
  DtypeError,
  gradgradcheck,
  layerNorm,
  rmsNorm,
  Scalar,
  ShapeError,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { precise, testWith, within } from "../../backend_traits.ts";

const x = precise([[1, 2, 4], [0, -3, 0.5]]), ct = precise([[1, 2, 3], [-1, 0, 1]]);
const weight = precise([1, -2, 0.5]), bias = precise([0, 1, -1]);

async function assertNear(actual: Tensor, wanted: readonly number[]): Promise<void> {
  const found = [...await actual.data()];
  assertEquals(found.length, wanted.length);
  found.forEach((v, i) =>
    assert(Math.abs(v - wanted[i]) < within(1e-12, 1e-5), `${v} at ${i}, not ${wanted[i]}`)
  );
}

Deno.test("layerNorm and its gradients are PyTorch's", async () => {
  const [y, pull] = vjp(
    (...[x, weight, bias]: Tensor[]) => layerNorm(x, [3], { weight, bias, eps: 0.1 }),
    x,
    weight,
    bias,
  );
  const [dx, dw, db] = pull(ct);
  await assertNear(y, [
    -1.0362555203016797,
    1.5181277601508398,
    -0.3523402998114503,
    0.5282214092053228,
    3.7467513278676785,
    -0.5774228726357418,
  ]);
  await assertNear(dx, [
    1.6873925880080198,
    -2.589769458874751,
    0.902376870866731,
    -0.5164307527498468,
    0.07498857505682709,
    0.44144217769301974,
  ]);
  await assertNear(dw, [-1.5644769295070025, -0.5181277601508398, 4.731112455859814]);
  await assertNear(db, [0, 2, 4]);
});

Deno.test("the gradient of layerNorm's gradient is PyTorch's", async () => {
  const first = (x: Tensor, weight: Tensor): Tensor => {
    const [, pull] = vjp(
      (...[x, weight]: Tensor[]) => layerNorm(x, [3], { weight, bias, eps: 0.1 }),
      x,
      weight,
    );
    const [dx, dw] = pull(ct);
    return dx.mul(ct).sum().add(dw.sum());
  };
  const [, pull] = vjp(first, x, weight), [dx, dw] = pull(precise(1));
  await assertNear(dx, [
    -1.3050980378935715,
    1.5893203218896526,
    -0.28422228399608135,
    -0.7564990455551724,
    0.36695260006118324,
    0.3895464454939892,
  ]);
  await assertNear(dw, [0.5179721733889123, 0.31296307660117845, 0.561622386230045]);
});

Deno.test("rmsNorm and its gradients are PyTorch's", async () => {
  const [y, pull] = vjp(
    (...[x, weight]: Tensor[]) => rmsNorm(x, [3], { weight, eps: new Scalar("eps", 0.1) }),
    x,
    weight,
  );
  const [dx, dw] = pull(ct);
  await assertNear(y, [
    0.37529331252040077,
    -1.501173250081603,
    0.7505866250408015,
    0,
    3.362870875243385,
    0.1401196198018077,
  ]);
  await assertNear(dx, [
    0.3929127168640816,
    -1.4659344413942414,
    0.6334175861553244,
    -0.5604784792072308,
    0.04401663449271446,
    0.27290313385482967,
  ]);
  await assertNear(dw, [0.37529331252040077, 1.501173250081603, 4.783758989848424]);
});

testWith({ f64: true }, "they are differentiable twice, forward and backward", async () => {
  await gradgradcheck((x, weight, bias) => layerNorm(x, [3], { weight, bias }), [x, weight, bias]);
  await gradgradcheck((x, weight) => rmsNorm(x, [3], { weight }), [x, weight]);
});

Deno.test("infinities and equal elements without eps give NaN, one element its bias, and none none", async () => {
  assertEquals(await layerNorm(tensor([[1, Infinity]]), [2]).array(), [[NaN, NaN]]);
  assertEquals(await layerNorm(tensor([[1, 1]]), [2], { eps: 0 }).array(), [[NaN, NaN]]);
  assertEquals(await layerNorm(tensor([[5], [7]]), [1], { bias: tensor([2]) }).array(), [[2], [2]]);
  for (const shape of [[2, 0], [0, 3]]) {
    const part = zeros(shape.slice(1));
    const [y, pull] = vjp(
      (...[x, weight, bias]: Tensor[]) => layerNorm(x, shape.slice(1), { weight, bias }),
      zeros(shape),
      part,
      part,
    );
    assertEquals([y, ...pull(y)].map((t) => t.shape), [shape, shape, part.shape, part.shape]);
    assertEquals(rmsNorm(zeros(shape), shape.slice(1), { weight: part }).shape, shape);
  }
});

testWith({ f16: true }, "halves are normalised in f32 and rounded once", async () => {
  const like = { dtype: "f16" } as const, large = tensor([[60000, -60000, 60000, 0]], like);
  const y = layerNorm(large, [4], { weight: tensor([1, 1, 1, 3], like), bias: tensor([0, 0, 0, 1], like) });
  const wide = layerNorm(large.to("f32"), [4], { weight: tensor([1, 1, 1, 3]), bias: tensor([0, 0, 0, 1]) });
  assertEquals([y.dtype, await y.array()], ["f16", await wide.to("f16").array()]);
  assertEquals(
    await rmsNorm(large, [4]).array(),
    await rmsNorm(large.to("f32"), [4], { eps: 2 ** -10 }).to("f16").array(),
  );
});

Deno.test("what does not fit is told", () => {
  const rows = zeros([5, 7]);
  assertThrows(
    () => layerNorm(rows, [8]),
    ShapeError,
    "Cannot layerNorm [5, 7] over [8]: a list of its last extents is needed, one at least",
  );
  assertThrows(() => rmsNorm(rows, []), ShapeError, "Cannot rmsNorm [5, 7] over []");
  assertThrows(() => layerNorm(rows, [1, 5, 7]), ShapeError, "over [1, 5, 7]");
  assertThrows(
    () => layerNorm(rows, [7], { bias: zeros([6]) }),
    ShapeError,
    "Cannot layerNorm over [7] with a bias of [6]: the shapes must be the same",
  );
  assertThrows(
    () => layerNorm(rows, [7], { weight: zeros([7], { dtype: "f16" }) }),
    DtypeError,
    'Cannot layerNorm f32 with a weight of f16: cast it with to("f32")',
  );
  assertThrows(() => rmsNorm(zeros([7], { dtype: "i32" }), [7]), DtypeError, "Cannot take rmsNorm of i32");
  assertThrows(() => layerNorm(rows, [7], { epsilon: 1 } as never), TypeError, "epsilon");
  assertThrows(() => layerNorm(rows, [7], { eps: "small" as never }), TypeError, "eps");
});
