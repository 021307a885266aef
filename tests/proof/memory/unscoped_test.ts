/** What memory() says where no scope is open: on cpu nothing that could be read as a leak. */
import { keep, memory, noGrad, scope, type Tensor, tensor, variable } from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import { testWith } from "../../backend_traits.ts";

/** A step of gradient descent, without a scope. */
function step(w: Tensor, x: Tensor): Tensor {
  const loss = x.matmul(w).square().mean();
  w.setGrad(null);
  loss.backward();
  noGrad(() => w.assign(w.sub(w.grad!.mul(0.1))));
  return loss;
}

testWith({ managed: true }, "20,000 steps without a scope count nothing, at any time", () => {
  const w = variable([[1], [2]]), x = tensor([[1, 0], [0, 1]]), before = memory();
  for (let i = 0; i < 20_000; i++) {
    step(w, x);
    if (i % 5000 === 0) assertEquals(memory(), before);
  }
  assertEquals(memory(), before);
});

testWith({ managed: true }, "what leaves a scope is counted while a scope has it, and no longer", () => {
  const before = memory().buffers, since = (): number => memory().buffers - before;
  const y = scope(() => {
    const inner = scope(() => tensor([1, 2]).mul(2));
    assertEquals(since(), 1);
    keep(tensor([3]));
    assertEquals(since(), 1);
    const w = variable([1, 2]);
    assertEquals(since(), 1);
    w.mul(2).sum().backward();
    scope(() => w.setGrad(w.grad!.mul(2)));
    return inner.add(1);
  });
  assertEquals(since(), 0);
  y.dispose();
  assertEquals(since(), 0);
});
