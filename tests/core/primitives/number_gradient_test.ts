/** A gradient that follows from numbers alone is a number: no kernel computes it. */
import {
  type DType,
  type Layer,
  Scalar,
  type Tensor,
  tensor,
  variable,
  vjp,
  withBackend,
  withLayer,
} from "@tapegrad/core";
import { assertEquals } from "@std/assert";
import { backend } from "../../backend_traits.ts";
import { Watcher } from "../call/watched.ts";

const passing: Layer = { handle: (call, next) => next(call) };

/** The gradient of `fn` of numbers in `dtype`, and how many maps computed it. */
async function gradientOf(
  fn: (x: Tensor) => Tensor,
  dtype: DType,
  run: (walk: () => void) => void = (walk) => walk(),
): Promise<readonly [gradient: unknown, maps: number]> {
  const watcher = new Watcher(backend);
  const x = withBackend(watcher.backend, () => {
    const x = variable([1, 2, 4], { dtype }), y = fn(x);
    watcher.forget();
    run(() => y.backward());
    return x;
  });
  const maps = watcher.runs.filter(({ isKernel, name }) => isKernel && name === "map").length;
  return [await x.grad!.array(), maps];
}

const fns: readonly (readonly [name: string, fn: (x: Tensor) => Tensor])[] = [
  ["a mean", (x) => x.mean()],
  ["a sum times 0.3", (x) => x.sum().mul(0.3)],
  ["-0.1 times a mean, over 7", (x) => x.mean().mul(-0.1).div(7)],
  ["the sum of a multiple", (x) => x.mul(0.7).sum()],
];

for (const [name, fn] of fns) {
  for (const dtype of (["f32", "f16", "f64"] as const).filter((dtype) => backend.dtypes.has(dtype))) {
    Deno.test(`the gradient of ${name} in ${dtype} needs no map but a copy, and is what maps give`, async () => {
      const [gradient, maps] = await gradientOf(fn, dtype);
      const [expected] = await gradientOf(fn, dtype, (walk) => withLayer(passing, walk));
      // A gradient has memory of its own; means of f16 are computed in f32.
      if (dtype !== "f16") assertEquals(maps, 1, "a copy");
      if (backend.ieee) assertEquals(gradient, expected);
    });
  }
}

Deno.test("a cell's number is read by a kernel", async () => {
  const rate = new Scalar("rate", 0.5), fn = (x: Tensor) => x.sum().mul(rate);
  assertEquals(await gradientOf(fn, "f32"), [[0.5, 0.5, 0.5], 2]);
});

Deno.test("what is infinite, or of another number each time, is right", async () => {
  for (const by of [2, 3, 2, Infinity, -0]) {
    const [gradient] = await gradientOf((x) => x.sum().mul(by), "f32");
    assertEquals(gradient, [by, by, by]);
  }
});

Deno.test("a cotangent that is given is no number, and a gradient of numbers may be changed in place", async () => {
  const [, pull] = vjp((x: Tensor) => x.mul(2), tensor([1, 2])), ct = tensor([3, 4]);
  assertEquals(await (pull(ct) as unknown as Tensor[])[0].array(), [6, 8]);
  const x = variable([1, 2]);
  x.mul(3).sum().backward();
  x.grad!.assign(x.grad!.add(1));
  assertEquals(await x.grad!.array(), [4, 4]);
});
