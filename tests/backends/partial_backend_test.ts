/** A backend that has few kernels: what it can be asked, and what it says of the rest. */
import "@tapegrad/backends";
import * as tg from "@tapegrad/core";
import { type Backend, MissingKernelError, type Tensor, tensor } from "@tapegrad/core";
import { type ConformanceResult, runConformance } from "@tapegrad/backends/conformance";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import { createToyBackend } from "./toy_backend.ts";

/** A backend of maps and reductions alone. */
function createPartial(): Backend {
  const backend = createToyBackend();
  for (const name of backend.kernels.keys()) {
    if (!["map", "reduce"].includes(name)) backend.kernels.delete(name);
  }
  return Object.assign(backend, { name: "partial" });
}

tg.registerBackend({ name: "partial", create: createPartial });
const partial = await tg.openBackend("partial"), cpu = await tg.openBackend("cpu");

const composed: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  matmul: (x) => x.matmul(x.transpose()),
  "matmul of a batch": (x) => tg.stack([x, x.mul(2)]).matmul(tg.stack([x.transpose(), x.transpose().neg()])),
  "matmul of nothing": (x) => x.slice([0, 0], [2, 0]).matmul(x.slice([0, 0], [0, 3])),
  fold: (x) => tg.fold(tg.unfold(x, 1, 3, { step: 2 }), 1, { extent: 6, step: 2 }),
  "fold of overlaps": (x) => tg.fold(tg.unfold(x, 1, 4), 1, { extent: 9, step: 1 }),
  concat: (x) => tg.concat([x, x.flip(1)], 1),
  pad: (x) => tg.pad(x, [[1, 0], [0, 2]], 3),
};

for (const [name, fn] of Object.entries(composed)) {
  Deno.test(`${name} is composed of the kernels there are`, async () => {
    for (const dtype of ["f32", "i32"] as const) {
      const [there, here] = [partial, cpu].map((backend) =>
        fn(tg.arange(-5, 10, { backend }).reshape([3, 5]).to(dtype))
      );
      assertEquals(there.backend, partial);
      assertEquals(await there.array(), await here.array(), dtype);
    }
  });
}

Deno.test("fold of truth values is composed too", async () => {
  const windows = tensor([[true, true], [false, true]], { backend: partial });
  assertEquals(await tg.fold(windows, 0, { extent: 3, step: 1 }).array(), [true, true, true]);
});

// A composite's kernel may round otherwise than what the composite is made of.
const primitive = createCpuBackend({ name: "cpu of primitives" });
for (const { name, kind } of tg.ops()) if (kind === "composite") primitive.kernels.delete(name);

Deno.test("random numbers, a network and its gradient need maps and reductions alone", async () => {
  async function trained(backend: Backend): Promise<unknown> {
    return await tg.withBackend(backend, () => {
      const key = tg.key(5), w = tg.variable(tg.normal([2, 3], { key }));
      tensor([[1, 2], [3, -4]]).matmul(w).tanh().logSoftmax().mean().backward();
      return tg.read([w, w.grad!]);
    });
  }
  assertEquals(await trained(partial), await trained(primitive));
});

Deno.test("what can not be composed is refused by an error that names the call that mends it", () => {
  const x = tensor([3, 1, 2], { backend: partial });
  for (const [op, call] of Object.entries({ argsort: () => tg.argsort(x), cumulate: () => x.cumsum(0) })) {
    assertThrows(
      call,
      MissingKernelError,
      `Cannot ${op} on partial: it has no kernel for it; registerKernel("partial", "${op}", …)`,
    );
  }
});

Deno.test("the suite skips what has no kernel, says so, and finds nothing wrong with the rest", async () => {
  const ops = [
    "map",
    "reduce.sum",
    "matmul",
    "gather",
    "scatter.add",
    "fold",
    "cumulate.sum",
    "argsort",
    "memory",
    "softmax",
  ];
  const backend = createPartial(), results: ConformanceResult[] = [];
  for await (const result of runConformance(backend, { ops, large: false })) results.push(result);
  const of = (wanted: string) =>
    new Set(results.filter(({ outcome }) => outcome.status === wanted).map(({ op }) => op));
  assertEquals(results.filter(({ outcome }) => outcome.status === "failed"), []);
  assertEquals([...of("ok")], ["memory", "map", "reduce.sum", "softmax"]);
  assertEquals([...of("skipped")], ["matmul", "gather", "scatter.add", "fold", "cumulate.sum", "argsort"]);
  const { outcome } = results.find(({ op }) => op === "gather")!;
  assert(outcome.status === "skipped");
  assertEquals(
    outcome.reason,
    'Cannot gather on partial: it has no kernel for it; registerKernel("partial", "gather", …)',
  );
});
