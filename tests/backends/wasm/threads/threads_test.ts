/** What threads do with jobs, and what becomes of jobs when workers die. */
import { assertEquals, assertMatch } from "@std/assert";
import { e } from "@tapegrad/core/expr";
import { input } from "@tapegrad/core/backend";
import { map } from "../../../../backends/wasm/kernels/map.ts";
import { Heap } from "../../../../backends/wasm/memory/heap.ts";

const N = 400_000;

function tanhOn(heap: Heap, times = 1): Float32Array {
  const [from, to] = [0, 0].map(() => heap.allocate(4 * N)), array = heap.array("f32") as Float32Array;
  for (let i = 0; i < N; i++) array[from / 4 + i] = i / 1e5 - 2;
  const [x, y] = [from, to].map((pointer) => ({ pointer, dtype: "f32", shape: [N], strides: [1] }) as const);
  for (let k = 0; k < times; k++) map([x], [y], { name: "tanh", exprs: [e.tanh(input(0))] }, heap);
  return array.slice(to / 4, to / 4 + N);
}

Deno.test("a map has the same bits on one thread, two and three", () => {
  const [one, two, three] = [1, 2, 3].map((threads) => {
    const heap = new Heap({ threads }), result = tanhOn(heap, 20);
    heap.end();
    return result;
  });
  assertEquals(two, one);
  assertEquals(three, one);
});

Deno.test("where a worker is ended in the middle of a job the result is right, and there is one thread with a reason", () => {
  const heap = new Heap({ threads: 2 }), expected = tanhOn(new Heap());
  tanhOn(heap, 50);
  heap.threads!.workers[1]!.terminate();
  assertEquals(tanhOn(heap, 3000), expected);
  assertMatch(String(heap.reason), /silent|undefined/);
  heap.end();
});
