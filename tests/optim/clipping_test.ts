/** Clipped gradients and parameters as vectors are PyTorch's. */
import {
  memory,
  noGrad,
  record,
  scope,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  variable,
} from "@tapegrad/core";
import { clipGradNorm, clipGradValue, GD, parametersToVector, vectorToParameters } from "@tapegrad/optim";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { backend, type Float, floats, testWith } from "../backend_traits.ts";
import { countEachBuffer } from "../proof/memory/unseen.ts";
import reference from "./reference/clipping.json" with { type: "json" };

type Nested = Parameters<typeof tensor>[0];

const tolerance = { f64: 1e-14, f32: 1e-6 };

function parametersOf(dtype: Float): Tensor[] {
  return reference.gradients.map((gradient) => {
    const g = tensor(gradient as Nested, { dtype }), parameter = variable(g.zerosLike());
    parameter.setGrad(g);
    return parameter;
  });
}

async function assertGradients(
  parameters: readonly Tensor[],
  expected: readonly unknown[],
  dtype: Float,
): Promise<void> {
  for (const [i, { grad }] of parameters.entries()) {
    const wanted = await tensor(expected[i] as Nested, { dtype }).data(), found = await grad!.data();
    assertEquals(grad!.dtype, dtype);
    found.forEach((value, k) =>
      assertAlmostEquals(value, wanted[k], tolerance[dtype] * Math.max(1, Math.abs(wanted[k])))
    );
  }
}

for (const dtype of floats) {
  for (const { maxNorm, normType, total, clipped } of reference.norms) {
    Deno.test(`clipGradNorm to ${maxNorm} in the norm ${normType} is PyTorch's in ${dtype}`, async () => {
      const parameters = [...parametersOf(dtype), variable(1)];
      const found = clipGradNorm(parameters, maxNorm, { normType: Number(normType) });
      assertAlmostEquals(await found.item(), total, tolerance[dtype] * total);
      await assertGradients(parameters.slice(0, -1), clipped, dtype);
      assertEquals(parameters.at(-1)!.grad, null);
    });
  }

  for (const { clipValue, clipped } of reference.values) {
    Deno.test(`clipGradValue to ${clipValue} is PyTorch's in ${dtype}`, async () => {
      const parameters = parametersOf(dtype);
      clipGradValue(parameters, clipValue);
      await assertGradients(parameters, clipped, dtype);
    });
  }
}

Deno.test("one tensor, a module, or none with a gradient are clipped", async () => {
  const [a, b] = parametersOf(floats[0]);
  assertAlmostEquals(await clipGradNorm(a, 1).item(), Math.sqrt(25.3125), 1e-6);
  clipGradValue({ parameters: () => [b] }, 0.5);
  assertEquals(await b.grad!.max().item(), 0.5);
  assertEquals(await clipGradNorm([variable(1)], 1).item(), 0);
});

Deno.test("a gradient of zeros stays, and one of NaN makes all NaN", async () => {
  const [a, b] = [variable([1, 1]), variable(1)];
  for (const p of [a, b]) p.setGrad(p.zerosLike());
  assertEquals(await clipGradNorm([a, b], 1).item(), 0);
  assertEquals(await a.grad!.array(), [0, 0]);
  b.setGrad(tensor(NaN));
  a.setGrad(tensor([1, 1]));
  assertEquals(await clipGradNorm([a, b], 1).item(), NaN);
  assertEquals(await a.grad!.array(), [NaN, NaN]);
});

testWith({ synchronous: true }, "a norm that is not finite is an error where that was asked", () => {
  const x = variable(1);
  x.setGrad(tensor(Infinity));
  assertThrows(
    () => clipGradNorm(x, 1, { errorIfNonfinite: true }),
    TapeError,
    "norm of order 2 is Infinity",
  );
  assertThrows(() => clipGradNorm(x, -1), RangeError, "largest norm of -1");
  assertThrows(() => clipGradNorm(x, 1, { normType: NaN }), RangeError, "order of NaN");
  assertThrows(() => clipGradValue(x, NaN), RangeError, "largest value of NaN");
  assertThrows(() => clipGradNorm([3 as never], 1), TypeError, "Cannot clip gradients by");
});

Deno.test(`a recorded step clips, on ${backend.name}`, async () => {
  const [eager, replayed] = [0, 1].map(() => {
    const x = variable([3, -4]), optimizer = new GD([x], { learningRate: 0.1 });
    const step = () => {
      optimizer.zeroGrad();
      x.square().sum().backward();
      clipGradNorm([x], 1);
      optimizer.step();
    };
    return { x, step };
  });
  const [, program] = record(replayed.step);
  for (let i = 0; i < 4; i++) {
    scope(eager.step);
    if (i > 0) program.run();
  }
  assertEquals(await replayed.x.array(), await eager.x.array());
});

Deno.test("a vector is of parameters, by rows, and gradients flow back", async () => {
  const w = variable([[1, 2], [3, 4]]), b = variable(5), vector = parametersToVector([w.transpose(), b]);
  assertEquals(await vector.array(), [1, 3, 2, 4, 5]);
  vector.mul(tensor([1, 2, 3, 4, 5])).sum().backward();
  assertEquals(await w.grad!.array(), [[1, 3], [2, 4]]);
  vectorToParameters(tensor([9, 8, 7, 6, 5]), { parameters: () => [w, b] });
  assertEquals([await w.array(), await b.array()], [[[9, 8], [7, 6]], 5]);
  assert(w.requiresGrad && w.isLeaf);
  assertThrows(() => vectorToParameters(tensor([1, 2]), [w, b]), ShapeError, "they have 5 elements");
  assertThrows(() => vectorToParameters(tensor([[1, 2, 3, 4, 5]]), [w, b]), ShapeError, "a vector of these");
  assertThrows(() => vectorToParameters([1] as never, [w, b]), TypeError, "a tensor is needed");
  assertThrows(() => parametersToVector(w as never), TypeError, "Cannot join a tensor by itself");
});

await countEachBuffer();

Deno.test("what clips and overwrites leaves no memory behind", () => {
  const x = variable([3, -4]), optimizer = new GD([x], { learningRate: 0.1 });
  const step = () =>
    scope(() => {
      optimizer.zeroGrad();
      x.square().sum().backward();
      clipGradNorm([x], 1);
      clipGradValue([x], 0.5);
      noGrad(() => vectorToParameters(parametersToVector([x]).mul(2), [x]));
    });
  step();
  const before = memory();
  for (let i = 0; i < 5; i++) step();
  assertEquals(memory(), before);
});
