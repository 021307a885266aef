/** Plans whose workers fare ill in the middle of a run: the run leaves what it is to leave, and later ones are one thread's. */
import {
  contiguousLayout,
  e,
  type PlanMemory,
  type PlanRequest,
  type PlanStep,
  type PlanView,
} from "@tapegrad/core/backend";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { i32, op, select } from "../../../../backends/wasm/assembler/values.ts";
import type { WasmKernel } from "../../../../backends/wasm/kernels/kernel.ts";
import { map } from "../../../../backends/wasm/kernels/map.ts";
import { WasmBuffer } from "../../../../backends/wasm/memory/buffer.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { KernelModule, type Run } from "../../../../backends/wasm/modules.ts";
import { WasmPlan } from "../../../../backends/wasm/plan/plan.ts";

const PIECES = 64, WORK = 20_000, LONG = 1e9;

/** What becomes of a worker, but not of the caller. */
type Fate = "works well" | "goes on for ever" | "ends";

// Writes 1 to a place after some work.
function writing(heap: Heap, fate: Fate): Run {
  const kernel = new KernelModule();
  const run = kernel.module.define(["i32", "i32", "i32", "i32"], null, (body, [place, room, home, work]) => {
    const isOther = op("i32.ne", room, home), left = body.keep(work);
    body.while(left, () => body.advance(left, -1));
    if (fate === "goes on for ever") body.while(isOther, () => {});
    body.store("i32.store", fate === "ends" ? select(isOther, i32(-4), place) : place, i32(1));
  });
  return kernel.only(run, heap.memory);
}

// Ones by a job of as many pieces, and the same less 1, which nothing is to be left of before.
function planOf(heap: Heap, run: Run): WasmPlan {
  const whole = (memory: number): PlanView => ({ memory, dtype: "i32", ...contiguousLayout([PIECES]) });
  const memory = (kind: PlanMemory["kind"]): PlanMemory => (
    { kind, dtype: "i32", length: PIECES, first: 0, last: 9 }
  );
  const step = (op: string, inputs: number[], output: number, by = 0): PlanStep => ({
    op,
    inputs: inputs.map(whole),
    outputs: [whole(output)],
    attributes: { name: "map", exprs: [e.add(e.input(0), by)] },
    run: () => assert(false),
  });
  const request: PlanRequest = {
    memories: [memory("given"), memory("inner")],
    steps: [step("ones", [], 1), step("map", [1], 0, 1), step("map", [1], 1, -1), step("ones", [], 1)],
  };
  const ones: WasmKernel<unknown> = (_, [{ pointer }], __, heap) => {
    heap.parallel(LONG, 64, (job, room) => {
      for (let k = 0; k < PIECES; k++) {
        job.call(run, [pointer + 4 * k, room, room, WORK], 0b10);
        job.next();
      }
    });
    return true;
  };
  return new WasmPlan({
    heap,
    small: 0,
    kernelOf: (op) => op === "ones" ? ones : map as WasmKernel<unknown>,
    allocate: (bytes) => new WasmBuffer(heap, "bool", bytes),
    free: (block) => block.free(),
  }, request);
}

for (
  const [fate, reason] of [
    ["goes on for ever", /^a worker was silent for \d/],
    ["ends", /^a worker failed$/],
  ] as const
) {
  Deno.test(`a run in which a worker ${fate} is completed, and there is one thread, with a reason`, () => {
    const heap = new Heap({ threads: 2 }), plan = planOf(heap, writing(heap, fate));
    const out = new WasmBuffer(heap, "i32", PIECES), end = performance.now() + 20_000;
    assertMatch(plan.describe(), /2 jobs for threads/);
    while (heap.reason === undefined && performance.now() < end) {
      out.elements.fill(0);
      plan.run([out], []);
      assertEquals([...out.elements], new Array(PIECES).fill(2));
    }
    assertMatch(heap.reason!, reason);
    out.elements.fill(0);
    plan.run([out], []);
    assertEquals([...out.elements], new Array(PIECES).fill(2));
    assert(!plan.describe().includes("jobs"));
    plan[Symbol.dispose]();
  });
}

Deno.test("workers that are ended between runs are not missed, and others begin", () => {
  const heap = new Heap({ threads: 2 }), plan = planOf(heap, writing(heap, "works well"));
  const out = new WasmBuffer(heap, "i32", PIECES);
  for (let turn = 0; turn < 4; turn++) {
    out.elements.fill(0);
    plan.run([out], []);
    assertEquals([...out.elements], new Array(PIECES).fill(2));
    heap.threads?.workers[1]?.terminate();
    if (turn === 1) heap.setThreads(3);
  }
  heap.end();
});
