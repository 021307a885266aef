/** What threads do with jobs, and what becomes of jobs when workers die. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { i32, op, select, type Value } from "../../../../backends/wasm/assembler/values.ts";
import { createWasmBackend } from "../../../../backends/wasm/mod.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";
import { placeOf, share } from "../../../../backends/wasm/threads/shareable.ts";
import { KernelModule, type Run } from "../../../../backends/wasm/modules.ts";
import { root } from "../../../house/packages.ts";
import { permitted } from "../../../permitted.ts";

const PIECES = 64, LONG = 1e9, WORK = 20_000;

/** What a worker does, which is told where the room of the caller is and where its own. */
type Fate = "well" | "for ever" | "not";

// Writes 1 to a place after some work, unless it is another thread than the caller's and fares ill.
function writer(heap: Heap, fate: Fate): Run {
  const kernel = new KernelModule();
  const run = kernel.module.define(["i32", "i32", "i32", "i32"], null, (body, [place, room, home, work]) => {
    const isOther = op("i32.ne", room, home), left = body.keep(work);
    body.while(left, () => body.advance(left, -1));
    if (fate === "for ever") body.while(isOther, () => {});
    const to: Value<"i32"> = fate === "not" ? select(isOther, i32(-4), place) : place;
    body.store("i32.store", to, i32(1));
  });
  return kernel.only(run, heap.memory);
}

function runOn(heap: Heap, run: Run): Int32Array {
  const places = heap.allocate(4 * PIECES), words = heap.array("i32") as Int32Array;
  words.fill(0, places / 4, places / 4 + PIECES);
  heap.parallel(LONG, 64, (job, room) => {
    for (let k = 0; k < PIECES; k++) {
      job.call(run, [places + 4 * k, room, room, WORK], 0b10);
      job.next();
    }
  });
  return words.slice(places / 4, places / 4 + PIECES);
}

const all = new Int32Array(PIECES).fill(1);

Deno.test("a thousand jobs on two threads and on three are done, every piece of them", () => {
  for (const threads of [2, 3]) {
    const heap = new Heap({ threads }), run = writer(heap, "well");
    for (let k = 0; k < 1000; k++) {
      if (k % 100 === 0) assertEquals(runOn(heap, run), all);
      else runOn(heap, run);
    }
    assertEquals(heap.reason, undefined);
    heap.end();
  }
});

for (
  const [fate, reason] of [["for ever", /^a worker was silent for [\d.]+ s$/], [
    "not",
    /^a worker failed$/,
  ]] as const
) {
  Deno.test(`where a worker runs ${fate} the caller does what it left, and there is one thread with a reason`, () => {
    const heap = new Heap({ threads: 2 }), run = writer(heap, fate), end = performance.now() + 20_000;
    while (heap.reason === undefined && performance.now() < end) assertEquals(runOn(heap, run), all);
    assertMatch(heap.reason!, reason);
    assertEquals([heap.threads, heap.isShared(LONG)], [null, false]);
    assertEquals(runOn(heap, run), all);
  });
}

Deno.test("threads begin once there was work for them that is worth it", () => {
  const heap = new Heap({ threads: 2 }), run = writer(heap, "well"), place = heap.allocate(4);
  const work = (nanoseconds: number) =>
    heap.parallel(nanoseconds, 0, (job) => job.call(run, [place, 0, 0, 1]));
  for (let k = 0; k < 49; k++) work(100_000);
  for (let k = 0; k < 1000; k++) work(40_000);
  assertEquals(heap.threads!.workers.length, 0);
  work(100_000);
  assertEquals(heap.threads!.workers.length, 2);
  heap.end();
});

Deno.test("a worker that is ended between jobs is not missed", () => {
  const heap = new Heap({ threads: 2 }), run = writer(heap, "well");
  runOn(heap, run);
  heap.threads!.workers[1]!.terminate();
  assertEquals(runOn(heap, run), all);
  heap.end();
});

Deno.test("threads that are not wanted for a while begin no second time", () => {
  const heap = new Heap({ threads: 2 }), run = writer(heap, "well");
  runOn(heap, run);
  const [, worker] = heap.threads!.workers;
  heap.setThreads(1);
  assertEquals([heap.threads, runOn(heap, run)], [null, all]);
  heap.setThreads(2);
  assertEquals(runOn(heap, run), all);
  assertEquals(heap.threads!.workers[1] === worker, true);
  heap.end();
});

// Of the caller's a piece is host code, which ends the worker once that has begun one that takes it seconds.
function killer(heap: Heap): Run {
  const begun = heap.allocate(4), words = () => heap.array("i32") as Int32Array;
  words()[begun / 4] = 0;
  const kernel = new KernelModule();
  const made = kernel.module.define(["i32", "i32", "i32", "i32"], null, (body, [place, , , work]) => {
    const left = body.keep(op("i32.mul", work, i32(2 ** 16)));
    body.store("i32.store", i32(begun), i32(1));
    body.while(left, () => body.advance(left, -1));
    body.store("i32.store", place, i32(1));
  });
  const { module } = placeOf(kernel.only(made, heap.memory))!;
  const run: Run = (place) => {
    const end = performance.now() + 2000;
    while (Atomics.load(words(), begun / 4) === 0 && performance.now() < end);
    if (Atomics.load(words(), begun / 4) === 1) heap.threads?.workers[1]?.terminate();
    return words()[place / 4] = 1;
  };
  share(module.bytes, { run });
  return run;
}

Deno.test("where a worker is killed in the middle of a piece the caller does that, and there is one thread", async () => {
  const heap = new Heap({ threads: 2 }), run = killer(heap);
  for (let turn = 0; turn < 20 && heap.reason === undefined; turn++) {
    assertEquals(runOn(heap, run), all);
    await new Promise((resolve) => setTimeout(resolve, 20)); // workers begin
  }
  assertMatch(heap.reason!, /^a worker was silent for [\d.]+ s$/);
  assertEquals(heap.threads, null);
  assertEquals(runOn(heap, run), all);
});

Deno.test("numbers of threads that are none are refused, and one shares no memory", () => {
  for (const threads of [0, -1, 1.5, NaN]) {
    assertThrows(() => createWasmBackend({ threads }), RangeError, "a whole number from 1 on is needed");
  }
  assertEquals(new Heap({ threads: 1 }).memory.buffer instanceof ArrayBuffer, true);
  const backend = createWasmBackend({ threads: 2 });
  assertMatch(backend.description!, / on 2 threads$/);
  backend.setThreads!(1, true);
  assertMatch(backend.description!, /^(?!.*threads)/);
  assertThrows(() => createWasmBackend({ threads: 1 }).setThreads!(2, true), Error, "was opened for one");
});

permitted("read", "run")("a program that had threads ends by itself, with no permission", async () => {
  const program = `import "@tapegrad/backends"; import { ones, useBackend } from "@tapegrad/core";
    await useBackend("wasm", { threads: 2 });
    let x = ones([1000, 1000]);
    for (let k = 0; k < 20; k++) x = x.mul(0.5).add(0.5);
    console.log(await x.sum().item());`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { code, stdout } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, "1000000\n"]);
});
