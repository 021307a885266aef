/** Into which parts threads cut a product. */
import { assert, assertEquals } from "@std/assert";
import { sharesFor, stripsOf } from "../../../../backends/wasm/kernels/matmul/strips.ts";

const TILE = [6, 8] as const, LONG = 1e9;

Deno.test("parts of a product hold each of its elements once, in whole tiles but at the end", () => {
  for (const threads of [2, 3, 8]) {
    for (const [rows, columns] of [[1, 1], [517, 203], [2048, 2048], [30, 1111], [5000, 7], [97, 95]]) {
      const seen = new Uint8Array(rows * columns);
      const whole = { row: 0, rows, column: 0, columns };
      for (const part of stripsOf(whole, TILE, sharesFor(threads, LONG, 1))) {
        assertEquals([part.row % TILE[0], part.column % TILE[1]], [0, 0]);
        for (let i = part.row; i < part.row + part.rows; i++) {
          for (let j = part.column; j < part.column + part.columns; j++) seen[i * columns + j]++;
        }
      }
      assert(seen.every((count) => count === 1), `${rows} × ${columns} on ${threads}`);
    }
  }
});

Deno.test("the parts that threads take first are the largest, and what takes little time is cut into few", () => {
  const whole = { row: 0, rows: 1024, column: 0, columns: 1024 };
  const areas = stripsOf(whole, TILE, sharesFor(2, LONG, 1)).map(({ rows, columns }) => rows * columns);
  assertEquals(areas.length, 8);
  assert(areas.at(-1)! > 3 * areas[0]);
  assertEquals([1, 39_000, 60_000, 100_000].map((cost) => sharesFor(2, cost, 1).length), [1, 1, 2, 4]);
  assertEquals([2, 5, 16].map((tasks) => sharesFor(2, LONG, tasks).length), [4, 4, 1]);
});
