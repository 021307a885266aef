import {
  apply,
  bernoulli,
  checkpoint,
  defineComposite,
  detectAnomaly,
  e,
  grad,
  gradgradcheck,
  jvp,
  manualSeed,
  map,
  memory,
  noGrad,
  registerKernel,
  runKernel,
  scope,
  TapeError,
  Tensor,
  uniform,
} from "@tapegrad/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { backend, precise, testWith } from "../../backend_traits.ts";
import { assertClose, leaf } from "./values.ts";
import type { TapeNode } from "../../../core/tensor/node.ts";
import { nodeOf } from "../../../core/tensor/internals.ts";

const chain = (x: Tensor): Tensor => x.sin().exp().mul(x).tanh();

Deno.test("checkpoint gives the same value and gradient", async () => {
  const [a, b] = [leaf([0.3, 1.2]), leaf([0.3, 1.2])];
  const [y, z] = [chain(a), checkpoint(chain)(b)];
  await assertClose(z, y);
  y.sum().backward();
  z.sum().backward();
  await assertClose(b.grad!, a.grad!);
});

Deno.test("checkpoint reaches parameters captured by the closure", async () => {
  const w = leaf([2, 3]), x = leaf([1, 1]);
  checkpoint((t: Tensor) => t.mul(w).exp())(x).sum().backward();
  await assertClose(w.grad!, [Math.exp(2), Math.exp(3)]);
  await assertClose(x.grad!, [2 * Math.exp(2), 3 * Math.exp(3)]);
});

Deno.test("checkpoint takes and gives trees", async () => {
  const x = leaf(2), y = leaf(3);
  const out = checkpoint((p: { x: Tensor; y: Tensor[] }) => ({
    product: p.x.mul(p.y[0]),
    exp: [p.x.exp()],
  }))({ x, y: [y] });
  out.product.add(out.exp[0]).backward();
  await assertClose(x.grad!, 3 + Math.exp(2));
  await assertClose(y.grad!, 2);
});

function saved(root: Tensor): Tensor[] {
  const seen = new Set<TapeNode>(), stack = [nodeOf(root)!], found: Tensor[] = [];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    found.push(
      ...[...node.inputs ?? [], ...node.outputs ?? []].filter((value) => value instanceof Tensor),
    );
    stack.push(...node.parents.filter((p) => p !== null));
  }
  return found;
}

Deno.test("what a checkpointed function saved is dropped", () => {
  const x = leaf([0.3, 1.2]);
  assert(saved(chain(x)).length > 0);
  assertEquals(saved(checkpoint(chain)(x)), []);
});

Deno.test("a scope keeps fewer buffers alive for a checkpointed result", () => {
  scope(() => {
    const x = leaf([0.3, 1.2]);
    const held = (fn: (x: Tensor) => Tensor): number => {
      const before = memory().buffers;
      const y = scope(() => fn(x));
      const after = memory().buffers;
      y.dispose();
      return after - before;
    };
    assertEquals(held(checkpoint(chain)), 1);
    assert(held(chain) > 1);
  });
});

Deno.test("a checkpointed result can leave its scope with an argument made there", async () => {
  const x = leaf([0.3, 1.2]);
  const y = scope(() => checkpoint(chain)(x.mul(2)));
  y.sum().backward();
  const z = leaf([0.3, 1.2]);
  chain(z.mul(2)).sum().backward();
  await assertClose(x.grad!, z.grad!);
});

Deno.test("checkpoint draws the same random numbers again and leaves the sequence where it was", async () => {
  const dropped = (x: Tensor): Tensor => x.mul(bernoulli(0.5, { shape: [20] })).exp();
  const [a, b] = [leaf(0.7), leaf(0.7)];
  manualSeed(5);
  dropped(a).sum().backward();
  const after = await uniform([1]).item();
  manualSeed(5);
  checkpoint(dropped)(b).sum().backward();
  assertEquals(await uniform([1]).item(), after);
  await assertClose(b.grad!, a.grad!);
});

Deno.test("checkpoint to second order", async () => {
  await assertClose(grad(grad(checkpoint((x: Tensor) => x.pow(4))))(precise(2)), 48);
  await assertClose(grad(checkpoint(grad((x: Tensor) => x.pow(4))))(precise(2)), 48);
  const x = leaf([0.5, 2]);
  checkpoint((t: Tensor) => t.pow(4).sum())(x).backward({ createGraph: true });
  const gradient = x.grad!;
  x.setGrad(null);
  gradient.sum().backward();
  await assertClose(x.grad!, [3, 48]);
});

testWith({ f64: true }, "checkpoint has the derivatives of differences to second order", () => {
  return gradgradcheck(checkpoint(chain), [precise([0.3, 1.2])]);
});

Deno.test("checkpoint in forward mode and forward over reverse", async () => {
  await assertClose(jvp(checkpoint((x: Tensor) => x.pow(4)), [precise(2)], [precise(1)])[1], 32);
  await assertClose(jvp(grad(checkpoint((x: Tensor) => x.pow(4))), [precise(2)], [precise(1)])[1], 48);
});

Deno.test("checkpoints nest", async () => {
  const inner = checkpoint((x: Tensor) => x.sin().exp());
  const outer = checkpoint((x: Tensor) => inner(inner(x).mul(x)).tanh());
  const plain = (x: Tensor): Tensor => x.sin().exp().mul(x).sin().exp().tanh();
  await assertClose(grad(outer)(precise(0.4)), grad(plain)(precise(0.4)));
  await assertClose(grad(grad(outer))(precise(0.4)), grad(grad(plain))(precise(0.4)));
});

Deno.test("a checkpointed function may take gradients itself", async () => {
  const step = (x: Tensor): Tensor => x.mul(grad((y: Tensor) => y.mul(y))(precise(3))).exp();
  await assertClose(grad(checkpoint(step))(precise(0.1)), 6 * Math.exp(0.6));
});

Deno.test("a checkpointed graph can be walked twice if it is retained", async () => {
  const x = leaf(2), y = checkpoint((t: Tensor) => t.exp().mul(t))(x);
  y.backward({ retainGraph: true });
  y.backward();
  await assertClose(x.grad!, 6 * Math.exp(2));
  assertThrows(() => y.backward(), TapeError, "released");
});

Deno.test("a function that does something else the second time is found out", () => {
  const alternating = (ops: ((x: Tensor) => Tensor)[]): (x: Tensor) => Tensor => {
    let calls = 0;
    return (x) => ops[calls++ % ops.length](x);
  };
  const cases = [
    [(x: Tensor) => x.sin().exp(), (x: Tensor) => x.sin()], // fewer ops
    [(x: Tensor) => x.sin().exp(), (x: Tensor) => x.cos().exp()], // another op of the same kind
    [(x: Tensor) => x.exp().slice([0, 1]).exp(), (x: Tensor) => x.exp().slice([0, 2]).exp()], // other shapes
    [(x: Tensor) => x.exp().sum(), (x: Tensor) => x.exp().prod()], // another reduction
  ];
  for (const ops of cases) {
    const y = checkpoint(alternating(ops))(leaf([0.3, 0.6]));
    assertThrows(() => y.sum().backward(), TapeError, "Cannot recompute a checkpointed function");
  }
});

Deno.test("a dead branch inside does not keep recomputed values for a later walk", async () => {
  const x = leaf(2);
  const y = checkpoint((t: Tensor) => {
    t.cos();
    return t.exp().mul(t);
  })(x);
  for (let i = 0; i < 2; i++) scope(() => y.backward({ retainGraph: true }));
  await assertClose(x.grad!, 6 * Math.exp(2));
});

Deno.test("what a checkpointed function read must not have changed since, saved or not", () => {
  const cases = [
    (w: Tensor, data: Tensor) => checkpoint((t: Tensor) => t.add(w).exp())(data),
    (w: Tensor, data: Tensor) => checkpoint((t: Tensor, held: Tensor) => t.add(held).exp())(w, data),
  ];
  for (const run of cases) {
    const w = leaf([1, 2]), data = precise([3, 4]);
    for (const changed of [w, data]) {
      const y = run(w, data);
      noGrad(() => changed.assign(0));
      assertThrows(() => y.sum().backward(), TapeError, "was changed in place");
    }
  }
});

Deno.test("an asynchronous function cannot be checkpointed", () => {
  assertThrows(() => checkpoint((x: Tensor) => Promise.resolve(x.exp()))(leaf(1)), TapeError, "promise");
});

testWith(
  { synchronous: true },
  "a composite is recorded again as it was, by its kernel, in anomaly mode too",
  () => {
    const op = defineComposite({
      name: "test.twice",
      infer: ([x]) => x,
      decompose: ([x]) => [x.add(x)],
      vjp: ([ct]) => [ct && ct.mul(2)],
    });
    const exprs = [e.mul(2, e.input(0))];
    registerKernel(
      backend.name,
      "test.twice",
      (inputs, outputs) => runKernel(map, backend, inputs, outputs, { name: "twice", exprs }),
    );
    const twice = checkpoint((x: Tensor) => apply(op, [x.square()], null)),
      here = <T>(fn: () => T): T => fn();
    for (const [first, then] of [[here, here], [detectAnomaly, here], [here, detectAnomaly]]) {
      const x = leaf(3);
      const y = first(() => twice(x));
      then(() => y.backward());
      assertEquals(x.grad!.itemSync(), 12);
    }
  },
);
