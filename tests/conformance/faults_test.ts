/** The suite must find what is wrong, say it, and go on. */
import {
  conformance,
  type ConformanceOptions,
  type ConformanceResult,
  conformanceTable,
  runConformance,
} from "@tapegrad/backends/conformance";
import { createCpuBackend } from "@tapegrad/backends/cpu";
import {
  apply,
  type Backend,
  defineComposite,
  definePrimitive,
  type Kernel,
  type Primitive,
  type Tensor,
} from "@tapegrad/core";
import { cpuElements } from "@tapegrad/backends/cpu";
import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { broken, faults } from "./broken.ts";

async function resultsOf(backend: Backend, options: ConformanceOptions): Promise<ConformanceResult[]> {
  return await Array.fromAsync(runConformance(backend, { large: false, ...options }));
}

function failed(results: readonly ConformanceResult[], op: string): readonly string[] {
  return results.flatMap(({ op: of, outcome }) =>
    of === op && outcome.status === "failed" ? [outcome.message] : []
  );
}

Deno.test("a sound backend in the place of a broken one passes", async () => {
  const ops = [...new Set(faults.flatMap((fault) => fault.ops))];
  const results = await resultsOf(broken({ name: "sound", ops, change: () => ({}) }), { ops });
  assertEquals(results.filter(({ outcome }) => outcome.status !== "ok"), []);
  for (const op of ops) assertGreater(results.filter((result) => result.op === op).length, 0, op);
});

for (const fault of faults) {
  Deno.test(`the suite finds ${fault.name}`, async () => {
    const results = await resultsOf(broken(fault), { ops: [...fault.ops, "lt"] });
    for (const op of fault.ops) assertGreater(failed(results, op).length, 0, `${op} passed`);
    // What it does not touch passes.
    if (!fault.ops.includes("lt")) assertEquals(failed(results, "lt"), []);
  });
}

const energyOp = defineComposite({
  name: "test.energy",
  infer: ([x]) => ({ shape: [], dtype: x.dtype, backend: x.backend }),
  decompose: ([x]) => [x.mul(x).sum()],
});
const energy = (x: Tensor): Tensor => apply(energyOp, [x], null);

/** Adds up squares, each times a factor. */
function energyKernel(factor: number): Kernel {
  return ([x], [output]) => {
    cpuElements(output)[output.offset] = factor * [...cpuElements(x)].reduce((sum, v) => sum + v * v, 0);
  };
}

function withEnergy(factor: number): Backend {
  const backend = createCpuBackend({ name: "with a kernel" });
  backend.kernels.set("test.energy", energyKernel(factor));
  return backend;
}

const composites = [{ op: "test.energy", detail: "of a vector", shapes: [[7]], call: energy }];

Deno.test("a kernel for a composite is compared with the decomposition", async () => {
  const good = await resultsOf(withEnergy(1), { ops: ["test.energy"], composites });
  assertEquals(
    good.filter(({ dtype }) => dtype === "f32").map(({ detail, outcome }) => [detail, outcome.status]),
    [
      ["of a vector, composed", "ok"],
      ["of a vector, its gradient", "ok"],
      ["of a vector, by the backend's kernel", "ok"],
      ["of a vector, its gradient by the backend's kernel", "ok"],
      ["of a vector, the gradient of its gradient", "ok"],
      ["of a vector, the gradient of its gradient by the backend's kernel", "ok"],
    ],
  );
  const bad = await resultsOf(withEnergy(1.0001), { ops: ["test.energy"], composites });
  const wrong = bad.filter(({ outcome }) => outcome.status === "failed");
  assert(wrong.length > 0 && wrong.every(({ detail }) => detail.endsWith("kernel")), JSON.stringify(wrong));
});

Deno.test("a kernel without a sample, and one that a sample does not reach, are told", async () => {
  // nn's own composites, of which the suite has no samples, are told as well.
  const told = await resultsOf(withEnergy(1), { ops: ["kernels"] });
  assertEquals(told.find(({ detail }) => detail === "test.energy")?.outcome.status, "skipped");
  const plain = [{ ...composites[0], call: (x: Tensor) => x.mul(x).sum() }];
  const messages = failed(
    await resultsOf(withEnergy(1), { ops: ["test.energy"], composites: plain }),
    "test.energy",
  );
  assertGreater(messages.length, 0);
  for (const message of messages) assertStringIncludes(message, "The kernel was not called");
});

Deno.test("a kernel of a primitive that is not composed of others is skipped, with the mend", async () => {
  const name = "test.opaque", backend = createCpuBackend();
  const opaque: Primitive<null> = definePrimitive({
    name,
    infer: ([x]) => x,
    vjp: ([ct]) => [ct],
    batch: (inputs, axes) => ({ outputs: [apply(opaque, inputs, null)], axes }),
  });
  backend.kernels.set(name, () => {});
  const samples = [{
    op: name,
    detail: "of a vector",
    shapes: [[3]],
    call: (x: Tensor) => apply(opaque, [x], null),
  }];
  const results = await resultsOf(backend, { ops: [name], composites: samples });
  assertGreater(results.length, 0);
  for (const { outcome } of results) {
    const reason = `there is nothing to compare the kernel of ${name} with: give it a compose`;
    assertEquals(outcome, { status: "skipped", reason });
  }
});

Deno.test("what fails says where, on what, and by how much", async () => {
  const [tanh] = faults.filter(({ name }) => name.startsWith("tanh"));
  const [message] = failed(await resultsOf(broken(tanh), { ops: ["tanh"] }), "tanh");
  assertMatch(
    message,
    /^0\.76\S+ at \[2\] of \(1\) instead of 0\.76\S+, [\d.]+ ULP off where 5\.00 are allowed; \d+ of \d+ are wrong$/,
  );
});

Deno.test("a read that fails fails the cases that asked for it, and no others", async () => {
  const sound = createCpuBackend();
  const backend = broken({
    name: "far",
    ops: [],
    change: () => ({
      read: (views) =>
        views.some(({ dtype }) => dtype === "u32")
          ? Promise.reject(new Error("the cable was cut"))
          : sound.read(views),
    }),
  });
  const results = await resultsOf(backend, { ops: ["add"] });
  const dtypes = (status: string) =>
    results.filter(({ outcome }) => outcome.status === status).map(({ dtype }) => dtype);
  assertEquals(dtypes("failed"), ["u32"]);
  assertEquals(dtypes("ok").length, results.length - 1);
  assertEquals(failed(results, "add"), ["the cable was cut"]);
});

Deno.test("budgets, skips and special values are up to the caller", async () => {
  const [tanh] = faults.filter(({ name }) => name.startsWith("tanh"));
  const wide = await resultsOf(broken(tanh), { ops: ["tanh"], budget: { "tanh f32": 100 } });
  assertEquals(failed(wide, "tanh"), []);
  const [lost] = faults.filter(({ name }) => name === "-0 lost"),
    keeps = ["nan", "infinity", "subnormal"] as const;
  assertEquals(failed(await resultsOf(broken(lost), { ops: lost.ops, keeps }), "copy"), []);
  const [flushed] = faults.filter(({ name }) => name.startsWith("subnormal"));
  assertEquals(
    failed(
      await resultsOf(broken(flushed), { ops: ["mul"], keeps: ["nan", "infinity", "negative zero"] }),
      "mul",
    ),
    [],
  );
  for (
    const skip of [
      { "gather i32": "no" },
      ({ op, dtype }: { op: string; dtype: string | null }) =>
        op === "gather" && dtype === "i32" ? "no" : undefined,
    ]
  ) {
    const results = await resultsOf(createCpuBackend(), { ops: ["gather"], skip });
    for (const { dtype, outcome } of results) {
      assertEquals(outcome.status, dtype === "i32" ? "skipped" : "ok");
    }
  }
});

interface Registered {
  readonly name: string;
  readonly fn: () => Promise<void>;
}

Deno.test("a suite registers a test for each op, prints skips, fails with all that is wrong and disposes", async () => {
  const tests: Registered[] = [], lines: string[] = [];
  let disposed = 0;
  const create = () => {
    const backend = broken(faults.find(({ name }) => name === "fold that is not there")!);
    return new Proxy(backend, {
      get: (target, key) => key === Symbol.dispose ? () => disposed++ : Reflect.get(target, key),
    });
  };
  conformance("mine", create, {
    ops: ["fold", "gather", "iota"],
    skip: { gather: "not today" },
    test: (name, fn) => tests.push({ name, fn }),
    log: (line) => lines.push(line),
  });
  assertEquals(tests.map(({ name }) => name), [
    "mine: gather",
    "mine: fold",
    "mine: iota",
    "mine: can be disposed of",
  ]);
  const messages = await Promise.all(tests.map(({ fn }) => fn().then(() => "", (error) => error.message)));
  assertEquals([messages[0], messages[2], messages[3]], ["", "", ""]);
  assertMatch(messages[1], /^(\d+) of \1 failed\nf16, .*: Cannot fold: not written yet/);
  assertMatch(lines.join("\n"), /^skipped (\d+) of \1, such as f16, .*: not today$/);
  assertEquals(disposed, 1);
});

Deno.test("the table tells exact, near, failed, skipped and partly skipped", () => {
  const one = (op: string, outcome: ConformanceResult["outcome"]): ConformanceResult => ({
    op,
    dtype: "f32",
    detail: "",
    outcome,
  });
  const skipped = { status: "skipped", reason: "" } as const,
    ok = (ulp: number) => ({ status: "ok", ulp }) as const;
  const table = conformanceTable([
    one("exact", ok(0)),
    one("near", ok(0.500001)),
    one("far", ok(1234.5)),
    one("wrong", ok(0)),
    one("wrong", { status: "failed", message: "" }),
    one("left out", skipped),
    one("partly", ok(2)),
    one("partly", skipped),
  ]);
  assertEquals(table.split("\n").map((line) => line.split(/ {2,}/)), [
    ["op", "f32"],
    ["exact", "ok"],
    ["near", "0.6"],
    ["far", "1235"],
    ["wrong", "FAIL"],
    ["left out", "skip"],
    ["partly", "2.0*"],
  ]);
});
