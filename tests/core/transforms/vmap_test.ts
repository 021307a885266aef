import {
  BackendError,
  checkpoint,
  customGradient,
  grad,
  hessian,
  jacobian,
  jvp,
  key,
  keyTensor,
  manualSeed,
  memory,
  noGrad,
  normal,
  read,
  scope,
  ShapeError,
  softmax,
  splitKey,
  stack,
  TapeError,
  type Tensor,
  uniform,
  valueAndGrad,
  variable,
  vjp,
  vmap,
  withLayer,
} from "@tapegrad/core";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { precise, testWith, within } from "../../backend_traits.ts";

const X = (): Tensor => precise([[0.5, -1, 2], [1.5, 0.25, -0.75]]);

async function assertClose(found: Tensor, wanted: Tensor): Promise<void> {
  assertEquals([found.shape, found.dtype], [wanted.shape, wanted.dtype]);
  const [a, b] = await read([found, wanted]);
  a.forEach((x: number, i: number) =>
    assert(Math.abs(x - b[i]) <= within(1e-12, 2e-5) * Math.max(1, Math.abs(b[i])), `${a} instead of ${b}`)
  );
}

function rows(x: Tensor): Tensor[] {
  return Array.from({ length: x.shape[0] }, (_, i) => x.slice(i));
}

/** What a loop gives for `vmap(fn)(x)`. */
function loop(fn: (row: Tensor) => Tensor, x: Tensor): Tensor {
  return stack(rows(x).map(fn));
}

const energy = (r: Tensor): Tensor => r.exp().mul(r).sum().square();

// A gradient that no derivative is: thrice that of the cube, and twice that of the factor.
const cube = customGradient((r, w) => ({
  value: r.pow(3).mul(w),
  gradient: (ct) => [ct.mul(r.square()).mul(w).mul(9), ct.mul(r.pow(3)).sum().mul(2)],
}));

const orders: Readonly<Record<string, (map: (fn: (r: Tensor) => Tensor, x: Tensor) => Tensor) => Tensor>> = {
  "of a function": (map) => map(energy, X()),
  "of grad": (map) => map(grad(energy), X()),
  "of valueAndGrad": (map) => map((r) => valueAndGrad(energy)(r)[0], X()),
  "of grad of grad": (map) => map(grad((r: Tensor) => grad(energy)(r).sum()), X()),
  "in grad": (map) => grad((x: Tensor) => map(energy, x).sum())(X()),
  "of grad in grad": (map) => grad((x: Tensor) => map(grad(energy), x).square().sum())(X()),
  "of jvp": (map) => map((r) => jvp(energy, [r], [r.square()])[1], X()),
  "in jvp": (map) => jvp((x: Tensor) => map(energy, x), [X()], [X().square()])[1],
  "of grad in jvp": (map) => jvp((x: Tensor) => map(grad(energy), x), [X()], [X().square()])[1],
  "of vjp": (map) => map((r) => vjp((t: Tensor) => softmax(t, 0), r)[1](r)[0], X()),
  "in vjp": (map) => vjp((x: Tensor) => map(energy, x), X())[1](precise([2, 3]))[0],
  "of jacobian": (map) => map(jacobian((r: Tensor) => softmax(r, 0)), X()),
  "of jacobian by rows": (map) => map(jacobian((r: Tensor) => softmax(r, 0), { mode: "reverse" }), X()),
  "in jacobian": (map) => jacobian((x: Tensor) => map(energy, x))(X()),
  "in jacobian by columns": (map) => jacobian((x: Tensor) => map(energy, x), { mode: "forward" })(X()),
  "of hessian": (map) => map(hessian(energy), X()),
  "in hessian": (map) => hessian((x: Tensor) => map(energy, x).sum())(X()),
  "of checkpoint": (map) => map(checkpoint(energy), X()),
  "of checkpoint in grad": (map) => grad((x: Tensor) => map(checkpoint(energy), x).sum())(X()),
  "of grad of checkpoint": (map) => map(grad(checkpoint(energy)), X()),
  "of grad of checkpoint in grad": (map) =>
    grad((x: Tensor) => map(grad(checkpoint(energy)), x).square().sum())(X()),
  "in checkpoint": (map) => grad((x: Tensor) => checkpoint((t: Tensor) => map(energy, t).sum())(x))(X()),
  "of noGrad in grad": (map) =>
    grad((x: Tensor) => map((r) => r.mul(noGrad(() => r.exp())).sum(), x).sum())(X()),
  "of detach in grad": (map) => grad((x: Tensor) => map((r) => r.mul(r.detach()).sum(), x).sum())(X()),
  "of a scope in grad": (map) => grad((x: Tensor) => map((r) => scope(() => r.exp().mul(r)), x).sum())(X()),
  "of a custom gradient": (map) => map((r) => cube(r, r.sum()), X()),
  "of grad of a custom gradient": (map) => map(grad((r: Tensor) => cube(r, r.sum()).sum()), X()),
  "of a custom gradient in grad": (map) =>
    grad((x: Tensor) => map((r) => cube(r, r.sum()), x).mul(X()).sum())(X()),
  "of a custom gradient in grad of grad": (map) =>
    grad((x: Tensor) => grad((t: Tensor) => map((r) => cube(r, r.sum()), t).mul(X()).sum())(x).sum())(X()),
  "of a custom gradient of what is shared, in grad": (map) =>
    grad((w: Tensor) => map((r) => cube(r, w), X()).mul(X()).sum())(precise(1.5)),
  "in noGrad": (map) => noGrad(() => map(grad(energy), X())),
};

for (const [name, run] of Object.entries(orders)) {
  Deno.test(`vmap ${name} gives what a loop does`, async () => {
    const mapped = run((fn, x) => vmap(fn)(x));
    await assertClose(mapped, run(loop));
    assert(!mapped.requiresGrad, "nothing that asks for gradients went in");
  });
}

Deno.test("a parameter that all examples share has a gradient for each inside, and the sum of them outside", async () => {
  const loss = (w: Tensor, x: Tensor): Tensor => w.mul(x).sum().square(), w = precise([1, 2, 3]);
  const each = vmap(grad(loss), { inAxes: [null, 0] })(w, X());
  await assertClose(each, loop((x) => grad(loss)(w, x), X()));
  const leaf = precise([1, 2, 3]);
  leaf.requiresGrad = true;
  vmap(grad((x: Tensor) => loss(leaf, x)))(X()).sum().backward();
  const looped = precise([1, 2, 3]);
  looped.requiresGrad = true;
  loop(grad((x: Tensor) => loss(looped, x)), X()).sum().backward();
  await assertClose(leaf.grad!, looped.grad!);
});

Deno.test("axes go in and come out where they are said, through trees, counted from the end too", async () => {
  const scale = ({ a, b }: { a: Tensor; b: Tensor[] }): { y: Tensor; same: Tensor } => ({
    y: a.mul(b[0]),
    same: b[0].mul(2),
  });
  const tree = { a: X().transpose(), b: [precise([1, 2, 3])] };
  const { y, same } = vmap(scale, { inAxes: [{ a: -1, b: null }], outAxes: { y: 1, same: null } })(tree);
  await assertClose(y, X().mul(precise([1, 2, 3])).transpose());
  await assertClose(same, precise([2, 4, 6]));
  await assertClose(
    vmap(scale, { inAxes: [{ a: -1, b: null }] })(tree).same,
    precise([[2, 4, 6], [2, 4, 6]]),
  );
  const outer = vmap(vmap((p: Tensor, q: Tensor) => p.mul(q), { inAxes: [null, 0] }), { inAxes: [0, null] });
  await assertClose(outer(precise([1, 2]), precise([3, 4, 5])), precise([[3, 4, 5], [6, 8, 10]]));
});

Deno.test("chunks give the same, the last one smaller, and the function runs once for each", async () => {
  const x = precise([[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]);
  for (const [chunk, calls] of [[1, 5], [2, 3], [4, 2], [5, 1], [100, 1]]) {
    let runs = 0;
    const count = vmap((r: Tensor, w: Tensor) => {
      runs++;
      return [r.mul(w).sum(), w.mul(2)];
    }, { inAxes: [0, null], outAxes: [0, null], chunk });
    const [y, shared] = count(x, precise([1, -1]));
    await assertClose(y, precise([-1, -1, -1, -1, -1]));
    await assertClose(shared, precise([2, -2]));
    assertEquals(runs, calls);
  }
});

Deno.test("batches of one and of none", async () => {
  assertEquals(vmap((r: Tensor) => r.sum())(precise([[1, 2]]).slice([0, 0])).shape, [0]);
  assertEquals(vmap(grad(energy))(precise([[1, 2]]).slice([0, 0])).shape, [0, 2]);
  await assertClose(vmap(energy)(X().slice([0, 1])), loop(energy, X().slice([0, 1])));
});

Deno.test("a Jacobian of many rows is one walk, or one a chunk", async () => {
  const w = precise(
    Array.from({ length: 60 }, (_, i) => Array.from({ length: 7 }, (_, k) => Math.sin(i * 7 + k))),
  );
  const fn = (x: Tensor): Tensor => w.matmul(x).tanh(), x = precise([1, 2, 3, 4, 5, 6, 7]);
  const count = (chunk?: number): [Tensor, number] => {
    let products = 0;
    const j = withLayer({
      handle(call, next): readonly Tensor[] {
        if (call.op.name === "matmul") products++;
        return next(call);
      },
    }, () => jacobian(fn, { mode: "reverse", ...(chunk && { chunk }) })(x));
    return [j, products];
  };
  const [whole, once] = count(), [parts, some] = count(16);
  assertEquals([once, some], [2, 5]); // the function's, and one a walk
  await assertClose(whole, parts);
  await assertClose(whole, jacobian(fn, { mode: "forward", chunk: 2 })(x));
});

testWith({ managed: true }, "what a scope inside releases is all that it made", () => {
  const x = X(), run = () => scope(() => vmap((r: Tensor) => scope(() => r.mul(2).exp()).sum())(x));
  run();
  const before = memory().buffers, y = run();
  y.dispose();
  assertEquals(memory().buffers, before);
});

Deno.test("a read inside is an error that says so, whichever way, and so is one after", async () => {
  const reads: Readonly<Record<string, (r: Tensor) => unknown>> = {
    "dataSync()": (r) => r.dataSync(),
    "arraySync()": (r) => r.arraySync(),
    "itemSync()": (r) => r.sum().itemSync(),
    "data()": (r) => r.data(),
    "array()": (r) => r.array(),
    "item()": (r) => r.sum().item(),
  };
  for (const [name, read] of Object.entries(reads)) {
    const fails: unknown[] = [];
    const take = (error: unknown) => fails.push(error);
    vmap((r: Tensor) => {
      try {
        (read(r) as Promise<unknown>).catch(take);
      } catch (error) {
        take(error);
      }
      assertEquals(String(r), `tensor(<each element of a batch in vmap>, ${r.dtype} [3])`);
      return r;
    })(X());
    await Promise.resolve();
    assert(
      fails[0] instanceof BackendError && fails[0].message.includes(`by ${name} inside vmap`),
      String(fails),
    );
  }
  let kept: Tensor | undefined;
  vmap((r: Tensor) => kept = r.mul(2))(X());
  kept!.label = "twice";
  await assertRejects(() => kept!.data(), BackendError, 'Cannot read "twice" by data() inside vmap');
  assertThrows(() => kept!.add(1), BackendError, "stands for each element of a batch");
});

Deno.test("random functions draw for each element, the same for all when asked, and by a key that is mapped over", async () => {
  const x = precise([1, 1, 1]), noisy = (r: Tensor): Tensor => r.mul(uniform([2], { dtype: r.dtype }));
  manualSeed(3);
  const [first, again] = [vmap(noisy)(x), vmap(noisy)(x)];
  manualSeed(3);
  await assertClose(vmap(noisy)(x), first);
  const numbers = (await read([first, again])).flatMap((a) => [...a]);
  assertEquals(new Set(numbers).size, 12, "all of them differ");
  const same = await vmap(noisy, { randomness: "same" })(x).array() as number[][];
  assertEquals(same[0], same[2]);
  const fixed = await vmap((r: Tensor) => r.mul(uniform([2], { key: key(1), dtype: r.dtype })))(x)
    .array() as number[][];
  assertEquals(fixed[0], fixed[1]);
  const keys = splitKey(keyTensor(key(5)), 3);
  const by = (k: Tensor): Tensor => uniform([2], { key: k, dtype: x.dtype });
  await assertClose(vmap(by)(stack(keys)), stack(keys.map(by)));
});

Deno.test("each element of a batch of batches draws its own, and the same again in a checkpoint", async () => {
  const x = precise([[1, 1, 1], [1, 1, 1]]),
    noisy = (r: Tensor): Tensor => r.mul(normal([], { dtype: r.dtype }));
  const drawn = await vmap(vmap(noisy))(x).data();
  assertEquals(new Set(drawn).size, 6);
  manualSeed(1);
  const plain = grad((t: Tensor) => vmap((r: Tensor) => noisy(r.square().sum()))(t).sum())(x);
  manualSeed(1);
  const again = grad((t: Tensor) => vmap(checkpoint((r: Tensor) => noisy(r.square().sum())))(t).sum())(x);
  await assertClose(again, plain);
  manualSeed(1);
  const [a, b] = await jacobian((t: Tensor) => t.mul(normal([2], { dtype: t.dtype })))(precise([1, 1]))
    .array() as number[][];
  assertEquals([a[1], b[0]], [0, 0]);
});

Deno.test("what is the same for all can be read inside", async () => {
  const w = precise([3]);
  const y = vmap((r: Tensor) => {
    assertEquals(w.mul(2).shape, [1]);
    return r.mul(w.mul(2));
  })(X());
  await assertClose(y, X().mul(6));
});

Deno.test("changes in place are refused with the reason", () => {
  const w = variable([1, 2, 3]);
  w.label = "w";
  assertThrows(
    () => vmap((r: Tensor) => noGrad(() => w.assign(r)))(X().to("f32")),
    TapeError,
    'Cannot assign "w" inside vmap: all elements of the batch share it',
  );
  assertThrows(
    () => vmap((r: Tensor) => r.assign(w.detach()))(X().to("f32")),
    TapeError,
    "it stands for each element of a batch; compute a new tensor instead",
  );
  assertThrows(
    () =>
      vmap((r: Tensor) => {
        w.mul(r).sum().backward();
        return r;
      })(X().to("f32")),
    TapeError,
    "use grad() there",
  );
});

Deno.test("bad input is named", () => {
  const id = (...x: Tensor[]): Tensor => x[0], x = X();
  assertThrows(() => vmap(3 as never), TypeError, "Cannot vmap 3: a function is needed");
  assertThrows(() => vmap(id, { axis: 0 } as never), TypeError, "Cannot vmap with an option");
  assertThrows(() => vmap(id, { chunk: 0 }), RangeError, "Cannot vmap in chunks of 0");
  assertThrows(() => vmap(id)(precise(1)), ShapeError, "Cannot vmap over axis 0 of []: it has none");
  assertThrows(() => vmap(id, { inAxes: 2 })(x), ShapeError, "inAxes goes from -2 to 1 here");
  assertThrows(() => vmap(id, { inAxes: 0.5 })(x), ShapeError, "axis 0.5 of [2, 3]");
  assertThrows(() => vmap(id, { outAxes: 3 })(x), ShapeError, "Cannot vmap to axis 3 of [3]");
  assertThrows(() => vmap(id, { inAxes: [0] })(x, x), TypeError, "inAxes lists 1");
  assertThrows(() => vmap(id, { inAxes: ["a"] as never })(x), TypeError, 'Cannot vmap with inAxes of "a"');
  assertThrows(() => vmap(id)(x, precise([1])), ShapeError, "axis 0 of [2, 3], axis 0 of [1]");
  assertThrows(() => vmap(id)(1 as never), ShapeError, "Cannot vmap without a tensor to map over");
  assertThrows(() => vmap(id, { outAxes: null })(x), ShapeError, "differs from element to element");
  assertThrows(() => vmap((async (r: Tensor) => await r) as never)(x), TapeError, "promise");
});
