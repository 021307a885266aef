import * as tg from "@tapegrad/core";
import { type Profile, profile, tensor, variable } from "@tapegrad/core";
import { cpuElements } from "@tapegrad/backends";
import { GD } from "@tapegrad/optim";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { openFar } from "../../backends/far_backend.ts";

await tg.useBackend("cpu", { byFlag: true });

/** Count and bytes by op. */
function counts({ rows }: Profile): Record<string, [number, number]> {
  return Object.fromEntries(rows.map(({ op, count, bytes }) => [op, [count, bytes]]));
}

Deno.test("a table has each op with its count and bytes, and times on a backend that computes at once", async () => {
  const x = variable([[1, 2], [3, 4]]), optimizer = new GD([x], { learningRate: 0.125 });
  const table = await profile(() => {
    const loss = x.matmul(x).tanh().sum();
    x.reshape([4]);
    loss.backward();
    optimizer.step();
    return loss.itemSync();
  });
  const { upload: _, ...ops } = counts(table);
  assertEquals(ops, {
    matmul: [3, 3 * 3 * 16],
    tanh: [1, 2 * 16],
    sum: [1, 16 + 4],
    "tanh backward": [1, 2 * 16 + 4], // the cotangent is one element repeated
    add: [1, 3 * 16],
    descend: [1, 3 * 16 + 4], // the parameter is read and written
    read: [1, 4],
  });
  assert(table.rows.every((row) => row.backend === "cpu" && row.milliseconds! >= 0));
  const sorted = table.rows.map((row) => row.milliseconds!);
  assertEquals(sorted, sorted.toSorted((a, b) => b - a));
  assert(sorted.reduce((a, b) => a + b) <= table.milliseconds);
});

Deno.test("a composite shows as its own kernel, whether a gradient is recorded or not", async () => {
  const op = tg.defineComposite({ name: "test.double", infer: ([x]) => x, decompose: ([x]) => [x.add(x)] });
  const double = (x: tg.Tensor) => tg.apply(op, [x], null);
  tg.registerKernel("cpu", "test.double", ([x], [output]) => {
    cpuElements(output).set(cpuElements(x).map((v) => 2 * v));
  });
  const x = tensor([1, 2]), w = variable([1, 2]);
  assertEquals(counts(await profile(() => double(x))), { "test.double": [1, 16] });
  assertEquals(counts(await profile(() => double(w))), { "test.double": [1, 16] });
});

Deno.test("what an asynchronous function does after its first await counts", async () => {
  const x = tensor([1, 2, 3]);
  const table = await profile(async () => {
    const y = x.exp();
    await y.data();
    y.log();
  });
  assertEquals(counts(table), { exp: [1, 24], read: [1, 12], log: [1, 24] });
});

Deno.test("profiles nest: the outer one sees what the inner one sees", async () => {
  const x = tensor([1, 2, 3]);
  let inner: Profile | null = null;
  const outer = await profile(async () => {
    x.exp();
    inner = await profile(() => x.exp().log());
    x.sin();
  });
  assertEquals(counts(inner!), { exp: [1, 24], log: [1, 24] });
  assertEquals(counts(outer), { exp: [2, 48], log: [1, 24], sin: [1, 24] });
});

Deno.test("an error goes to the caller and ends the profile", async () => {
  const x = tensor([1, 2]);
  const failing = () => {
    x.exp();
    throw new RangeError("no further");
  };
  await assertRejects(() => profile(failing), RangeError, "no further");
  await assertRejects(() => profile(() => Promise.reject(new RangeError("later"))), RangeError, "later");
  await assertRejects(() => profile(() => x.gather(0, tensor([7], { dtype: "i32" }))), tg.IndexError);
  assertEquals(counts(await profile(() => x.sin())), { sin: [1, 16] });
});

Deno.test("transforms run under it as they do without", async () => {
  const x = tensor([1, 2]);
  let value: unknown, tangent: unknown;
  const table = await profile(() => {
    const [y, dy] = tg.jvp((v: tg.Tensor) => v.exp(), [x], [tensor([1, 10])]);
    [value, tangent] = [y.arraySync(), dy.arraySync()];
  });
  assertEquals([value, tangent], [x.exp().arraySync(), x.exp().mul(tensor([1, 10])).arraySync()]);
  assertEquals(counts(table).exp, [1, 16]);
});

Deno.test("a device that computes later has no times, or tells them itself", async () => {
  const far = await openFar("far"), x = tensor([1, 2], { backend: far });
  const table = await profile(async () => {
    const y = x.exp().sin();
    await y.data();
  });
  assertEquals(counts(table), { exp: [1, 16], sin: [1, 16], read: [1, 8] });
  assert(table.rows.every((row) => row.milliseconds === null && row.backend === "far"));
  assert(table.waited > 0);

  // Each kernel takes as many milliseconds as its op has letters; one clock runs at a time.
  let running = 0;
  Object.assign(far, {
    profiler(): tg.KernelProfiler {
      assertEquals(running++, 0);
      const ops: string[] = [];
      return {
        attribute: (op) => ops.push(op),
        async stop(): Promise<tg.KernelTime[]> {
          running--;
          await new Promise((resolve) => setTimeout(resolve, 1));
          return ops.map((op) => ({ op, kernels: 1, milliseconds: op.length }));
        },
      };
    },
  });
  let inner: Profile | null = null;
  const outer = await profile(async () => {
    x.exp();
    inner = await profile(() => x.exp().square());
    x.exp().to("cpu");
  });
  const times = ({ rows }: Profile) =>
    rows.map(({ op, backend, milliseconds }) => [op, backend, milliseconds]);
  assertEquals(times(inner!), [["square", "far", 6], ["exp", "far", 3]]);
  assertEquals(times(outer), [["exp", "far", 9], ["square", "far", 6], ["read", "far", 4]]);
  assertEquals(running, 0);
});

Deno.test("a device that fails to tell its times fails the profile, but not before what was profiled", async () => {
  const mute = await openFar("mute"), x = tensor([1, 2], { backend: mute });
  Object.assign(mute, {
    profiler: () => ({ attribute(): void {}, stop: () => Promise.reject(new Error("it is gone")) }),
  });
  await assertRejects(() => profile(() => x.exp()), Error, "it is gone");
  await assertRejects(() => profile(() => x.exp().matmul(x.sum())), tg.ShapeError);
});

Deno.test("the table is printed with times in units to read", () => {
  const table = new tg.Profile(
    [
      { op: "sum", backend: "cpu", count: 3, milliseconds: 0.25, bytes: 999 },
      { op: "matmul", backend: "cpu", count: 12, milliseconds: 2.25, bytes: 1_234_567 },
      { op: "read", backend: "cpu", count: 1, milliseconds: null, bytes: 40_000 },
    ],
    1500,
    3,
  );
  assertEquals(
    String(table),
    [
      "op       count      time   share    bytes",
      "matmul      12   2.25 ms  90.0 %   1.2 MB",
      "sum          3  250.0 µs  10.0 %    999 B",
      "read         1         –       –  40.0 kB",
      "all ops     16   2.50 ms           1.3 MB",
      "from call to result 1.50 s, 3.00 ms of it waiting for reads",
    ].join("\n"),
  );
  assertEquals(Deno.inspect(table), String(table));
});
